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

constexpr base::TimeNs kSecond = base::kNsPerSecond;
constexpr base::TimeNs kMinute = 60 * kSecond;

audit::TallyDelta Share(std::uint64_t packets, std::uint64_t counted, std::uint64_t pending) {
  audit::TallyDelta delta = Packets(packets);
  delta.pending_packets = pending;
  delta.shapes[audit::Shape{}].packets = counted;
  return delta;
}

// One line a task: "START-CUT SEEN=COUNTED+PENDING" or "change AT", times in seconds.
std::vector<std::string> Queued(TaskQueue& queue) {
  std::vector<std::string> lines;
  const auto seconds = [](base::TimeNs time) { return std::to_string(time / kSecond); };
  while (const auto task = queue.Take(0)) {
    if (const auto* change = std::get_if<EditionChange>(&*task)) {
      lines.push_back("change " + seconds(change->at));
    } else if (const auto* window = std::get_if<WindowCloses>(&*task)) {
      const auto shape = window->tally.shapes.find(audit::Shape{});
      lines.push_back(
          seconds(window->start) + (window->cut_at != 0 ? "-" + seconds(window->cut_at) : "") +
          " " + std::to_string(window->tally.packets) + "=" +
          std::to_string(shape == window->tally.shapes.end() ? 0 : shape->second.packets) + "+" +
          std::to_string(window->tally.pending_packets));
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(WindowCollectorTest, AChangeEndsTheWindowAtHandAndReachesTheQueueBehindIt) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  const Edition edition;
  const EditionChange change = collector.Announce(edition, 71 * kSecond + 5, kMinute);
  EXPECT_EQ(change.at, 73 * kSecond);
  EXPECT_EQ(change.edition, &edition);
  // A part may still be in the window before.
  collector.Deliver(0, Share(1, 1, 0), false, true, {0, 0});
  collector.Deliver(0, Share(2, 2, 0), false, true, {1, 0});
  collector.TakeUp(0, kMinute, Share(10, 9, 1));
  // What the first counts with the new edition waits for the second.
  collector.Deliver(73 * kSecond, Share(5, 6, 0), false, true, {0, change.generation});
  EXPECT_EQ(Queued(queue), (Lines{"0 3=3+0"}));
  collector.TakeUp(1, kMinute, Share(20, 20, 0));
  collector.Deliver(73 * kSecond, Share(7, 7, 0), false, true, {1, change.generation});
  EXPECT_EQ(Queued(queue), (Lines{"60-73 30=29+1", "change 73", "73 12=13+0"}));
}

TEST(WindowCollectorTest, AChangeOnAWindowsOwnBoundaryCutsNothingShort) {
  TaskQueue queue(8);
  WindowCollector collector(1, queue);
  const Edition edition;
  EXPECT_EQ(collector.Announce(edition, 118 * kSecond, kMinute).at, 120 * kSecond);
  collector.TakeUp(0, kMinute, Share(1, 1, 0));
  EXPECT_EQ(Queued(queue), (Lines{"60-120 1=1+0", "change 120"}));
}

TEST(WindowCollectorTest, ASecondChangeCutsWhatTheFirstLeftOfTheWindow) {
  TaskQueue queue(8);
  WindowCollector collector(1, queue);
  const Edition edition;
  collector.Announce(edition, 70 * kSecond, kMinute);
  collector.TakeUp(0, kMinute, Share(1, 1, 0));
  EXPECT_EQ(collector.Announce(edition, 75 * kSecond, kMinute).at, 77 * kSecond);
  collector.TakeUp(0, 72 * kSecond, Share(2, 2, 0));
  collector.Deliver(77 * kSecond, Share(3, 3, 0), false, true, {0, 2});
  EXPECT_EQ(Queued(queue),
            (Lines{"60-72 1=1+0", "change 72", "72-77 2=2+0", "change 77", "77 3=3+0"}));
}

// The clock was set, say: packets are further than it.
TEST(WindowCollectorTest, AChangeIsNeverBeforeAWindowThatAPartDelivered) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  const Edition edition;
  collector.Deliver(5 * kMinute, Share(1, 1, 0), false, true, {0, 0});
  const EditionChange change = collector.Announce(edition, 70 * kSecond, kMinute);
  EXPECT_EQ(change.at, 7 * kMinute);
  collector.Deliver(5 * kMinute, Share(1, 1, 0), false, true, {1, 0});
  collector.TakeUp(1, 6 * kMinute, Share(1, 1, 0));
  collector.TakeUp(0, 6 * kMinute, Share(1, 1, 0));
  EXPECT_EQ(Queued(queue), (Lines{"300 2=2+0", "360-420 2=2+0", "change 420"}));
}

TEST(WindowCollectorTest, WhatAPartCountedBeforeItNoticedBelongsToTheEditionBeforeAndIsConserved) {
  TaskQueue queue(8);
  WindowCollector collector(2, queue);
  const Edition edition;
  const std::uint32_t now = collector.Announce(edition, 70 * kSecond, kMinute).generation;
  collector.TakeUp(0, kMinute, Share(10, 8, 2));
  collector.Deliver(72 * kSecond, Share(1, 0, 3), false, true, {0, now});
  collector.Deliver(2 * kMinute, Share(1, 0, 4), false, true, {0, now});
  // The other is two windows on when it hears of it. Of its packets 5, 6 and 7 are pending in turn.
  collector.Deliver(kMinute, Share(20, 15, 5), false, true, {1, 0});
  collector.Deliver(2 * kMinute, Share(4, 3, 6), false, true, {1, 0});
  collector.TakeUp(1, 3 * kMinute, Share(5, 4, 7));
  collector.Deliver(3 * kMinute, Share(2, 9, 0), false, true, {1, now});
  collector.Deliver(3 * kMinute, Share(0, 4, 0), false, true, {0, now});
  // 39 = 30 + 9; then 9 + 1 = 0 + 10, 10 + 1 = 0 + 11, 11 + 2 = 13.
  EXPECT_EQ(Queued(queue),
            (Lines{"60-72 39=30+9", "change 72", "72 1=0+10", "120 1=0+11", "180 2=13+0"}));
}

TEST(WindowCollectorTest, ARunThatEndsWithinAChangeKeepsItsOrder) {
  TaskQueue queue(8);
  const Edition edition;
  {
    WindowCollector collector(2, queue);
    collector.Announce(edition, 70 * kSecond, kMinute);
    collector.Deliver(kMinute, Share(1, 1, 0), true, true, {0, 0});
    collector.Deliver(kMinute, Share(1, 1, 0), true, true, {1, 0});
    collector.Flush();
    EXPECT_EQ(Queued(queue), (Lines{"60 2=2+0"})) << "nobody took it up";
  }
  WindowCollector collector(2, queue);
  const std::uint32_t now = collector.Announce(edition, 70 * kSecond, kMinute).generation;
  collector.TakeUp(0, kMinute, Share(1, 1, 0));
  collector.Deliver(72 * kSecond, Share(3, 3, 0), true, true, {0, now});
  collector.Deliver(kMinute, Share(2, 2, 0), true, true, {1, 0});
  collector.Flush();
  EXPECT_EQ(Queued(queue), (Lines{"60-72 3=3+0", "change 72", "72 3=3+0"}));
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
