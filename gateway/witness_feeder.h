// WitnessFeeder: shows each new checkpoint to the witnesses of a policy and brings their
// cosignatures back to the recorder, from a thread of its own: no window waits for a witness.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audit/store/posix_file_system.h"
#include "audit/witness/policy.h"
#include "audit/witness/submission.h"
#include "base/result.h"
#include "gateway/window_collector.h"

namespace unopened::gateway {

// What is known of the witnesses, for metrics and readiness.
struct WitnessHealth {
  std::uint64_t asked = 0;       // posts that were due
  std::uint64_t cosigned = 0;    // answered with a cosignature
  bool quorum = true;            // of the last checkpoint that was shown
  bool another_history = false;  // a witness holds a history that this log does not have
  std::string trouble;           // the last one
};

class WitnessFeeder {
 public:
  // `came` is called from the feeder's thread with all that came so far for one checkpoint.
  // `policy` and what `came` uses outlive the feeder.
  WitnessFeeder(const audit::witness::Policy& policy, std::string log_folder,
                audit::witness::Post post, std::function<void(CosignaturesCame)> came);
  ~WitnessFeeder();
  WitnessFeeder(const WitnessFeeder&) = delete;
  WitnessFeeder& operator=(const WitnessFeeder&) = delete;

  // A checkpoint was published. Any thread.
  void Notify();
  // One more round for the checkpoint that is there now, and an end; what came, for the caller to
  // write. After it no call of `came`.
  std::optional<CosignaturesCame> Finish();

  WitnessHealth health() const;

 private:
  void Run();
  std::optional<CosignaturesCame> Round();

  const audit::witness::Policy& policy_;
  const std::string log_folder_;
  const audit::witness::Post post_;
  const std::function<void(CosignaturesCame)> came_;
  audit::PosixFileSystem file_system_;
  const base::SystemClock clock_;
  std::vector<audit::witness::Submission> submissions_;
  std::uint64_t shown_size_ = 0;    // of the checkpoint that lines_ are about
  std::vector<std::string> lines_;  // by submission; empty where none came yet
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool due_ = false;
  bool ended_ = false;
  WitnessHealth health_;
  std::thread thread_;
};

// Posts over HTTP or HTTPS (the system's certificates), a few seconds at most.
audit::witness::Post HttpPost();

}  // namespace unopened::gateway
