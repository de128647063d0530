#include "audit/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

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

}  // namespace
}  // namespace unopened::audit
