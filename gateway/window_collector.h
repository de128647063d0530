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
#include "gateway/edition.h"

namespace unopened::gateway {

// What the recorder is asked to write, in this order.
struct RunBegins {
  audit::RunStatement statement;
  base::TimeNs at = 0;
  const Edition* edition = nullptr;  // null: the one before stays
};
struct WindowCloses {
  base::TimeNs start = 0;
  bool partial = false;  // the run ended inside it
  bool keep_if_empty = false;
  base::TimeNs cut_at = 0;  // where a change of the catalogue ends it; 0: nothing does
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
using LedgerTask = std::variant<RunBegins, WindowCloses, WindowSoFar, EditionChange, RunEnds,
                                NothingRecorded, CosignaturesCame>;

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
  WindowCollector(std::size_t parts, TaskQueue& queue)
      : parts_(parts), queue_(queue), pending_of_(parts) {}

  // One part's share of a window that it will not add to. Windows reach the queue in the order of
  // their start, each once, when all parts delivered it. `share`: whose, where the catalogue may
  // change.
  struct Share {
    std::size_t part = 0;          // below `parts`
    std::uint32_t generation = 0;  // of the edition it was counted with
  };
  void Deliver(base::TimeNs start, audit::TallyDelta delta, bool partial, bool keep_if_empty,
               Share share);
  void Deliver(base::TimeNs start, audit::TallyDelta delta, bool partial, bool keep_if_empty) {
    Deliver(start, std::move(delta), partial, keep_if_empty, Share{});
  }

  // Live: from the returned change's `at` on the run goes on with `edition`. Every part is to call
  // TakeUp() once its time has come there. The window at hand ends there too, so that none holds
  // two editions; the change reaches the queue behind it. The change before has reached it.
  // `cell`: the run's windows' length.
  EditionChange Announce(const Edition& edition, base::TimeNs now, base::TimeNs cell);
  // One part's share of the window that the change ends. A part that noticed late may be in a later
  // window, `start`: what it counted since still belongs to the edition before, so it is added to
  // that edition's last window.
  void TakeUp(std::size_t part, base::TimeNs start, audit::TallyDelta delta);
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

  struct Changing {
    EditionChange change;
    base::TimeNs last = 0;     // the start of the window that the change ends
    bool inside_cell = false;  // it ends short of where it would have ended anyway
    std::size_t taken_up = 0;
  };
  void PutComplete();
  Window& At(base::TimeNs start);
  void AddLate(std::size_t part, const audit::TallyDelta& delta);
  std::optional<Changing> changing_;
  std::uint32_t generation_ = 0;         // of the last change announced
  base::TimeNs furthest_ = INT64_MIN;    // start of the latest window that a part delivered
  base::TimeNs cut_ = INT64_MIN;         // of the last change
  std::vector<audit::Loss> pending_of_;  // by part: at the end of what it delivered last
};

}  // namespace unopened::gateway
