#include "audit/origin_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "audit/recorder.h"
#include "audit/rotation.h"
#include "audit/store/posix_file_system.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

using base::Failure;
using ::testing::HasSubstr;

class OriginGuardTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(guard_); }

  base::Result<std::unique_ptr<Recorder>> Open(const std::string& folder) {
    return Recorder::Open({folder, "", guard_}, disk_, clock_, opened_);
  }
  void Grow(const std::string& folder, const std::string& guard, int entries, const char* what) {
    Opened opened;
    auto recorder = Recorder::Open({folder, "", guard}, disk_, clock_, opened);
    ASSERT_TRUE(recorder) << base::Describe(recorder.error());
    for (int i = 0; i < entries; ++i) {
      const std::array<std::string, 1> body = {R"({"type":"test","of":")" + std::string(what) +
                                               "\"}"};
      ASSERT_TRUE((*recorder)->Commit(body));
    }
  }
  void Copy(const std::string& from, const std::string& to) {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  void ExpectRefused(const std::string& folder, Failure failure, const std::string& what) {
    const auto refused = Open(folder);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure, failure);
    EXPECT_THAT(refused.error().what, HasSubstr(what));
    EXPECT_THAT(refused.error().where, HasSubstr(guard_ + "/unopened-"));
    EXPECT_NE(refused.error().todo, "");
  }
  std::string StateFile() {
    for (const auto& entry : std::filesystem::directory_iterator(guard_)) {
      if (entry.path().extension() == ".checkpoint") return entry.path().string();
    }
    return "none";
  }

  unopened::tests::TempFolder temp_;
  const std::string log_ = temp_.path() + "/log";
  const std::string copy_ = temp_.path() + "/copy";
  const std::string guard_ = temp_.path() + "/guard";
  PosixFileSystem disk_;
  base::ManualClock clock_;
  Opened opened_;
};

TEST_F(OriginGuardTest, TwoFoldersOfOneKeyHaveOneWriter) {
  Grow(log_, guard_, 2, "log");
  Copy(log_, copy_);
  {
    const auto first = Open(log_);
    ASSERT_TRUE(first);
    ExpectRefused(copy_, Failure::kBusy, "another process");
  }
  EXPECT_TRUE(Open(copy_)) << "the copy is level, and the other has ended";
}

TEST_F(OriginGuardTest, ACopyThatIsBehindIsRefusedWhicheverWentOn) {
  Grow(log_, guard_, 3, "log");
  Copy(log_, copy_);
  Grow(copy_, guard_, 1, "copy");
  ExpectRefused(log_, Failure::kLog, "has 3 entries, and there were 4");
  EXPECT_TRUE(Open(copy_));
}

TEST_F(OriginGuardTest, ACopyThatWentAnotherWayIsRefusedAtEverySize) {
  Grow(log_, guard_, 3, "log");
  for (const int more : {1, 2, 300}) {
    std::filesystem::remove_all(copy_);
    Copy(log_, copy_);
    Grow(copy_, "", more, "another history");
    Grow(log_, guard_, 1, "log");
    ExpectRefused(copy_, Failure::kLog, "does not continue");
    EXPECT_TRUE(Open(log_));
  }
}

TEST_F(OriginGuardTest, ALogThatWentOnElsewhereGoesOnHere) {
  Grow(log_, guard_, 3, "log");
  Grow(log_, "", 300, "without a guard");
  EXPECT_TRUE(Open(log_));
  Grow(log_, guard_, 1, "log");
}

TEST_F(OriginGuardTest, WhereNothingIsKnownTheLogGoesOn) {
  Grow(log_, guard_, 3, "log");
  Copy(log_, copy_);
  Grow(log_, guard_, 1, "log");
  ASSERT_TRUE(std::filesystem::remove(StateFile()));
  EXPECT_TRUE(Open(copy_));
}

TEST_F(OriginGuardTest, WhatNoGuardWroteIsNotBelieved) {
  Grow(log_, guard_, 3, "log");
  const std::string state = StateFile();
  Grow(temp_.path() + "/other", guard_, 5, "other");
  const auto other = disk_.Read(temp_.path() + "/other/checkpoint");
  for (const std::string& bytes : {std::string(), std::string("nonsense"), *other}) {
    std::ofstream(state, std::ios::trunc) << bytes;
    ExpectRefused(log_, Failure::kLog, "not a checkpoint of this log's key");
  }
}

