#include "gateway/window_collector.h"

#include <gtest/gtest.h>

#include <thread>

namespace unopened::gateway {
namespace {

audit::TallyDelta Packets(std::uint64_t count) {
  audit::TallyDelta delta;
  delta.packets = count;
  return delta;
}

std::uint64_t PacketsOf(const LedgerTask& task) {
  return std::get<WindowCloses>(task).tally.packets;
}

TEST(WindowCollectorTest, AWindowIsQueuedOnceAllPartsDeliveredIt) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  collector.Deliver(0, Packets(3), false, false);
  EXPECT_FALSE(queue.Take(0).has_value());
  collector.Deliver(0, Packets(4), false, false);
  const auto task = queue.Take(0);
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ(PacketsOf(*task), 7U);
  EXPECT_FALSE(queue.Take(0).has_value());
}

TEST(WindowCollectorTest, WindowsKeepTheirOrderWhenOnePartIsAhead) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  collector.Deliver(0, Packets(1), false, false);
  collector.Deliver(60, Packets(2), false, false);
  collector.Deliver(0, Packets(10), false, false);
  collector.Deliver(60, Packets(20), false, false);
  EXPECT_EQ(PacketsOf(*queue.Take(0)), 11U);
  EXPECT_EQ(PacketsOf(*queue.Take(0)), 22U);
}

TEST(WindowCollectorTest, AFlushKeepsWhatOnlyOnePartDeliveredAndCallsItPartial) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  collector.Deliver(60, Packets(5), false, true);
  collector.Flush();
  const auto task = queue.Take(0);
  ASSERT_TRUE(task.has_value());
  EXPECT_TRUE(std::get<WindowCloses>(*task).partial);
  EXPECT_EQ(PacketsOf(*task), 5U);
}

TEST(WindowCollectorTest, CopiesOfDifferentWindowsAreNotMerged) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  collector.SoFar(0, 0, Packets(1));
  collector.SoFar(1, 60, Packets(2));
  EXPECT_FALSE(queue.Take(0).has_value());
  collector.SoFar(0, 60, Packets(3));
  const auto task = queue.Take(0);
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ(std::get<WindowSoFar>(*task).tally.packets, 5U);
  EXPECT_EQ(std::get<WindowSoFar>(*task).start, 60);
}

TEST(TaskQueueTest, AWriterWaitsForRoomAndAnAbortLetsItGo) {
  TaskQueue queue(1);
  ASSERT_TRUE(queue.Put(RunEnds{1, "first"}));
  LedgerTask refused = RunEnds{2, "second"};
  EXPECT_FALSE(queue.TryPut(refused));
  bool put = true;
  std::thread writer([&] { put = queue.Put(RunEnds{3, "third"}); });
  queue.Abort();
  writer.join();
  EXPECT_FALSE(put);
  EXPECT_TRUE(queue.closed_and_empty());
}

TEST(TaskQueueTest, WhatWasQueuedBeforeClosingCanBeTaken) {
  TaskQueue queue(4);
  ASSERT_TRUE(queue.Put(RunEnds{1, "a"}));
  queue.Close();
  EXPECT_FALSE(queue.Put(RunEnds{2, "b"}));
  EXPECT_FALSE(queue.closed_and_empty());
  EXPECT_TRUE(queue.Take(0).has_value());
  EXPECT_TRUE(queue.closed_and_empty());
}

}  // namespace
}  // namespace unopened::gateway
