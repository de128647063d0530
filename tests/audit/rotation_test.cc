#include "audit/rotation.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "audit/entry_check.h"
#include "audit/note/note.h"
#include "audit/reader.h"
#include "audit/verifier.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit::tests {
namespace {

using unopened::tests::FaultyFileSystem;

constexpr const char* kFolder = "log";

std::string Key(FaultyFileSystem& disk) {
  auto key = OfferedVerifierKey(disk, kFolder);
  return key ? *key : "none";
}

// Makes a log of one run, and returns its first key.
std::string Begin(FaultyFileSystem& disk, const Catalogue& catalogue) {
  const base::ManualClock clock;
  Opened opened;
  auto recorder = Recorder::Open({kFolder, "example.org/log"}, disk, clock, opened);
  EXPECT_TRUE(recorder) << base::Describe(recorder.error());
  Ledger ledger(catalogue);
  EXPECT_TRUE((*recorder)->Commit(ledger.BeginRun(LiveRun(), TimeAt("2024-05-01"))));
  return opened.verifier_key;
}

// Opens the log (finishing what is to be finished), adds an entry, and verifies all of it.
void ExpectGoesOn(FaultyFileSystem& disk, const Catalogue& catalogue, std::uint64_t rotations) {
  const base::ManualClock clock;
  Opened opened;
  auto recorder = Recorder::Open({kFolder, ""}, disk, clock, opened);
  ASSERT_TRUE(recorder) << base::Describe(recorder.error());
  const Ledger ledger(catalogue);
  ASSERT_TRUE((*recorder)->Commit(
      std::vector<std::string>{ledger.Gap(TimeAt("2024-05-01"), TimeAt("2024-05-02"), "x", {})}));
  EXPECT_EQ(Key(disk), opened.verifier_key);
  EXPECT_FALSE(disk.Exists("log/keys/signing.key.next"));
  EntryChecker checker;
  const auto tree = VerifyTree(disk, kFolder, opened.verifier_key,
                               [&](std::uint64_t index, std::string_view entry) {
                                 const auto problem = checker.Next(index, entry);
                                 EXPECT_FALSE(problem) << Describe(*problem);
                                 return true;
                               });
  ASSERT_TRUE(tree) << base::Describe(tree.error());
  EXPECT_TRUE(tree->ok());
  EXPECT_EQ(checker.report().keys.size(), rotations == 0 ? 0 : rotations + 1);
  if (rotations != 0) {
    EXPECT_EQ(checker.report().keys.back(), opened.verifier_key);
  }
}

class RotationTest : public ::testing::Test {
 protected:
  const Catalogue catalogue_ = SampleCatalogue();
  base::ManualClock clock_{TimeAt("2024-05-01", 60)};
};

TEST_F(RotationTest, TheNewKeySignsAndTheOldOneLeadsToIt) {
  FaultyFileSystem disk;
  const std::string first = Begin(disk, catalogue_);
  const auto rotated = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_);
  ASSERT_TRUE(rotated) << base::Describe(rotated.error());
  EXPECT_EQ(rotated->old_key, first);
  EXPECT_NE(rotated->new_key, first);
  // Right after it both have signed, so that nobody is left behind between two checkpoints.
  const auto reader = LogReader::Open(disk, kFolder);
  ASSERT_TRUE(reader);
  for (const std::string& key : {rotated->old_key, rotated->new_key}) {
    EXPECT_TRUE(note::OpenNote(reader->signed_note(), *note::VerifierKey::Parse(key)));
  }
  ExpectGoesOn(disk, catalogue_, 1);
  ASSERT_TRUE(RotateKey(kFolder, RotationReason::kCompromise, disk, clock_));
  ExpectGoesOn(disk, catalogue_, 2);
}

// RFC 8410 §10.3's private key.
std::string WritePem(const std::string& folder) {
  const std::string path = folder + "/key.pem";
  std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n"
                         "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                         "-----END PRIVATE KEY-----\n";
  return path;
}

