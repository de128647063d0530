#include "audit/witness/lateness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/record_entry.h"
#include "audit/recorder.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::audit::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using witness::Lateness;
using witness::LatenessReport;
using witness::Policy;

// A live log of windows of a minute from T on, each its own commit, with statements of one witness.
class LatenessTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kStart = 1'700'000'040;  // a whole minute

  void SetUp() override {
    Opened opened;
    auto recorder = Recorder::Open({"log", "example.org/log"}, file_system_, clock_, opened);
    ASSERT_TRUE(recorder) << base::Describe(recorder.error());
    recorder_ = std::move(*recorder);
    auto policy = Policy::Parse("witness W " + witness_.verifier().Text() + "\nquorum W\n", "p");
    ASSERT_TRUE(policy);
    policy_.emplace(std::move(*policy));
    Commit(ledger_.BeginRun(LiveRun(), Seconds(kStart)));
  }
  static base::TimeNs Seconds(std::uint64_t s) {
    return static_cast<base::TimeNs>(s) * base::kNsPerSecond;
  }
  void Commit(const std::vector<std::string>& bodies) {
    ASSERT_TRUE(recorder_->Commit(bodies));
    ledger_.Committed(recorder_->tree_size(), 0);
  }
  void Window(std::uint64_t minute) {
    Commit(ledger_.CloseWindow(Seconds(kStart + 60 * minute), 60, {}, false));
  }
  LogReader Reader() {
    auto reader = LogReader::Open(file_system_, "log");
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  // What the witness says of the tree as it is, at a time.
  WitnessedEntry Statement(std::uint64_t at) {
    const LogReader reader = Reader();
    const note::Checkpoint& checkpoint = reader.checkpoint();
    WitnessedEntry entry{Seconds(at), checkpoint.size, checkpoint.root, {}};
    entry.lines.push_back(note::CosignatureLine(note::CheckpointText(checkpoint), witness_, at));
    entry.lines.back().pop_back();
    return entry;
  }
  LatenessReport Judge(std::uint64_t bound) {
    const LogReader reader = Reader();
    Lateness lateness(*policy_, reader, bound);
    EXPECT_TRUE(reader.ReadEntries(0, UINT64_MAX, [&](std::uint64_t index, std::string_view e) {
      lateness.Next(index, e);
      return true;
    }));
    return lateness.Finish();
  }

  const Catalogue catalogue_ = SampleCatalogue();
  Ledger ledger_{catalogue_};
  const note::Signer witness_ = FixedSigner("witness.example/w1", 9, note::KeyType::kCosignature);
  base::ManualClock clock_;
  unopened::tests::FaultyFileSystem file_system_;
  std::unique_ptr<Recorder> recorder_;
  std::optional<Policy> policy_;
};

TEST_F(LatenessTest, AWindowIsLateByTheFirstStatementThatHoldsIt) {
  Window(0);  // ends at +60
  Window(1);  // ends at +120
  Commit({Write(Statement(kStart + 130))});
  Window(2);  // ends at +180
  Commit({Write(Statement(kStart + 190))});
  EXPECT_EQ(Judge(70).late, 0U);
  const LatenessReport report = Judge(60);
  EXPECT_EQ(report.windows, 3U);
  EXPECT_EQ(report.statements, 2U);
  EXPECT_EQ(report.late, 1U);
  EXPECT_EQ(report.unwitnessed, 0U);
  EXPECT_THAT(report.named, ElementsAre(HasSubstr("was seen 70 s later")));
  EXPECT_THAT(report.problems, IsEmpty());
}

TEST_F(LatenessTest, WhatNobodySawIsSaid) {
  Window(0);
  EXPECT_EQ(Judge(1000).unwitnessed, 1U);
  // The checkpoint's own cosignature counts for what no entry states yet.
  const WitnessedEntry statement = Statement(kStart + 61);
  const std::string line = statement.lines[0] + "\n";
  ASSERT_TRUE(recorder_->Cosign(statement.size, std::vector<std::string>{line}));
  const LatenessReport report = Judge(1000);
  EXPECT_EQ(report.unwitnessed, 0U);
  EXPECT_EQ(report.statements, 1U);
}

TEST_F(LatenessTest, AStatementAboutAnotherTreeIsAProblem) {
  Window(0);
  WitnessedEntry bent = Statement(kStart + 61);
  bent.root[0] ^= 1;
  Commit({Write(bent)});
  const LatenessReport report = Judge(1000);
  EXPECT_THAT(report.problems, ElementsAre(HasSubstr("does not continue")));
  EXPECT_EQ(report.unwitnessed, 1U);
}

TEST_F(LatenessTest, ACosignatureThatDoesNotVerifyIsAProblem) {
  Window(0);
  WitnessedEntry bent = Statement(kStart + 61);
  bent.lines[0][bent.lines[0].size() - 8] ^= 1;
  Commit({Write(bent)});
  const LatenessReport report = Judge(1000);
  EXPECT_THAT(report.problems, ElementsAre(HasSubstr("do not verify")));
  EXPECT_EQ(report.unwitnessed, 1U);
}

TEST_F(LatenessTest, ACosignatureForAnotherSizeIsNotWritten) {
  Window(0);
  const WitnessedEntry statement = Statement(kStart + 61);
  Window(1);
  ASSERT_TRUE(
      recorder_->Cosign(statement.size, std::vector<std::string>{statement.lines[0] + "\n"}));
  EXPECT_EQ(Reader().signed_note().find("witness.example"), std::string::npos);
}

}  // namespace
}  // namespace unopened::audit::tests
