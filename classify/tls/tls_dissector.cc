#include "classify/tls/tls_dissector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "classify/tls/hello_facts.h"
#include "classify/tls/message.h"
#include "classify/tls/record.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::uint16_t kDotPort = 853;  // RFC 7858 §3.1
constexpr std::uint8_t kWarning = 1;     // RFC 5246 §7.2
// Of warnings and other records before a ServerHello; servers send one (unrecognized_name) or none.
constexpr int kMaxSteps = 4;

using Scratch = std::array<std::uint8_t, kMaxHelloSize>;

// What one direction says of itself so far.
struct Direction {
  enum class Says : std::uint8_t {
    kNothingYet,   // no bytes, or the beginning of a hello
    kClientHello,  // `client`
    kServerHello,  // `server`, after a HelloRetryRequest too
    kAlert,        // instead of a ServerHello
    kOther,        // something else: `why`
  };
  explicit Direction(ByteReader bytes, Scratch& scratch)
      : reader(ByteReader(bytes.rest(), base::End::kOpen), scratch) {}

  Says says = Says::kNothingYet;
  std::size_t at_least = 1;  // for kNothingYet
  std::string_view why;
  ClientHelloView client;
  ServerHelloView server;
  HandshakeReader reader;  // stands behind the hello
};

// Notes that a parse gave no value.
template <class T>
void Note(const Parsed<T>& parsed, Direction& direction) {
  if (const auto* need = std::get_if<NeedMore>(&parsed)) {
    direction.says = Direction::Says::kNothingYet;
    direction.at_least = need->at_least;
  } else {
    direction.says = Direction::Says::kOther;
    direction.why = std::get<NotThis>(parsed).why;
  }
}

void ReadClient(Direction& direction) {
  const auto message = direction.reader.ReadMessage();
  if (base::Value(message) == nullptr) return Note(message, direction);
  const auto hello = ParseClientHello(*base::Value(message));
  if (base::Value(hello) == nullptr) return Note(hello, direction);
  direction.client = *base::Value(hello);
  direction.says = Direction::Says::kClientHello;
}

// Reads on to the ServerHello that negotiates: over a HelloRetryRequest, the change_cipher_spec
// that middleboxes are shown (RFC 8446 appendix D.4), and warnings.
void ReadServer(Direction& direction) {
  HandshakeReader& reader = direction.reader;
  bool retried = false;
  for (int step = 0; step <= kMaxSteps; ++step) {
    const auto upcoming = reader.Peek();
    if (base::Value(upcoming) == nullptr) return Note(upcoming, direction);
    const auto [type, handshake_type] = *base::Value(upcoming);
    if (type == ContentType::kAlert) {
      const auto level = reader.ReadAlertLevel();
      if (base::Value(level) == nullptr) return Note(level, direction);
      if (*base::Value(level) != kWarning) break;
    } else if (type == ContentType::kChangeCipherSpec && retried) {
      const auto skipped = reader.Skip();
      if (base::Value(skipped) == nullptr) return Note(skipped, direction);
    } else if (type == ContentType::kHandshake && !retried &&
               handshake_type == HandshakeType::kDraftHelloRetryRequest) {
      const auto skipped = reader.Skip();
      if (base::Value(skipped) == nullptr) return Note(skipped, direction);
      retried = true;
    } else if (type == ContentType::kHandshake && handshake_type == HandshakeType::kServerHello) {
      const auto message = reader.ReadMessage();
      if (base::Value(message) == nullptr) return Note(message, direction);
      const auto hello = ParseServerHello(*base::Value(message));
      if (base::Value(hello) == nullptr) return Note(hello, direction);
      if (!base::Value(hello)->is_hello_retry_request) {
        direction.server = *base::Value(hello);
        direction.says = Direction::Says::kServerHello;
        return;
      }
      if (retried) return Note(Parsed<int>(NotThis{"tls: retried twice"}), direction);
      retried = true;
    } else {
      return Note(Parsed<int>(NotThis{"tls: no hello first"}), direction);
    }
  }
  direction.says = Direction::Says::kAlert;
}

void ReadDirection(ByteReader bytes, Direction& direction) {
  if (!bytes.empty() && (bytes.rest()[0] & 0x80) != 0) {
    const auto hello = ParseSslv2ClientHello(ByteReader(bytes.rest(), base::End::kOpen));
    if (base::Value(hello) == nullptr) return Note(hello, direction);
    direction.client = *base::Value(hello);
    direction.says = Direction::Says::kClientHello;
    return;
  }
  const auto first = direction.reader.Peek();
  if (base::Value(first) == nullptr) return Note(first, direction);
  if (base::Value(first)->type == ContentType::kHandshake &&
      base::Value(first)->handshake_type == HandshakeType::kClientHello) {
    return ReadClient(direction);
  }
  ReadServer(direction);
}

