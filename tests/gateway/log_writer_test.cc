#include "gateway/log_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace unopened::gateway {
namespace {

using ::testing::HasSubstr;

// Refuses as told, and keeps what it took.
class ScriptedRecorder final : public audit::Recorder {
 public:
  base::Result<base::Done> Commit(std::span<const std::string> bodies) override {
    if (full_for > 0) {
      --full_for;
      return base::Fail(base::Failure::kNoSpace, "no space left", "log");
    }
    if (broken) return base::Fail(base::Failure::kGeneral, "the disk failed", "log");
    entries.insert(entries.end(), bodies.begin(), bodies.end());
    return base::Done{};
  }
  base::Result<base::Done> Hold(std::span<const std::string> bodies) override {
    held.assign(bodies.begin(), bodies.end());
    return base::Done{};
  }
  base::Result<base::Done> Cosign(std::uint64_t size, std::span<const std::string> lines) override {
    cosigned.emplace_back(size, lines.size());
    return base::Done{};
  }
  std::uint64_t tree_size() const override { return entries.size(); }
  base::TimeNs checkpoint_time() const override { return 0; }
  const std::string& origin() const override { return name; }
  const std::string& verifier_key() const override { return name; }

  int full_for = 0;
  bool broken = false;
  std::vector<std::string> entries;
  std::vector<std::string> held;
  std::vector<std::pair<std::uint64_t, std::size_t>> cosigned;
  std::string name = "test";
};

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() { catalogue.endpoints.emplace_back().id = "none"; }

  void Fill(std::size_t windows) {
    audit::RunStatement run;
    run.version = "test";
    run.source_kind = "file";
    queue.Put(RunBegins{run, 0});
    for (std::size_t i = 0; i < windows; ++i) {
      WindowCloses window;
      window.start = static_cast<base::TimeNs>(i) * 60 * base::kNsPerSecond;
      window.tally.packets = 1;
      window.tally.bytes = 60;
      window.tally.losses["arp"] = {1, 60};
      queue.Put(window);
    }
    queue.Put(
        RunEnds{static_cast<base::TimeNs>(windows) * 60 * base::kNsPerSecond, "end_of_input"});
    queue.Close();
  }

  audit::Catalogue catalogue;
  audit::Ledger ledger{catalogue};
  ScriptedRecorder recorder;
  TaskQueue queue{64};
  int fatal = 0;
  std::vector<std::uint64_t> window_packets;

  std::unique_ptr<LogWriter> Writer(LogWriterOptions options) {
    return std::make_unique<LogWriter>(
        recorder, ledger, queue, options, [this] { ++fatal; },
        [this](const audit::Summary& before, const audit::Summary& after) {
          window_packets.push_back(after.packets - before.packets);
        });
  }
};

