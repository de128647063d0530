// Range: how many, between two bounds; the sum of amounts of which some are unknown. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/demands/amount.h"

namespace unopened::exporters::report {

// [low, high]; without `high` nobody knows how many more. A band of the law is no range: it is told
// as it stands and added to nothing, since a sum of bands would be a band that the law does not
// name.
struct Range {
  std::uint64_t low = 0;
  std::optional<std::uint64_t> high = 0;

  static Range Exactly(std::uint64_t count) { return {count, count}; }
  static Range Unknown() { return {0, std::nullopt}; }
  static Range Of(const audit::Amount& amount) {
    return amount.is_exact() ? Exactly(amount.low()) : Unknown();
  }
  Range& operator+=(const Range& other) {
    low += other.low;
    high = high && other.high ? std::optional(*high + *other.high) : std::nullopt;
    return *this;
  }
  // "12", "7 to 11", "at least 12", "unknown".
  std::string Text() const {
    if (high && *high == low) return std::to_string(low);
    if (high) return std::to_string(low) + " to " + std::to_string(*high);
    return low == 0 ? "unknown" : "at least " + std::to_string(low);
  }
  friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace unopened::exporters::report
