// PosixFileSystem: the log's calls on a POSIX disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audit/store/file_system.h"

namespace unopened::audit {

// Threads: any; it keeps no state. Locks are flock(2): they end with the process, however it ends.
class PosixFileSystem : public FileSystem {
 public:
  base::Result<std::string> Read(const std::string& path) override;
  base::Result<std::string> ReadAtMost(const std::string& path, std::size_t max_bytes) override;
  bool Exists(const std::string& path) override;
  base::Result<std::unique_ptr<WritableFile>> Create(const std::string& path,
                                                     unsigned mode) override;
  base::Result<std::unique_ptr<WritableFile>> OpenAppend(const std::string& path,
                                                         unsigned mode) override;
  base::Result<base::Done> Rename(const std::string& from, const std::string& to) override;
  base::Result<base::Done> Remove(const std::string& path) override;
  base::Result<base::Done> MakeDirectories(const std::string& path, unsigned mode) override;
  base::Result<base::Done> SyncDirectory(const std::string& path) override;
  base::Result<std::vector<std::string>> List(const std::string& path) override;
  base::Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
};

}  // namespace unopened::audit
