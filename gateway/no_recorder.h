// NoRecorder: for a file watched without --log. Counts entries and keeps nothing, so that the
// summary can be made; the summary says that nothing was recorded.
#pragma once

#include <string>

#include "audit/recorder.h"

namespace unopened::gateway {

class NoRecorder final : public audit::Recorder {
 public:
  base::Result<base::Done> Commit(std::span<const std::string> bodies) override {
    size_ += bodies.size();
    return base::Done{};
  }
  base::Result<base::Done> Hold(std::span<const std::string>) override { return base::Done{}; }
  base::Result<base::Done> Cosign(std::uint64_t, std::span<const std::string>) override {
    return base::Done{};
  }
  std::uint64_t tree_size() const override { return size_; }
  base::TimeNs checkpoint_time() const override { return 0; }
  const std::string& origin() const override { return none_; }
  const std::string& verifier_key() const override { return none_; }

 private:
  std::uint64_t size_ = 0;
  std::string none_;
};

}  // namespace unopened::gateway
