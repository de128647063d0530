#include "audit/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "audit/demands/demand_spool.h"
#include "audit/entry_check.h"
#include "audit/merkle/bundle.h"
#include "audit/reader.h"
#include "audit/store/kept_bundle.h"
#include "audit/store/tile_store.h"
#include "audit/verifier.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::audit::tests {
namespace {

using base::Failure;
using ::testing::HasSubstr;
using unopened::tests::FaultyFileSystem;

constexpr const char* kFolder = "log";
constexpr std::uint64_t kWidth = merkle::kTileWidth;
const std::string kPolicy = "windows are kept for five years";

base::Day Day(const char* text) { return base::DayOf(TimeAt(text)); }

// Bodies of a live run of `windows` minutes that begins on `day`: each carries something into the
// next, a shape comes back now and then, and there are a gap and a bound.
class LogMaker {
 public:
  explicit LogMaker(const Catalogue& catalogue) : ledger_(catalogue, 2) {}

  std::vector<std::string> Run(const char* day, int windows) {
    std::vector<std::string> bodies;
    const auto add = [&](const std::vector<std::string>& more) {
      bodies.insert(bodies.end(), more.begin(), more.end());
      ledger_.Committed(bodies.size(), 0);
    };
    add(ledger_.BeginRun(LiveRun(), TimeAt(day)));
    std::uint64_t pending = 0;
    for (int i = 0; i < windows; ++i) {
      if (i == 5) {
        add({ledger_.Gap(TimeAt(day, 60 * i), TimeAt(day, 60 * i + 60), "disk_full", {})});
        continue;
      }
      TallyDelta tally;
      tally.pending_packets = i % 3;
      tally.packets = 10 + tally.pending_packets - pending;
      tally.shapes[ShapeOf(i % 40 == 7 ? TlsSession(kMessenger) : PlainHttp())] = {1, 1, 10, 0};
      if (i == 9) {
        for (const classify::EndpointId e : {kWhatsApp, kTelegram, kFacebook}) {
          tally.shapes[ShapeOf(TlsSession(e))] = {1, 1, 5, 0};
          tally.packets += 5;
        }
      }
      pending = tally.pending_packets;
      add(ledger_.CloseWindow(TimeAt(day, 60 * i), 60, tally, false));
    }
    add({ledger_.Stop(TimeAt(day, 60 * windows), "signal")});
    return bodies;
  }

 private:
  Ledger ledger_;
};

struct Whole {
  TreeReport tree;
  EntryReport entries;
  std::map<std::uint64_t, std::string> bodies;
  std::vector<std::uint64_t> removed;
  std::vector<std::string> problems;
};

Whole Verify(FaultyFileSystem& disk) {
  Whole whole;
  const auto key = OfferedVerifierKey(disk, kFolder);
  EXPECT_TRUE(key);
  EntryChecker checker;
  const auto note = [&](const std::optional<EntryProblem>& problem) {
    if (problem) whole.problems.push_back(Describe(*problem));
  };
  const auto tree = VerifyTree(
      disk, kFolder, *key,
      [&](std::uint64_t index, std::string_view entry) {
        note(checker.Next(index, entry));
        whole.bodies[index] = entry;
        return true;
      },
      [&](std::uint64_t index) {
        note(checker.Removed(index));
        whole.removed.push_back(index);
      });
  EXPECT_TRUE(tree) << base::Describe(tree.error());
  if (!tree) return whole;
  note(checker.Finish());
  whole.tree = *tree;
  whole.entries = checker.report();
  whole.problems.insert(whole.problems.begin(), tree->problems.begin(), tree->problems.end());
  return whole;
}

void ExpectWhole(const Whole& whole) {
  for (const std::string& problem : whole.problems) ADD_FAILURE() << problem;
}

class PruneTest : public ::testing::Test {
 protected:
  // A log of several commits: `old` windows of 2018, then some of 2024.
  void Make(FaultyFileSystem& disk, int old, const std::vector<std::string>& first = {}) {
    Opened opened;
    auto recorder = Recorder::Open({kFolder, "example.org/log"}, disk, clock_, opened);
    ASSERT_TRUE(recorder);
    LogMaker maker(catalogue_);
    std::vector<std::string> log = first;
    for (const auto& run : {maker.Run("2018-03-01", old), maker.Run("2024-05-01", 20)}) {
      log.insert(log.end(), run.begin(), run.end());
    }
    log.push_back(Write(Witnessed(log.size() - 1)));
    const std::span<const std::string> all(log);
    ASSERT_TRUE((*recorder)->Commit(all.first(100)));
    ASSERT_TRUE((*recorder)->Commit(all.subspan(100, 100)));
    ASSERT_TRUE((*recorder)->Commit(all.subspan(200)));
  }
  base::Result<PruneReport> PruneBefore(FaultyFileSystem& disk, const char* day) {
    return Prune({kFolder, Day(day), kPolicy, ""}, disk, clock_);
  }
  void Replace(FaultyFileSystem& disk, const std::string& path, const std::string& bytes) {
    auto file = disk.Create(std::string(kFolder) + "/" + path, 0600);
    ASSERT_TRUE(file && (*file)->Append(bytes) && (*file)->Sync());
  }

