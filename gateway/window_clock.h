// WindowClock: a run's monotonic time and its windows, aligned to UTC.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace unopened::gateway {

class WindowClock {
 public:
  // `seconds` divides a day (config/ checks it).
  explicit WindowClock(std::uint32_t seconds)
      : length_(static_cast<base::TimeNs>(seconds) * base::kNsPerSecond) {}

  // The time a packet counts at: never before one that was seen earlier. The first call starts the
  // first window.
  base::TimeNs Clamp(base::TimeNs time) {
    if (!started_) {
      started_ = true;
      now_ = time;
      start_ = Align(time);
    }
    now_ = std::max(now_, time);
    return now_;
  }
  bool started() const { return started_; }
  base::TimeNs now() const { return now_; }
  base::TimeNs window_start() const { return start_; }
  base::TimeNs window_end() const { return start_ + length_; }
  // The next window, or the one that holds `time` if that is later.
  void NextWindow() { start_ += length_; }
  void JumpTo(base::TimeNs time) { start_ = std::max(start_, Align(time)); }

 private:
  base::TimeNs Align(base::TimeNs time) const {
    const base::TimeNs into = time % length_;
    return time - (into < 0 ? into + length_ : into);
  }

  base::TimeNs length_;
  base::TimeNs start_ = 0;
  base::TimeNs now_ = 0;
  bool started_ = false;
};

}  // namespace unopened::gateway
