// A real process on a real disk, killed with SIGKILL at a moment nobody chose, again and again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

const std::string kOrigin = "example.org/kill";

// The child: commits batches of growing size, and tells each acknowledged tree size down the pipe.
[[noreturn]] void CommitUntilKilled(const std::string& folder, int pipe) {
  PosixFileSystem disk;
  const base::SystemClock clock;
  Opened opened;
  auto recorder = Recorder::Open({folder, kOrigin}, disk, clock, opened);
  if (!recorder) ::_exit(1);
  for (int round = 0;; ++round) {
    std::vector<std::string> bodies;
    for (int i = 0; i <= round % 70; ++i) {
      bodies.push_back(R"({"round":)" + std::to_string(round) + R"(,"n":)" + std::to_string(i) +
                       "}");
    }
    if (!(*recorder)->Commit(bodies)) ::_exit(2);
    const std::uint64_t size = (*recorder)->tree_size();
    if (::write(pipe, &size, sizeof size) != sizeof size) ::_exit(3);
    if (!(*recorder)->Hold(std::span(bodies).first(1))) ::_exit(4);
  }
}

TEST(Kill, NothingAcknowledgedIsLostHoweverOftenTheProcessIsKilled) {
  const char* wanted = std::getenv("UNOPENED_KILLS");
  const int kills = wanted == nullptr ? 200 : std::atoi(wanted);
  ASSERT_GT(kills, 0);
  const tests::TempFolder temp;
  const std::string folder = temp.path() + "/log";
  std::mt19937 random(static_cast<std::uint32_t>(kills));
  std::uint64_t acknowledged = 0;
  for (int kill = 0; kill < kills; ++kill) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      CommitUntilKilled(folder, ends[1]);
    }
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(2'000 + random() % 60'000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << WEXITSTATUS(status);
    for (std::uint64_t size = 0; ::read(ends[0], &size, sizeof size) == sizeof size;) {
      ASSERT_GT(size, acknowledged) << "the tree went back";
      acknowledged = size;
    }
    ::close(ends[0]);

    PosixFileSystem disk;
    const base::SystemClock clock;
    Opened opened;
    const auto recorder = Recorder::Open({folder, kOrigin}, disk, clock, opened);
    ASSERT_TRUE(recorder) << base::Describe(recorder.error());
    ASSERT_GE(opened.tree_size, acknowledged);
    acknowledged = opened.tree_size;
    const auto report = VerifyTree(disk, folder, opened.verifier_key, {});
    ASSERT_TRUE(report) << base::Describe(report.error());
    ASSERT_TRUE(report->ok()) << report->problems[0];
    ASSERT_EQ(report->checkpoint.size, acknowledged);
  }
  EXPECT_GT(acknowledged, 0U) << "no commit was fast enough to be acknowledged";
}

}  // namespace
}  // namespace unopened::audit
