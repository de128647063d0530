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
      Begin(Align(time));
    }
    now_ = std::max(now_, time);
    return now_;
  }
  bool started() const { return started_; }
  base::TimeNs now() const { return now_; }
  base::TimeNs window_start() const { return start_; }
  base::TimeNs window_end() const { return end_; }
  // The next window, or the one that holds `time` if that is later.
  void NextWindow() { Begin(end_); }
  void JumpTo(base::TimeNs time) { Begin(std::max(start_, Align(time))); }
  // A window ends at `time` too, once: that at hand or a later one. Nothing where it lies before
  // the window at hand.
  void CutAt(base::TimeNs time) {
    cut_ = time;
    Begin(start_);
  }

 private:
  base::TimeNs Align(base::TimeNs time) const {
    const base::TimeNs into = time % length_;
    return time - (into < 0 ? into + length_ : into);
  }
  void Begin(base::TimeNs start) {
    start_ = start;
    end_ = Align(start) + length_;
    if (cut_ > start) end_ = std::min(end_, cut_);
  }

  base::TimeNs length_;
  base::TimeNs start_ = 0;
  base::TimeNs end_ = 0;
  base::TimeNs cut_ = INT64_MIN;
  base::TimeNs now_ = 0;
  bool started_ = false;
};

}  // namespace unopened::gateway