  const Catalogue catalogue_ = SampleCatalogue();
  base::ManualClock clock_{TimeAt("2026-01-01", 60)};
};

TEST_F(PruneTest, RemovesOldCountsStatesItsPolicyAndProvesTheRest) {
  FaultyFileSystem disk;
  Make(disk, 600);
  const Whole before = Verify(disk);
  ExpectWhole(before);
  std::map<std::uint64_t, std::string> tiles;
  for (std::uint64_t i = 0; i < before.bodies.size() / kWidth; ++i) {
    tiles[i] = disk.Read("log/" + merkle::TilePath({0, i, kWidth})).value_or("");
  }

  const auto report = PruneBefore(disk, "2020-01-01");
  ASSERT_TRUE(report) << base::Describe(report.error());
  EXPECT_EQ(report->before, 2 * kWidth);
  EXPECT_TRUE(report->stated);
  EXPECT_EQ(report->bundles, 2U);
  EXPECT_EQ(report->removed + report->kept, 2 * kWidth);

  const Whole after = Verify(disk);
  ExpectWhole(after);
  EXPECT_EQ(after.tree.removed, report->removed);
  EXPECT_EQ(after.tree.unpruned_bundles, 0U);
  ASSERT_EQ(after.entries.prunings.size(), 1U);
  EXPECT_EQ(after.entries.prunings[0].policy, kPolicy);
  EXPECT_EQ(after.entries.prunings[0].before, 2 * kWidth);
  EXPECT_EQ(after.bodies.rbegin()->first, before.bodies.size()) << "it is the next entry";
  EXPECT_EQ(after.entries.shapes, before.entries.shapes);
  EXPECT_EQ(after.entries.assessments, before.entries.assessments);
  for (const auto& [index, body] : before.bodies) {
    const bool gone = index < 2 * kWidth && IsRemovable(body);
    ASSERT_EQ(after.bodies.contains(index), !gone) << index;
    if (!gone) {
      ASSERT_EQ(after.bodies.at(index), body) << index;
    }
  }
  for (std::uint64_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(disk.Exists("log/" + merkle::BundlePath(i, kWidth)));
    EXPECT_FALSE(disk.Exists("log/" + merkle::BundlePath(i, 100)));
  }
  for (const auto& [i, bytes] : tiles) {
    EXPECT_EQ(disk.Read("log/" + merkle::TilePath({0, i, kWidth})).value_or("gone"), bytes);
  }
  // Proofs of what is kept and of what is gone hold as before.
  const auto log = LogReader::Open(disk, kFolder);
  ASSERT_TRUE(log);
  merkle::Hasher hasher;
  for (const std::uint64_t index : {0U, 1U, 255U, 256U, 511U, 512U}) {
    const auto proof = log->ProveInclusion(index);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(merkle::VerifyInclusion(index, log->checkpoint().size,
                                        hasher.Leaf(before.bodies.at(index)), *proof,
                                        log->checkpoint().root, hasher));
  }
}

TEST_F(PruneTest, AReaderPassesOverWhatIsGoneAndIsToldOfIt) {
  FaultyFileSystem disk;
  Make(disk, 600);
  ASSERT_TRUE(PruneBefore(disk, "2020-01-01"));
  const Whole after = Verify(disk);
  const auto log = LogReader::Open(disk, kFolder);
  ASSERT_TRUE(log);
  for (const auto& [from, to] : {std::pair<std::uint64_t, std::uint64_t>{0, 10'000},
                                 {20, 21},
                                 {100, 400},
                                 {255, 257},
                                 {500, 530}}) {
    std::map<std::uint64_t, std::string> bodies;
    std::vector<std::uint64_t> removed;
    ASSERT_TRUE(log->ReadEntries(
        from, to,
        [&](std::uint64_t index, std::string_view entry) {
          bodies[index] = entry;
          return true;
        },
        [&](std::uint64_t index) { removed.push_back(index); }));
    std::erase_if(bodies, [&](const auto& one) {
      return after.bodies.contains(one.first) && after.bodies.at(one.first) == one.second;
    });
    EXPECT_TRUE(bodies.empty());
    std::vector<std::uint64_t> expected;
    for (const std::uint64_t index : after.removed) {
      if (index >= from && index < to) expected.push_back(index);
    }
    EXPECT_EQ(removed, expected) << from;
  }
  int visited = 0;
  ASSERT_TRUE(
      log->ReadEntries(0, 512, [&](std::uint64_t, std::string_view) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3) << "it stops when told to";
}

TEST_F(PruneTest, TheLogGoesOnWithTheSameShapeNumbers) {
  FaultyFileSystem disk;
  Make(disk, 600);
  ASSERT_TRUE(PruneBefore(disk, "2020-01-01"));
  Opened opened;
  auto recorder = Recorder::Open({kFolder, ""}, disk, clock_, opened);
  ASSERT_TRUE(recorder);
  Ledger ledger(catalogue_);
  const auto log = LogReader::Open(disk, kFolder);
  ASSERT_TRUE(log->ReadEntries(0, UINT64_MAX, [&](std::uint64_t, std::string_view entry) {
    ledger.Replay(std::string(entry));
    return true;
  }));
  const auto run = ledger.BeginRun(LiveRun(), TimeAt("2026-01-01"));
  EXPECT_EQ(run.size(), 1U) << "the facts are kept";
  ledger.Committed(0, 0);
  TallyDelta tally;
  tally.shapes[ShapeOf(PlainHttp())] = {1, 1, 1, 0};
  tally.packets = 1;
  const auto window = ledger.CloseWindow(TimeAt("2026-01-01"), 60, tally, false);
  ASSERT_TRUE((*recorder)->Commit(run) && (*recorder)->Commit(window));
  const Whole whole = Verify(disk);
  ExpectWhole(whole);
}

TEST_F(PruneTest, AgainItFindsNothingAndLaterItGoesFurtherButKeepsTheLastWindow) {
  FaultyFileSystem disk;
  Make(disk, 600);
  ASSERT_TRUE(PruneBefore(disk, "2020-01-01"));
  const std::size_t size = Verify(disk).tree.checkpoint.size;
  const auto again = PruneBefore(disk, "2020-01-01");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->stated);
  EXPECT_EQ(again->bundles, 0U);
  EXPECT_EQ(Verify(disk).tree.checkpoint.size, size);
  // The bundle of the last window is to stay, whatever the day.
  const auto further = PruneBefore(disk, "2026-01-01");
  ASSERT_TRUE(further);
  EXPECT_EQ(further->before, 2 * kWidth);
  {
    Opened opened;
    auto recorder = Recorder::Open({kFolder, ""}, disk, clock_, opened);
    ASSERT_TRUE(recorder);
    Ledger ledger(catalogue_);
    const auto log = LogReader::Open(disk, kFolder);
    ASSERT_TRUE(log->ReadEntries(0, UINT64_MAX, [&](std::uint64_t, std::string_view entry) {
      ledger.Replay(std::string(entry));
      return true;
    }));
    std::vector<std::string> bodies = ledger.BeginRun(LiveRun(), TimeAt("2025-06-01"));
    ledger.Committed(0, 0);
    for (int i = 0; i < 300; ++i) {
      for (auto& body : ledger.CloseWindow(TimeAt("2025-06-01", 60 * i), 60, {}, false)) {
        bodies.push_back(body);
      }
      ledger.Committed(0, 0);
    }
    ASSERT_TRUE((*recorder)->Commit(bodies));
  }
  const auto later = PruneBefore(disk, "2025-01-01");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->before, 2 * kWidth) << "windows of 2025 are in the next bundle";
  const auto last = PruneBefore(disk, "2026-01-01");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->before, 3 * kWidth);
  EXPECT_EQ(last->bundles, 1U);
  const Whole whole = Verify(disk);
  ExpectWhole(whole);
  EXPECT_EQ(whole.entries.prunings.size(), 2U) << "the entry of the first is kept";
}

