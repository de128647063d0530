// FlowHash: the keyed pseudonym a flow goes by in the table, so that no address is kept.
//
// SipHash-1-3 with a 128-bit output (Aumasson and Bernstein, 2012, and the reference's 128-bit
// variant; docs/decisions/0008-a-faster-pseudonym.md) over the 40 bytes of a FlowKey, or, for IPv4,
// the 16 of them that are not always zero. Both directions of a flow have one FlowKey, so they have
// one hash. Whoever holds the key can test a known 5-tuple, so the key is drawn per run, never
// written, and zeroed here.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "capture/segment.h"

namespace unopened::capture {

struct FlowHash {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  friend auto operator<=>(const FlowHash&, const FlowHash&) = default;
};

// Thread: any number of readers.
class FlowHasher {
 public:
  static constexpr std::size_t kKeySize = 16;

  explicit FlowHasher(const std::array<std::uint8_t, kKeySize>& key);
  ~FlowHasher();  // zeroes the key
  FlowHasher(const FlowHasher&) = delete;
  FlowHasher& operator=(const FlowHasher&) = delete;

  FlowHash operator()(const FlowKey& key) const;

 private:
  std::uint64_t k0_ = 0;
  std::uint64_t k1_ = 0;
};

}  // namespace unopened::capture
