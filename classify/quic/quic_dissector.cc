#include "classify/quic/quic_dissector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "classify/quic/connection.h"
#include "classify/quic/initial_crypto.h"
#include "classify/quic/packet.h"
#include "classify/tls/hello_facts.h"
#include "classify/tls/message.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxDatagrams = 64;
constexpr std::size_t kMaxCoalescedPackets = 8;
// The client's first, the one after a Retry, and one more for a port used again.
constexpr std::size_t kMaxConnections = 3;
constexpr std::size_t kMinFirstConnectionId = 8;  // RFC 9000 §7.2
constexpr std::uint16_t kDnsOverQuicPort = 853;   // RFC 9250 §4.1.1

// Where a connection's hellos stand.
struct Hellos {
  std::optional<tls::ClientHelloView> client;
  std::optional<tls::ServerHelloView> server;
  std::string_view refused;  // authenticated, yet no TLS handshake that belongs together
};

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

Hellos ReadHellos(const Connection& connection) {
  Hellos hellos;
  const auto client = tls::ParseClientHello(
      ByteReader(connection.stream(Sender::kClient).prefix(), base::End::kOpen));
  const auto server = ReadServerHello(connection.stream(Sender::kServer).prefix());
  if (const auto* view = base::Value(client)) hellos.client = *view;
  if (const auto* view = base::Value(server)) hellos.server = *view;
  if (const auto* refusal = std::get_if<NotThis>(&client)) hellos.refused = refusal->why;
  if (const auto* refusal = std::get_if<NotThis>(&server)) hellos.refused = refusal->why;
  // RFC 9001 §4.2: nothing below TLS 1.3.
  if (hellos.server && !tls::IsTls13(hellos.server->version()))
    hellos.refused = "quic: not tls 1.3";
  if (hellos.client && hellos.server && hellos.refused.empty()) {
    hellos.refused = tls::Contradiction(*hellos.client, *hellos.server);
  }
  return hellos;
}

// Reads a flow's datagrams one after the other. The answer after each is the answer of the flow
// that ends there, so that it does not depend on how often the dissector is asked. Lives in a
// thread's scratch: it is too large for a stack.
class Dissection {
 public:
  Parsed<HandshakeFacts> Run(const FlowView& flow, bool last) {
    Reset();
    const Parsed<HandshakeFacts> answer = RunOnce(flow, last);
    Reset();
    return answer;
  }

 private:
  void Reset() {
    for (std::size_t i = 0; i < connection_count_; ++i) connections_[i].Clear();
    connection_count_ = 0;
    opened_ = {};
    conflict_ = false;
  }

