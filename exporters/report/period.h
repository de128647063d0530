// Period: the days a report is about, and their parts. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace unopened::exporters::report {

// Days of UTC, both inclusive.
struct Period {
  base::Day from = 0;
  base::Day until = 0;
  bool Holds(base::Day day) const { return from <= day && day <= until; }
  bool Holds(const Period& other) const { return from <= other.from && other.until <= until; }
  bool Meets(const Period& other) const { return from <= other.until && other.from <= until; }
  std::int64_t seconds() const { return (std::int64_t{until} - from + 1) * base::kSecondsPerDay; }
  friend bool operator==(const Period&, const Period&) = default;
};

enum class Step : std::uint8_t { kWhole, kDay, kWeek, kMonth, kQuarter, kYear };
inline constexpr std::array<std::string_view, 6> kStepNames = {"whole", "day",     "week",
                                                               "month", "quarter", "year"};
constexpr std::string_view Name(Step v) { return kStepNames[static_cast<std::size_t>(v)]; }

// One part of the period. `label` is "2026-10-14", "2026-W42" (ISO 8601), "2026-10", "2026-Q4",
// "2026". Where the period begins or ends inside a part, the part is `cut` and holds only its days.
struct Bucket {
  std::string label;
  Period period;
  bool cut = false;
};

// A report has at most so many parts: eleven years by day.
inline constexpr std::size_t kMaxBuckets = 4096;

// The parts in order; none for kWhole. kUsage where they would be more than kMaxBuckets.
base::Result<std::vector<Bucket>> Split(const Period& period, Step step);

struct CalendarDay {
  int year = 0;
  int month = 0;
  int day = 0;
};
CalendarDay Calendar(base::Day day);
// "1 to 31 October 2026", "14 October 2026", "28 September to 4 October 2026".
std::string InWords(const Period& period);

}  // namespace unopened::exporters::report
