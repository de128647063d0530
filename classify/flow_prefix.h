// FlowPrefix: the first bytes of one direction of a flow, in order, from a bounded pool.
//
// Segments may come in any order, overlap and repeat. Copies of the same bytes that differ are a
// conflict: nobody can tell which one the receiver took, so none of them wins (the caller settles
// the flow as ambiguous). Bytes are zeroed when they are given back. Thread: its owner's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_reader.h"
#include "base/quiet_memory.h"

namespace unopened::classify {

// Blocks of three sizes: what is in clear fits the smallest, most hellos the next, a certificate
// chain needs the largest.
class PrefixPool {
 public:
  using Block = std::uint32_t;
  using Owner = std::uint32_t;
  static constexpr Block kNoBlock = 0xffffffff;
  static constexpr std::array<std::uint32_t, 2> kSmallBytes = {256, 2048};

  // An eighth of `pool_bytes` goes to the smallest, three to the next, half to the largest, which
  // is the cap; and at least one block to each.
  PrefixPool(std::uint32_t pool_bytes, std::uint32_t prefix_cap_bytes);

  // A zeroed block of at least `size` bytes (at most the prefix cap); kNoBlock if none is left.
  Block Take(std::uint32_t size, Owner owner);
  // Zeroes the first `used` bytes, all that were written, and gives the block back.
  void Give(Block block, std::uint32_t used);
  // Who has held a block that would serve `size` the longest: whom to settle when Take failed.
  Owner LongestHolder(std::uint32_t size) const;

  std::span<std::uint8_t> bytes(Block block);
  std::uint32_t blocks_in_use() const { return in_use_; }

 private:
  struct Links {
    Block previous = kNoBlock;
    Block next = kNoBlock;
    Owner owner = 0;
  };
  // Free blocks are chained by `next`; blocks in use by both, longest held first.
  struct Size {
    std::uint32_t bytes = 0;
    Block first_block = 0;
    std::size_t first_byte = 0;
    std::uint32_t count = 0;
    Block free = kNoBlock;
    Block oldest = kNoBlock;
    Block newest = kNoBlock;
  };

  Size& SizeOf(Block block);
  Block TakeFrom(Size& size, Owner owner);

  std::array<Size, 3> sizes_;  // smallest first
  std::vector<Links> links_;
  base::QuietMemory memory_;
  std::uint32_t in_use_ = 0;
};

class FlowPrefix {
 public:
  // Ranges of bytes beyond the first hole that are kept; a segment that would need one more is
  // dropped.
  static constexpr std::size_t kMaxRanges = 6;

  enum class Placed : std::uint8_t {
    kNothingNew,  // empty, repeated, or beyond the limit
    kGrew,        // the bytes in order from the start are more than before
    kStored,      // kept beyond a hole
    kTooManyHoles,
    kConflict,  // differs from a copy seen before
    kNoBlock,   // the pool has none left; nothing was changed
  };

  // Makes of zeroed memory what the constructor makes.
  void Renew() { block_ = PrefixPool::kNoBlock; }

  // `limit` bytes at most will be kept.
  void Open(std::uint32_t limit) { limit_ = limit; }

  // Places `bytes` at `offset` from the direction's start; what lies beyond the limit is cut off.
  Placed Place(PrefixPool& pool, PrefixPool::Owner owner, std::uint32_t offset, base::Bytes bytes);

  // Takes the first bytes of a direction as they stand in the packet, without a copy, if nothing is
  // there yet: many a flow is settled by them. False where Place() must be asked. While Borrows()
  // the bytes must stay; then Keep() places them, or Close() forgets them.
  bool Borrow(base::Bytes bytes);
  bool Borrows() const { return borrowed_ != nullptr; }
  // kGrew, or kNoBlock: nothing was changed.
  Placed Keep(PrefixPool& pool, PrefixPool::Owner owner);

  // No byte at or beyond `limit` counts any more: FIN, a snapped packet, a lower cap. Zeroes what
  // is beyond.
  void Limit(PrefixPool& pool, std::uint32_t limit);
  // Gives the block back, zeroed, and forgets all.
  void Close(PrefixPool& pool);

  // The bytes in order from the start, without a hole.
  base::Bytes bytes(PrefixPool& pool) const;
  std::uint32_t size() const { return in_order_; }
  std::uint32_t limit() const { return limit_; }
  // Nothing more can come.
  bool final() const { return in_order_ >= limit_; }

 private:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  bool Agrees(std::span<const std::uint8_t> kept, Range range, std::uint32_t offset,
              base::Bytes bytes) const;
  bool Reserve(PrefixPool& pool, PrefixPool::Owner owner, std::uint32_t size);
  bool AddRange(Range added);

  const std::uint8_t* borrowed_ = nullptr;  // of [0, extent_), instead of a block
  PrefixPool::Block block_ = PrefixPool::kNoBlock;
  std::uint32_t in_order_ = 0;  // bytes [0, in_order_) are there
  std::uint32_t extent_ = 0;    // no byte at or beyond was ever written
  std::uint32_t limit_ = 0;
  std::uint32_t range_count_ = 0;
  std::array<Range, kMaxRanges> ranges_{};  // beyond in_order_, sorted, with holes between
};

}  // namespace unopened::classify
