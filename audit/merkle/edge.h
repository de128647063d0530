// Edge: the right edge of a tree, all that is needed to append to it and to know its root: at each
// level the hashes of the one tile that is not full yet (a compact range, held by tiles). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "audit/merkle/hash.h"
#include "audit/merkle/tile.h"

namespace unopened::audit::merkle {

struct Tile {
  TileId id;
  std::vector<Hash> hashes;
};

class Edge {
 public:
  std::uint64_t size() const { return size_; }

  // Adds one leaf; each tile that became full by it is appended to `filled`, lowest level first.
  void Append(const Hash& leaf, Hasher& hasher, std::vector<Tile>& filled);

  // The tiles that are not full, lowest level first; at most one a level, none of width 0.
  std::vector<Tile> Partial() const;

  Hash Root(Hasher& hasher) const;  // SHA-256("") for the empty tree

  // The edge of a tree of `size` leaves from its partial tiles' hashes: `levels[L]` must hold
  // HashesAtLevel(size, L) % 256 of them, or the edge is left empty and false is returned.
  bool Restore(std::uint64_t size, const std::array<std::vector<Hash>, kMaxTileLevels>& levels);

 private:
  std::uint64_t size_ = 0;
  std::array<std::vector<Hash>, kMaxTileLevels> levels_;
};

}  // namespace unopened::audit::merkle
