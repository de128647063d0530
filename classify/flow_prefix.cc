#include "classify/flow_prefix.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace unopened::classify {

PrefixPool::PrefixPool(std::uint32_t pool_bytes, std::uint32_t prefix_cap_bytes)
    : memory_([&] {
        constexpr std::array<std::uint32_t, 3> kEighths = {1, 3, 4};
        std::size_t bytes = 0;
        Block blocks = 0;
        for (std::size_t i = 0; i < sizes_.size(); ++i) {
          Size& size = sizes_[i];
          size.bytes = i < kSmallBytes.size() ? std::min(kSmallBytes[i], prefix_cap_bytes)
                                              : prefix_cap_bytes;
          size.count =
              std::max<std::uint32_t>(1, pool_bytes / 8 * kEighths[i] / std::max(1U, size.bytes));
          size.first_block = blocks;
          size.first_byte = bytes;
          blocks += size.count;
          bytes += std::size_t{size.count} * size.bytes;
        }
        return bytes;
      }()) {
  links_.resize(sizes_.back().first_block + sizes_.back().count);
  for (Size& size : sizes_) {
    for (std::uint32_t i = size.count; i-- > 0;) {
      links_[size.first_block + i].next = size.free;
      size.free = size.first_block + i;
    }
  }
}

PrefixPool::Size& PrefixPool::SizeOf(Block block) {
  if (block < sizes_[1].first_block) return sizes_[0];
  return block < sizes_[2].first_block ? sizes_[1] : sizes_[2];
}

PrefixPool::Block PrefixPool::TakeFrom(Size& size, Owner owner) {
  const Block block = size.free;
  if (block == kNoBlock) return kNoBlock;
  size.free = links_[block].next;
  links_[block] = {size.newest, kNoBlock, owner};
  if (size.newest != kNoBlock) links_[size.newest].next = block;
  size.newest = block;
  if (size.oldest == kNoBlock) size.oldest = block;
  ++in_use_;
  return block;
}

PrefixPool::Block PrefixPool::Take(std::uint32_t size, Owner owner) {
  for (Size& blocks : sizes_) {
    if (size > blocks.bytes) continue;
    const Block block = TakeFrom(blocks, owner);
    if (block != kNoBlock) return block;
  }
  return kNoBlock;
}

void PrefixPool::Give(Block block, std::uint32_t used) {
  Size& size = SizeOf(block);
  explicit_bzero(bytes(block).data(), std::min(used, size.bytes));
  Links& links = links_[block];
  (links.previous == kNoBlock ? size.oldest : links_[links.previous].next) = links.next;
  (links.next == kNoBlock ? size.newest : links_[links.next].previous) = links.previous;
  links = {kNoBlock, size.free, 0};
  size.free = block;
  --in_use_;
}

PrefixPool::Owner PrefixPool::LongestHolder(std::uint32_t size) const {
  const auto from =
      std::ranges::find_if(sizes_, [size](const Size& blocks) { return size <= blocks.bytes; });
  assert(from != sizes_.end() && from->oldest != kNoBlock);
  return links_[from->oldest].owner;
}

std::span<std::uint8_t> PrefixPool::bytes(Block block) {
  const Size& size = SizeOf(block);
  const std::size_t index = block - size.first_block;
  return memory_.bytes().subspan(size.first_byte + index * size.bytes, size.bytes);
}

bool FlowPrefix::Reserve(PrefixPool& pool, PrefixPool::Owner owner, std::uint32_t size) {
  if (block_ != PrefixPool::kNoBlock && pool.bytes(block_).size() >= size) return true;
  const PrefixPool::Block block = pool.Take(size, owner);
  if (block == PrefixPool::kNoBlock) return false;
  if (block_ != PrefixPool::kNoBlock) {
    std::memcpy(pool.bytes(block).data(), pool.bytes(block_).first(extent_).data(), extent_);
    pool.Give(block_, extent_);
  }
  block_ = block;
  return true;
}

bool FlowPrefix::Agrees(std::span<const std::uint8_t> kept, Range range, std::uint32_t offset,
                        base::Bytes bytes) const {
  const auto end = offset + static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t from = std::max(offset, range.begin);
  const std::uint32_t to = std::min(end, range.end);
  if (from >= to) return true;
  return std::memcmp(kept.subspan(from, to - from).data(),
                     bytes.subspan(from - offset, to - from).data(), to - from) == 0;
}

