// LogFollower: keeps a History level with a log on disk, beside its recorder, from a thread that
// starts with the first question: a gateway that nobody looks at reads nothing.
//
// Answers are of the checkpoint that was read last, and say how far that is.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "audit/store/posix_file_system.h"
#include "exporters/web/history.h"

namespace unopened::exporters {

class LogFollower {
 public:
  LogFollower(std::string log_folder, std::uint64_t first_entry);
  ~LogFollower();
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  // The JSON of docs/api.md "GET /api/v1/history"; nothing for a period that there is not. Waits a
  // moment for what was committed since. Any thread.
  std::optional<std::string> Told(std::string_view period);

 private:
  void Run();
  void ReadOn();

  const std::string log_folder_;
  audit::PosixFileSystem file_system_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable level_;
  bool asked_ = false;
  bool ended_ = false;
  History history_;
  std::uint64_t next_ = 0;  // the entry to be read
  std::uint64_t size_ = 0;  // of the checkpoint
  std::string origin_;
  std::string root_;                // base 64
  std::uint64_t cosignatures_ = 0;  // under it
  std::string trouble_;             // why it cannot be read; "" where it can
  std::thread thread_;
};

}  // namespace unopened::exporters
