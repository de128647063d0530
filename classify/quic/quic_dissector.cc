#include "classify/quic/quic_dissector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "classify/quic/connection.h"
#include "classify/quic/hellos.h"
#include "classify/quic/initial_crypto.h"
#include "classify/quic/looks.h"
#include "classify/quic/packet.h"
#include "classify/quic/version_negotiation.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxDatagrams = 64;
constexpr std::size_t kMaxCoalescedPackets = 8;
// One of a reserved version, one of another, the one after a Retry, and one more for a port used
// again.
constexpr std::size_t kMaxConnections = 4;
// Held against tags in one look.
constexpr std::uint64_t kMaxTagsChecked = 64;
// RFC 9250 §4.1.1, and those of its drafts.
constexpr std::array<std::uint16_t, 3> kDnsOverQuicPorts = {853, 784, 8853};

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
    tags_end_ = crypto_.tags_checked() + kMaxTagsChecked;
  }

  Parsed<HandshakeFacts> RunOnce(const FlowView& flow, bool last) {
    const auto datagrams = flow.datagrams.first(std::min(flow.datagrams.size(), kMaxDatagrams));
    last = last || !flow.datagrams_open || datagrams.size() == kMaxDatagrams;
    if (!datagrams.empty() && flow.datagrams_asked == 0) {
      if (const std::string_view why = RefusedFirst(datagrams[0]); !why.empty()) {
        return NotThis{why};
      }
    }
    const bool sole = !datagrams.empty() && CarriesInitial(datagrams[0]);
    if (!last && IsOneSided(datagrams)) return NeedMore{1, sole};
    const std::size_t looks_end = FindLooks(datagrams);
    // Up to those asked about before, no look has settled anything.
    if (!last && looks_end <= flow.datagrams_asked) return NeedMore{1, sole};
    for (std::size_t i = 0; i < (last ? datagrams.size() : looks_end); ++i) {
      ReadInOrder(datagrams, i);
      if (conflict_) return NotThis{kAmbiguousReason};
      if (!looks_[i]) continue;
      for (std::size_t c = 0; c < connection_count_; ++c) {
        const Hellos hellos = ReadHellos(connections_[c]);
        if (!hellos.refused.empty()) return NotThis{hellos.refused};
        if (hellos.complete) return Finish(flow, connections_[c], hellos, /*answered=*/true);
      }
    }
    return last ? Partial(flow) : Parsed<HandshakeFacts>(NeedMore{1, sole});
  }

  // Marks the datagrams after which it is worth looking for hellos: a flow is complete with an
  // Initial of each side. Returns the end of the last.
  std::size_t FindLooks(std::span<const Datagram> datagrams) {
    LookSchedule schedule;
    std::size_t end = 0;
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
      looks_[i] = CarriesInitial(datagrams[i]) && schedule.Add(datagrams[i].from_client);
      if (looks_[i]) end = i + 1;
    }
    return end;
  }

  static bool IsOneSided(std::span<const Datagram> datagrams) {
    return std::ranges::all_of(datagrams, [&](const Datagram& datagram) {
      return datagram.from_client == datagrams[0].from_client;
    });
  }

  static bool CarriesInitial(const Datagram& datagram) {
    ByteReader reader = ReaderOf(datagram);
    for (std::size_t i = 0; i < kMaxCoalescedPackets && !reader.empty(); ++i) {
      const Parsed<LongHeader> parsed = ReadLongHeader(reader);
      const LongHeader* header = base::Value(parsed);
      if (header == nullptr || header->version == kVersions.size()) return false;
      if (header->type == PacketType::kInitial) return true;
    }
    return false;
  }

  // A new connection's keys may open what came too early for them, a Retry among it, and so on: at
  // most once for each connection.
  void ReadInOrder(std::span<const Datagram> datagrams, std::size_t i) {
    std::size_t known = connection_count_;
    opened_[i] = ReadDatagram(datagrams[i]);
    while (connection_count_ > known) {
      known = connection_count_;
      for (std::size_t earlier = 0; earlier < i; ++earlier) {
        if (!opened_[earlier]) opened_[earlier] = ReadDatagram(datagrams[earlier]);
      }
    }
  }

  // What no order of arrival can heal.
  static std::string_view RefusedFirst(const Datagram& datagram) {
    ByteReader reader = ReaderOf(datagram);
    const Parsed<LongHeader> parsed = ReadLongHeader(reader);
    if (const auto* refusal = std::get_if<NotThis>(&parsed)) return refusal->why;
    const LongHeader* header = base::Value(parsed);
    const bool speaks_otherwise = header != nullptr && header->version == kVersions.size() &&
                                  header->number != kVersionNegotiation;
    return speaks_otherwise ? "quic: version" : std::string_view{};
  }

  static ByteReader ReaderOf(const Datagram& datagram) {
    const bool cut = datagram.bytes.size() < datagram.wire_length;
    return ByteReader(datagram.bytes, cut ? base::End::kOpen : base::End::kFinal);
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
      if (Read(connections_[i], header, sender)) return true;
    }
    const bool may_be_first =
        sender == Sender::kClient && datagram.wire_length >= kMinClientDatagram &&
        // After a Retry the server's own choice of id, of any length, comes with its token.
        (header.destination.size() >= kMinFirstConnectionId || !header.token.empty());
    if (!may_be_first || connection_count_ == kMaxConnections || Knows(header)) return false;
    Connection& connection = connections_[connection_count_];
    connection.Start(header.destination, header.version);
    bool opened = Read(connection, header, Sender::kClient);
    if (!opened && header.version == kFirstReservedRow) {
      connection.Start(header.destination, kFirstReservedRow + 1);
      opened = Read(connection, header, Sender::kClient);
    }
    if (!opened) return false;
    client_side_ = datagram.from_client;
    ++connection_count_;
    return true;
  }

  bool Read(Connection& connection, const LongHeader& header, Sender sender) {
    if (crypto_.tags_checked() >= tags_end_) return false;
    const Connection::Outcome outcome = connection.Read(crypto_, header, sender, plaintext_);
    conflict_ |= outcome == Connection::Outcome::kConflict;
    return outcome != Connection::Outcome::kRefused;
  }

  bool Knows(const LongHeader& header) const { return Knows(header.destination, header.version); }
  bool Knows(Bytes destination, std::size_t version) const {
    return std::any_of(
        connections_.begin(), connections_.begin() + connection_count_, [&](const Connection& c) {
          return c.first_version() == version && std::ranges::equal(c.destination(), destination);
        });
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
      if (connection.retried() || connection.heard(Sender::kServer) ||
          connection.first_version() != header.version || crypto_.tags_checked() >= tags_end_ ||
          !crypto_.RetryAnswers(header, connection.destination())) {
        continue;
      }
      connection.SetRetried();
      if (!Knows(header.source, header.version)) {
        connections_[connection_count_].Start(header.source, header.version);
        ++connection_count_;
      }
      return true;
    }
    return false;
  }

  HandshakeFacts Finish(const FlowView& flow, const Connection& connection, const Hellos& hellos,
                        bool answered) const {
    HandshakeFacts facts = FactsOf(connection, hellos, answered, flow.options);
    const std::uint16_t port = client_side_ ? flow.server_port : flow.client_port;
    if (facts.variant == Variant::kNone &&
        std::ranges::find(kDnsOverQuicPorts, port) != kDnsOverQuicPorts.end()) {
      facts.variant = Variant::kDoq;
    }
    return facts;
  }

  // No more will come: the connection that got furthest speaks for the flow.
  Parsed<HandshakeFacts> Partial(const FlowView& flow) const {
    const Connection* best = nullptr;
    Hellos best_hellos;
    bool answered = false;
    for (std::size_t i = 0; i < connection_count_; ++i) {
      const Connection& connection = connections_[i];
      answered |= connection.heard(Sender::kServer) || connection.retried();
      // A connection that only a Retry named is not known to have been used.
      if (!connection.heard(Sender::kClient) && best != nullptr) continue;
      const Hellos hellos = ReadHellos(connection);
      if (!hellos.refused.empty()) return NotThis{hellos.refused};
      if (best == nullptr || (hellos.has_client() && !best_hellos.has_client())) {
        best = &connection;
        best_hellos = hellos;
      }
    }
    const bool negotiated = SawVersionNegotiation(flow.datagrams);
    if (best != nullptr) return Finish(flow, *best, best_hellos, answered || negotiated);
    if (negotiated) return FactsOfVersionNegotiation();
    return NotThis{"quic: no valid Initial"};
  }

  InitialCrypto& crypto_ = InitialCrypto::OfThread();
  std::array<Connection, kMaxConnections> connections_;
  std::size_t connection_count_ = 0;
  std::array<bool, kMaxDatagrams> looks_{};
  std::array<bool, kMaxDatagrams> opened_{};
  bool client_side_ = true;  // Datagram::from_client of the proven client
  bool conflict_ = false;
  std::uint64_t tags_end_ = 0;
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