TEST_F(PruneTest, ABundleStaysForWhateverInItIsNotOld) {
  const Ledger ledger(catalogue_);
  const auto demands = [](const char* day) { return WriteDemands(Day(day), {TwoOutcomes()})[0]; };
  const auto gap = [&](const char* until) {
    return ledger.Gap(TimeAt("2018-01-01"), TimeAt(until), "x", {});
  };
  struct Case {
    std::string entry;
    bool goes;
  };
  for (const Case& c : {Case{demands("2019-12-31"), true}, Case{demands("2020-01-01"), false}}) {
    FaultyFileSystem disk;
    Make(disk, 300, {c.entry});
    const auto report = PruneBefore(disk, "2020-01-01");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->before, c.goes ? kWidth : 0) << c.entry;
    ExpectWhole(Verify(disk));
  }
  for (const Case& c : {Case{gap("2020-01-01"), true}, Case{gap("2020-01-02"), false}}) {
    FaultyFileSystem disk;
    std::vector<std::string> first = LogMaker(catalogue_).Run("2018-01-01", 0);
    first.insert(first.end() - 1, c.entry);
    Make(disk, 300, first);
    const auto report = PruneBefore(disk, "2020-01-01");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->before, c.goes ? kWidth : 0) << c.entry;
  }
  // The window that ends with the day before, and the one that does not.
  FaultyFileSystem disk;
  Make(disk, 300);
  EXPECT_EQ(PruneBefore(disk, "2018-03-01")->before, 0U);
  EXPECT_EQ(PruneBefore(disk, "2018-03-02")->before, kWidth);
}

