// WindowCollector: where the parts of one window (one a worker, one a reader) meet, and wait in
// order for the recorder.
//
// One lock a part and window, none a packet. Threads: any may deliver; the recorder takes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "audit/ledger.h"
#include "audit/merkle/hash.h"
#include "audit/tally.h"
#include "base/clock.h"

namespace unopened::gateway {

// What the recorder is asked to write, in this order.
struct RunBegins {
  audit::RunStatement statement;
  base::TimeNs at = 0;
};
struct WindowCloses {
  base::TimeNs start = 0;
  bool partial = false;  // the run ended inside it
  bool keep_if_empty = false;
  audit::TallyDelta tally;
};
struct WindowSoFar {  // a copy of what was counted, for the held file
  base::TimeNs start = 0;
  audit::TallyDelta tally;
};
struct RunEnds {
  base::TimeNs at = 0;
  std::string reason;
};
struct NothingRecorded {
  base::TimeNs from = 0;
  base::TimeNs until = 0;
  std::string cause;
  std::map<std::string, audit::Loss> losses;
};
// Cosignatures for an earlier checkpoint of the log.
struct CosignaturesCame {
  base::TimeNs at = 0;
  std::uint64_t size = 0;
  audit::merkle::Hash root{};
  std::vector<std::string> lines;  // signature lines, each with its newline
};
using LedgerTask =
    std::variant<RunBegins, WindowCloses, WindowSoFar, RunEnds, NothingRecorded, CosignaturesCame>;

// A bounded queue of tasks. Put() waits while it is full (a file's reader); TryPut() refuses (live:
// the caller merges and tries again, it never waits).
class TaskQueue {
 public:
  explicit TaskQueue(std::size_t bound) : bound_(bound) {}
  // False once closed.
  bool Put(LedgerTask task);
  bool TryPut(LedgerTask& task);
  // Waits up to `milliseconds` for a task; nothing when the time is over, or closed and empty.
  std::optional<LedgerTask> Take(int milliseconds);
  void Close();  // no more tasks come; what is queued can be taken
  void Abort();  // nobody takes any more: waiting writers return false
  bool closed_and_empty() const;

 private:
  const std::size_t bound_;
  mutable std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::deque<LedgerTask> tasks_;
  bool closed_ = false;
  bool aborted_ = false;
};

// Merges the parts of windows. `parts`: how many deliver each window.
class WindowCollector {
 public:
  WindowCollector(std::size_t parts, TaskQueue& queue) : parts_(parts), queue_(queue) {}

  // One part's share of a window that it will not add to. Windows reach the queue in the order of
  // their start, each once, when all parts delivered it.
  void Deliver(base::TimeNs start, audit::TallyDelta delta, bool partial, bool keep_if_empty);
  // Live: one part's counts so far. Queued once all parts have spoken since the last time; never
  // waits.
  void SoFar(std::size_t part, base::TimeNs start, audit::TallyDelta delta);

  // Queues what is left in the order of start: at a live stop, workers may end in different
  // windows.
  void Flush();

 private:
  struct Window {
    std::size_t parts = 0;
    WindowCloses closes;
  };
  const std::size_t parts_;
  TaskQueue& queue_;
  std::mutex mutex_;
  std::map<base::TimeNs, Window> open_;
  std::map<std::size_t, WindowSoFar> so_far_;
};

}  // namespace unopened::gateway
