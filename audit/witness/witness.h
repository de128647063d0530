// Witness: cosigns the checkpoints of the logs it trusts, each only if it is a continuation of the
// last one it cosigned. So a log that shows two histories needs a dishonest witness to show both.
//
// Source: C2SP tlog-witness, "add-checkpoint" (https://c2sp.org/tlog-witness). A folder of its own
// holds its key (keys/witness.key, 0600) and, by the SHA-256 of each log's origin, the last
// checkpoint it cosigned; what it signed is on disk before it is told. Threads: any.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/checkpoint.h"
#include "audit/note/key.h"
#include "audit/store/file_system.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit::witness {

// An HTTP answer, without HTTP.
struct Answer {
  int status = 500;
  std::string body;  // ends in a newline
  std::string content_type = "text/plain; charset=utf-8";
};
inline constexpr std::string_view kSizeContentType = "text/x.tlog.size";

class Witness {
 public:
  // Takes the folder's lock; makes folder and key on the first run under `name` ("": one of its
  // own, unopened.invalid/witness-<random>). kBusy, kLog, kUsage as a log's Recorder. `file_system`
  // and `clock` outlive it.
  static base::Result<std::unique_ptr<Witness>> Open(const std::string& folder,
                                                     const std::string& name,
                                                     std::vector<note::VerifierKey> logs,
                                                     FileSystem& file_system,
                                                     const base::Clock& clock);

  // The answer to a POST of `body` to <prefix>/add-checkpoint.
  Answer AddCheckpoint(std::string_view body);

  const note::VerifierKey& key() const { return signer_.verifier(); }

 private:
  Witness(std::string folder, note::Signer signer, std::vector<note::VerifierKey> logs,
          std::unique_ptr<FileLock> lock, FileSystem& file_system, const base::Clock& clock)
      : folder_(std::move(folder)),
        signer_(std::move(signer)),
        logs_(std::move(logs)),
        lock_(std::move(lock)),
        file_system_(file_system),
        clock_(clock) {}

  std::string PathFor(const std::string& origin) const;
  base::Result<note::Checkpoint> Latest(const std::string& origin) const;

  const std::string folder_;
  const note::Signer signer_;
  const std::vector<note::VerifierKey> logs_;
  const std::unique_ptr<FileLock> lock_;
  FileSystem& file_system_;
  const base::Clock& clock_;
  std::mutex mutex_;
};

}  // namespace unopened::audit::witness
