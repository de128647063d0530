#include "audit/store/posix_file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

using base::Failure;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  std::string In(const std::string& name) { return temp_.path() + "/" + name; }
  void Write(const std::string& name, const std::string& bytes) {
    auto file = disk_.Create(In(name), 0600);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->Append(bytes));
    ASSERT_TRUE((*file)->Sync());
    ASSERT_TRUE((*file)->Close());
  }
  tests::TempFolder temp_;
  PosixFileSystem disk_;
};

TEST_F(PosixFileSystemTest, WritesAppendsReadsRenamesAndRemoves) {
  Write("a", "one");
  auto file = disk_.OpenAppend(In("a"), 0600);
  ASSERT_TRUE(file && (*file)->Append("two"));
  EXPECT_EQ(disk_.Read(In("a")), "onetwo");
  ASSERT_TRUE(disk_.Rename(In("a"), In("b")));
  EXPECT_FALSE(disk_.Exists(In("a")));
  EXPECT_EQ(disk_.ReadAtMost(In("b"), 6), "onetwo");
  EXPECT_EQ(disk_.ReadAtMost(In("b"), 5).error().failure, Failure::kLog);
  Write("b", "3");
  EXPECT_EQ(disk_.Read(In("b")), "3") << "Create truncates";
  ASSERT_TRUE(disk_.MakeDirectories(In("x/y/z"), 0700));
  ASSERT_TRUE(disk_.MakeDirectories(In("x/y/z"), 0700)) << "again is no failure";
  ASSERT_TRUE(disk_.SyncDirectory(In("x/y")));
  EXPECT_EQ(disk_.List(temp_.path()), (std::vector<std::string>{"b", "x"}));
  EXPECT_FALSE(disk_.Remove(In("x"))) << "not empty";
  EXPECT_TRUE(disk_.Remove(In("x/y/z")));
  EXPECT_TRUE(disk_.Remove(In("b")));
}

TEST_F(PosixFileSystemTest, EachFailureSaysWhatAndWhere) {
  for (const auto& error :
       {disk_.Read(In("none")).error(), disk_.Remove(In("none")).error(),
        disk_.Rename(In("none"), In("none")).error(), disk_.List(In("none")).error(),
        disk_.Lock(In("none/lock")).error(), disk_.Create(In("none/file"), 0600).error()}) {
    EXPECT_EQ(error.failure, Failure::kInput) << base::Describe(error);
    EXPECT_NE(error.where.find("none"), std::string::npos);
    EXPECT_NE(error.what.find("No such file"), std::string::npos) << error.what;
  }
  Write("file", "");
  EXPECT_EQ(disk_.MakeDirectories(In("file/x"), 0700).error().failure, Failure::kInput);
  EXPECT_EQ(disk_.Read(temp_.path()).error().failure, Failure::kInput) << "a folder is no file";
  auto full = disk_.OpenAppend("/dev/full", 0600);
  ASSERT_TRUE(full);
  EXPECT_EQ((*full)->Append("x").error().failure, Failure::kNoSpace);
  EXPECT_EQ(disk_.Remove("/proc/version").error().failure, Failure::kPermission);
}

TEST_F(PosixFileSystemTest, APipeInAFilesPlaceDoesNotHangTheReader) {
  ASSERT_EQ(::mkfifo(In("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(disk_.Read(In("pipe")));
}

TEST_F(PosixFileSystemTest, ALockIsHeldOnceAndFreedWithItsObject) {
  auto first = disk_.Lock(In("lock"));
  ASSERT_TRUE(first);
  EXPECT_EQ(disk_.Lock(In("lock")).error().failure, Failure::kBusy);
  first->reset();
  EXPECT_TRUE(disk_.Lock(In("lock")));
}

}  // namespace
}  // namespace unopened::audit
