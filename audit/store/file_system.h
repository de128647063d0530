// FileSystem: every call of the log that can fail, tear or run out of space, as an interface (after
// LevelDB's Env), so that tests can make each one fail. Paths are relative to the process or
// absolute, as given.
//
// Failures: kInput where a file is missing, kPermission, kNoSpace (full disk, quota, file size
// limit), kBusy for a lock, else kGeneral; `where` is the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unopened::audit {

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual base::Result<base::Done> Append(std::string_view bytes) = 0;
  virtual base::Result<base::Done> Sync() = 0;  // fdatasync; an error is final for the file
  virtual base::Result<base::Done> Close() = 0;
};

// An exclusive lock, held while the object lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual base::Result<std::string> Read(
      const std::string& path) = 0;  // whole; kInput where it does not exist
  // The same for a file that may be a stranger's: kLog, and nothing read, where it is longer.
  virtual base::Result<std::string> ReadAtMost(const std::string& path, std::size_t max_bytes) = 0;
  virtual bool Exists(const std::string& path) = 0;
  virtual base::Result<std::unique_ptr<WritableFile>> Create(const std::string& path,
                                                             unsigned mode) = 0;  // truncates
  virtual base::Result<std::unique_ptr<WritableFile>> OpenAppend(const std::string& path,
                                                                 unsigned mode) = 0;
  virtual base::Result<base::Done> Rename(const std::string& from, const std::string& to) = 0;
  virtual base::Result<base::Done> Remove(
      const std::string& path) = 0;  // a file, or a directory that is empty
  virtual base::Result<base::Done> MakeDirectories(const std::string& path, unsigned mode) = 0;
  virtual base::Result<base::Done> SyncDirectory(const std::string& path) = 0;
  virtual base::Result<std::vector<std::string>> List(
      const std::string& path) = 0;  // names, sorted
  virtual base::Result<std::unique_ptr<FileLock>> Lock(
      const std::string& path) = 0;  // kBusy where held elsewhere
};

}  // namespace unopened::audit