// TLS <= 1.2, where the session id leaves it open: an abbreviated handshake goes on with
// change_cipher_spec, before it perhaps a new ticket; a full one with a certificate or keys (RFC
// 5246 §7.3, RFC 5077 §3.1).
Parsed<Resumption> ResumptionAfter(HandshakeReader reader) {
  const auto upcoming = reader.Peek();
  if (const auto* need = std::get_if<NeedMore>(&upcoming)) return *need;
  const auto* next = base::Value(upcoming);
  if (next == nullptr) return Resumption::kUnknown;
  if (next->type == ContentType::kChangeCipherSpec) return Resumption::kResumed;
  if (next->type != ContentType::kHandshake) return Resumption::kUnknown;
  return next->handshake_type == HandshakeType::kNewSessionTicket ? Resumption::kResumed
                                                                  : Resumption::kNone;
}

// Who is who, from the bytes.
struct Roles {
  Direction* client;
  Direction* server;
  std::uint16_t server_port;
  bool client_open;
  bool server_open;
};

bool SpeaksAsServer(const Direction& direction) {
  return direction.says == Direction::Says::kServerHello;
}
bool SpeaksAsClient(const Direction& direction) {
  return direction.says == Direction::Says::kClientHello;
}

Roles AssignRoles(const FlowView& flow, Direction& opener, Direction& other) {
  if (SpeaksAsServer(opener) || (SpeaksAsClient(other) && !SpeaksAsClient(opener))) {
    return {&other, &opener, flow.client_port, flow.server.open(), flow.client.open()};
  }
  return {&opener, &other, flow.server_port, flow.client.open(), flow.server.open()};
}

// The facts of one side alone, or of both: a null hello was not seen.
HandshakeFacts Facts(const ClientHelloView* client, const ServerHelloView* server,
                     const Roles& roles, const DissectOptions& options) {
  HandshakeFacts facts = FactsOf(client, server, options, false);
  const bool dot = facts.variant == Variant::kNone && roles.server_port == kDotPort;
  if (dot) facts.variant = Variant::kDot;
  return facts;
}

Parsed<HandshakeFacts> FromBoth(const Roles& roles, const DissectOptions& options) {
  const ClientHelloView& client = roles.client->client;
  const ServerHelloView& server = roles.server->server;
  if (const std::string_view why = Contradiction(client, server); !why.empty()) {
    return NotThis{why};
  }
  HandshakeFacts facts = Facts(&client, &server, roles, options);
  if (ResumptionNeedsNext(client, server)) {
    const auto resumption = ResumptionAfter(roles.server->reader);
    const auto* need = std::get_if<NeedMore>(&resumption);
    if (need != nullptr && roles.server_open) return *need;
    if (const auto* known = base::Value(resumption)) facts.resumption = *known;
  }
  return facts;
}

Parsed<HandshakeFacts> DissectTls(const FlowView& flow) {
  using Says = Direction::Says;
  Scratch opener_scratch, other_scratch;
  Direction opener(flow.client, opener_scratch);
  Direction other(flow.server, other_scratch);
  ReadDirection(flow.client, opener);
  if (opener.says == Says::kOther) return NotThis{opener.why};
  ReadDirection(flow.server, other);
  const Roles roles = AssignRoles(flow, opener, other);
  const Direction& client = *roles.client;
  const Direction& server = *roles.server;

  if (client.says == Says::kClientHello) {
    if (server.says == Says::kServerHello) return FromBoth(roles, flow.options);
    if (server.says == Says::kClientHello) return NotThis{"tls: two client hellos"};
    if (server.says == Says::kNothingYet && roles.server_open) return NeedMore{server.at_least};
    return Facts(&client.client, nullptr, roles, flow.options);
  }
  if (client.says != Says::kNothingYet) return NotThis{"tls: no client hello"};
  // Also where the server speaks something else already: which side came first decides nothing.
  if (roles.client_open) return NeedMore{client.at_least};
  if (server.says == Says::kOther) return NotThis{server.why};
  if (server.says == Says::kServerHello) {
    return Facts(nullptr, &server.server, roles, flow.options);
  }
  if (server.says == Says::kNothingYet && roles.server_open) return NeedMore{server.at_least};
  return NotThis{"tls: no hello"};
}

}  // namespace

const Dissector& TlsDissector() {
  static constexpr Dissector kTls{
      .name = "tls", .over_tcp = true, .dissect = &DissectTls, .partial = &DissectTls};
  return kTls;
}

}  // namespace unopened::classify::tls
