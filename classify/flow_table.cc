#include "classify/flow_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace unopened::classify {
namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101ULL;
constexpr std::uint64_t kSevenBits = 0x7f7f7f7f7f7f7f7fULL;

std::uint8_t TagOf(const capture::FlowHash& hash) {
  const auto tag = static_cast<std::uint8_t>(hash.lo);
  return tag == 0 ? 1 : tag;
}

// The high bit of each byte of `word` that is zero, exactly.
std::uint64_t ZeroBytes(std::uint64_t word) {
  return ~(((word & kSevenBits) + kSevenBits) | word | kSevenBits);
}

std::uint32_t FirstByte(std::uint64_t high_bits) {
  if constexpr (std::endian::native == std::endian::little) {
    return static_cast<std::uint32_t>(std::countr_zero(high_bits)) / 8;
  } else {
    return static_cast<std::uint32_t>(std::countl_zero(high_bits)) / 8;
  }
}

// Maps all of `hash` evenly onto [0, count) (Lemire's multiply-shift).
std::uint32_t Reduce(std::uint64_t hash, std::uint32_t count) {
  return static_cast<std::uint32_t>(((hash >> 32) * count) >> 32);
}

std::uint32_t BucketCount(std::uint32_t capacity) {
  return std::max<std::uint32_t>(2, (capacity + FlowTable::kWays - 1) / FlowTable::kWays);
}

}  // namespace

FlowTable::FlowTable(std::uint32_t capacity)
    : bucket_count_(BucketCount(capacity)),
      control_memory_(std::size_t{bucket_count_} * sizeof(Control),
                      base::QuietMemory::Pages::kHuge),
      entry_memory_(std::size_t{bucket_count_} * kWays * sizeof(Entry),
                    base::QuietMemory::Pages::kHuge),
      controls_(control_memory_.As<Control>(bucket_count_)),
      entries_(entry_memory_.As<Entry>(std::size_t{bucket_count_} * kWays)) {}

FlowTable::~FlowTable() {
  for (Slot slot = 0; slot < capacity() && size_ > 0; ++slot) {
    if (controls_[slot / kWays].tags[slot % kWays] != 0) Erase(slot);
  }
}

FlowTable::Buckets FlowTable::BucketsOf(const capture::FlowHash& hash) const {
  return {Reduce(hash.hi, bucket_count_), Reduce(hash.lo, bucket_count_)};
}

FlowTable::Slot FlowTable::FindIn(std::uint32_t bucket, const capture::FlowHash& hash) const {
  const auto tags = std::bit_cast<std::uint64_t>(controls_[bucket].tags);
  std::uint64_t matches = ZeroBytes(tags ^ (kLowBits * TagOf(hash)));
  while (matches != 0) {
    const std::uint32_t way = FirstByte(matches);
    const Slot slot = bucket * kWays + way;
    if (entries_[slot].hash == hash) return slot;
    if constexpr (std::endian::native == std::endian::little) {
      matches &= matches - 1;
    } else {
      matches &= ~(std::uint64_t{0x80} << (56 - 8 * way));
    }
  }
  return kNoSlot;
}

FlowTable::Slot FlowTable::Find(const capture::FlowHash& hash) const {
  const auto [first, second] = BucketsOf(hash);
  const Slot slot = FindIn(first, hash);
  return slot != kNoSlot ? slot : FindIn(second, hash);
}

std::uint32_t FlowTable::Occupied(std::uint32_t bucket) const {
  const auto tags = std::bit_cast<std::uint64_t>(controls_[bucket].tags);
  return kWays - static_cast<std::uint32_t>(std::popcount(ZeroBytes(tags)));
}

FlowTable::Slot FlowTable::FreeSlot(const capture::FlowHash& hash, base::TimeNs alive_since) {
  const auto [first, second] = BucketsOf(hash);
  if (Occupied(first) == kWays && Occupied(second) == kWays) {
    EraseIdle(first, first + 1, alive_since);
    EraseIdle(second, second + 1, alive_since);
  }
  const std::uint32_t bucket = Occupied(second) < Occupied(first) ? second : first;
  const std::uint64_t free = ZeroBytes(std::bit_cast<std::uint64_t>(controls_[bucket].tags));
  return free == 0 ? kNoSlot : bucket * kWays + FirstByte(free);
}

FlowTable::Slot FlowTable::Victim(const capture::FlowHash& hash) const {
  const auto [first, second] = BucketsOf(hash);
  Slot victim = kNoSlot;
  for (const std::uint32_t bucket : {first, second}) {
    for (Slot slot = bucket * kWays; slot < (bucket + 1) * kWays; ++slot) {
      if (controls_[bucket].tags[slot % kWays] == 0) continue;
      const bool better = victim == kNoSlot || tracked(slot) < tracked(victim) ||
                          (tracked(slot) == tracked(victim) &&
                           entries_[slot].last_seen < entries_[victim].last_seen);
      if (better) victim = slot;
    }
  }
  return victim;
}

void FlowTable::Occupy(Slot slot, const capture::FlowHash& hash) {
  controls_[slot / kWays].tags[slot % kWays] = TagOf(hash);
  controls_[slot / kWays].flags[slot % kWays] = 0;
  entries_[slot] = Entry{hash};
  ++size_;
}

void FlowTable::Erase(Slot slot) {
  controls_[slot / kWays].tags[slot % kWays] = 0;
  controls_[slot / kWays].flags[slot % kWays] = 0;
  explicit_bzero(&entries_[slot], sizeof(Entry));
  --size_;
}

void FlowTable::EraseIdle(std::uint32_t first, std::uint32_t last, base::TimeNs alive_since) {
  for (std::uint32_t bucket = first; bucket < last; ++bucket) {
    if (std::bit_cast<std::uint64_t>(controls_[bucket].tags) == 0) continue;
    for (Slot slot = bucket * kWays; slot < (bucket + 1) * kWays; ++slot) {
      if (controls_[bucket].tags[slot % kWays] != 0 && !tracked(slot) &&
          entries_[slot].last_seen < alive_since) {
        Erase(slot);
      }
    }
  }
}

void FlowTable::PrefetchControls(const capture::FlowHash& hash) const {
  const auto [first, second] = BucketsOf(hash);
  __builtin_prefetch(&controls_[first]);
  __builtin_prefetch(&controls_[second]);
}

void FlowTable::PrefetchEntries(const capture::FlowHash& hash) const {
  const auto [first, second] = BucketsOf(hash);
  for (const std::uint32_t bucket : {first, second}) {
    const std::uint64_t matches =
        ZeroBytes(std::bit_cast<std::uint64_t>(controls_[bucket].tags) ^ (kLowBits * TagOf(hash)));
    if (matches != 0) __builtin_prefetch(&entries_[bucket * kWays + FirstByte(matches)]);
  }
}

}  // namespace unopened::classify
