// Shape: what is counted. Closed enums and an endpoint id; no member can hold an address, a name or
// a fingerprint.
#pragma once

#include <cstdint>
#include <string>

#include "classify/session.h"

namespace unopened::audit {

// A shape is exactly a settled session's closed facts. One-sided sessions are reduced to protocol
// and endpoint.
struct Shape {
  classify::Session facts;
  friend auto operator<=>(const Shape&, const Shape&) = default;
};

// Reduces a one-sided session to what it may carry (architecture.md §3.6) and clears what its
// outcome makes meaningless.
Shape ShapeOf(const classify::Session& session);

// 15 bytes in a fixed order: equal for equal shapes, and the order in which new shapes of one
// window are numbered. The endpoint stands as its id string, which a later catalogue keeps, after
// the 13 bytes of enums.
std::string CanonicalBytes(const Shape& shape, const std::string& endpoint_id);

struct Counts {
  std::uint64_t sessions = 0;
  std::uint64_t conversations = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  Counts& operator+=(const Counts& other) {
    sessions += other.sessions;
    conversations += other.conversations;
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
  friend bool operator==(const Counts&, const Counts&) = default;
};

}  // namespace unopened::audit
