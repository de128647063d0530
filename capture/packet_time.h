// Times of packets, as capture files and libpcap state them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace unopened::capture {

// A file may state any time: one before 1824 or after 2116 becomes the nearest of these, so that a
// deadline can be added to any.
inline constexpr base::TimeNs kLatestTime = base::TimeNs{1} << 62;

inline base::TimeNs TimeOf(std::int64_t seconds, std::int64_t nanoseconds) {
  std::int64_t time = 0;
  if (__builtin_mul_overflow(seconds, base::kNsPerSecond, &time) ||
      __builtin_add_overflow(time, nanoseconds, &time)) {
    return seconds < 0 ? -kLatestTime : kLatestTime;
  }
  return std::clamp(time, -kLatestTime, kLatestTime);
}

}  // namespace unopened::capture
