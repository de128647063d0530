// FlowTable: which flow a packet belongs to, by the flow's keyed pseudonym. No address is kept.
//
// Open addressing in two choices of eight: a hash names two buckets of eight slots, a new flow goes
// into the emptier one, so a lookup reads two control words and, nearly always, one entry. Nothing
// moves and nothing is left behind by an erasure. The neighbourhood of a flow is its 16 slots: when
// they are taken by live flows, which begins at about three quarters of the capacity, one must go.
// A slot costs 34 bytes. Memory is taken at construction. Thread: its owner's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/quiet_memory.h"
#include "capture/flow_hash.h"

namespace unopened::classify {

class FlowTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNoSlot = 0xffffffff;
  static constexpr std::uint32_t kWays = 8;

  // What is known of a flow for as long as the table knows it at all.
  struct Entry {
    capture::FlowHash hash;
    base::TimeNs last_seen = 0;
    std::uint32_t ref = 0;  // tracked: index of its TrackedFlow; settled: the sink's CountSlot
    std::uint32_t isn = 0;  // TCP: sequence number of the opening SYN, if kIsnKnown
  };
  static_assert(sizeof(Entry) == 32, "two entries a cache line, none across two");

  // Bits of flags().
  static constexpr std::uint8_t kTracked = 0x01;
  static constexpr std::uint8_t kPayloadLow = 0x02;   // payload from Side::kLow was seen
  static constexpr std::uint8_t kPayloadHigh = 0x04;  // from Side::kHigh
  static constexpr std::uint8_t kPayloadBoth = kPayloadLow | kPayloadHigh;
  static constexpr std::uint8_t kIsnKnown = 0x08;  // a SYN without ACK was seen
  static constexpr std::uint8_t kIsnHigh = 0x10;   // Side::kHigh sent it
  static constexpr std::uint8_t kSynAck = 0x20;    // a SYN with ACK was seen
  static constexpr std::uint8_t PayloadFrom(capture::Side side) {
    return side == capture::Side::kLow ? kPayloadLow : kPayloadHigh;
  }

  // `capacity` is rounded up to whole buckets, at least two of them.
  explicit FlowTable(std::uint32_t capacity);
  ~FlowTable();  // zeroes every pseudonym

  Slot Find(const capture::FlowHash& hash) const;
  // A free slot for a flow that is not in the table, kNoSlot if its neighbourhood is taken. Settled
  // flows there last seen before `alive_since` are forgotten first.
  Slot FreeSlot(const capture::FlowHash& hash, base::TimeNs alive_since);
  // Who must go where FreeSlot found none: the longest idle settled flow of the neighbourhood; the
  // longest idle tracked one if none is settled (the caller settles it before it erases it).
  Slot Victim(const capture::FlowHash& hash) const;

  void Occupy(Slot slot, const capture::FlowHash& hash);
  void Erase(Slot slot);
  // Forgets settled flows of buckets [first, last) that were last seen before `alive_since`.
  void EraseIdle(std::uint32_t first, std::uint32_t last, base::TimeNs alive_since);

  Entry& entry(Slot slot) { return entries_[slot]; }
  std::uint8_t& flags(Slot slot) { return controls_[slot / kWays].flags[slot % kWays]; }
  bool tracked(Slot slot) const {
    return (controls_[slot / kWays].flags[slot % kWays] & kTracked) != 0;
  }

  // For packets handled a little later: brings the control words of `hash` into the cache, then,
  // once those are there, the entries it may be.
  void PrefetchControls(const capture::FlowHash& hash) const;
  void PrefetchEntries(const capture::FlowHash& hash) const;
  // Whether what Find() said some packets ago still holds.
  bool Holds(Slot slot, const capture::FlowHash& hash) const { return entries_[slot].hash == hash; }

  std::uint32_t buckets() const { return bucket_count_; }
  std::uint32_t capacity() const { return bucket_count_ * kWays; }
  std::uint32_t size() const { return size_; }

 private:
  // A tag of 0 is a free slot; all slots of a bucket are compared in one word.
  struct Control {
    std::array<std::uint8_t, kWays> tags;
    std::array<std::uint8_t, kWays> flags;
  };
  struct Buckets {
    std::uint32_t first;
    std::uint32_t second;
  };

  Buckets BucketsOf(const capture::FlowHash& hash) const;
  Slot FindIn(std::uint32_t bucket, const capture::FlowHash& hash) const;
  std::uint32_t Occupied(std::uint32_t bucket) const;

  std::uint32_t bucket_count_;
  std::uint32_t size_ = 0;
  base::QuietMemory control_memory_;
  base::QuietMemory entry_memory_;
  std::span<Control> controls_;
  std::span<Entry> entries_;
};

}  // namespace unopened::classify
