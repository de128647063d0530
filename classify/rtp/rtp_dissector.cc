#include "classify/rtp/rtp_dissector.h"

#include <array>
#include <cstdint>
#include <span>

#include "classify/rtp/packet.h"
#include "classify/zrtp/message.h"

namespace unopened::classify::rtp {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

// Steps of one source's sequence number: that many make a stream of one direction, or fewer of each
// where both have one.
constexpr int kStepsAlone = 3;
constexpr int kStepsEach = 1;
constexpr int kStepsToSettle = 2;
// Between two packets that the tap saw one after the other: losses and reordering, no more.
constexpr std::int16_t kMaxGap = 100;
constexpr std::int16_t kMaxReordering = 16;
// A minute at video's clock; frames may be sent out of their order.
constexpr std::int32_t kMaxTimestampGap = 90'000 * 60;

// One direction: the sources that speak in it (RFC 3550 §3: audio and video may share a port).
class Direction {
 public:
  // False: this is no stream.
  bool Add(const Header& header) {
    if (header.control) return true;
    for (Source& source : std::span(sources_).first(count_)) {
      if (source.ssrc == header.ssrc) return Step(header, source);
    }
    if (count_ == sources_.size()) return false;
    sources_[count_++] = {header.ssrc, header.timestamp, header.sequence};
    return true;
  }
  int steps() const { return steps_; }

 private:
  struct Source {
    std::uint32_t ssrc = 0;
    std::uint32_t timestamp = 0;
    std::uint16_t sequence = 0;
  };

  bool Step(const Header& header, Source& source) {
    // Both wrap around; their distance does not.
    const auto gap = static_cast<std::int16_t>(header.sequence - source.sequence);
    const auto later = static_cast<std::int32_t>(header.timestamp - source.timestamp);
    if (gap > kMaxGap || gap < -kMaxReordering) return false;
    if (later > kMaxTimestampGap || later < -kMaxTimestampGap) return false;
    if (gap <= 0) return true;
    source.sequence = header.sequence;
    source.timestamp = header.timestamp;
    ++steps_;
    return true;
  }

  std::array<Source, 3> sources_;
  std::size_t count_ = 0;
  int steps_ = 0;
};

HandshakeFacts FactsOf(SidesSeen sides) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kRtp;
  facts.sides = sides;
  facts.evidence = Evidence::kWeak;
  return facts;
}

Parsed<HandshakeFacts> DissectRtp(const FlowView& flow) {
  std::array<Direction, 2> directions;  // the client's, the server's
  bool seen[2] = {false, false};
  for (const Datagram& datagram : flow.datagrams) {
    if (datagram.bytes.empty()) continue;
    // ZRTP agrees on keys between the packets: the flow is then its own.
    if (zrtp::HasCookie(datagram.bytes)) return NotThis{"rtp: zrtp"};
    const auto parsed = ParseHeader(datagram);
    const Header* header = base::Value(parsed);
    if (header == nullptr) return std::get<NotThis>(parsed);
    const std::size_t from = datagram.from_client ? 0 : 1;
    seen[from] = true;
    if (!directions[from].Add(*header)) return NotThis{"rtp: sequence"};
    if (directions[0].steps() >= kStepsToSettle && directions[1].steps() >= kStepsToSettle) {
      return FactsOf(SidesSeen::kBoth);
    }
  }
  if (flow.datagrams_open) return NeedMore{1};
  const int client = directions[0].steps();
  const int server = directions[1].steps();
  const bool each = client >= kStepsEach && server >= kStepsEach;
  if (!each && client < kStepsAlone && server < kStepsAlone) return NotThis{"rtp: too few"};
  if (seen[0] && seen[1]) return FactsOf(SidesSeen::kBoth);
  return FactsOf(seen[0] ? SidesSeen::kClientOnly : SidesSeen::kServerOnly);
}

}  // namespace

const Dissector& RtpDissector() {
  static constexpr Dissector kDissector{.name = "rtp", .over_udp = true, .dissect = &DissectRtp};
  return kDissector;
}

}  // namespace unopened::classify::rtp
