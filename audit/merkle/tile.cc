#include "audit/merkle/tile.h"

#include <string_view>

namespace unopened::audit::merkle {
namespace {

std::string ThreeDigits(std::uint64_t n) {
  std::string digits = std::to_string(n);
  return std::string(3 - digits.size(), '0') + digits;
}

std::string Path(std::string_view kind, std::uint64_t index, std::uint64_t width) {
  constexpr std::uint64_t kPathBase = 1000;
  std::string number = ThreeDigits(index % kPathBase);
  for (index /= kPathBase; index > 0; index /= kPathBase) {
    number = "x" + ThreeDigits(index % kPathBase) + "/" + number;
  }
  std::string path = "tile/" + std::string(kind) + "/" + number;
  if (width != kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

}  // namespace

std::string TilePath(const TileId& tile) {
  return Path(std::to_string(tile.level), tile.index, tile.width);
}
std::string BundlePath(std::uint64_t index, std::uint64_t width) {
  return Path("entries", index, width);
}

}  // namespace unopened::audit::merkle
