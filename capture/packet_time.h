// Times of packets, as capture files and libpcap state them.
#pragma once

#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace unopened::capture {

// A file may state any time: one out of range becomes the nearest that fits.
inline base::TimeNs TimeOf(std::int64_t seconds, std::int64_t nanoseconds) {
  std::int64_t time = 0;
  if (__builtin_mul_overflow(seconds, base::kNsPerSecond, &time) ||
      __builtin_add_overflow(time, nanoseconds, &time)) {
    return seconds < 0 ? std::numeric_limits<base::TimeNs>::min()
                       : std::numeric_limits<base::TimeNs>::max();
  }
  return time;
}

}  // namespace unopened::capture