TEST_F(PruneTest, RefusesWhatIsNoRequestAndChangesNothing) {
  FaultyFileSystem disk;
  Make(disk, 300);
  const std::string long_policy(1001, 'x');
  for (const std::string& policy : {std::string(), long_policy, std::string("two\nlines"),
                                    std::string("bell \x07"), std::string("\xff")}) {
    const auto refused = Prune({kFolder, Day("2020-01-01"), policy, ""}, disk, clock_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure, Failure::kUsage);
  }
  EXPECT_EQ(PruneBefore(disk, "2026-01-02").error().failure, Failure::kUsage) << "tomorrow";
  EXPECT_EQ(Prune({"nowhere", Day("2020-01-01"), kPolicy, ""}, disk, clock_).error().failure,
            Failure::kInput);
  EXPECT_FALSE(disk.Exists("nowhere"));
  {
    Opened opened;
    const auto recorder = Recorder::Open({kFolder, ""}, disk, clock_, opened);
    ASSERT_TRUE(recorder);
    EXPECT_EQ(PruneBefore(disk, "2020-01-01").error().failure, Failure::kBusy);
  }
  const std::size_t size = Verify(disk).tree.checkpoint.size;
  const std::string path = merkle::BundlePath(0, kWidth);
  std::string bundle = *disk.Read("log/" + path);
  bundle[bundle.size() / 2] ^= 1;
  Replace(disk, path, bundle);
  const auto damaged = PruneBefore(disk, "2020-01-01");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().failure, Failure::kLog);
  EXPECT_TRUE(disk.Exists("log/" + path));
  EXPECT_EQ(Verify(disk).tree.checkpoint.size, size) << "nothing was stated";
}

TEST_F(PruneTest, DemandsThatWaitedOnTheSpoolAreNotEnteredAgainFromIt) {
  FaultyFileSystem disk;
  Make(disk, 300, WriteDemands(Day("2019-12-31"), {TwoOutcomes()}));
  DemandSpool spool(disk, kFolder);
  ASSERT_TRUE(spool.Add(TwoOutcomes()) && spool.Add(InABand()));
  ASSERT_TRUE(PruneBefore(disk, "2020-01-01"));
  const auto pending = spool.Pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 1U);
  EXPECT_EQ((*pending)[0].id, InABand().id);
}

