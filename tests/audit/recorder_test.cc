#include "audit/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "audit/blind.h"
#include "audit/merkle/hash.h"
#include "audit/store/journal.h"
#include "audit/store/key_folder.h"
#include "audit/store/posix_file_system.h"
#include "base/clock.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

using base::Failure;
using ::testing::HasSubstr;

std::string Body(int i) { return R"({"type":"test","n":)" + std::to_string(i) + "}"; }

class RecorderTest : public ::testing::Test {
 protected:
  base::Result<std::unique_ptr<Recorder>> Open(const std::string& origin = "example.org/log") {
    return Recorder::Open({folder_, origin}, disk_, clock_, opened_);
  }
  std::string Read(const std::string& name) { return disk_.Read(folder_ + name).value_or(""); }
  unsigned Mode(const std::string& name) {
    struct stat status {};
    EXPECT_EQ(::stat((folder_ + name).c_str(), &status), 0) << name;
    return status.st_mode & 0777;
  }

  tests::TempFolder temp_;
  std::string folder_ = temp_.path() + "/a/log";
  PosixFileSystem disk_;
  base::ManualClock clock_{1'000};
  Opened opened_;
};

TEST_F(RecorderTest, TheFirstRunMakesFolderKeysAndAnEmptySignedTree) {
  auto recorder = Open();
  ASSERT_TRUE(recorder) << base::Describe(recorder.error());
  EXPECT_TRUE(opened_.created);
  EXPECT_EQ(opened_.tree_size, 0U);
  EXPECT_EQ((*recorder)->origin(), "example.org/log");
  EXPECT_THAT(Read("/checkpoint"),
              HasSubstr("example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"));
  EXPECT_EQ(Read("/verifier.vkey"), opened_.verifier_key + "\n");
  EXPECT_EQ(Mode(""), 0700U);
  EXPECT_EQ(Mode("/keys"), 0700U);
  EXPECT_EQ(Mode("/keys/signing.key"), 0600U);
  EXPECT_EQ(Mode("/keys/log.secret"), 0600U);
  EXPECT_EQ(Read("/keys/log.secret").size(), 32U);
}

TEST_F(RecorderTest, ACommitIsOnDiskUnderASignedCheckpointAndGoesOnAfterReopening) {
  {
    auto recorder = Open();
    ASSERT_TRUE(recorder);
    const std::vector<std::string> bodies = {Body(0), Body(1), Body(2)};
    clock_.Set(5'000);
    ASSERT_TRUE((*recorder)->Commit(bodies));
    EXPECT_EQ((*recorder)->tree_size(), 3U);
    EXPECT_EQ((*recorder)->checkpoint_time(), 5'000);
  }
  EXPECT_THAT(Read("/checkpoint"), HasSubstr("example.org/log\n3\n"));
  EXPECT_THAT(Read("/tile/entries/000.p/3"), HasSubstr(R"({"type":"test","n":2,"blind":")"));
  EXPECT_EQ(Mode("/tile/entries/000.p/3"), 0600U);
  EXPECT_EQ(Mode("/tile/entries"), 0700U);
  EXPECT_EQ(Mode("/tile/0/000.p/3"), 0644U);
  EXPECT_EQ(Mode("/tile"), 0755U);
  EXPECT_EQ(Read("/tile/0/000.p/3").size(), 96U);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/journal"));
  auto recorder = Open("");
  ASSERT_TRUE(recorder);
  EXPECT_FALSE(opened_.created);
  EXPECT_EQ(opened_.tree_size, 3U);
  EXPECT_EQ((*recorder)->origin(), "example.org/log");
  const std::vector<std::string> more(300, Body(3));
  ASSERT_TRUE((*recorder)->Commit(more));
  EXPECT_EQ((*recorder)->tree_size(), 303U);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/tile/entries/000"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/tile/0/000"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/tile/entries/000.p"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/tile/0/000.p"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/tile/entries/001.p/47"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/tile/1/000.p/1"));
}

TEST_F(RecorderTest, ALogHasOneWriter) {
  auto first = Open();
  ASSERT_TRUE(first);
  auto second = Open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().failure, Failure::kBusy);
  first->reset();
  EXPECT_TRUE(Open());
}

TEST_F(RecorderTest, ABlindIsTheHmacOfTheIndexUnderTheLogSecret) {
  LogSecret secret;
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i);
  // printf '\0\0\0\0\0\0\1\2' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
  EXPECT_EQ(WithBlind(R"({"a":1})", secret, 258),
            R"({"a":1,"blind":"c82dcd3922da9561a1a45609a7e3eb3d"})");
  EXPECT_EQ(WithBlind(Body(0), secret, 1).size(), Body(0).size() + kBlindBytes);
  EXPECT_NE(WithBlind(Body(0), secret, 1), WithBlind(Body(0), secret, 2));
}

