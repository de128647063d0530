// The few forms of BER (X.690 §8.1.3, §8.3) that a protocol's first bytes use.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"

namespace unopened::classify::plaintext {

enum class Ber : std::uint8_t { kYes, kCut, kWrong };

// A definite length of at most four bytes.
inline Ber ReadBerLength(base::ByteReader& reader, std::uint32_t& out) {
  base::ByteReader probe = reader;
  std::uint8_t first = 0;
  if (!probe.ReadU8(first)) return Ber::kCut;
  if (first > 0x84 || first == 0x80) return Ber::kWrong;
  std::uint32_t value = first;
  if (first > 0x80) {
    value = 0;
    for (int i = first & 0x7f; i > 0; --i) {
      std::uint8_t byte = 0;
      if (!probe.ReadU8(byte)) return Ber::kCut;
      value = value << 8 | byte;
    }
  }
  reader = probe;
  out = value;
  return Ber::kYes;
}

// An INTEGER of one to four bytes, not negative.
inline Ber ReadBerInteger(base::ByteReader& reader, std::uint32_t& out) {
  base::ByteReader probe = reader;
  std::uint8_t tag = 0;
  std::uint8_t size = 0;
  if (!probe.ReadU8(tag)) return Ber::kCut;
  if (tag != 0x02) return Ber::kWrong;
  if (!probe.ReadU8(size)) return Ber::kCut;
  if (size == 0 || size > 4) return Ber::kWrong;
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    std::uint8_t byte = 0;
    if (!probe.ReadU8(byte)) return Ber::kCut;
    if (i == 0 && (byte & 0x80) != 0) return Ber::kWrong;
    value = value << 8 | byte;
  }
  reader = probe;
  out = value;
  return Ber::kYes;
}

}  // namespace unopened::classify::plaintext
