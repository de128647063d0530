// FaultyFileSystem: a disk in memory that fails where it is told to and forgets what was not
// synced, as a real one may when the power goes.
//
// It is strict where kernels are often kind: a file's bytes last only after Sync, a name only after
// its directory's SyncDirectory, and bytes whose Sync failed stay lost even if a later one
// succeeds. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "audit/store/file_system.h"

namespace unopened::tests {

class FaultyFileSystem final : public audit::FileSystem {
 public:
  enum class Effect : std::uint8_t {
    kNone,  // the call fails and did nothing
    kDone,  // the call did its work and fails
    kHalf,  // of an Append half the bytes; else as kNone
  };
  enum class Crash : std::uint8_t {
    kProcess,  // the process died, the disk did not
    kPower,    // whatever was not synced is gone
    kTear,     // of it some names, and some bytes in sectors of 512, are there; which is the seed's
  };

  // The `call`-th call from now fails (1 is the next); with `for_good` each one after it too.
  void FailCall(std::uint64_t call, Effect effect, base::Failure failure, bool for_good);
  void Heal();
  std::uint64_t calls() const { return calls_; }  // since the last FailCall
  bool failed() const { return failed_; }         // the call that was to fail came

  // Call once whoever used the disk is gone.
  void CrashNow(Crash crash, std::uint32_t seed);

  // Every content that was ever to be read at `path` after a rename to it, in order.
  const std::vector<std::string>& Published(const std::string& path) { return published_[path]; }

  base::Result<std::string> Read(const std::string& path) override;
  base::Result<std::string> ReadAtMost(const std::string& path, std::size_t max_bytes) override;
  bool Exists(const std::string& path) override;
  base::Result<std::unique_ptr<audit::WritableFile>> Create(const std::string& path,
                                                            unsigned mode) override;
  base::Result<std::unique_ptr<audit::WritableFile>> OpenAppend(const std::string& path,
                                                                unsigned mode) override;
  base::Result<base::Done> Rename(const std::string& from, const std::string& to) override;
  base::Result<base::Done> Remove(const std::string& path) override;
  base::Result<base::Done> MakeDirectories(const std::string& path, unsigned mode) override;
  base::Result<base::Done> SyncDirectory(const std::string& path) override;
  base::Result<std::vector<std::string>> List(const std::string& path) override;
  base::Result<std::unique_ptr<audit::FileLock>> Lock(const std::string& path) override;

 private:
  class File;
  class Held;
  struct Inode {
    std::string bytes;
    std::string durable;
    bool lost = false;  // a sync failed: the pages count as clean from then on
  };
  // Names: which inode a path leads to; kDirectory for a directory.
  static constexpr int kDirectory = -1;
  using Names = std::map<std::string, int>;
  struct NameChange {
    std::string directory;
    std::string from;  // name that goes, or ""
    std::string to;    // name that comes, or ""
    int inode = kDirectory;
  };

  template <class Act>
  auto Call(const std::string& path, Act act) -> decltype(act());
  base::Result<std::unique_ptr<audit::WritableFile>> Open(const std::string& path);
  void Change(NameChange change);
  static void Apply(const NameChange& change, Names& names);

  std::map<int, Inode> inodes_;
  Names names_ = {{"", kDirectory}, {"/", kDirectory}};
  Names durable_names_ = names_;
  std::vector<NameChange> pending_;
  std::set<std::string> locked_;
  std::map<std::string, std::vector<std::string>> published_;
  int next_inode_ = 0;

  std::uint64_t calls_ = 0;
  std::uint64_t fail_at_ = 0;
  Effect effect_ = Effect::kNone;
  base::Failure failure_ = base::Failure::kGeneral;
  bool for_good_ = false;
  bool failed_ = false;
};

}  // namespace unopened::tests
