// CryptoStream: the bytes of one direction's CRYPTO frames in order, whatever order they came in
// (RFC 9000 §19.6). Bounded; allocates nothing. Threads: one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"

namespace unopened::classify::quic {

class CryptoStream {
 public:
  static constexpr std::size_t kCapacity = 16 * 1024;
  static constexpr std::size_t kMaxRanges = 64;

  enum class Outcome : std::uint8_t {
    kAdded,
    kConflict,  // a copy of bytes already there differs from them: nothing was added
    kLimit,     // beyond kCapacity, or one hole too many: nothing was added
  };

  Outcome Add(std::uint64_t offset, base::Bytes bytes);

  // The bytes from the stream's start to its first hole. Valid until the next Add or Clear.
  base::Bytes prefix() const;
  bool empty() const { return count_ == 0; }

  // Forgets everything and overwrites what was held: a hello names who speaks to whom.
  void Clear();

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::array<Range, kMaxRanges> ranges_{};  // ascending; neither overlapping nor touching
  std::size_t count_ = 0;
  std::array<std::uint8_t, kCapacity> bytes_{};
};

}  // namespace unopened::classify::quic