TEST_F(OriginGuardTest, NothingIsSignedOnceAnotherHasWritten) {
  auto recorder = Open(log_);
  ASSERT_TRUE(recorder);
  const std::array<std::string, 1> body = {R"({"type":"test"})"};
  ASSERT_TRUE((*recorder)->Commit(body));
  // The lock's file was removed under it, and another took the place.
  std::ofstream(StateFile(), std::ios::trunc) << "another's";
  const auto refused = (*recorder)->Commit(body);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().failure, Failure::kBusy);
  const auto log = LogReader::Open(disk_, log_);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->checkpoint().size, 1U);
  EXPECT_FALSE((*recorder)->Commit(body)) << "final";
}

TEST_F(OriginGuardTest, ARotationCarriesItOver) {
  Grow(log_, guard_, 3, "log");
  Copy(log_, copy_);
  ASSERT_TRUE(RotateKey(log_, RotationReason::kScheduled, disk_, clock_, guard_));
  ExpectRefused(copy_, Failure::kLog, "has 3 entries, and there were 4");
  std::filesystem::remove_all(copy_);
  Copy(log_, copy_);
  Grow(log_, guard_, 1, "log");
  ExpectRefused(copy_, Failure::kLog, "has 4 entries, and there were 5");
}

// What a system does that gives the guard's file to another user.
class AnothersFile : public PosixFileSystem {
 public:
  base::Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    if (path.find("/guard/unopened-") == std::string::npos) return PosixFileSystem::Lock(path);
    return base::Fail(Failure::kPermission, "cannot open", path);
  }
};

TEST_F(OriginGuardTest, WhereTheSystemRefusesItThatIsSaidAndTheLogGoesOn) {
  AnothersFile disk;
  Opened opened;
  auto recorder = Recorder::Open({log_, "", guard_}, disk, clock_, opened);
  ASSERT_TRUE(recorder);
  EXPECT_THAT(opened.guard_skipped, HasSubstr("cannot open"));
  const std::array<std::string, 1> body = {R"({"type":"test"})"};
  EXPECT_TRUE((*recorder)->Commit(body));
  recorder->reset();
  ASSERT_TRUE(Open(log_));
  EXPECT_EQ(opened_.guard_skipped, "");
}

TEST_F(OriginGuardTest, AFolderThatIsMissingIsNoGuard) {
  const auto refused =
      Recorder::Open({log_, "", temp_.path() + "/nowhere"}, disk_, clock_, opened_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().where, HasSubstr("nowhere"));
}

// Whatever call fails and however the machine goes down, the guard lets the log itself go on, and
// keeps nothing that the log has not.
TEST(OriginGuardFaults, ItNeverShutsOutTheLogItGuards) {
  using unopened::tests::FaultyFileSystem;
  using Effect = FaultyFileSystem::Effect;
  using Crash = FaultyFileSystem::Crash;
  const base::ManualClock clock;
  const RecorderOptions options = {"/log", "example.org/log", "/guard"};
  const auto run = [&](FaultyFileSystem& disk) {
    std::uint64_t acknowledged = 0;
    Opened opened;
    auto recorder = Recorder::Open(options, disk, clock, opened);
    const std::array<std::string, 1> body = {R"({"type":"test"})"};
    while (recorder && acknowledged < 3 && (*recorder)->Commit(body)) ++acknowledged;
    return acknowledged;
  };
  for (const Effect effect : {Effect::kNone, Effect::kDone, Effect::kHalf}) {
    for (const Crash crash : {Crash::kProcess, Crash::kPower, Crash::kTear}) {
      for (const bool for_good : {true, false}) {
        for (std::uint64_t call = 1;; ++call) {
          FaultyFileSystem disk;
          ASSERT_TRUE(disk.MakeDirectories("/guard", 0700) && disk.SyncDirectory("/"));
          disk.FailCall(call, effect, Failure::kGeneral, for_good);
          const std::uint64_t acknowledged = run(disk);
          const bool reached = disk.failed();
          disk.Heal();
          disk.CrashNow(crash, static_cast<std::uint32_t>(call));
          Opened opened;
          const auto recorder = Recorder::Open(options, disk, clock, opened);
          ASSERT_TRUE(recorder) << call << ": " << base::Describe(recorder.error());
          EXPECT_GE(opened.tree_size, acknowledged);
          const auto tree = VerifyTree(disk, "/log", opened.verifier_key, {});
          ASSERT_TRUE(tree && tree->ok());
          if (!reached) break;
          ASSERT_LT(call, 1000U);
        }
      }
    }
  }
}

}  // namespace
}  // namespace unopened::audit
