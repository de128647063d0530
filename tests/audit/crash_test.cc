// Whatever call fails, and however the machine goes down with it: what was acknowledged is there,
// the log verifies, and no two trees of one size were ever shown.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "audit/note/checkpoint.h"
#include "audit/note/note.h"
#include "audit/recorder.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::audit {
namespace {

using base::Failure;
using tests::FaultyFileSystem;
using Crash = FaultyFileSystem::Crash;
using Effect = FaultyFileSystem::Effect;
using Bodies = std::vector<std::string>;

const std::string kFolder = "/var/log";
const RecorderOptions kOptions = {kFolder, "example.org/crash"};

Bodies Batch(const std::string& name, int count) {
  Bodies bodies;
  for (int i = 0; i < count; ++i) {
    bodies.push_back(R"({"batch":")" + name + R"(","n":)" + std::to_string(i) + "}");
  }
  return bodies;
}

// Commits, each followed by what is held until the next.
struct Step {
  Bodies commit;
  Bodies hold;
};
const std::vector<Step> kSteps = {
    {Batch("a", 1), Batch("held-a", 1)},
    {Batch("b", 3), Batch("held-b", 2)},
    {Batch("c", 260), {}},
    {Batch("d", 1), Batch("held-d", 1)},
};

struct Acknowledged {
  std::size_t commits = 0;
  bool held = false;  // what follows the last of them
};

// Runs the steps until one fails.
Acknowledged RunSteps(FaultyFileSystem& disk) {
  const base::ManualClock clock;
  Opened opened;
  auto recorder = Recorder::Open(kOptions, disk, clock, opened);
  Acknowledged acknowledged;
  if (!recorder) return acknowledged;
  for (const Step& step : kSteps) {
    if (!(*recorder)->Commit(step.commit)) return acknowledged;
    ++acknowledged.commits;
    acknowledged.held = false;
    if (!(*recorder)->Hold(step.hold)) return acknowledged;
    acknowledged.held = !step.hold.empty();
  }
  return acknowledged;
}

// Every checkpoint ever to be seen: one root a size. Returns the largest size.
std::uint64_t ExpectOneTreeOfASize(FaultyFileSystem& disk) {
  std::map<std::uint64_t, merkle::Hash> roots;
  for (const std::string& bytes : disk.Published(kFolder + "/checkpoint")) {
    const auto note = note::ParseNote(bytes);
    const auto checkpoint = note ? note::ParseCheckpoint(note->text) : std::nullopt;
    if (!checkpoint) {
      ADD_FAILURE() << "a checkpoint that is none was to be seen";
      return 0;
    }
    const auto [known, added] = roots.emplace(checkpoint->size, checkpoint->root);
    EXPECT_EQ(known->second, checkpoint->root) << "two trees of " << checkpoint->size;
  }
  return roots.empty() ? 0 : roots.rbegin()->first;
}

// What the log may hold once `commits` batches are in it and the rest is lost: these, then perhaps
// what was held after the last of them, then `after`.
void ExpectEntries(const Bodies& entries, std::size_t commits, bool held, const Bodies& after) {
  Bodies expected;
  for (std::size_t i = 0; i < commits; ++i) {
    expected.insert(expected.end(), kSteps[i].commit.begin(), kSteps[i].commit.end());
  }
  if (held) {
    const Bodies& last = kSteps[commits - 1].hold;
    expected.insert(expected.end(), last.begin(), last.end());
  }
  expected.insert(expected.end(), after.begin(), after.end());
  EXPECT_EQ(entries, expected);
}

// Entries without their blinds, of a log that verifies.
Bodies VerifiedEntries(FaultyFileSystem& disk, const std::string& verifier_key) {
  Bodies entries;
  const auto report =
      VerifyTree(disk, kFolder, verifier_key, [&](std::uint64_t, std::string_view entry) {
        entries.push_back(std::string(entry.substr(0, entry.rfind(",\"blind\""))) + "}");
        return true;
      });
  EXPECT_TRUE(report) << base::Describe(report.error());
  EXPECT_TRUE(!report || report->ok()) << report->problems[0];
  return entries;
}

// Reopens on a healed disk, goes on, and checks everything.
void ExpectGoesOn(FaultyFileSystem& disk, const Acknowledged& acknowledged) {
  const base::ManualClock clock;
  Opened opened;
  auto recorder = Recorder::Open(kOptions, disk, clock, opened);
  ASSERT_TRUE(recorder) << base::Describe(recorder.error());
  // As large as the largest tree ever seen, so that another one of its size would show.
  const std::uint64_t seen = ExpectOneTreeOfASize(disk);
  const std::uint64_t missing = seen - std::min(seen, opened.tree_size);
  const Bodies after = Batch("after", missing == 0 ? 2 : static_cast<int>(missing));
  ASSERT_TRUE((*recorder)->Commit(after));
  const Bodies entries = VerifiedEntries(disk, opened.verifier_key);
  ASSERT_EQ((*recorder)->tree_size(), entries.size());
  std::size_t commits = 0;
  std::size_t size = 0;
  const std::size_t held_or_after = entries.size() - after.size();
  while (commits < kSteps.size() && size + kSteps[commits].commit.size() <= held_or_after &&
         entries[size] == kSteps[commits].commit[0]) {
    size += kSteps[commits++].commit.size();
  }
  const bool held = held_or_after > size;
  EXPECT_GE(commits, acknowledged.commits) << "something acknowledged is lost";
  EXPECT_LE(commits, acknowledged.commits + 1);
  EXPECT_TRUE(held || !acknowledged.held || commits > acknowledged.commits) << "held, and lost";
  ExpectEntries(entries, commits, held, after);
  ExpectOneTreeOfASize(disk);
}

std::uint64_t CallsOfACleanRun() {
  FaultyFileSystem disk;
  disk.Heal();
  EXPECT_EQ(RunSteps(disk).commits, kSteps.size());
  return disk.calls();
}

TEST(Crash, ACleanRunIsKeptWholeWithWhatWasHeldAtItsEnd) {
  for (const Crash crash : {Crash::kProcess, Crash::kPower, Crash::kTear}) {
    FaultyFileSystem disk;
    ASSERT_EQ(RunSteps(disk).commits, kSteps.size());
    disk.CrashNow(crash, 1);
    const base::ManualClock clock;
    Opened opened;
    ASSERT_TRUE(Recorder::Open(kOptions, disk, clock, opened));
    EXPECT_TRUE(opened.partial_window_recovered);
    EXPECT_EQ(opened.tree_size, 1U + 3U + 260U + 1U + 1U);
    ASSERT_TRUE(Recorder::Open(kOptions, disk, clock, opened));
    EXPECT_FALSE(opened.partial_window_recovered) << "held only once";
  }
}

TEST(Crash, AtEveryCallWithAndWithoutItsEffectNothingAcknowledgedIsLost) {
  const std::uint64_t calls = CallsOfACleanRun();
  ASSERT_GT(calls, 100U);
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (const Effect effect : {Effect::kNone, Effect::kDone, Effect::kHalf}) {
      for (const Crash crash : {Crash::kProcess, Crash::kPower, Crash::kTear}) {
        SCOPED_TRACE("call " + std::to_string(call) + " effect " +
                     std::to_string(static_cast<int>(effect)) + " crash " +
                     std::to_string(static_cast<int>(crash)));
        FaultyFileSystem disk;
        disk.FailCall(call, effect, Failure::kGeneral, true);
        const Acknowledged acknowledged = RunSteps(disk);
        ASSERT_TRUE(disk.failed());
        disk.CrashNow(crash, static_cast<std::uint32_t>(call));
        ExpectGoesOn(disk, acknowledged);
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(Crash, WhatFollowsAKilledProcessIsAsSafeFromThePowerGoing) {
  // A killed process leaves names and bytes that are to be read and yet on no disk. Whoever goes on
  // from them must not take them for durable.
  const std::uint64_t calls = CallsOfACleanRun();
  const base::ManualClock clock;
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (const Effect effect : {Effect::kNone, Effect::kDone}) {
      SCOPED_TRACE("call " + std::to_string(call) + " effect " +
                   std::to_string(static_cast<int>(effect)));
      FaultyFileSystem disk;
      disk.FailCall(call, effect, Failure::kGeneral, true);
      RunSteps(disk);
      disk.CrashNow(Crash::kProcess, 0);
      Opened opened;
      {
        auto recorder = Recorder::Open(kOptions, disk, clock, opened);
        ASSERT_TRUE(recorder) << base::Describe(recorder.error());
        ASSERT_TRUE((*recorder)->Commit(Batch("after", 2)));
      }
      const Bodies acknowledged = VerifiedEntries(disk, opened.verifier_key);
      disk.CrashNow(Crash::kPower, 0);
      {
        const auto recorder = Recorder::Open(kOptions, disk, clock, opened);
        ASSERT_TRUE(recorder) << base::Describe(recorder.error());
      }
      EXPECT_EQ(VerifiedEntries(disk, opened.verifier_key), acknowledged);
      ExpectOneTreeOfASize(disk);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, AgainWhileRecoveringNothingAcknowledgedIsLost) {
  const std::uint64_t calls = CallsOfACleanRun();
  std::mt19937 random(20261123);
  for (int round = 0; round < 1000; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    FaultyFileSystem disk;
    disk.FailCall(1 + random() % calls, static_cast<Effect>(random() % 3), Failure::kGeneral, true);
    const Acknowledged acknowledged = RunSteps(disk);
    for (int again = 0; again < 3; ++again) {
      disk.CrashNow(static_cast<Crash>(random() % 3), static_cast<std::uint32_t>(random()));
      disk.FailCall(1 + random() % 40, static_cast<Effect>(random() % 3), Failure::kGeneral, true);
      const base::ManualClock clock;
      Opened opened;
      (void)Recorder::Open(kOptions, disk, clock, opened);
    }
    disk.CrashNow(static_cast<Crash>(random() % 3), static_cast<std::uint32_t>(random()));
    ExpectGoesOn(disk, acknowledged);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Crash, AFullDiskAcknowledgesNothingAndTheBatchOrAnotherMayBeTriedAgain) {
  const base::ManualClock clock;
  int tried_again = 0;
  for (std::uint64_t call = 1;; ++call) {
    bool reached = false;
    for (const Effect effect : {Effect::kNone, Effect::kDone, Effect::kHalf}) {
      SCOPED_TRACE("call " + std::to_string(call) + " effect " +
                   std::to_string(static_cast<int>(effect)));
      FaultyFileSystem disk;
      Opened opened;
      auto recorder = Recorder::Open(kOptions, disk, clock, opened);
      ASSERT_TRUE(recorder);
      ASSERT_TRUE((*recorder)->Commit(kSteps[0].commit));
      disk.FailCall(call, effect, Failure::kNoSpace, false);
      const auto full = (*recorder)->Commit(Batch("full", 258));
      reached = reached || disk.failed();
      disk.Heal();
      if (full) {
        EXPECT_EQ((*recorder)->tree_size(), 259U);
        continue;
      }
      EXPECT_EQ((*recorder)->tree_size(), 1U);
      if (full.error().failure == Failure::kNoSpace) {
        // A copy of the disk as it is now: what was refused does not come back by itself.
        FaultyFileSystem copy = disk;
        copy.CrashNow(Crash::kPower, 0);
        ASSERT_TRUE(Recorder::Open(kOptions, copy, clock, opened));
        EXPECT_EQ(opened.tree_size, 1U);
      }
      const Bodies other = Batch("other", 258);  // of the same size: no two trees of it
      const auto another = (*recorder)->Commit(other);
      if (full.error().failure == Failure::kNoSpace) {
        ++tried_again;
        ASSERT_TRUE(another) << base::Describe(another.error());
        recorder->reset();
        disk.CrashNow(Crash::kPower, 0);
        ASSERT_TRUE(Recorder::Open(kOptions, disk, clock, opened));
        Bodies expected = kSteps[0].commit;
        expected.insert(expected.end(), other.begin(), other.end());
        EXPECT_EQ(VerifiedEntries(disk, opened.verifier_key), expected);
      } else {
        EXPECT_FALSE(another) << "any other failure is final";
      }
      ExpectOneTreeOfASize(disk);
      if (::testing::Test::HasFailure()) return;
    }
    if (!reached) break;
  }
  EXPECT_GT(tried_again, 10);
}

}  // namespace
}  // namespace unopened::audit
