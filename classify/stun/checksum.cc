#include "classify/stun/checksum.h"

#include <array>
#include <cstddef>

namespace unopened::classify::stun {
namespace {

using Table = std::array<std::uint32_t, 256>;

constexpr Table MakeTable() {
  constexpr std::uint32_t kPolynomial = 0xedb88320;
  Table table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t entry = i;
    for (int bit = 0; bit < 8; ++bit) entry = entry >> 1 ^ ((entry & 1) != 0 ? kPolynomial : 0);
    table[i] = entry;
  }
  return table;
}

constexpr Table kTable = MakeTable();

constexpr Table MakeMicrosoftsTable() {
  Table table = MakeTable();
  for (std::uint32_t& entry : table) {
    if (entry == 0x8bbeb8ea) entry = 0x08bbe8ea;
  }
  return table;
}

constexpr Table kMicrosoftsTable = MakeMicrosoftsTable();
static_assert(kTable != kMicrosoftsTable);

std::uint32_t Compute(const Table& table, base::Bytes bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xff] ^ crc >> 8;
  return ~crc;
}

}  // namespace

std::uint32_t Crc32(base::Bytes bytes) { return Compute(kTable, bytes); }
std::uint32_t Crc32AsMicrosoft(base::Bytes bytes) { return Compute(kMicrosoftsTable, bytes); }

}  // namespace unopened::classify::stun
