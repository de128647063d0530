#include "base/clock.h"

#include <array>
#include <cstdio>

namespace unopened::base {
namespace {

std::int64_t FloorDiv(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool ReadDigits(std::string_view text, int& out) {
  out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  return !text.empty();
}

}  // namespace

Day DayOf(TimeNs time) {
  return static_cast<Day>(FloorDiv(FloorDiv(time, kNsPerSecond), kSecondsPerDay));
}

std::string FormatDay(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string FormatTime(TimeNs time) {
  const std::int64_t seconds = FloorDiv(time, kNsPerSecond);
  const auto day = static_cast<Day>(FloorDiv(seconds, kSecondsPerDay));
  const auto of_day = static_cast<unsigned>(seconds - day * kSecondsPerDay);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  std::string text = "0000-00-00T00:00:00Z";
  const auto put = [&text](std::size_t at, std::size_t digits, unsigned value) {
    for (; digits > 0; value /= 10) text[at + --digits] = static_cast<char>('0' + value % 10);
  };
  // A TimeNs' year has four digits.
  put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, of_day / 3600);
  put(14, 2, of_day / 60 % 60);
  put(17, 2, of_day % 60);
  return text;
}

bool ParseDay(std::string_view text, Day& day) {
  int year = 0;
  int month = 0;
  int of_month = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' ||
      !ReadDigits(text.substr(0, 4), year) || !ReadDigits(text.substr(5, 2), month) ||
      !ReadDigits(text.substr(8, 2), of_month)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(of_month)}};
  if (!date.ok()) return false;
  day = static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
  return true;
}

}  // namespace unopened::base
