#include "classify/tracked_flows.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace unopened::classify {

// A record's life begins by assignment in memory that was zero (an implicit-lifetime type).
static_assert(std::is_trivially_copyable_v<TrackedFlow>);
static_assert(std::is_trivially_destructible_v<TrackedFlow>);

TrackedFlows::TrackedFlows(std::uint32_t capacity)
    : capacity_(std::max<std::uint32_t>(1, capacity)),
      memory_(capacity_ * sizeof(TrackedFlow), base::QuietMemory::Pages::kHuge),
      flows_(memory_.As<TrackedFlow>(capacity_)) {
  idle_.links.resize(capacity_);
  handshake_.links.resize(capacity_);
  free_.reserve(capacity_);
  for (Index index = capacity_; index-- > 0;) free_.push_back(index);
}

void TrackedFlows::Order::Append(Index index) {
  links[index] = {last, kNone};
  (last == kNone ? first : links[last].next) = index;
  last = index;
}

void TrackedFlows::Order::Remove(Index index) {
  const auto [previous, next] = links[index];
  (previous == kNone ? first : links[previous].next) = next;
  (next == kNone ? last : links[next].previous) = previous;
}

TrackedFlows::Index TrackedFlows::Take(base::TimeNs now) {
  if (free_.empty()) return kNone;
  const Index index = free_.back();
  free_.pop_back();
  // A record not in use is zero, which is the default of all but these.
  TrackedFlow& flow = flows_[index];
  flow.slot = FlowTable::kNoSlot;
  for (Direction& direction : flow.directions) direction.prefix.Renew();
  flow.first_seen = now;
  flow.last_seen = now;
  idle_.Append(index);
  ++size_;
  if (!free_.empty()) Prefetch(free_.back());
  return index;
}

void TrackedFlows::Give(Index index) {
  idle_.Remove(index);
  if (flows_[index].has_payload()) handshake_.Remove(index);
  // What a flow never wrote is zero still: of most, all of its datagrams but one or two.
  TrackedFlow& flow = flows_[index];
  explicit_bzero(flow.datagrams.data(), flow.datagram_count * sizeof(KeptDatagram));
  explicit_bzero(&flow, offsetof(TrackedFlow, datagrams));
  if (!keys_.empty()) keys_[index] = capture::FlowKey();
  free_.push_back(index);
  --size_;
}

void TrackedFlows::Prefetch(Index index) const {
  constexpr std::size_t kLine = 64;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&flows_[index]);
  for (std::size_t at = 0; at < offsetof(TrackedFlow, datagrams); at += kLine) {
    __builtin_prefetch(bytes + at);
  }
}

void TrackedFlows::Touch(Index index, base::TimeNs now) {
  flows_[index].last_seen = now;
  if (idle_.last == index) return;
  idle_.Remove(index);
  idle_.Append(index);
}

void TrackedFlows::StartHandshake(Index index, base::TimeNs now) {
  flows_[index].first_payload = now;
  handshake_.Append(index);
}

}  // namespace unopened::classify
