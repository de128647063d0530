#include "classify/gquic/gquic_dissector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "classify/gquic/hello_facts.h"
#include "classify/gquic/message.h"
#include "classify/gquic/packet.h"
#include "classify/quic/crypto_stream.h"
#include "classify/quic/looks.h"

namespace unopened::classify::gquic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxDatagrams = 64;

// Reads a flow's datagrams anew each time it is asked. Lives in a thread's scratch: it is too large
// for a stack.
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
    stream_.Clear();
    late_chlo_ = {};
    version_ = 0;
    id_ = {};
    valid_ = nullptr;
    answered_ = false;
    negotiated_ = false;
    conflict_ = false;
  }

  Parsed<HandshakeFacts> RunOnce(const FlowView& flow, bool last) {
    const auto datagrams = flow.datagrams.first(std::min(flow.datagrams.size(), kMaxDatagrams));
    if (!datagrams.empty()) {
      if (const std::string_view why = RefusedFirst(datagrams[0]); !why.empty()) {
        return NotThis{why};
      }
    }
    last = last || !flow.datagrams_open || datagrams.size() == kMaxDatagrams;
    std::array<bool, kMaxDatagrams> looks{};
    const std::size_t looks_end = FindLooks(datagrams, looks);
    // Up to those asked about before, no look has settled anything.
    if (!last && looks_end <= flow.datagrams_asked) return NeedMore{};
    for (std::size_t i = 0; i < looks_end; ++i) {
      // None of those it was asked about before has settled anything.
      if (!looks[i] || i < flow.datagrams_asked) continue;
      const auto answer = LookAt(datagrams.first(i + 1));
      if (!base::IsNeedMore(answer)) return answer;
    }
    if (!last) return NeedMore{};
    const auto answer = LookAt(datagrams);
    if (!base::IsNeedMore(answer)) return answer;
    return Partial();
  }

  // The hash of a packet without a version is worth its price only where the flags, which one in 32
  // random bytes has, name a server's packet.
  static std::string_view RefusedFirst(const Datagram& datagram) {
    if (datagram.bytes.size() < datagram.wire_length) return "gquic: snapped";
    const Parsed<Packet> parsed = ParsePacket(datagram.bytes);
    const Packet* packet = base::Value(parsed);
    if (packet == nullptr) return std::get<NotThis>(parsed).why;
    if (packet->version != 0) return {};
    if (packet->connection_id.empty() || !HashIsValidInAny(*packet, Sender::kServer)) {
      return "gquic: no version";
    }
    return {};
  }

  static std::size_t FindLooks(std::span<const Datagram> datagrams,
                               std::array<bool, kMaxDatagrams>& looks) {
    quic::LookSchedule schedule;
    std::size_t end = 0;
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
      looks[i] = schedule.Add(datagrams[i].from_client);
      if (looks[i]) end = i + 1;
    }
    return end;
  }

  // The answer of a flow that ends here, if it is complete.
  Parsed<HandshakeFacts> LookAt(std::span<const Datagram> datagrams) {
    Reset();
    FindClient(datagrams);
    if (version_ == 0) return NeedMore{};
    for (const Datagram& datagram : datagrams) {
      if (datagram.from_client == client_side_) {
        ReadClient(datagram);
      } else {
        ReadServer(datagram);
      }
      if (conflict_) return NotThis{kAmbiguousReason};
    }
    const Parsed<MessageView> chlo = ReadChlo();
    if (const auto* refusal = std::get_if<NotThis>(&chlo)) return *refusal;
    const MessageView* message = base::Value(chlo);
    if (message == nullptr || !answered_) return NeedMore{};
    return FactsOf(*message, /*answered=*/true);
  }

  static std::optional<Packet> Read(const Datagram& datagram) {
    if (datagram.bytes.size() < datagram.wire_length) return std::nullopt;
    const Parsed<Packet> parsed = ParsePacket(datagram.bytes);
    const Packet* packet = base::Value(parsed);
    if (packet == nullptr) return std::nullopt;
    return *packet;
  }

  // The side that names a version in a packet with a valid hash is the client. After a version
  // negotiation the last such version is that of the connection.
  void FindClient(std::span<const Datagram> datagrams) {
    for (const Datagram& datagram : datagrams) {
      if (version_ != 0 && datagram.from_client != client_side_) continue;
      const auto packet = Read(datagram);
      if (!packet || packet->version == 0 || packet->version == version_ ||
          !HashIsValid(*packet, packet->version, Sender::kClient)) {
        continue;
      }
      valid_ = datagram.bytes.data();
      version_ = packet->version;
      id_ = packet->connection_id;
      client_side_ = datagram.from_client;
    }
  }

  bool IsOfConnection(const Packet& packet) const {
    return packet.connection_id.empty() || std::ranges::equal(packet.connection_id, id_);
  }

  void ReadClient(const Datagram& datagram) {
    const auto packet = Read(datagram);
    if (!packet || (packet->version != 0 && packet->version != version_) ||
        !IsOfConnection(*packet)) {
      return;
    }
    const bool known = datagram.bytes.data() == valid_;
    if (!known && !HashIsValid(*packet, version_, Sender::kClient)) return;
    const Bytes frames = FramesOf(version_, *packet);
    const FrameLayout layout = LayoutOf(version_, *packet);
    if (!RefusedFrames(frames, layout).empty()) return;
    for (FrameWalk walk(frames, layout); walk.Next();) {
      NoteLateChlo(walk.frame());
      conflict_ |= stream_.Add(walk.frame().offset, walk.frame().data) ==
                   quic::CryptoStream::Outcome::kConflict;
    }
  }

  // The capture may have begun after the first CHLO; a client sends another after each REJ.
  void NoteLateChlo(const HandshakeFrame& frame) {
    if (frame.offset == 0 || (!late_chlo_.empty() && frame.offset >= late_chlo_at_)) return;
    const auto parsed = ParseMessage(ByteReader(frame.data));
    const MessageView* message = base::Value(parsed);
    if (message == nullptr || message->tag != kChlo) return;
    late_chlo_ = frame.data;
    late_chlo_at_ = frame.offset;
  }

  void ReadServer(const Datagram& datagram) {
    const auto packet = Read(datagram);
    if (!packet || !IsOfConnection(*packet)) return;
    answered_ = answered_ || HashIsValid(*packet, version_, Sender::kServer);
    negotiated_ = negotiated_ || IsVersionNegotiation(*packet);
  }

  // NeedMore where no CHLO is there yet.
  Parsed<MessageView> ReadChlo() const {
    auto parsed = ParseMessage(ByteReader(stream_.prefix(), base::End::kOpen));
    const MessageView* message = base::Value(parsed);
    if (message != nullptr && message->tag != kChlo) return NotThis{"gquic: no chlo"};
    return parsed;
  }

  // No more will come.
  Parsed<HandshakeFacts> Partial() const {
    if (version_ == 0) return NotThis{"gquic: no valid packet of a client"};
    Parsed<MessageView> chlo = ReadChlo();
    if (stream_.prefix().empty()) chlo = ParseMessage(ByteReader(late_chlo_));
    const MessageView* message = base::Value(chlo);
    HandshakeFacts facts = message != nullptr ? FactsOf(*message, answered_) : FactsOf(answered_);
    if (negotiated_) {
      facts.sides = SidesSeen::kBoth;
      facts.evidence = Evidence::kProof;
    }
    return facts;
  }

  quic::CryptoStream stream_;            // of the client
  Bytes late_chlo_;                      // into the flow's datagrams
  std::uint64_t late_chlo_at_ = 0;       // its place in the stream, which does not begin with it
  VersionNumber version_ = 0;            // the client's; 0 before one of its packets was found
  Bytes id_;                             // into the flow's datagrams
  const std::uint8_t* valid_ = nullptr;  // where the packet is that `version_` was found in
  bool client_side_ = true;              // Datagram::from_client of the client
  bool answered_ = false;                // by a packet of the server with a valid hash
  bool negotiated_ = false;              // by a list of versions
  bool conflict_ = false;
};

Parsed<HandshakeFacts> Run(const FlowView& flow, bool last) {
  thread_local Dissection dissection;
  return dissection.Run(flow, last);
}

Parsed<HandshakeFacts> DissectGquic(const FlowView& flow) { return Run(flow, /*last=*/false); }
Parsed<HandshakeFacts> PartialGquic(const FlowView& flow) { return Run(flow, /*last=*/true); }

constexpr Dissector kDissector = {.name = "gquic",
                                  .over_tcp = false,
                                  .over_udp = true,
                                  .dissect = DissectGquic,
                                  .partial = PartialGquic,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& GquicDissector() { return kDissector; }

}  // namespace unopened::classify::gquic
