// LogWriter: the recorder's thread. Tasks in, commits out; holds what a full disk refuses and says
// so.
//
// Published numbers (summary()) advance only after the commit that covers them. Thread: Run() has
// its own; the const members may be called from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "audit/recorder.h"
#include "base/result.h"
#include "exporters/prometheus/operational.h"
#include "gateway/demand_desk.h"
#include "gateway/window_collector.h"

namespace unopened::gateway {

struct LogWriterOptions {
  // Live: a full disk is waited out. Offline it ends the run, since the input can be read again.
  bool wait_for_space = false;
  // What a full disk may hold in memory before windows are given up and told as a gap.
  std::size_t held_bytes = 64U << 20;
  // Live: the operator's demands, entered once a day. Outlives the writer; null: none are.
  DemandDesk* demands = nullptr;
};

// The recorder's health, for metrics and readiness.
struct LogHealth {
  exporters::Latency commit;
  std::uint64_t windows_held = 0;
  bool writable = true;
  std::string trouble;
};

class LogWriter {
 public:
  // `recorder`, `ledger` and `queue` outlive the writer. `on_fatal` is called once, from the
  // writer's thread, when nothing more can be recorded. `on_window` gets the totals before and
  // after each committed window, in order; `on_checkpoint` is called after each commit.
  LogWriter(
      audit::Recorder& recorder, audit::Ledger& ledger, TaskQueue& queue, LogWriterOptions options,
      std::function<void()> on_fatal,
      std::function<void(const audit::Summary& before, const audit::Summary& after)> on_window,
      std::function<void()> on_checkpoint = {});

  // Until the queue is closed and empty, or a failure that is final.
  void Run();

  audit::Summary summary() const;
  LogHealth health() const;
  std::optional<base::Error> failure() const;
  // The catalogue that entries are made with now; null: that which the ledger began with.
  const audit::Catalogue* catalogue() const { return catalogue_.load(std::memory_order_acquire); }

 private:
  void Add(LedgerTask& task);
  void Add(const CosignaturesCame& came);
  void GiveUp(const WindowCloses& window);
  bool CommitPending();  // false: stop
  base::TimeNs EndOf(const WindowCloses& window) const;
  base::TimeNs CellEnd(base::TimeNs time) const;
  void Fatal(base::Error error);

  audit::Recorder& recorder_;
  audit::Ledger& ledger_;
  TaskQueue& queue_;
  const LogWriterOptions options_;
  const std::function<void()> on_fatal_;
  const std::function<void(const audit::Summary&, const audit::Summary&)> on_window_;
  const std::function<void()> on_checkpoint_;

  std::vector<std::string> pending_;  // bodies the ledger made, not in the log yet
  std::size_t pending_bytes_ = 0;
  std::vector<audit::Summary> pending_windows_;  // the totals after each
  // Goes with the next commit: one of its own would be a checkpoint to be cosigned again.
  std::optional<std::string> witnessed_;
  std::uint64_t witnessed_size_ = 0;
  base::TimeNs gap_from_ = 0;
  base::TimeNs gap_until_ = 0;
  audit::Loss gap_loss_;
  std::uint32_t window_seconds_ = 60;
  std::atomic<const audit::Catalogue*> catalogue_{nullptr};

  mutable std::mutex mutex_;
  audit::Summary published_;
  LogHealth health_;
  std::optional<base::Error> failure_;
};

}  // namespace unopened::gateway
