#include "gateway/worker.h"

namespace unopened::gateway {

Worker::Worker(const classify::ClassifierOptions& options,
               const std::array<std::uint8_t, 16>& hash_key,
               const classify::EndpointMatcher& matcher)
    : classifier_(options, hash_key, matcher, counter_) {}

void Worker::OnSegments(std::span<const capture::Segment> segments,
                        std::span<const capture::FlowHash> hashes) {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const capture::Segment& segment : segments) {
    packets += segment.packets;
    bytes += segment.wire_length;
  }
  packets_.Add(packets);
  bytes_.Add(bytes);
  if (hashes.empty()) {
    classifier_.OnSegments(segments);
  } else {
    classifier_.OnSegments(segments, hashes);
  }
}

void Worker::Describe(audit::TallyDelta& delta) const {
  const classify::ClassifierStats& stats = classifier_.stats();
  delta.packets += packets_.Get() - told_.packets;
  delta.bytes += bytes_.Get() - told_.bytes;
  delta.pending_packets += stats.pending_packets.Get();
  delta.pending_bytes += stats.pending_bytes.Get();
  const auto bound = [&delta](const char* name, std::uint64_t met) {
    if (met != 0) delta.bounds[name] += met;
  };
  bound("flow_table", stats.evicted_settled.Get() - told_.evicted_settled);
  bound("tracked_flows", stats.evicted_tracked.Get() - told_.evicted_tracked);
  bound("prefix_pool", stats.prefix_pool_exhausted.Get() - told_.prefix_pool);
  bound("reassembly", stats.reassembly_limit.Get() - told_.reassembly);
}

void Worker::CopyInto(audit::TallyDelta& delta) const {
  Describe(delta);
  counter_.CopyInto(delta);
}

void Worker::TakeInto(audit::TallyDelta& delta) {
  Describe(delta);
  counter_.TakeInto(delta);
  const classify::ClassifierStats& stats = classifier_.stats();
  told_ = {packets_.Get(),
           bytes_.Get(),
           stats.evicted_settled.Get(),
           stats.evicted_tracked.Get(),
           stats.prefix_pool_exhausted.Get(),
           stats.reassembly_limit.Get()};
}

void Worker::AddTo(exporters::Operational& operational) const {
  const classify::ClassifierStats& stats = classifier_.stats();
  operational.packets += packets_.Get();
  operational.bytes += bytes_.Get();
  operational.flows_opened += stats.opened.Get();
  for (std::size_t i = 0; i < stats.settled.size(); ++i)
    operational.settled[i] += stats.settled[i].Get();
  operational.flows_in_table += stats.flows_in_table.Get();
  operational.flows_tracked += stats.flows_tracked.Get();
  operational.evicted_settled += stats.evicted_settled.Get();
  operational.evicted_tracked += stats.evicted_tracked.Get();
  operational.prefix_pool_exhausted += stats.prefix_pool_exhausted.Get();
  operational.reassembly_limit += stats.reassembly_limit.Get();
  operational.overlap_conflicts += stats.overlap_conflicts.Get();
}

}  // namespace unopened::gateway
