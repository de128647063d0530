#include "classify/dtls/dtls_dissector.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "classify/dtls/handshake.h"
#include "classify/dtls/record.h"
#include "classify/stun/message.h"
#include "classify/stun/multiplex.h"
#include "classify/tls/cipher_suites.h"
#include "classify/tls/hello_facts.h"

namespace unopened::classify::dtls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;
using tls::ClientHelloView;
using tls::ServerHelloView;

// The hellos of a flow, as far as they are complete.
struct Hellos {
  const Side* client_side = nullptr;
  const Side* server_side = nullptr;
  // The first; where it was not seen, the second.
  std::optional<ClientHelloView> client;
  std::optional<ServerHelloView> server;  // never a HelloRetryRequest
  bool retried = false;
  bool cookie_repeated = false;
};

bool RepeatsCookie(const ClientHelloView& hello, const Side& server) {
  return !hello.cookie.empty() &&
         std::ranges::any_of(
             std::span(server.cookies).first(server.cookie_count),
             [&](Bytes cookie) { return std::ranges::equal(cookie, hello.cookie); });
}

// Reads both sides' hellos. The literal says what is wrong; empty: nothing.
std::string_view ReadHellos(const Handshake& handshake, Hellos& out) {
  const Side& opener = handshake.by_opener;
  const Side& other = handshake.by_other;
  const bool swapped = (opener.speaks_as_server() && !opener.says_client_hello) ||
                       (other.says_client_hello && !opener.says_client_hello);
  out.client_side = swapped ? &other : &opener;
  out.server_side = swapped ? &opener : &other;
  if (opener.conflict() || other.conflict()) return kAmbiguousReason;
  if (out.server_side->says_client_hello) return "dtls: two client hellos";
  if (out.client_side->speaks_as_server()) return "dtls: two servers";
  for (const Assembly& assembly : out.client_side->hellos) {
    if (!assembly.complete()) continue;
    const auto parsed = tls::ParseDtlsClientHello(assembly.body());
    const ClientHelloView* hello = base::Value(parsed);
    if (hello == nullptr) return std::get<NotThis>(parsed).why;
    if (!out.client) out.client = *hello;
    out.cookie_repeated = out.cookie_repeated || RepeatsCookie(*hello, *out.server_side);
  }
  for (const Assembly& assembly : out.server_side->hellos) {
    if (!assembly.complete()) continue;
    const auto parsed = tls::ParseDtlsServerHello(assembly.body());
    const ServerHelloView* hello = base::Value(parsed);
    if (hello == nullptr) return std::get<NotThis>(parsed).why;
    if (hello->is_hello_retry_request) {
      out.retried = true;
    } else if (!out.server) {
      out.server = *hello;
    }
    if (out.client) {
      const std::string_view why = tls::Contradiction(*out.client, *hello);
      if (!why.empty()) return why;
    }
  }
  return {};
}

// Up to DTLS 1.2 a session id that the server repeats names the session that goes on; a ticket
// leaves it open until what follows (RFC 5246 §7.3, RFC 5077 §3.4).
Resumption ResumptionOf(const Hellos& hellos) {
  if (!tls::ResumptionNeedsNext(*hellos.client, *hellos.server)) return Resumption::kNone;
  if (hellos.server_side->in_full || hellos.client_side->in_full) return Resumption::kNone;
  return hellos.server_side->changed_cipher_spec ? Resumption::kResumed : Resumption::kUnknown;
}

bool IsEcdhe(KeyExchange key_exchange) { return key_exchange == KeyExchange::kEcdhe; }

HandshakeFacts FactsOf(const Hellos& hellos, const DissectOptions& options) {
  const ClientHelloView* client = hellos.client ? &*hellos.client : nullptr;
  const ServerHelloView* server = hellos.server ? &*hellos.server : nullptr;
  HandshakeFacts facts = tls::FactsOf(client, server, options, false);
  facts.protocol = Protocol::kDtls;
  // RFC 5764 §4.1: negotiated where the server's hello repeats it. DTLS 1.3 answers under its keys
  // (RFC 9147 §5.4), so there it stays an offer, and no variant is made of it.
  const bool srtp = server != nullptr ? server->has_use_srtp : client->has_use_srtp;
  facts.variant = srtp ? Variant::kDtlsSrtp : Variant::kNone;
  if (server == nullptr) {
    // The server has spoken, but has negotiated nothing yet.
    const bool asked_again = hellos.retried || hellos.server_side->cookie_count > 0;
    if (asked_again) {
      facts.sides = SidesSeen::kBoth;
      facts.evidence = hellos.cookie_repeated ? Evidence::kProof : Evidence::kStrong;
    }
    return facts;
  }
  if (tls::IsTls13(server->version())) return facts;
  const tls::NamedGroup curve = hellos.server_side->curve;
  const bool known = tls::KeyExchangeOfGroup(curve) != KeyExchange::kUnknown;
  // Suites that nobody has registered use curves as well.
  if (IsEcdhe(facts.key_exchange) || (facts.key_exchange == KeyExchange::kUnknown && known)) {
    facts.transient.group = curve;
  }
  if (client != nullptr) facts.resumption = ResumptionOf(hellos);
  // VPN products that speak the draft bring the key from a TLS connection of theirs.
  if (server->version() == tls::kDtlsPrestandard && facts.resumption != Resumption::kNone) {
    facts.key_exchange = KeyExchange::kUnknown;
  }
  return facts;
}

