#include "audit/store/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <system_error>
#include <utility>

namespace unopened::audit {
namespace {

using base::Done;
using base::Error;
using base::Fail;
using base::Failure;
using base::Result;

tl::unexpected<Error> FailErrno(const std::string& what, const std::string& path) {
  const int cause = errno;
  const std::string why = what + ", " + std::generic_category().message(cause);
  switch (cause) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Fail(Failure::kNoSpace, why, path, "free some space on that disk");
    case EACCES:
    case EPERM:
    case EROFS:
      return Fail(Failure::kPermission, why, path, "check who owns it and its mode");
    case ENOENT:
    case ENOTDIR:
      return Fail(Failure::kInput, why, path);
    default:
      return Fail(Failure::kGeneral, why, path);
  }
}

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Descriptor Open(const std::string& path, int flags, unsigned mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(Descriptor file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Result<Done> Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FailErrno("cannot write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return Done{};
  }
  Result<Done> Sync() override {
    if (::fdatasync(file_.get()) != 0) return FailErrno("cannot sync", path_);
    return Done{};
  }
  Result<Done> Close() override {
    const int fd = file_.Release();
    // After EINTR Linux has closed the descriptor all the same.
    if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) return FailErrno("cannot close", path_);
    return Done{};
  }

 private:
  Descriptor file_;
  std::string path_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

Result<std::unique_ptr<WritableFile>> OpenForWriting(const std::string& path, int flags,
                                                     unsigned mode) {
  Descriptor file = Open(path, O_WRONLY | O_CREAT | flags, mode);
  if (!file.valid()) return FailErrno("cannot create", path);
  return std::make_unique<PosixWritableFile>(std::move(file), path);
}

}  // namespace

Result<std::string> PosixFileSystem::Read(const std::string& path) {
  return ReadAtMost(path, std::numeric_limits<std::size_t>::max());
}

Result<std::string> PosixFileSystem::ReadAtMost(const std::string& path, std::size_t max_bytes) {
  // Not blocking: a log handed over by a stranger may hold a pipe where a file belongs.
  const Descriptor file = Open(path, O_RDONLY | O_NONBLOCK);
  if (!file.valid()) return FailErrno("cannot open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return FailErrno("cannot read", path);
  if (!S_ISREG(status.st_mode)) return Fail(Failure::kInput, "not a regular file", path);
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    return Fail(Failure::kLog, "longer than it may be (" + std::to_string(max_bytes) + " bytes)",
                path);
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("cannot read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

bool PosixFileSystem::Exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::Create(const std::string& path,
                                                              unsigned mode) {
  return OpenForWriting(path, O_TRUNC, mode);
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::OpenAppend(const std::string& path,
                                                                  unsigned mode) {
  return OpenForWriting(path, O_APPEND, mode);
}

Result<Done> PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FailErrno("cannot rename to", to);
  return Done{};
}

Result<Done> PosixFileSystem::Remove(const std::string& path) {
  if (::remove(path.c_str()) != 0) return FailErrno("cannot remove", path);
  return Done{};
}

Result<Done> PosixFileSystem::MakeDirectories(const std::string& path, unsigned mode) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), mode) == 0) continue;
    const int cause = errno;
    struct stat status {};
    if (::stat(prefix.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    errno = cause == EEXIST ? ENOTDIR : cause;
    return FailErrno("cannot make the folder", prefix);
  }
  return Done{};
}

Result<Done> PosixFileSystem::SyncDirectory(const std::string& path) {
  const Descriptor directory = Open(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!directory.valid()) return FailErrno("cannot open", path);
  if (::fsync(directory.get()) != 0) return FailErrno("cannot sync", path);
  return Done{};
}

Result<std::vector<std::string>> PosixFileSystem::List(const std::string& path) {
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (directory == nullptr) return FailErrno("cannot list", path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return FailErrno("cannot list", path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::Lock(const std::string& path) {
  Descriptor file = Open(path, O_RDWR | O_CREAT, 0600);
  if (!file.valid()) return FailErrno("cannot open", path);
  int locked = -1;
  do {
    locked = ::flock(file.get(), LOCK_EX | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  if (locked != 0 && errno == EWOULDBLOCK) {
    return Fail(Failure::kBusy, "the log is in use by another process", path,
                "stop that process, or choose another log folder");
  }
  if (locked != 0) return FailErrno("cannot lock", path);
  return std::make_unique<PosixFileLock>(std::move(file));
}

}  // namespace unopened::audit