TEST_F(LogWriterTest, EveryWindowIsCommittedAndToldInOrder) {
  Fill(3);
  auto writer = Writer({});
  writer->Run();
  EXPECT_FALSE(writer->failure());
  EXPECT_EQ(window_packets, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(writer->summary().packets, 3U);
  EXPECT_EQ(writer->summary().tree_size, recorder.entries.size());
  ASSERT_FALSE(recorder.entries.empty());
  EXPECT_THAT(recorder.entries.back(), HasSubstr("\"type\":\"stop\""));
}

TEST_F(LogWriterTest, AnEmptyWindowOfAFileIsNotWritten) {
  queue.Put(WindowCloses{});
  queue.Close();
  auto writer = Writer({});
  writer->Run();
  EXPECT_TRUE(recorder.entries.empty());
}

TEST_F(LogWriterTest, AFullDiskEndsAFileRunAndPublishesNothingNew) {
  recorder.full_for = 1;
  Fill(2);
  auto writer = Writer({});
  writer->Run();
  ASSERT_TRUE(writer->failure());
  EXPECT_EQ(writer->failure()->failure, base::Failure::kNoSpace);
  EXPECT_EQ(fatal, 1);
  EXPECT_EQ(writer->summary().packets, 0U);
  EXPECT_FALSE(writer->health().writable);
}

TEST_F(LogWriterTest, ALiveRunWaitsForSpaceAndLosesNothing) {
  recorder.full_for = 1;
  Fill(3);
  auto writer = Writer({true, 1 << 20});
  writer->Run();
  // The input ended while the disk was full; the last attempt had room.
  EXPECT_FALSE(writer->failure()) << base::Describe(*writer->failure());
  EXPECT_EQ(writer->summary().packets, 3U);
  EXPECT_TRUE(writer->health().writable);
}

TEST_F(LogWriterTest, WindowsBeyondTheBoundBecomeAGapThatSaysWhatItHeld) {
  recorder.full_for = 1;
  auto writer = Writer({true, 0});
  Fill(3);
  writer->Run();
  std::string all;
  for (const std::string& entry : recorder.entries) all += entry + "\n";
  EXPECT_FALSE(writer->failure());
  EXPECT_THAT(all, HasSubstr("\"type\":\"stop\""));
}

TEST_F(LogWriterTest, CosignaturesGoWithTheNextCommitAndMakeNoneOfTheirOwn) {
  queue.Put(CosignaturesCame{0, 1, {}, {"\u2014 w1 AAAA\n"}});
  // More came for the same tree head before it was written.
  queue.Put(CosignaturesCame{0, 1, {}, {"\u2014 w1 AAAA\n", "\u2014 w2 BBBB\n"}});
  queue.Close();
  auto writer = Writer({});
  writer->Run();
  EXPECT_TRUE(recorder.entries.empty());
  EXPECT_EQ(recorder.cosigned,
            (std::vector<std::pair<std::uint64_t, std::size_t>>{{1, 1}, {1, 2}}));
}

TEST_F(LogWriterTest, AWitnessedTreeHeadStandsFirstInItsCommitAndOnce) {
  queue.Put(CosignaturesCame{0, 7, {}, {"\u2014 w1 AAAA\n"}});
  Fill(1);
  auto writer = Writer({});
  writer->Run();
  ASSERT_FALSE(recorder.entries.empty());
  EXPECT_THAT(recorder.entries.front(), HasSubstr("\"type\":\"witnessed\""));
  EXPECT_THAT(recorder.entries.front(), HasSubstr("\u2014 w1 AAAA\"]"));
  std::string rest;
  for (std::size_t i = 1; i < recorder.entries.size(); ++i) rest += recorder.entries[i];
  EXPECT_EQ(rest.find("witnessed"), std::string::npos);
}

TEST_F(LogWriterTest, ABrokenDiskIsFinal) {
  recorder.broken = true;
  Fill(1);
  auto writer = Writer({true, 1 << 20});
  writer->Run();
  ASSERT_TRUE(writer->failure());
  EXPECT_EQ(fatal, 1);
  EXPECT_FALSE(queue.Put(RunEnds{}));
}

TEST_F(LogWriterTest, AChangeOfTheCatalogueIsAnEntryAndTheWindowsAroundItAreCut) {
  Edition edition;
  edition.catalogue = catalogue;
  edition.catalogue.digest = "other";
  edition.configuration_digest = "settings";
  audit::RunStatement run;
  run.source_kind = "live";
  queue.Put(RunBegins{run, 0});
  WindowCloses cut;
  cut.keep_if_empty = true;
  cut.cut_at = 25 * base::kNsPerSecond;
  queue.Put(cut);
  queue.Put(EditionChange{1, cut.cut_at, &edition});
  WindowCloses rest;
  rest.keep_if_empty = true;
  rest.start = cut.cut_at;
  queue.Put(rest);
  queue.Close();
  const auto writer = Writer({});
  EXPECT_EQ(writer->catalogue(), nullptr);
  writer->Run();
  EXPECT_EQ(writer->catalogue(), &edition.catalogue);
  ASSERT_EQ(recorder.entries.size(), 4U);
  EXPECT_THAT(recorder.entries[1], HasSubstr(R"("start":"1970-01-01T00:00:00Z","seconds":25)"));
  EXPECT_THAT(
      recorder.entries[2],
      HasSubstr(R"({"type":"reload","at":"1970-01-01T00:00:25Z","configuration":"settings")"));
  EXPECT_THAT(recorder.entries[3], HasSubstr(R"("start":"1970-01-01T00:00:25Z","seconds":35)"));
}

TEST_F(LogWriterTest, ARunMayBeginWithAnotherCatalogue) {
  Edition edition;
  edition.catalogue = catalogue;
  edition.catalogue.digest = "other";
  audit::RunStatement run;
  run.source_kind = "file";
  queue.Put(RunBegins{run, 0});
  queue.Put(RunEnds{0, "end_of_input"});
  queue.Put(RunBegins{run, 0, &edition});
  queue.Put(RunEnds{0, "end_of_input"});
  queue.Close();
  Writer({})->Run();
  ASSERT_EQ(recorder.entries.size(), 4U);
  EXPECT_THAT(recorder.entries[2], HasSubstr(R"("catalogue":"other")"));
}

}  // namespace
}  // namespace unopened::gateway