// Up to DTLS 1.2, what is still to come in clear and would make the facts fuller.
bool MoreIsToCome(const Hellos& hellos, const HandshakeFacts& facts) {
  if (tls::IsTls13(hellos.server->version())) return false;
  const Side& server = *hellos.server_side;
  if (server.changed_cipher_spec) return false;
  if (facts.resumption == Resumption::kUnknown) return true;
  return IsEcdhe(facts.key_exchange) && facts.resumption == Resumption::kNone && server.curve == 0;
}

Parsed<HandshakeFacts> Judge(const Handshake& handshake, bool open, const DissectOptions& options) {
  Hellos hellos;
  if (const std::string_view why = ReadHellos(handshake, hellos); !why.empty()) {
    return NotThis{why};
  }
  if (!hellos.client && !hellos.server) {
    if (open) return NeedMore{1};
    return NotThis{"dtls: no hello"};
  }
  const HandshakeFacts facts = FactsOf(hellos, options);
  const bool complete = hellos.client && hellos.server && !MoreIsToCome(hellos, facts);
  if (open && !complete) return NeedMore{1};
  return facts;
}

// Judged after each datagram, so that what comes once the hellos have met changes nothing.
Parsed<HandshakeFacts> Dissect(std::span<const Datagram> datagrams, bool open,
                               const DissectOptions& options) {
  const auto first = std::ranges::find_if(
      datagrams, [](const Datagram& datagram) { return !datagram.bytes.empty(); });
  if (first == datagrams.end()) {
    if (open) return NeedMore{1};
    return NotThis{"dtls: nothing"};
  }
  if (!MayBegin(first->bytes)) return NotThis{"dtls: first byte"};
  Handshake handshake;
  for (const Datagram& datagram : datagrams) {
    if (datagram.bytes.empty()) continue;
    const bool is_first = &datagram == &*first;
    if (const auto why = ReadDatagram(datagram, is_first, handshake); !why.empty()) {
      return NotThis{why};
    }
    if (!handshake.has_both_hellos()) continue;
    const auto answer = Judge(handshake, true, options);
    if (!base::IsNeedMore(answer)) return answer;
  }
  return Judge(handshake, open, options);
}

// ICE checks its path before keys are exchanged on it, over TCP as well (RFC 6544).
Parsed<HandshakeFacts> DissectTcp(const FlowView& flow) {
  constexpr std::size_t kLengthAndCookie = 2 + 8;
  const bool open = flow.client.open() || flow.server.open();
  bool framed = false;
  bool undecided = false;
  for (const ByteReader& side : {flow.client, flow.server}) {
    const Bytes bytes = side.rest();
    if (bytes.size() < kLengthAndCookie) {
      undecided = undecided || bytes.size() < 3 || bytes[2] <= 3;
    } else if (stun::HasCookie(bytes.subspan(2))) {
      framed = true;
    } else {
      return NotThis{"dtls: tcp without ice"};
    }
  }
  if (!framed) {
    if (open && undecided) return NeedMore{1};
    return NotThis{"dtls: tcp without ice"};
  }
  const stun::FramedDatagrams frames(flow);
  return Dissect(frames.list(), open, flow.options);
}

Parsed<HandshakeFacts> DissectDtls(const FlowView& flow) {
  if (flow.transport == capture::Transport::kTcp) return DissectTcp(flow);
  return Dissect(flow.datagrams, flow.datagrams_open, flow.options);
}

}  // namespace

const Dissector& DtlsDissector() {
  static constexpr Dissector kDissector{
      .name = "dtls", .over_tcp = true, .over_udp = true, .dissect = &DissectDtls};
  return kDissector;
}

}  // namespace unopened::classify::dtls
