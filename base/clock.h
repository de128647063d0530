// Time is nanoseconds since the Unix epoch, UTC, in a signed 64-bit integer (1677 to 2262), and
// comes from a Clock that is passed in, so that packets, keys and clock give the same log byte for
// byte.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace unopened::base {

using TimeNs = std::int64_t;

inline constexpr TimeNs kNsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeNs Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimeNs Now() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// Stands still until told. Thread: its owner's.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeNs now = 0) : now_(now) {}
  TimeNs Now() const override { return now_; }
  void Set(TimeNs now) { now_ = now; }
  void Advance(TimeNs by) { now_ += by; }

 private:
  TimeNs now_;
};

// A day of the proleptic Gregorian calendar, as days since 1970-01-01.
using Day = std::int32_t;

// The day a time falls on (UTC). Rounds towards the past, also before 1970.
Day DayOf(TimeNs time);
// "2026-11-23T02:00:00Z". The fraction is dropped.
std::string FormatTime(TimeNs time);
// "2026-11-23".
std::string FormatDay(Day day);
// Reads "2026-11-23", which must exist in the calendar. False, and `day` untouched, for anything
// else.
bool ParseDay(std::string_view text, Day& day);

}  // namespace unopened::base
