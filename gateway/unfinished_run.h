// UnfinishedRun: whether a log's last live run came to no end, and since when nothing is known of
// it: what a start after a crash has to say before it begins a run of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/tally.h"
#include "base/clock.h"
#include "gateway/window_collector.h"

namespace unopened::gateway {

class UnfinishedRun {
 public:
  // Every entry of the log, in order. What is no entry is passed over: verifying is another's.
  void See(std::string_view entry);

  // The gap until `now`; nothing where the last run ended in order or read files, which can be read
  // again. It begins with the window that the crash cut, where one was recovered, since no entry
  // says at which second the counting ended; its losses are what was pending then.
  std::optional<NothingRecorded> GapUntil(base::TimeNs now) const;

 private:
  bool open_ = false;
  std::string run_;          // the last run, if it is open
  std::string last_window_;  // its last window
};

}  // namespace unopened::gateway
