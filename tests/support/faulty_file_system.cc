#include "tests/support/faulty_file_system.h"

#include <random>
#include <utility>

#include "audit/store/atomic_file.h"

namespace unopened::tests {

using audit::ParentOf;
using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

namespace {
constexpr std::size_t kSector = 512;
}  // namespace

template <class Act>
auto FaultyFileSystem::Call(const std::string& path, Act act) -> decltype(act()) {
  ++calls_;
  const bool now = fail_at_ != 0 && calls_ == fail_at_;
  if (now || (failed_ && for_good_)) {
    if (now && effect_ == Effect::kDone) (void)act();
    failed_ = true;
    return Fail(failure_, "made to fail", path);
  }
  return act();
}

class FaultyFileSystem::File final : public audit::WritableFile {
 public:
  File(FaultyFileSystem& disk, int inode, std::string path)
      : disk_(disk), inode_(inode), path_(std::move(path)) {}

  Result<Done> Append(std::string_view bytes) override {
    const bool half = disk_.effect_ == Effect::kHalf && disk_.calls_ + 1 == disk_.fail_at_;
    if (half) disk_.inodes_[inode_].bytes += bytes.substr(0, bytes.size() / 2);
    return disk_.Call(path_, [&]() -> Result<Done> {
      disk_.inodes_[inode_].bytes += bytes;
      return Done{};
    });
  }
  Result<Done> Sync() override {
    Inode& inode = disk_.inodes_[inode_];
    auto done = disk_.Call(path_, [&]() -> Result<Done> {
      if (!inode.lost) inode.durable = inode.bytes;
      return Done{};
    });
    if (!done && disk_.effect_ != Effect::kDone) inode.lost = true;
    return done;
  }
  Result<Done> Close() override {
    return disk_.Call(path_, []() -> Result<Done> { return Done{}; });
  }