TEST_F(RotationTest, AKeyThatLiesElsewhereStaysThere) {
  const unopened::tests::TempFolder temp;
  const std::string path = WritePem(temp.path());
  const std::string uri = "file:" + path;
  FaultyFileSystem disk;
  const std::string first = Begin(disk, catalogue_);
  const auto rotated = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_, "", uri);
  ASSERT_TRUE(rotated) << base::Describe(rotated.error());
  EXPECT_EQ(rotated->old_key, first);
  EXPECT_EQ(*disk.Read("log/keys/signing.key"), "URI example.org/log " + uri + "\n");
  ExpectGoesOn(disk, catalogue_, 1);

  const auto same = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_, "", uri);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().failure, base::Failure::kUsage);
  ExpectGoesOn(disk, catalogue_, 1);

  // Without the key the log is closed to writing, not to reading, and open again with it.
  std::filesystem::rename(path, path + ".away");
  Opened opened;
  const auto without = Recorder::Open({kFolder, ""}, disk, clock_, opened);
  ASSERT_FALSE(without);
  EXPECT_NE(base::Describe(without.error()).find("keys/signing.key"), std::string::npos);
  EXPECT_TRUE(VerifyTree(disk, kFolder, rotated->new_key, {}));
  std::filesystem::rename(path + ".away", path);
  ExpectGoesOn(disk, catalogue_, 1);
  ASSERT_TRUE(RotateKey(kFolder, RotationReason::kChangeOfHolder, disk, clock_));
  ExpectGoesOn(disk, catalogue_, 2);
}

TEST_F(RotationTest, WhereNoKeyLiesNothingIsDone) {
  FaultyFileSystem disk;
  const std::string first = Begin(disk, catalogue_);
  const unopened::tests::TempFolder temp;
  for (const std::string& uri :
       {"file:" + temp.path() + "/none.pem", std::string("pkcs11:token=none"), std::string("x")}) {
    const auto rotated = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_, "", uri);
    ASSERT_FALSE(rotated) << uri;
    EXPECT_EQ(rotated.error().failure, base::Failure::kUsage) << uri;
    EXPECT_EQ(Key(disk), first);
    ExpectGoesOn(disk, catalogue_, 0);
  }
}

TEST_F(RotationTest, WhereThereIsNoLogNoneIsMade) {
  FaultyFileSystem disk;
  const auto rotated = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_);
  ASSERT_FALSE(rotated);
  EXPECT_EQ(rotated.error().failure, base::Failure::kInput);
  EXPECT_FALSE(disk.Exists(kFolder));
}

TEST_F(RotationTest, ALogThatIsBeingWrittenIsLeftAlone) {
  FaultyFileSystem disk;
  Begin(disk, catalogue_);
  Opened opened;
  const auto recorder = Recorder::Open({kFolder, ""}, disk, clock_, opened);
  ASSERT_TRUE(recorder);
  const auto rotated = RotateKey(kFolder, RotationReason::kScheduled, disk, clock_);
  ASSERT_FALSE(rotated);
  EXPECT_EQ(rotated.error().failure, base::Failure::kBusy);
}

// Whatever call fails, and however the machine goes down with it, the log has one key that signs,
// and an entry for it or none.
TEST_F(RotationTest, IsDoneOrNotDoneWhateverFails) {
  using Effect = FaultyFileSystem::Effect;
  using Crash = FaultyFileSystem::Crash;
  const unopened::tests::TempFolder temp;
  const std::array<std::string, 2> uris = {"", "file:" + WritePem(temp.path())};
  std::uint64_t done = 0;
  std::uint64_t not_done = 0;
  for (const Effect effect : {Effect::kNone, Effect::kDone, Effect::kHalf}) {
    for (const Crash crash : {Crash::kProcess, Crash::kPower, Crash::kTear}) {
      for (std::uint64_t step = 2;; ++step) {
        const std::uint64_t call = step / 2;
        FaultyFileSystem disk;
        const std::string first = Begin(disk, catalogue_);
        disk.FailCall(call, effect, base::Failure::kGeneral, true);
        const auto rotated =
            RotateKey(kFolder, RotationReason::kScheduled, disk, clock_, "", uris[step % 2]);
        const bool reached = disk.failed();
        disk.Heal();
        disk.CrashNow(crash, static_cast<std::uint32_t>(call));
        Opened opened;
        ASSERT_TRUE(Recorder::Open({kFolder, ""}, disk, clock_, opened)) << call;
        const bool is_new = opened.verifier_key != first;
        if (rotated) {
          EXPECT_EQ(opened.verifier_key, rotated->new_key) << call;
        }
        ExpectGoesOn(disk, catalogue_, is_new ? 1 : 0);
        ++(is_new ? done : not_done);
        if (!reached && step % 2 == 1) break;
        ASSERT_LT(call, 500U);
      }
    }
  }
  EXPECT_GT(done, 20U);
  EXPECT_GT(not_done, 20U);
}

}  // namespace
}  // namespace unopened::audit::tests