// Joins `added` with the ranges it touches. False where it would be one range too many.
bool FlowPrefix::AddRange(Range added) {
  std::array<Range, kMaxRanges + 1> merged{};
  std::size_t count = 0;
  bool placed = false;
  for (std::uint32_t i = 0; i < range_count_; ++i) {
    const Range range = ranges_[i];
    if (range.end < added.begin) {
      merged[count++] = range;
    } else if (added.end < range.begin) {
      if (!placed) merged[count++] = added;
      placed = true;
      merged[count++] = range;
    } else {
      added = {std::min(added.begin, range.begin), std::max(added.end, range.end)};
    }
  }
  if (!placed) merged[count++] = added;
  if (merged[0].begin <= in_order_) {
    in_order_ = std::max(in_order_, merged[0].end);
    std::copy(merged.begin() + 1, merged.begin() + static_cast<std::ptrdiff_t>(count),
              merged.begin());
    --count;
  }
  if (count > kMaxRanges) return false;
  range_count_ = static_cast<std::uint32_t>(count);
  std::copy_n(merged.begin(), count, ranges_.begin());
  return true;
}

FlowPrefix::Placed FlowPrefix::Place(PrefixPool& pool, PrefixPool::Owner owner,
                                     std::uint32_t offset, base::Bytes bytes) {
  if (offset >= limit_ || bytes.empty()) return Placed::kNothingNew;
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), limit_ - offset));
  const Range added{offset, offset + static_cast<std::uint32_t>(bytes.size())};

  if (block_ != PrefixPool::kNoBlock) {
    const std::span<const std::uint8_t> kept = pool.bytes(block_);
    bool agrees = Agrees(kept, {0, in_order_}, offset, bytes);
    for (std::uint32_t i = 0; i < range_count_; ++i) {
      agrees = agrees && Agrees(kept, ranges_[i], offset, bytes);
    }
    if (!agrees) return Placed::kConflict;
  }
  if (added.end <= in_order_) return Placed::kNothingNew;
  if (!Reserve(pool, owner, added.end)) return Placed::kNoBlock;

  const std::uint32_t before = in_order_;
  if (!AddRange(added)) return Placed::kTooManyHoles;
  // What was there already is equal, so writing over it changes nothing.
  std::memcpy(pool.bytes(block_).subspan(offset, bytes.size()).data(), bytes.data(), bytes.size());
  extent_ = std::max(extent_, added.end);
  return in_order_ > before ? Placed::kGrew : Placed::kStored;
}

bool FlowPrefix::Borrow(base::Bytes bytes) {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), limit_));
  if (extent_ != 0 || size == 0) return false;
  borrowed_ = bytes.data();
  in_order_ = extent_ = size;
  return true;
}

FlowPrefix::Placed FlowPrefix::Keep(PrefixPool& pool, PrefixPool::Owner owner) {
  if (extent_ > 0) {
    if (!Reserve(pool, owner, extent_)) return Placed::kNoBlock;
    std::memcpy(pool.bytes(block_).first(extent_).data(), borrowed_, extent_);
  }
  borrowed_ = nullptr;
  return Placed::kGrew;
}

void FlowPrefix::Limit(PrefixPool& pool, std::uint32_t limit) {
  if (limit >= limit_) return;
  limit_ = limit;
  in_order_ = std::min(in_order_, limit);
  while (range_count_ > 0 && ranges_[range_count_ - 1].begin >= limit) --range_count_;
  if (range_count_ > 0) {
    Range& last = ranges_[range_count_ - 1];
    last.end = std::min(last.end, limit);
  }
  if (extent_ <= limit) return;
  if (borrowed_ != nullptr) {
    extent_ = limit;
    return;
  }
  explicit_bzero(pool.bytes(block_).subspan(limit).data(), extent_ - limit);
  extent_ = limit;
  if (limit == 0) {
    pool.Give(block_, 0);
    block_ = PrefixPool::kNoBlock;
  }
}

void FlowPrefix::Close(PrefixPool& pool) {
  if (block_ != PrefixPool::kNoBlock) pool.Give(block_, extent_);
  borrowed_ = nullptr;
  block_ = PrefixPool::kNoBlock;
  in_order_ = extent_ = limit_ = range_count_ = 0;
}

base::Bytes FlowPrefix::bytes(PrefixPool& pool) const {
  if (in_order_ == 0) return {};
  if (borrowed_ != nullptr) return {borrowed_, in_order_};
  return pool.bytes(block_).first(in_order_);
}

}  // namespace unopened::classify
