#include "audit/merkle/edge.h"

#include <cstdlib>
#include <utility>

namespace unopened::audit::merkle {

void Edge::Append(const Hash& leaf, Hasher& hasher, std::vector<Tile>& filled) {
  Hash carried = leaf;
  ++size_;
  for (unsigned level = 0; level < kMaxTileLevels; ++level) {
    std::vector<Hash>& row = levels_[level];
    row.push_back(carried);
    if (row.size() < kTileWidth) return;
    carried = hasher.Root(row);
    const std::uint64_t index = HashesAtLevel(size_, level) / kTileWidth - 1;
    filled.push_back({{level, index, kTileWidth}, std::exchange(row, {})});
  }
  std::abort();  // 2^64 leaves
}

std::vector<Tile> Edge::Partial() const {
  std::vector<Tile> tiles;
  for (unsigned level = 0; level < kMaxTileLevels; ++level) {
    if (levels_[level].empty()) continue;
    const std::uint64_t index = HashesAtLevel(size_, level) / kTileWidth;
    tiles.push_back({{level, index, levels_[level].size()}, levels_[level]});
  }
  return tiles;
}

Hash Edge::Root(Hasher& hasher) const {
  if (size_ == 0) return hasher.Root({});
  // RFC 6962 §2.1: the perfect subtrees of the size's binary digits, joined from the right. The
  // lowest level lies rightmost.
  bool first = true;
  Hash root{};
  for (const std::vector<Hash>& row : levels_) {
    std::size_t end = row.size();
    while (end > 0) {
      const std::size_t width = end & (~end + 1);  // the lowest digit that is set
      const Hash subtree = hasher.Root(std::span(row).subspan(end - width, width));
      root = first ? subtree : hasher.Node(subtree, root);
      first = false;
      end -= width;
    }
  }
  return root;
}

bool Edge::Restore(std::uint64_t size,
                   const std::array<std::vector<Hash>, kMaxTileLevels>& levels) {
  *this = Edge();
  for (unsigned level = 0; level < kMaxTileLevels; ++level) {
    if (levels[level].size() != HashesAtLevel(size, level) % kTileWidth) return false;
  }
  levels_ = levels;
  size_ = size;
  return true;
}

}  // namespace unopened::audit::merkle
