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
#include "classify/tls/server_flight.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

struct PortVariant {
  std::uint16_t port;
  Variant variant;
};
// Where TLS begins with the first byte by the port's registration (RFC 8314 §7, RFC 7858 §3.1, RFC
// 4217 §A, RFC 7194, RFC 3261 §19.1.2, IANA). Of 5223 and 443 nothing follows.
constexpr auto kPortVariants = std::to_array<PortVariant>({
    {465, Variant::kSmtps},
    {563, Variant::kNntps},
    {636, Variant::kLdaps},
    {853, Variant::kDot},
    {990, Variant::kFtps},
    {993, Variant::kImaps},
    {994, Variant::kIrcs},
    {995, Variant::kPop3s},
    {3269, Variant::kLdaps},
    {5061, Variant::kSips},
    {6697, Variant::kIrcs},
    {8883, Variant::kMqtt},
});
constexpr std::uint8_t kWarning = 1;  // RFC 5246 §7.2
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

Variant VariantOfPort(std::uint16_t port) {
  const auto* found = std::ranges::find(kPortVariants, port, &PortVariant::port);
  return found == kPortVariants.end() ? Variant::kNone : found->variant;
}

// The facts of one side alone, or of both: a null hello was not seen.
HandshakeFacts Facts(const ClientHelloView* client, const ServerHelloView* server,
                     const Roles& roles, const DissectOptions& options) {
  HandshakeFacts facts = FactsOf(client, server, options, false);
  if (facts.variant == Variant::kNone) facts.variant = VariantOfPort(roles.server_port);
  return facts;
}

// Reads on behind a ServerHello, where that can add something.
Parsed<HandshakeFacts> WithFlight(HandshakeFacts facts, const Roles& roles, bool may_be_resumed) {
  if (facts.version == Version::kTls13) return facts;
  const auto wanted = ReadServerFlight(roles.server->reader, may_be_resumed, facts);
  if (wanted && roles.server_open) return *wanted;
  return facts;
}

Parsed<HandshakeFacts> FromBoth(const Roles& roles, const DissectOptions& options) {
  const ClientHelloView& client = roles.client->client;
  const ServerHelloView& server = roles.server->server;
  if (const std::string_view why = Contradiction(client, server); !why.empty()) {
    return NotThis{why};
  }
  // The flight is read into the same scratch that the hello may lie in.
  const bool may_be_resumed = ResumptionNeedsNext(client, server);
  return WithFlight(Facts(&client, &server, roles, options), roles, may_be_resumed);
}

// The headers of a record, of a ClientHello in it, and its version (RFC 8446 §4, §5.1).
bool BeginsClientHello(ByteReader reader) {
  std::uint8_t type = 0;
  std::uint8_t record_major = 0;
  std::uint8_t message = 0;
  std::uint8_t major = 0;
  return reader.ReadU8(type) && type == 22 && reader.ReadU8(record_major) && record_major == 3 &&
         reader.Skip(3) && reader.ReadU8(message) && message == 1 && reader.Skip(3) &&
         reader.ReadU8(major) && major == 3;
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
    if (server.says == Says::kNothingYet && roles.server_open) {
      return NeedMore{server.at_least, /*sole=*/true};
    }
    return Facts(&client.client, nullptr, roles, flow.options);
  }
  if (client.says != Says::kNothingYet) return NotThis{"tls: no client hello"};
  // Also where the server speaks something else already: which side came first decides nothing.
  if (roles.client_open) return NeedMore{client.at_least, BeginsClientHello(flow.client)};
  if (server.says == Says::kOther) return NotThis{server.why};
  if (server.says == Says::kServerHello) {
    return WithFlight(Facts(nullptr, &server.server, roles, flow.options), roles, true);
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
