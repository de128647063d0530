// Bytes become segments of a few flows: any flags, order, overlap, time. Every packet is counted
// once, every session settled once, and the bounds hold.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "classify/classifier.h"

namespace {

using namespace unopened;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

class CountingSink final : public classify::SessionSink {
 public:
  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override {
    Require(flow.first_time <= flow.settled_at);
    Require(flow.session.outcome == classify::Outcome::kIdentified ||
            flow.session.endpoint == classify::kNoEndpoint);
    packets += flow.traffic.packets;
    bytes += flow.traffic.bytes;
    return static_cast<classify::CountSlot>(sessions++);
  }
  void OnTraffic(classify::CountSlot slot, std::uint32_t later, std::uint32_t wire_length,
                 bool) override {
    Require(slot < sessions);
    packets += later;
    bytes += wire_length;
  }

  std::uint64_t sessions = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// One segment: a byte for flow and side, flags, a byte of sequence (signed, so that it may lie
// before the start or wrap), a byte of time, snap, and a payload after its length.
std::optional<capture::Segment> Read(base::ByteReader& in, base::TimeNs& now) {
  std::uint8_t flow = 0, flags = 0, sequence = 0, step = 0, cut = 0;
  base::ByteReader payload;
  if (!in.ReadU8(flow) || !in.ReadU8(flags) || !in.ReadU8(sequence) || !in.ReadU8(step) ||
      !in.ReadU8(cut) || !in.ReadPrefixed8(payload)) {
    return std::nullopt;
  }
  // Mostly milliseconds, at times seconds, so that every deadline is met.
  now += step < 200 ? step * 1'000'000LL : (step - 199) * 2 * base::kNsPerSecond;
  capture::Segment segment;
  constexpr std::array kTransports = {
      capture::Transport::kTcp, capture::Transport::kTcp,  capture::Transport::kTcp,
      capture::Transport::kUdp, capture::Transport::kUdp,  capture::Transport::kEsp,
      capture::Transport::kTcp, capture::Transport::kIcmp,
  };
  segment.key.low_port = static_cast<std::uint16_t>(flow >> 4);
  segment.key.high_port = 443;
  segment.key.transport = kTransports[(flow >> 1) & 7];
  segment.from = (flow & 1) == 0 ? capture::Side::kLow : capture::Side::kHigh;
  segment.tcp_flags = flags;
  segment.tcp_sequence = static_cast<std::uint32_t>(static_cast<std::int8_t>(sequence));
  segment.time = now;
  segment.payload_wire_length = static_cast<std::uint32_t>(payload.size());
  segment.payload = payload.rest();
  if (cut < 32 && cut < payload.size()) segment.payload = segment.payload.first(cut);
  segment.wire_length = 54 + segment.payload_wire_length;
  return segment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::ClassifierOptions options;
  options.flow_capacity = 32;  // small, so that every bound is met
  options.tracked_capacity = 8;
  options.prefix_pool_bytes = 16 * 1024;
  options.prefix_cap_bytes = 4096;
  classify::Classifier classifier(options, {}, matcher, sink);

  base::ByteReader in(base::Bytes(data, size));
  base::TimeNs now = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  while (const auto segment = Read(in, now)) {
    classifier.OnSegment(*segment);
    ++packets;
    bytes += segment->wire_length;
    if (packets % 5 == 0) classifier.Sweep(now);
    const classify::ClassifierStats& stats = classifier.stats();
    Require(sink.packets + stats.pending_packets.Get() == packets);
    Require(sink.bytes + stats.pending_bytes.Get() == bytes);
    Require(sink.sessions + stats.flows_tracked.Get() == stats.opened.Get());
    Require(stats.flows_tracked.Get() <= options.tracked_capacity);
    Require(stats.flows_in_table.Get() <= options.flow_capacity);
  }
  classifier.Finish(now);
  Require(sink.packets == packets && sink.bytes == bytes);
  Require(sink.sessions == classifier.stats().opened.Get());
  Require(classifier.stats().flows_in_table.Get() == 0);
  return 0;
}
