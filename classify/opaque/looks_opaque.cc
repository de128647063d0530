#include "classify/opaque/looks_opaque.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace unopened::classify::opaque {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

// Bounds for 64 uniformly random bytes; the share of random samples beyond each is in
// docs/protocols/opaque.md.
constexpr int kFewestOnes = 218;  // 3.4 to 4.6 bits a byte; 256 +- 11.3 expected
constexpr int kMostOnes = 294;
constexpr int kFewestInBitPlane = 16;  // of 64, for each of the 8 bits; 32 +- 4 expected
constexpr int kMostInBitPlane = 48;
constexpr std::size_t kFewestValues = 48;   // different bytes; 56.7 +- 2.3 expected
constexpr std::size_t kMostPrintable = 32;  // 23.8 +- 3.9 expected
constexpr std::ptrdiff_t kMostSmall = 17;   // below 0x20; 8 +- 2.6 expected
constexpr int kMostConstantColumns = 4;     // of 64 bits in 8 rows; 0.5 +- 0.7 expected
constexpr std::size_t kLongestPrintableRun = 20;
constexpr std::size_t kPrintableStart = 6;

// Compressed and media formats that may begin anywhere in a stranger's message.
constexpr std::array kMagics = {
    "\x1f\x8b\x08"sv,
    "\x28\xb5\x2f\xfd"sv,
    "\xfd\x37zXZ"sv,
    "BZh"sv,
    "\x04\x22\x4d\x18"sv,
    "PK\x03\x04"sv,
    "\x37z\xbc\xaf"sv,
    "Rar!"sv,
    "\xff\xd8\xff"sv,
    "\x89PNG"sv,
    "GIF8"sv,
    "OggS"sv,
    "ftyp"sv,
    "\x1a\x45\xdf\xa3"sv,
    "RIFF"sv,
    "wOF"sv,
};
// RFC 1950: two bytes are too few to look for them everywhere.
constexpr std::array kZlibStarts = {"\x78\x01"sv, "\x78\x5e"sv, "\x78\x9c"sv, "\x78\xda"sv};
constexpr std::size_t kZlibWithin = 18;

constexpr bool IsPrintable(std::uint8_t c) { return c >= 0x20 && c <= 0x7e; }

bool HasBalancedBits(Bytes sample) {
  int ones = 0;
  for (int bit = 0; bit < 8; ++bit) {
    int in_plane = 0;
    for (const std::uint8_t byte : sample) in_plane += byte >> bit & 1;
    if (in_plane < kFewestInBitPlane || in_plane > kMostInBitPlane) return false;
    ones += in_plane;
  }
  return ones >= kFewestOnes && ones <= kMostOnes;
}

bool HasManyValues(Bytes sample) {
  std::bitset<256> values;
  for (const std::uint8_t byte : sample) values.set(byte);
  return values.count() >= kFewestValues;
}

// Tags, lengths and counters are small numbers.
bool HasManySmallValues(Bytes sample) {
  return std::count_if(sample.begin(), sample.end(),
                       [](std::uint8_t byte) { return byte < 0x20; }) > kMostSmall;
}

// In how many of the bits of a record of `size` bytes all records of the sample agree.
int ConstantColumns(Bytes sample, std::size_t size) {
  int constant = 0;
  for (std::size_t column = 0; column < size; ++column) {
    std::uint8_t all_ones = 0xff;
    std::uint8_t all_zeros = 0xff;
    for (std::size_t at = column; at < sample.size(); at += size) {
      all_ones &= sample[at];
      all_zeros &= static_cast<std::uint8_t>(~sample[at]);
    }
    constant += std::popcount(all_ones) + std::popcount(all_zeros);
  }
  return constant;
}

// Numbers in a row, one below the other: signs and exponents agree.
bool HasRecords(Bytes sample) {
  return ConstantColumns(sample, 4) > 0 || ConstantColumns(sample, 8) > kMostConstantColumns;
}

bool LooksLikeText(Bytes sample) {
  std::size_t printable = 0;
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const std::uint8_t byte : sample) {
    run = IsPrintable(byte) ? run + 1 : 0;
    printable += IsPrintable(byte) ? 1 : 0;
    longest = std::max(longest, run);
  }
  const Bytes start = sample.first(kPrintableStart);
  return printable > kMostPrintable || longest > kLongestPrintableRun ||
         std::all_of(start.begin(), start.end(), IsPrintable);
}

// Two zeros or two 0xff in a row: a length, a counter, a reserved field.
bool HasPaddedField(Bytes sample) {
  return std::adjacent_find(sample.begin(), sample.end(), [](std::uint8_t a, std::uint8_t b) {
           return a == b && (a == 0x00 || a == 0xff);
         }) != sample.end();
}

bool HasMagic(Bytes sample) {
  const std::string_view text(reinterpret_cast<const char*>(sample.data()), sample.size());
  const auto contains = [](std::string_view where) {
    return [where](std::string_view what) { return where.find(what) != std::string_view::npos; };
  };
  return std::any_of(kMagics.begin(), kMagics.end(), contains(text)) ||
         std::any_of(kZlibStarts.begin(), kZlibStarts.end(), contains(text.substr(0, kZlibWithin)));
}

}  // namespace

bool LooksOpaque(Bytes first_payload) {
  if (first_payload.size() < kSampleSize) return false;
  const Bytes sample = first_payload.first(kSampleSize);
  return HasBalancedBits(sample) && HasManyValues(sample) && !LooksLikeText(sample) &&
         !HasManySmallValues(sample) && !HasRecords(sample) && !HasPaddedField(sample) &&
         !HasMagic(sample);
}

}  // namespace unopened::classify::opaque
