#include "gateway/unfinished_run.h"

#include <gtest/gtest.h>

#include "audit/entry.h"

namespace unopened::gateway {
namespace {

constexpr base::TimeNs kStart = 1'748'966'400 * base::kNsPerSecond;  // a full minute
constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;

std::string RunLine(const std::string& source_kind) {
  audit::RunEntry run;
  run.started = kStart + 7 * base::kNsPerSecond;
  run.statement.version = "test";
  run.statement.source_kind = source_kind;
  run.statement.tap = "tap";
  run.statement.configuration_digest = std::string(64, '0');
  run.statement.window_seconds = 60;
  run.catalogue = std::string(64, '0');
  return audit::Write(run);
}

std::string Window(base::TimeNs start, bool partial, std::uint64_t pending) {
  audit::WindowEntry window;
  window.start = start;
  window.seconds = 60;
  window.tap = "tap";
  window.partial = partial;
  window.pending = {pending, pending * 100};
  return audit::Write(window);
}

std::string Stop() { return audit::Write(audit::StopEntry{kStart + kMinute, "stopped"}); }

TEST(UnfinishedRun, AnEmptyLogAndARunThatEndedOweNoGap) {
  UnfinishedRun run;
  EXPECT_FALSE(run.GapUntil(kStart).has_value());
  for (const auto& entry : {RunLine("live"), Window(kStart, false, 0), Stop()}) run.See(entry);
  EXPECT_FALSE(run.GapUntil(kStart + 5 * kMinute).has_value());
}

TEST(UnfinishedRun, FilesCanBeReadAgain) {
  UnfinishedRun run;
  run.See(RunLine("file"));
  run.See(Window(kStart, false, 0));
  EXPECT_FALSE(run.GapUntil(kStart + 5 * kMinute).has_value());
}

TEST(UnfinishedRun, AKilledRunIsAGapFromItsLastWindowOn) {
  UnfinishedRun run;
  run.See(RunLine("live"));
  run.See(Window(kStart, false, 0));
  run.See(Window(kStart + kMinute, false, 3));
  const auto gap = run.GapUntil(kStart + 5 * kMinute);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->from, kStart + 2 * kMinute);
  EXPECT_EQ(gap->until, kStart + 5 * kMinute);
  EXPECT_EQ(gap->cause, "restart");
  ASSERT_EQ(gap->losses.count("pending"), 1U) << "packets of flows that were never settled";
  EXPECT_EQ(gap->losses.at("pending").packets, 3U);
}

TEST(UnfinishedRun, TheGapBeginsWithTheWindowThatTheCrashCut) {
  UnfinishedRun run;
  run.See(RunLine("live"));
  run.See(Window(kStart + kMinute, true, 0));
  const auto gap = run.GapUntil(kStart + kMinute + 30 * base::kNsPerSecond);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->from, kStart + kMinute);
  EXPECT_TRUE(gap->losses.empty());
}

TEST(UnfinishedRun, ARunKilledBeforeItsFirstWindowIsAGapFromItsStart) {
  UnfinishedRun run;
  run.See(RunLine("live"));
  run.See(Window(kStart, false, 0));
  run.See(Stop());
  run.See(RunLine("live"));
  const auto gap = run.GapUntil(kStart + kMinute);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->from, kStart + 7 * base::kNsPerSecond);
}

TEST(UnfinishedRun, AClockThatWentBackGivesAnEmptyGapNotANegativeOne) {
  UnfinishedRun run;
  run.See(RunLine("live"));
  run.See(Window(kStart + kMinute, false, 0));
  const auto gap = run.GapUntil(kStart);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->from, gap->until);
}

}  // namespace
}  // namespace unopened::gateway
