#include "base/clock.h"

#include <gtest/gtest.h>

namespace unopened::base {
namespace {

TEST(ClockTest, FormatsTimesAsUtc) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(1'795'572'000 * kNsPerSecond + 999'999'999), "2026-11-25T02:00:00Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(INT64_MIN), "1677-09-21T00:12:43Z");
  EXPECT_EQ(FormatTime(INT64_MAX), "2262-04-11T23:47:16Z");
}

TEST(ClockTest, ParsesOnlyDaysThatExist) {
  Day day = -7;
  for (const char* bad : {"", "2026-02-30", "2026-13-01", "2026-1-01", "26-01-01", "2026/01/01",
                          "2026-01-01T", "abcd-ef-gh"}) {
    EXPECT_FALSE(ParseDay(bad, day)) << bad;
    EXPECT_EQ(day, -7);
  }
  ASSERT_TRUE(ParseDay("2024-02-29", day));
  EXPECT_EQ(FormatDay(day), "2024-02-29");
  ASSERT_TRUE(ParseDay("1970-01-01", day));
  EXPECT_EQ(day, 0);
}

TEST(ClockTest, ADayHoldsAllItsSeconds) {
  Day day = 0;
  ASSERT_TRUE(ParseDay("2016-04-05", day));
  EXPECT_EQ(DayOf(static_cast<TimeNs>(day) * kSecondsPerDay * kNsPerSecond), day);
  EXPECT_EQ(DayOf((static_cast<TimeNs>(day) + 1) * kSecondsPerDay * kNsPerSecond - 1), day);
  EXPECT_EQ(DayOf(-1), -1);
}

TEST(ClockTest, AManualClockStandsStillUntilTold) {
  ManualClock clock(5);
  EXPECT_EQ(clock.Now(), 5);
  clock.Advance(7);
  EXPECT_EQ(clock.Now(), 12);
  clock.Set(1);
  EXPECT_EQ(clock.Now(), 1);
}

}  // namespace
}  // namespace unopened::base