// What a hand does to a pruned log, and to one that was not.
TEST_F(PruneTest, WhatNoPolicyCoversIsDamage) {
  FaultyFileSystem whole;
  Make(whole, 600);
  FaultyFileSystem pruned = whole;
  ASSERT_TRUE(PruneBefore(pruned, "2018-03-02"));
  ASSERT_EQ(Verify(pruned).entries.prunings[0].before, 2 * kWidth);

  const auto expect_problem = [](FaultyFileSystem& disk, const std::string& what) {
    const Whole found = Verify(disk);
    ASSERT_FALSE(found.problems.empty()) << what;
    EXPECT_THAT(found.problems[0], HasSubstr(what));
  };
  {
    FaultyFileSystem disk = whole;
    ASSERT_TRUE(disk.Remove("log/" + merkle::BundlePath(1, kWidth)));
    expect_problem(disk, "no such file: log/tile/entries/001");
    // Even beside a file that looks as if it had been pruned.
    ASSERT_TRUE(disk.MakeDirectories("log/pruned/tile/entries", 0700));
    Replace(disk, KeptPath(1), "");
    expect_problem(disk, "entries 256 to 511: bodies are gone");
  }
  const std::string kept = *pruned.Read("log/" + KeptPath(0));
  {
    FaultyFileSystem disk = pruned;
    ASSERT_TRUE(disk.Remove("log/" + KeptPath(0)));
    expect_problem(disk, "no such file: log/tile/entries/000");
    const auto log = LogReader::Open(disk, kFolder);
    const auto read = log->ReadEntries(0, 10, [](std::uint64_t, std::string_view) { return true; });
    EXPECT_FALSE(read);
  }
  {
    FaultyFileSystem disk = pruned;
    std::string bent = kept;
    bent[40] ^= 1;
    Replace(disk, KeptPath(0), bent);
    expect_problem(disk, "entry 0 (pruned/tile/entries/000, bytes 0 to ");
  }
  {
    FaultyFileSystem disk = pruned;
    Replace(disk, KeptPath(0), kept.substr(0, kept.size() - 1));
    expect_problem(disk, "pruned/tile/entries/000: an entry is cut or out of its place");
    const auto log = LogReader::Open(disk, kFolder);
    const auto read =
        log->ReadEntries(0, 256, [](std::uint64_t, std::string_view) { return true; });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().failure, Failure::kLog);
  }
  {
    // An entry that later ones rest on was left out of what is kept: they no longer hold.
    FaultyFileSystem disk = pruned;
    std::string without;
    KeptReader reader(kept);
    std::uint8_t place = 0;
    std::string_view entry;
    while (reader.Next(place, entry)) {
      if (!entry.starts_with(R"({"type":"shape")")) AppendKept(place, entry, without);
    }
    Replace(disk, KeptPath(0), without);
    EXPECT_TRUE(Verify(disk).tree.ok());
    expect_problem(disk, "shape");
  }
  {
    FaultyFileSystem disk = pruned;
    std::string tile = *disk.Read("log/" + merkle::TilePath({0, 0, kWidth}));
    tile[7 * 32] ^= 1;
    Replace(disk, merkle::TilePath({0, 0, kWidth}), tile);
    EXPECT_FALSE(Verify(disk).problems.empty());
  }
}

// Whatever call fails and however the machine goes down: the log opens and verifies, and the next
// prune finishes.
TEST_F(PruneTest, CutShortAnywhereTheLogHoldsAndTheNextCallFinishes) {
  using Effect = FaultyFileSystem::Effect;
  using Crash = FaultyFileSystem::Crash;
  FaultyFileSystem made;
  Make(made, 260);
  made.CrashNow(Crash::kPower, 0);
  std::uint64_t stated = 0;
  std::uint64_t not_stated = 0;
  std::uint64_t cut_short = 0;
  for (const Effect effect : {Effect::kNone, Effect::kDone, Effect::kHalf}) {
    for (const Crash crash : {Crash::kProcess, Crash::kPower, Crash::kTear}) {
      for (std::uint64_t call = 1;; ++call) {
        SCOPED_TRACE("call " + std::to_string(call) + " effect " +
                     std::to_string(static_cast<int>(effect)) + " crash " +
                     std::to_string(static_cast<int>(crash)));
        FaultyFileSystem disk = made;
        disk.FailCall(call, effect, Failure::kGeneral, true);
        const auto report = PruneBefore(disk, "2018-03-02");
        const bool reached = disk.failed();
        disk.CrashNow(crash, static_cast<std::uint32_t>(call));
        Opened opened;
        ASSERT_TRUE(Recorder::Open({kFolder, ""}, disk, clock_, opened));
        const auto tree = VerifyTree(disk, kFolder, opened.verifier_key, {});
        ASSERT_TRUE(tree) << base::Describe(tree.error());
        ASSERT_TRUE(tree->ok()) << tree->problems[0];
        if (report) {
          ASSERT_EQ(tree->unpruned_bundles, 0U) << "what was told was done";
        }
        cut_short += tree->unpruned_bundles != 0 ? 1 : 0;

        const auto finished = PruneBefore(disk, "2018-03-02");
        ASSERT_TRUE(finished) << base::Describe(finished.error());
        EXPECT_EQ(finished->before, kWidth);
        ++(finished->stated ? not_stated : stated);
        disk.CrashNow(Crash::kPower, 0);
        const Whole whole = Verify(disk);
        ExpectWhole(whole);
        EXPECT_EQ(whole.tree.unpruned_bundles, 0U);
        EXPECT_EQ(whole.entries.prunings.size(), 1U);
        EXPECT_GT(whole.tree.removed, 200U);
        if (HasFailure()) return;
        if (!reached) break;
        ASSERT_LT(call, 500U);
      }
    }
  }
  EXPECT_GT(stated, 20U);
  EXPECT_GT(not_stated, 20U);
  EXPECT_GT(cut_short, 20U);
}

}  // namespace
}  // namespace unopened::audit::tests
