#include "exporters/report/period.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace unopened::exporters::report {
namespace {

using base::Day;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

Day DayOfDate(int year, int month, int day) {
  return static_cast<Day>(std::chrono::sys_days(std::chrono::year(year) /
                                                std::chrono::month(static_cast<unsigned>(month)) /
                                                std::chrono::day(static_cast<unsigned>(day)))
                              .time_since_epoch()
                              .count());
}

// 0 is Monday.
int Weekday(Day day) { return ((day + 3) % 7 + 7) % 7; }

// The whole part that holds `day`, before it is cut at the period's ends.
Bucket Around(Day day, Step step) {
  const CalendarDay date = Calendar(day);
  switch (step) {
    case Step::kDay:
      return {base::FormatDay(day), {day, day}};
    case Step::kWeek: {
      const Day monday = day - Weekday(day);
      // ISO 8601: the year and number of a week are those of its Thursday.
      const CalendarDay thursday = Calendar(monday + 3);
      const int week = (monday + 3 - DayOfDate(thursday.year, 1, 1)) / 7 + 1;
      return {fmt::format("{:04}-W{:02}", thursday.year, week), {monday, monday + 6}};
    }
    case Step::kMonth: {
      const int next = date.month == 12 ? 1 : date.month + 1;
      return {fmt::format("{:04}-{:02}", date.year, date.month),
              {DayOfDate(date.year, date.month, 1),
               DayOfDate(date.month == 12 ? date.year + 1 : date.year, next, 1) - 1}};
    }
    case Step::kQuarter: {
      const int quarter = (date.month - 1) / 3;
      const Day end =
          quarter == 3 ? DayOfDate(date.year + 1, 1, 1) : DayOfDate(date.year, quarter * 3 + 4, 1);
      return {fmt::format("{:04}-Q{}", date.year, quarter + 1),
              {DayOfDate(date.year, quarter * 3 + 1, 1), end - 1}};
    }
    case Step::kYear:
    case Step::kWhole:
      break;
  }
  return {fmt::format("{:04}", date.year),
          {DayOfDate(date.year, 1, 1), DayOfDate(date.year + 1, 1, 1) - 1}};
}

}  // namespace

CalendarDay Calendar(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

base::Result<std::vector<Bucket>> Split(const Period& period, Step step) {
  std::vector<Bucket> buckets;
  if (step == Step::kWhole) return buckets;
  for (Day day = period.from; day <= period.until;) {
    if (buckets.size() == kMaxBuckets) {
      return base::Fail(base::Failure::kUsage, "the period has too many parts",
                        fmt::format("{} to {} by {}", base::FormatDay(period.from),
                                    base::FormatDay(period.until), Name(step)),
                        fmt::format("at most {}: a larger --by", kMaxBuckets));
    }
    Bucket bucket = Around(day, step);
    day = bucket.period.until + 1;
    const Period whole = bucket.period;
    bucket.period = {std::max(whole.from, period.from), std::min(whole.until, period.until)};
    bucket.cut = bucket.period != whole;
    buckets.push_back(std::move(bucket));
  }
  return buckets;
}

std::string InWords(const Period& period) {
  const CalendarDay a = Calendar(period.from);
  const CalendarDay b = Calendar(period.until);
  const auto month = [](const CalendarDay& day) {
    return kMonths[static_cast<std::size_t>(day.month - 1)];
  };
  if (period.from == period.until) return fmt::format("{} {} {}", a.day, month(a), a.year);
  if (a.year != b.year) {
    return fmt::format("{} {} {} to {} {} {}", a.day, month(a), a.year, b.day, month(b), b.year);
  }
  if (a.month != b.month) {
    return fmt::format("{} {} to {} {} {}", a.day, month(a), b.day, month(b), b.year);
  }
  return fmt::format("{} to {} {} {}", a.day, b.day, month(b), b.year);
}

}  // namespace unopened::exporters::report