// Whoever has the open hash tiles and knows all of an entry but a small count tries every count.
TEST_F(RecorderTest, ACountCannotBeGuessedFromItsLeaf) {
  const auto body = [](int count) {
    return R"({"type":"window","sessions":)" + std::to_string(count) + "}";
  };
  const auto recorder = Open();
  ASSERT_TRUE(recorder);
  ASSERT_TRUE((*recorder)->Commit(std::vector<std::string>{body(7)}));
  const std::string tile = Read("/tile/0/000.p/1");
  merkle::Hasher hasher;
  const auto is_leaf = [&](const std::string& entry) {
    const merkle::Hash hash = hasher.Leaf(entry);
    return tile == std::string(hash.begin(), hash.end());
  };
  for (int guess = 0; guess < 1'000; ++guess) {
    EXPECT_FALSE(is_leaf(body(guess)));
    EXPECT_FALSE(is_leaf(WithBlind(body(guess), LogSecret{}, 0)));
  }
  // With the secret the guess is right at once: that is what the blind rests on.
  const auto keys = LoadKeys(disk_, folder_);
  ASSERT_TRUE(keys);
  EXPECT_TRUE(is_leaf(WithBlind(body(7), keys->secret, 0)));
}

TEST_F(RecorderTest, AnEntryIsNeverCutAndNothingOfItsBatchIsDone) {
  auto recorder = Open();
  ASSERT_TRUE(recorder);
  const std::string longest =
      R"({"x":")" + std::string(kMaxEntryBytes - kBlindBytes - 8, 'x') + R"("})";
  for (const std::string& bad : {longest.substr(0, 6) + "x" + longest.substr(6), std::string("{}"),
                                 std::string("[1]"), std::string("{\"a\":\n1}"), std::string()}) {
    const std::vector<std::string> bodies = {Body(0), bad};
    EXPECT_FALSE((*recorder)->Commit(bodies));
    EXPECT_FALSE((*recorder)->Hold(bodies));
  }
  EXPECT_EQ((*recorder)->tree_size(), 0U);
  EXPECT_TRUE((*recorder)->Commit(std::vector<std::string>{longest}));
  EXPECT_EQ(Read("/tile/entries/000.p/1").size(), 2 + kMaxEntryBytes);
}

TEST_F(RecorderTest, WhatIsHeldIsCommittedByTheNextOpenUnlessACommitCameAfter) {
  const std::vector<std::string> first = {Body(1)}, second = {Body(2), Body(3)};
  {
    auto recorder = Open();
    ASSERT_TRUE((*recorder)->Hold(first));
    ASSERT_TRUE((*recorder)->Hold(second));
  }
  {
    auto recorder = Open();
    ASSERT_TRUE(recorder);
    EXPECT_TRUE(opened_.partial_window_recovered);
    EXPECT_EQ(opened_.tree_size, 2U) << "the second replaced the first";
    ASSERT_TRUE((*recorder)->Hold(first));
    ASSERT_TRUE((*recorder)->Commit(second));
  }
  {
    auto recorder = Open();
    EXPECT_FALSE(opened_.partial_window_recovered);
    EXPECT_EQ(opened_.tree_size, 4U);
    ASSERT_TRUE((*recorder)->Hold(first));
    ASSERT_TRUE((*recorder)->Hold({}));
  }
  ASSERT_TRUE(Open());
  EXPECT_FALSE(opened_.partial_window_recovered);
}

TEST_F(RecorderTest, ALogWithoutAnOriginGetsOneOfItsOwnAndKeepsIt) {
  std::string origin;
  {
    auto recorder = Open("");
    ASSERT_TRUE(recorder);
    origin = (*recorder)->origin();
    EXPECT_THAT(origin, ::testing::StartsWith("unopened.invalid/"));
  }
  EXPECT_EQ((*Open(""))->origin(), origin);
  const auto other = Open("example.org/other");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().failure, Failure::kUsage);
}

// What was done to a log's folder, and how opening it fails.
class DamagedLogTest : public RecorderTest {
 protected:
  void SetUp() override {
    auto recorder = Open();
    ASSERT_TRUE(recorder);
    ASSERT_TRUE((*recorder)->Commit(std::vector<std::string>(300, Body(0))));
    old_checkpoint_ = Read("/checkpoint");
    ASSERT_TRUE((*recorder)->Commit(std::vector<std::string>{Body(1)}));
  }
  void Write(const std::string& name, const std::string& bytes) {
    auto file = disk_.Create(folder_ + name, 0600);
    ASSERT_TRUE(file && (*file)->Append(bytes));
  }
  void ExpectRefused(Failure failure, const std::string& says) {
    const auto refused = Open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure, failure) << base::Describe(refused.error());
    EXPECT_THAT(base::Describe(refused.error()), HasSubstr(says));
    EXPECT_THAT(base::Describe(refused.error()), HasSubstr(folder_)) << "says where";
  }
  std::string old_checkpoint_;
};

