#include "classify/quic/hellos.h"

#include "classify/gquic/hello_facts.h"
#include "classify/tls/hello_facts.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

// The ServerHello, behind a HelloRetryRequest where there is one.
Parsed<tls::ServerHelloView> ReadServerHello(Bytes stream) {
  ByteReader reader(stream, base::End::kOpen);
  const auto first = tls::ParseServerHello(reader);
  const auto* hello = base::Value(first);
  if (hello == nullptr || !hello->is_hello_retry_request) return first;
  std::uint8_t type = 0;
  ByteReader body;
  (void)reader.ReadU8(type);
  (void)reader.ReadPrefixed24(body);
  const auto second = tls::ParseServerHello(reader);
  hello = base::Value(second);
  // RFC 8446 §4.1.4: a second HelloRetryRequest aborts the handshake.
  if (hello != nullptr && hello->is_hello_retry_request) return NotThis{"quic: second retry"};
  return second;
}

Hellos ReadGoogleHellos(const Connection& connection) {
  Hellos hellos;
  const auto parsed = gquic::ParseMessage(
      ByteReader(connection.stream(Sender::kClient).prefix(), base::End::kOpen));
  if (const auto* refusal = std::get_if<NotThis>(&parsed)) hellos.refused = refusal->why;
  if (const auto* message = base::Value(parsed); message != nullptr) {
    if (message->tag == gquic::kChlo) {
      hellos.chlo = *message;
    } else {
      hellos.refused = "quic: no chlo";
    }
  }
  hellos.complete = hellos.chlo && connection.heard(Sender::kServer);
  return hellos;
}

}  // namespace

Hellos ReadHellos(const Connection& connection) {
  if (connection.version(Sender::kClient).framing == Framing::kGoogleChlo) {
    return ReadGoogleHellos(connection);
  }
  Hellos hellos;
  const auto client = tls::ParseClientHello(
      ByteReader(connection.stream(Sender::kClient).prefix(), base::End::kOpen));
  const auto server = ReadServerHello(connection.stream(Sender::kServer).prefix());
  if (const auto* view = base::Value(client)) hellos.client = *view;
  if (const auto* view = base::Value(server)) hellos.server = *view;
  if (const auto* refusal = std::get_if<NotThis>(&client)) hellos.refused = refusal->why;
  if (const auto* refusal = std::get_if<NotThis>(&server)) hellos.refused = refusal->why;
  // RFC 9001 §4.2: nothing below TLS 1.3.
  if (hellos.server && !tls::IsTls13(hellos.server->version())) {
    hellos.refused = "quic: not tls 1.3";
  }
  if (hellos.client && hellos.server && hellos.refused.empty()) {
    hellos.refused = tls::Contradiction(*hellos.client, *hellos.server);
  }
  hellos.complete = hellos.client && hellos.server;
  return hellos;
}

HandshakeFacts FactsOf(const Connection& connection, const Hellos& hellos, bool answered,
                       const DissectOptions& options) {
  const VersionRow& version = connection.version(hellos.server ? Sender::kServer : Sender::kClient);
  HandshakeFacts facts;
  if (hellos.chlo) {
    facts = gquic::FactsOf(*hellos.chlo, connection.heard(Sender::kServer));
  } else if (hellos.client || hellos.server) {
    facts = tls::FactsOf(hellos.client ? &*hellos.client : nullptr,
                         hellos.server ? &*hellos.server : nullptr, options, /*quic=*/true);
    facts.offered_only = !hellos.server.has_value();
  } else {
    facts.offered_only = true;
  }
  facts.protocol = version.framing == Framing::kIetf ? Protocol::kQuic : Protocol::kGquic;
  facts.version = version.version;
  facts.sides = answered ? SidesSeen::kBoth : SidesSeen::kClientOnly;
  facts.evidence = Evidence::kProof;
  return facts;
}

}  // namespace unopened::classify::quic
