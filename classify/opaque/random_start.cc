#include "classify/opaque/random_start.h"

#include <algorithm>
#include <cstdint>

namespace unopened::classify::opaque {
namespace {

constexpr std::size_t kTextStart = 6;  // of which all are text: 0.3% of random ones
constexpr std::size_t kMostText = 42;  // 24.6 +- 3.9 expected
constexpr bool IsText(std::uint8_t c) {
  return (c >= 0x20 && c <= 0x7e) || c == '\r' || c == '\n' || c == '\t';
}

}  // namespace

bool MayBeRandom(base::Bytes start) {
  std::size_t text = 0;
  std::uint8_t before = 0x55;
  for (const std::uint8_t byte : start.first(std::min(start.size(), kRandomStartSize))) {
    if (byte == before && (byte == 0x00 || byte == 0xff)) return false;
    before = byte;
    text += IsText(byte) ? 1 : 0;
  }
  if (text > kMostText) return false;
  return start.size() < kTextStart || !std::ranges::all_of(start.first(kTextStart), IsText);
}

}  // namespace unopened::classify::opaque
