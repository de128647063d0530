// Tiles: how a tree of hashes, and the entries under it, lie in files whose bytes never change.
//
// Source: C2SP tlog-tiles (https://c2sp.org/tlog-tiles). A tile holds up to 256 consecutive hashes
// of one level; a hash of level L+1 is the root of a full tile of level L. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace unopened::audit::merkle {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 256;
// 256^8 leaves: beyond what a 64-bit size counts.
inline constexpr unsigned kMaxTileLevels = 8;

struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;           // within the level
  std::uint64_t width = kTileWidth;  // 1..256; below 256 the tile is partial

  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/1/x001/x234/067.p/17", relative to the log's folder.
std::string TilePath(const TileId& tile);
// "tile/entries/x001/x234/067.p/17": the bundle of the entries under a level 0 tile.
std::string BundlePath(std::uint64_t index, std::uint64_t width);

// How many hashes level `level` has, over all its tiles, in a tree of `tree_size` leaves.
constexpr std::uint64_t HashesAtLevel(std::uint64_t tree_size, unsigned level) {
  return level >= kMaxTileLevels ? 0 : tree_size >> (kTileHeight * level);
}
// The width that tile `index` of `level` has in a tree of `tree_size` leaves; 0 where there is
// none.
constexpr std::uint64_t WidthIn(std::uint64_t tree_size, unsigned level, std::uint64_t index) {
  const std::uint64_t hashes = HashesAtLevel(tree_size, level);
  const std::uint64_t full = hashes / kTileWidth;
  return index < full ? kTileWidth : index == full ? hashes % kTileWidth : 0;
}

}  // namespace unopened::audit::merkle