  Parsed<HandshakeFacts> RunOnce(const FlowView& flow, bool last) {
    const std::size_t count = std::min(flow.datagrams.size(), kMaxDatagrams);
    if (count > 0) {
      if (const std::string_view why = RefusedFirst(flow.datagrams[0]); !why.empty()) {
        return NotThis{why};
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t known = connection_count_;
      opened_[i] = ReadDatagram(flow.datagrams[i]);
      // A new connection's keys may open what came too early for them, a Retry among it, and so on:
      // at most once for each connection.
      while (connection_count_ > known) {
        known = connection_count_;
        RereadUpTo(flow, i);
      }
      if (conflict_) return NotThis{kAmbiguousReason};
      if (!opened_[i]) continue;
      for (std::size_t c = 0; c < connection_count_; ++c) {
        const Hellos hellos = ReadHellos(connections_[c]);
        if (!hellos.refused.empty()) return NotThis{hellos.refused};
        if (hellos.client && hellos.server) return FactsOf(flow, connections_[c], hellos);
      }
    }
    if (!last && flow.datagrams_open && count < kMaxDatagrams) return NeedMore{};
    return Partial(flow);
  }

  // What no order of arrival can heal.
  static std::string_view RefusedFirst(const Datagram& datagram) {
    ByteReader reader = ReaderOf(datagram);
    const Parsed<LongHeader> parsed = ReadLongHeader(reader);
    if (const auto* refusal = std::get_if<NotThis>(&parsed)) return refusal->why;
    const LongHeader* header = base::Value(parsed);
    const bool speaks_otherwise = header != nullptr && header->version == kVersions.size() &&
                                  header->number != kVersionNegotiation &&
                                  !IsReserved(header->number);
    return speaks_otherwise ? "quic: version" : std::string_view{};
  }

  static ByteReader ReaderOf(const Datagram& datagram) {
    const bool cut = datagram.bytes.size() < datagram.wire_length;
    return ByteReader(datagram.bytes, cut ? base::End::kOpen : base::End::kFinal);
  }

  void RereadUpTo(const FlowView& flow, std::size_t end) {
    for (std::size_t i = 0; i < end; ++i) {
      if (!opened_[i]) opened_[i] = ReadDatagram(flow.datagrams[i]);
    }
  }

  // Whether anything in it was authenticated.
  bool ReadDatagram(const Datagram& datagram) {
    bool any = false;
    ByteReader reader = ReaderOf(datagram);
    Bytes destination;
    for (std::size_t i = 0; i < kMaxCoalescedPackets && !reader.empty(); ++i) {
      const Parsed<LongHeader> parsed = ReadLongHeader(reader);
      const LongHeader* header = base::Value(parsed);
      if (header == nullptr || header->version == kVersions.size()) break;
      if (i == 0) destination = header->destination;
      // RFC 9000 §12.2: coalesced packets go to one connection id; others are dropped.
      if (!std::ranges::equal(destination, header->destination)) continue;
      if (header->type == PacketType::kInitial) any |= ReadInitial(datagram, *header);
      if (header->type == PacketType::kRetry) any |= ReadRetry(datagram, *header);
    }
    return any;
  }

  bool ReadInitial(const Datagram& datagram, const LongHeader& header) {
    const bool side_known = connection_count_ > 0;
    const Sender sender =
        !side_known || datagram.from_client == client_side_ ? Sender::kClient : Sender::kServer;
    for (std::size_t i = 0; i < connection_count_; ++i) {
      if (Take(connections_[i].Read(crypto_, header, sender, plaintext_))) return true;
    }
    const bool may_be_first =
        sender == Sender::kClient && datagram.wire_length >= kMinClientDatagram &&
        // After a Retry the server's own choice of id, of any length, comes with its token.
        (header.destination.size() >= kMinFirstConnectionId || !header.token.empty());
    if (!may_be_first || connection_count_ == kMaxConnections || Knows(header.destination)) {
      return false;
    }
    Connection& connection = connections_[connection_count_];
    connection.Start(header.destination);
    if (!Take(connection.Read(crypto_, header, Sender::kClient, plaintext_))) return false;
    client_side_ = datagram.from_client;
    ++connection_count_;
    return true;
  }

  bool Take(Connection::Outcome outcome) {
    conflict_ |= outcome == Connection::Outcome::kConflict;
    return outcome != Connection::Outcome::kRefused;
  }

  bool Knows(Bytes destination) const {
    return std::any_of(
        connections_.begin(), connections_.begin() + connection_count_,
        [&](const Connection& c) { return std::ranges::equal(c.destination(), destination); });
  }

  // RFC 9001 §5.2: after a Retry the keys derive from the connection id that the server chose.
  bool ReadRetry(const Datagram& datagram, const LongHeader& header) {
    if (connection_count_ == 0 || connection_count_ == kMaxConnections ||
        datagram.from_client == client_side_) {
      return false;
    }
    for (std::size_t i = 0; i < connection_count_; ++i) {
      Connection& connection = connections_[i];
      // RFC 9000 §17.2.5.2: a client follows one Retry, and none after an Initial was answered.
      if (connection.retried() || !connection.stream(Sender::kServer).empty() ||
          !crypto_.RetryTagIsValid(header, connection.destination())) {
        continue;
      }
      connection.SetRetried();
      if (!Knows(header.source)) {
        connections_[connection_count_].Start(header.source);
        ++connection_count_;
      }
      return true;
    }
    return false;
  }

  HandshakeFacts FactsOf(const FlowView& flow, const Connection& connection,
                         const Hellos& hellos) const {
    HandshakeFacts facts;
    if (hellos.client || hellos.server) {
      facts = tls::FactsOf(hellos.client ? &*hellos.client : nullptr,
                           hellos.server ? &*hellos.server : nullptr, flow.options, /*quic=*/true);
    } else {
      facts.protocol = Protocol::kQuic;
      facts.sides = SidesSeen::kClientOnly;
    }
    facts.version = connection.version(hellos.server ? Sender::kServer : Sender::kClient);
    facts.offered_only = !hellos.server.has_value();
    facts.evidence = Evidence::kProof;
    const std::uint16_t port = client_side_ ? flow.server_port : flow.client_port;
    if (facts.variant == Variant::kNone && port == kDnsOverQuicPort) facts.variant = Variant::kDoq;
    return facts;
  }

  // No more will come: the connection that got furthest speaks for the flow.
  Parsed<HandshakeFacts> Partial(const FlowView& flow) const {
    const Connection* best = nullptr;
    Hellos best_hellos;
    for (std::size_t i = 0; i < connection_count_; ++i) {
      // A connection that only a Retry named is not known to have been used.
      if (connections_[i].stream(Sender::kClient).empty() && best != nullptr) continue;
      const Hellos hellos = ReadHellos(connections_[i]);
      if (best == nullptr || (hellos.client && !best_hellos.client)) {
        best = &connections_[i];
        best_hellos = hellos;
      }
    }
    if (best == nullptr) return NotThis{"quic: no valid Initial"};
    return FactsOf(flow, *best, best_hellos);
  }

  InitialCrypto& crypto_ = InitialCrypto::OfThread();
  std::array<Connection, kMaxConnections> connections_;
  std::size_t connection_count_ = 0;
  std::array<bool, kMaxDatagrams> opened_{};
  bool client_side_ = true;  // Datagram::from_client of the proven client
  bool conflict_ = false;
  std::array<std::uint8_t, kMaxPlaintext> plaintext_{};
};

Parsed<HandshakeFacts> Run(const FlowView& flow, bool last) {
  thread_local Dissection dissection;
  return dissection.Run(flow, last);
}

Parsed<HandshakeFacts> DissectQuic(const FlowView& flow) { return Run(flow, /*last=*/false); }
Parsed<HandshakeFacts> PartialQuic(const FlowView& flow) { return Run(flow, /*last=*/true); }

constexpr Dissector kDissector = {.name = "quic",
                                  .over_tcp = false,
                                  .over_udp = true,
                                  .dissect = DissectQuic,
                                  .partial = PartialQuic,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& QuicDissector() { return kDissector; }

}  // namespace unopened::classify::quic
