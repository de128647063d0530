// make_log FOLDER ASIDE: makes a log of 70,124 entries, whose last big batch was cut short by
// SIGKILL while its tiles were being written and finished by recovery. Beside it, in ASIDE: the
// checkpoint of an earlier size, and our own proofs, for another implementation to check.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "audit/merkle/hash.h"
#include "audit/reader.h"
#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "base/clock.h"

namespace {

using namespace unopened;

constexpr std::uint64_t kFirst = 50'000;
constexpr std::uint64_t kKilled = 20'123;
constexpr std::uint64_t kSize = kFirst + kKilled + 1;
constexpr std::uint64_t kSamples[] = {0, 1, 255, 256, 49'999, 50'000, 65'535, 65'536, 70'123};

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "make_log: %s\n", why.c_str());
  std::exit(1);
}

// Kills its own process in the middle of writing a batch's tiles.
class DeadlyFileSystem final : public audit::PosixFileSystem {
 public:
  base::Result<base::Done> Rename(const std::string& from, const std::string& to) override {
    if (to.find("/tile/") != std::string::npos && ++tiles_ == 40) ::raise(SIGKILL);
    return PosixFileSystem::Rename(from, to);
  }

 private:
  int tiles_ = 0;
};

std::vector<std::string> Bodies(std::uint64_t from, std::uint64_t count) {
  std::vector<std::string> bodies;
  for (std::uint64_t i = from; i < from + count; ++i) {
    bodies.push_back(R"({"type":"test","n":)" + std::to_string(i) + "}");
  }
  return bodies;
}

audit::Opened Commit(audit::FileSystem& disk, const std::string& folder,
                     const std::vector<std::string>& bodies) {
  const base::SystemClock clock;
  audit::Opened opened;
  auto recorder = audit::Recorder::Open({folder, "example.org/go-interop"}, disk, clock, opened);
  if (!recorder) Stop(base::Describe(recorder.error()));
  if (const auto done = (*recorder)->Commit(bodies); !done) Stop(base::Describe(done.error()));
  return opened;
}

void CommitAndBeKilled(const std::string& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    DeadlyFileSystem disk;
    Commit(disk, folder, Bodies(kFirst, kKilled));
    std::_Exit(1);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
      WTERMSIG(status) != SIGKILL) {
    Stop("the child was to be killed while it wrote tiles");
  }
}

void WriteProof(std::ofstream& out, const std::string& head,
                const base::Result<audit::merkle::Proof>& proof) {
  if (!proof) Stop(base::Describe(proof.error()));
  out << head;
  for (const auto& hash : *proof) out << ' ' << audit::merkle::Hex(hash);
  out << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) Stop("usage: make_log FOLDER ASIDE");
  const std::string folder = argv[1];
  const std::string aside = argv[2];
  audit::PosixFileSystem disk;
  Commit(disk, folder, Bodies(0, kFirst));
  std::ofstream(aside + "/old-checkpoint") << disk.Read(folder + "/checkpoint").value_or("");

  CommitAndBeKilled(folder);
  const audit::Opened opened = Commit(disk, folder, Bodies(kFirst + kKilled, 1));
  if (opened.recovered_entries != kKilled) Stop("the killed batch was not recovered");

  const auto reader = audit::LogReader::Open(disk, folder);
  if (!reader || reader->checkpoint().size != kSize) Stop("the log is not of the planned size");
  std::ofstream proofs(aside + "/proofs");
  for (const std::uint64_t index : kSamples) {
    WriteProof(proofs, "inclusion " + std::to_string(index), reader->ProveInclusion(index));
  }
  WriteProof(proofs, "consistency " + std::to_string(kFirst), reader->ProveConsistency(kFirst));
  std::printf("made %llu entries, %llu of them recovered after SIGKILL\n",
              static_cast<unsigned long long>(kSize), static_cast<unsigned long long>(kKilled));
  return proofs.flush() ? 0 : 1;
}
