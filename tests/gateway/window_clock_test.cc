#include "gateway/window_clock.h"

#include <gtest/gtest.h>

namespace unopened::gateway {
namespace {

constexpr base::TimeNs kSecond = base::kNsPerSecond;

TEST(WindowClockTest, AlignsWindowsToUtcWhateverTheFirstPacket) {
  WindowClock clock(60);
  clock.Clamp(125 * kSecond + 7);
  EXPECT_EQ(clock.window_start(), 120 * kSecond);
  EXPECT_EQ(clock.window_end(), 180 * kSecond);
}

TEST(WindowClockTest, AlignsTimesBeforeTheEpochTowardsThePast) {
  WindowClock clock(60);
  clock.Clamp(-1);
  EXPECT_EQ(clock.window_start(), -60 * kSecond);
  EXPECT_EQ(clock.window_end(), 0);
}

TEST(WindowClockTest, NeverGoesBack) {
  WindowClock clock(60);
  EXPECT_EQ(clock.Clamp(100), 100);
  EXPECT_EQ(clock.Clamp(40), 100);
  EXPECT_EQ(clock.Clamp(101), 101);
}

TEST(WindowClockTest, GoesToTheWindowThatHoldsATimeAndNeverBeforeTheNext) {
  WindowClock clock(60);
  clock.Clamp(0);
  clock.NextWindow();
  EXPECT_EQ(clock.window_start(), 60 * kSecond);
  clock.JumpTo(3'605 * kSecond);
  EXPECT_EQ(clock.window_start(), 3'600 * kSecond);
  clock.JumpTo(10 * kSecond);
  EXPECT_EQ(clock.window_start(), 3'600 * kSecond);
}

TEST(WindowClockTest, ACutEndsOneWindowAndTheNextEndsWhereItWouldHave) {
  WindowClock clock(60);
  clock.Clamp(5 * kSecond);
  clock.CutAt(70 * kSecond);
  EXPECT_EQ(clock.window_end(), 60 * kSecond);
  clock.NextWindow();
  EXPECT_EQ(clock.window_end(), 70 * kSecond);
  clock.NextWindow();
  EXPECT_EQ(clock.window_start(), 70 * kSecond);
  EXPECT_EQ(clock.window_end(), 120 * kSecond);
  clock.NextWindow();
  EXPECT_EQ(clock.window_end(), 180 * kSecond);
}

TEST(WindowClockTest, ACutThatLiesBeforeTheWindowAtHandChangesNothing) {
  WindowClock clock(60);
  clock.Clamp(130 * kSecond);
  clock.CutAt(70 * kSecond);
  EXPECT_EQ(clock.window_start(), 120 * kSecond);
  EXPECT_EQ(clock.window_end(), 180 * kSecond);
}

}  // namespace
}  // namespace unopened::gateway