TEST_F(DamagedLogTest, AnotherKeyIsRefused) {
  Opened other;
  ASSERT_TRUE(Recorder::Open({temp_.path() + "/other", "example.org/log"}, disk_, clock_, other));
  Write("/keys/signing.key", disk_.Read(temp_.path() + "/other/keys/signing.key").value());
  ExpectRefused(Failure::kLog, "not the verifier key of this log's signing key");
  Write("/verifier.vkey", other.verifier_key + "\n");
  ExpectRefused(Failure::kLog, "signed by another key");
}

TEST_F(DamagedLogTest, AMissingOrMalformedKeyIsNamed) {
  const std::string key = Read("/keys/signing.key");
  Write("/keys/signing.key", key.substr(0, 40));
  ExpectRefused(Failure::kLog, "signing.key");
  Write("/keys/signing.key", key);
  Write("/keys/log.secret", "short");
  ExpectRefused(Failure::kLog, "log.secret");
  std::filesystem::remove(folder_ + "/keys/log.secret");
  ExpectRefused(Failure::kLog, "the log's key is missing");
}

TEST_F(DamagedLogTest, ALostCheckpointIsNotANewLog) {
  std::filesystem::remove(folder_ + "/checkpoint");
  ExpectRefused(Failure::kLog, "the log has lost its checkpoint");
}

TEST_F(DamagedLogTest, ChangedTilesOrEntriesAtTheEndAreRefused) {
  const std::string tile = Read("/tile/0/001.p/45");
  Write("/tile/0/001.p/45", "x" + tile.substr(1));
  ExpectRefused(Failure::kLog, "the tiles do not make the signed root");
  Write("/tile/0/001.p/45", tile);
  const std::string bundle = Read("/tile/entries/001.p/45");
  Write("/tile/entries/001.p/45", bundle.substr(0, 20) + "!" + bundle.substr(21));
  ExpectRefused(Failure::kLog, "an entry does not hash to its leaf");
  Write("/tile/entries/001.p/45", bundle + "x");
  ExpectRefused(Failure::kLog, "bytes after the last entry");
  std::filesystem::remove(folder_ + "/tile/entries/001.p/45");
  ExpectRefused(Failure::kLog, "tile/entries/001.p/45");
}

TEST_F(DamagedLogTest, ADamagedJournalIsDroppedAndAnImpossibleOneRefused) {
  Batch batch{301, {R"({"a":1})", R"({"b":2})"}};
  const std::string whole = EncodeBatch(batch);
  Write("/journal", whole.substr(0, whole.size() - 1));
  ASSERT_TRUE(Open());
  EXPECT_EQ(opened_.recovered_entries, 0U);
  EXPECT_EQ(opened_.tree_size, 301U);
  Write("/journal", whole);
  ASSERT_TRUE(Open());
  EXPECT_EQ(opened_.recovered_entries, 2U);
  EXPECT_EQ(opened_.tree_size, 303U);
  batch.base = 400;
  Write("/journal", EncodeBatch(batch));
  ExpectRefused(Failure::kLog, "the journal continues a tree of 400 entries");
}

TEST_F(DamagedLogTest, AnOlderCheckpointPutBackGivesTheOlderTreeOnly) {
  // Nobody but a witness can tell that it was newer once; its bundle is still there to go on from.
  Write("/checkpoint", old_checkpoint_);
  ASSERT_TRUE(Open());
  EXPECT_EQ(opened_.tree_size, 300U);
}

TEST_F(RecorderTest, AFolderOfOtherThingsIsNotMadeALog) {
  std::filesystem::create_directories(folder_);
  auto file = disk_.Create(folder_ + "/thesis.txt", 0644);
  ASSERT_TRUE(file);
  const auto refused = Open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().failure, Failure::kUsage);
  EXPECT_THAT(base::Describe(refused.error()), HasSubstr("thesis.txt"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/keys"));
}

TEST_F(RecorderTest, AFullDiskIsNamedAndTheBatchMayBeTriedAgain) {
  auto recorder = Open();
  ASSERT_TRUE(recorder);
  ASSERT_EQ(::signal(SIGXFSZ, SIG_IGN), SIG_DFL);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit full = before;
  full.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const std::vector<std::string> bodies(300, Body(0));
  const auto refused = (*recorder)->Commit(bodies);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().failure, Failure::kNoSpace);
  EXPECT_THAT(base::Describe(refused.error()), HasSubstr("free some space"));
  EXPECT_EQ((*recorder)->tree_size(), 0U);
  EXPECT_TRUE((*recorder)->Commit(bodies));
}

}  // namespace
}  // namespace unopened::audit