 private:
  FaultyFileSystem& disk_;
  int inode_;
  std::string path_;
};

class FaultyFileSystem::Held final : public audit::FileLock {
 public:
  Held(FaultyFileSystem& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~Held() override { disk_.locked_.erase(path_); }

 private:
  FaultyFileSystem& disk_;
  std::string path_;
};

void FaultyFileSystem::FailCall(std::uint64_t call, Effect effect, Failure failure, bool for_good) {
  calls_ = 0;
  fail_at_ = call;
  effect_ = effect;
  failure_ = failure;
  for_good_ = for_good;
  failed_ = false;
}

void FaultyFileSystem::Heal() { FailCall(0, Effect::kNone, Failure::kGeneral, false); }

void FaultyFileSystem::Apply(const NameChange& change, Names& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.inode;
}

void FaultyFileSystem::Change(NameChange change) {
  change.directory = ParentOf(change.to.empty() ? change.from : change.to);
  Apply(change, names_);
  pending_.push_back(std::move(change));
}

void FaultyFileSystem::CrashNow(Crash crash, std::uint32_t seed) {
  locked_.clear();
  Heal();
  if (crash == Crash::kProcess) return;
  std::mt19937 random(seed);
  // A directory's changes reach the disk in order, each directory's as far as it got.
  std::map<std::string, std::size_t> kept;
  for (const NameChange& change : pending_) ++kept[change.directory];
  for (auto& [directory, count] : kept) {
    count = crash == Crash::kTear ? random() % (count + 1) : 0;
  }
  for (const NameChange& change : pending_) {
    if (kept[change.directory] == 0) continue;
    --kept[change.directory];
    Apply(change, durable_names_);
  }
  pending_.clear();
  std::erase_if(durable_names_, [this](const auto& name) {
    for (std::string above = ParentOf(name.first); above.size() > 1; above = ParentOf(above)) {
      if (!durable_names_.contains(above)) return true;
    }
    return false;
  });
  names_ = durable_names_;
  for (auto& [number, inode] : inodes_) {
    if (crash == Crash::kTear && !inode.lost && inode.bytes != inode.durable && random() % 2 == 0) {
      const std::size_t sectors = (inode.bytes.size() + kSector - 1) / kSector;
      const std::size_t size = random() % (sectors + 1) * kSector;
      inode.durable = inode.bytes.substr(0, size);
      // A file may have grown without its last sectors having been written.
      if (random() % 4 == 0) inode.durable.resize(inode.bytes.size());
    }
    inode.bytes = inode.durable;
    inode.lost = false;
  }
}

Result<std::string> FaultyFileSystem::Read(const std::string& path) {
  return Call(path, [&]() -> Result<std::string> {
    const auto found = names_.find(path);
    if (found == names_.end()) return Fail(Failure::kInput, "no such file", path);
    if (found->second == kDirectory) return Fail(Failure::kInput, "not a file", path);
    return inodes_[found->second].bytes;
  });
}

Result<std::string> FaultyFileSystem::ReadAtMost(const std::string& path, std::size_t max_bytes) {
  auto bytes = Read(path);
  if (bytes && bytes->size() > max_bytes) return Fail(Failure::kLog, "too long", path);
  return bytes;
}

bool FaultyFileSystem::Exists(const std::string& path) { return names_.contains(path); }

Result<std::unique_ptr<audit::WritableFile>> FaultyFileSystem::Open(const std::string& path) {
  if (!names_.contains(ParentOf(path))) return Fail(Failure::kInput, "no such folder", path);
  if (!names_.contains(path)) {
    inodes_[next_inode_] = {};
    Change({"", "", path, next_inode_++});
  }
  return std::make_unique<File>(*this, names_[path], path);
}

Result<std::unique_ptr<audit::WritableFile>> FaultyFileSystem::Create(const std::string& path,
                                                                      unsigned) {
  return Call(path, [&] {
    auto file = Open(path);
    if (!file) return file;
    inodes_[names_[path]].bytes.clear();
    inodes_[names_[path]].lost = false;
    return file;
  });
}

Result<std::unique_ptr<audit::WritableFile>> FaultyFileSystem::OpenAppend(const std::string& path,
                                                                          unsigned) {
  return Call(path, [&] { return Open(path); });
}

Result<Done> FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  return Call(to, [&]() -> Result<Done> {
    const auto found = names_.find(from);
    if (found == names_.end()) return Fail(Failure::kInput, "no such file", from);
    published_[to].push_back(inodes_[found->second].bytes);
    Change({"", from, to, found->second});
    return Done{};
  });
}

Result<Done> FaultyFileSystem::Remove(const std::string& path) {
  return Call(path, [&]() -> Result<Done> {
    if (!names_.contains(path)) return Fail(Failure::kInput, "no such file", path);
    const auto next = names_.upper_bound(path + "/");
    if (next != names_.end() && next->first.starts_with(path + "/")) {
      return Fail(Failure::kGeneral, "not empty", path);
    }
    Change({"", path, "", kDirectory});
    return Done{};
  });
}

Result<Done> FaultyFileSystem::MakeDirectories(const std::string& path, unsigned) {
  return Call(path, [&]() -> Result<Done> {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = path.find('/', end + 1);
      const std::string prefix = path.substr(0, end);
      if (!names_.contains(prefix)) Change({"", "", prefix, kDirectory});
    }
    return Done{};
  });
}

Result<Done> FaultyFileSystem::SyncDirectory(const std::string& path) {
  return Call(path, [&]() -> Result<Done> {
    if (!names_.contains(path)) return Fail(Failure::kInput, "no such folder", path);
    std::erase_if(pending_, [&](const NameChange& change) {
      if (change.directory != path) return false;
      Apply(change, durable_names_);
      return true;
    });
    return Done{};
  });
}

Result<std::vector<std::string>> FaultyFileSystem::List(const std::string& path) {
  return Call(path, [&]() -> Result<std::vector<std::string>> {
    if (!names_.contains(path)) return Fail(Failure::kInput, "no such folder", path);
    std::vector<std::string> children;
    for (const auto& [name, inode] : names_) {
      if (name.size() > 1 && ParentOf(name) == path) {
        children.push_back(name.substr(path.size() + 1));
      }
    }
    return children;
  });
}

Result<std::unique_ptr<audit::FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  return Call(path, [&]() -> Result<std::unique_ptr<audit::FileLock>> {
    if (!locked_.insert(path).second) return Fail(Failure::kBusy, "locked", path);
    if (auto file = Open(path); !file) return Fail(file.error());
    return std::make_unique<Held>(*this, path);
  });
}

}  // namespace unopened::tests
