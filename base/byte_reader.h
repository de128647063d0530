// ByteReader: the one cursor over hostile bytes (after BoringSSL's CBS): a span and one bounds
// check.
//
// No parser holds a raw pointer, adds to one, or casts packet memory to a struct. A length-prefixed
// field comes back as a reader of its own, so nothing inside it can overrun it. A read that fails
// leaves the reader where it was. Every view borrows the reader's bytes. Integers are big endian
// unless the name says LE. Threads: a value; none shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unopened::base {

using Bytes = std::span<const std::uint8_t>;

// What the end of a reader's bytes means.
enum class End : std::uint8_t {
  kOpen,   // a prefix of a stream: the rest may still be on the wire
  kFinal,  // a datagram, or the body of a length-prefixed field: nothing follows
};

class ByteReader {
 public:
  constexpr ByteReader() = default;
  constexpr explicit ByteReader(Bytes bytes, End end = End::kFinal) : rest_(bytes), end_(end) {}

  constexpr Bytes rest() const { return rest_; }
  constexpr std::size_t size() const { return rest_.size(); }
  constexpr bool empty() const { return rest_.empty(); }
  constexpr End end() const { return end_; }
  constexpr bool open() const { return end_ == End::kOpen; }

  constexpr bool ReadU8(std::uint8_t& out) {
    if (rest_.empty()) return false;
    out = rest_[0];
    Advance(1);
    return true;
  }
  constexpr bool ReadU16(std::uint16_t& out) { return ReadUint<2>(out); }
  constexpr bool ReadU24(std::uint32_t& out) { return ReadUint<3>(out); }
  constexpr bool ReadU32(std::uint32_t& out) { return ReadUint<4>(out); }
  constexpr bool ReadU64(std::uint64_t& out) { return ReadUint<8>(out); }
  constexpr bool ReadU32LE(std::uint32_t& out) {
    if (rest_.size() < 4) return false;
    out = static_cast<std::uint32_t>(rest_[0]) | static_cast<std::uint32_t>(rest_[1]) << 8 |
          static_cast<std::uint32_t>(rest_[2]) << 16 | static_cast<std::uint32_t>(rest_[3]) << 24;
    Advance(4);
    return true;
  }

  constexpr bool ReadBytes(std::size_t count, Bytes& out) {
    if (rest_.size() < count) return false;
    out = rest_.first(count);
    Advance(count);
    return true;
  }
  // A reader of the next `count` bytes, final: whatever those bytes say, they end there.
  constexpr bool ReadReader(std::size_t count, ByteReader& out) {
    Bytes bytes;
    if (!ReadBytes(count, bytes)) return false;
    out = ByteReader(bytes, End::kFinal);
    return true;
  }
  constexpr bool Skip(std::size_t count) {
    if (rest_.size() < count) return false;
    Advance(count);
    return true;
  }
  // A field after its own length in one, two or three bytes.
  constexpr bool ReadPrefixed8(ByteReader& out) { return ReadPrefixed<1>(out); }
  constexpr bool ReadPrefixed16(ByteReader& out) { return ReadPrefixed<2>(out); }
  constexpr bool ReadPrefixed24(ByteReader& out) { return ReadPrefixed<3>(out); }

 private:
  constexpr void Advance(std::size_t count) { rest_ = rest_.subspan(count); }

  template <std::size_t kSize, class Uint>
  constexpr bool ReadUint(Uint& out) {
    if (rest_.size() < kSize) return false;
    Uint value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value = static_cast<Uint>(value << 8 | rest_[i]);
    out = value;
    Advance(kSize);
    return true;
  }
  template <std::size_t kSize>
  constexpr bool ReadPrefixed(ByteReader& out) {
    ByteReader probe = *this;
    std::uint32_t length = 0;
    if (!probe.ReadUint<kSize>(length)) return false;
    ByteReader field;
    if (!probe.ReadReader(length, field)) return false;
    *this = probe;
    out = field;
    return true;
  }

  Bytes rest_;
  End end_ = End::kFinal;
};

}  // namespace unopened::base
