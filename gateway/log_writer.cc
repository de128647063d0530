#include "gateway/log_writer.h"

#include <chrono>
#include <utility>

#include "audit/record_entry.h"

namespace unopened::gateway {
namespace {

// One commit costs a handful of syncs: what queued up meanwhile goes into one.
constexpr std::size_t kGroup = 64;

bool Empty(const audit::TallyDelta& tally) {
  return tally.shapes.empty() && tally.losses.empty() && tally.packets == 0 && tally.bounds.empty();
}

std::uint32_t SecondsBetween(base::TimeNs start, base::TimeNs end) {
  return static_cast<std::uint32_t>((end - start) / base::kNsPerSecond);
}

}  // namespace

LogWriter::LogWriter(audit::Recorder& recorder, audit::Ledger& ledger, TaskQueue& queue,
                     LogWriterOptions options, std::function<void()> on_fatal,
                     std::function<void(const audit::Summary&, const audit::Summary&)> on_window,
                     std::function<void()> on_checkpoint)
    : recorder_(recorder),
      ledger_(ledger),
      queue_(queue),
      options_(options),
      on_fatal_(std::move(on_fatal)),
      on_window_(std::move(on_window)),
      on_checkpoint_(std::move(on_checkpoint)) {
  published_ = ledger_.summary();
  published_.tree_size = recorder_.tree_size();
  published_.checkpoint_time_ns = recorder_.checkpoint_time();
}

void LogWriter::Run() {
  while (true) {
    std::optional<LedgerTask> task = queue_.Take(1000);
    const bool nothing_came = !task;
    for (std::size_t taken = 0; task; ++taken) {
      Add(*task);
      if (failure()) return;
      if (taken + 1 >= kGroup) break;
      task = queue_.Take(0);
    }
    if (!CommitPending()) return;
    if (nothing_came && queue_.closed_and_empty()) {
      if (pending_.empty()) return;
      // Input is over and the disk is still full: what is held cannot be kept, and the exit status
      // says so.
      Fatal({base::Failure::kNoSpace, "the log's disk is full and the gateway ends",
             std::to_string(pending_windows_.size()) + " windows are not in the log",
             "free space before stopping next time; what was acknowledged is safe"});
      return;
    }
  }
}

void LogWriter::Add(const CosignaturesCame& came) {
  if (const auto done = recorder_.Cosign(came.size, came.lines);
      !done && done.error().failure != base::Failure::kNoSpace) {
    return Fatal(done.error());
  }
  // One entry a tree head: what comes for it once that is in the log stays in the checkpoint alone.
  if (came.size < witnessed_size_ || (came.size == witnessed_size_ && !witnessed_)) return;
  witnessed_size_ = came.size;
  audit::WitnessedEntry entry{came.at, came.size, came.root, came.lines};
  for (std::string& line : entry.lines) line.pop_back();
  witnessed_ = audit::Write(entry);
}

void LogWriter::Add(LedgerTask& task) {
  std::vector<std::string> bodies;
  if (const auto* came = std::get_if<CosignaturesCame>(&task)) return Add(*came);
  if (auto* begins = std::get_if<RunBegins>(&task)) {
    window_seconds_ = begins->statement.window_seconds;
    if (begins->edition != nullptr) {
      ledger_.Use(begins->edition->catalogue);
      catalogue_.store(&begins->edition->catalogue, std::memory_order_release);
    }
    bodies = ledger_.BeginRun(begins->statement, begins->at);
  } else if (auto* closes = std::get_if<WindowCloses>(&task)) {
    if (!closes->keep_if_empty && Empty(closes->tally)) return;
    if (pending_bytes_ > options_.held_bytes) return GiveUp(*closes);
    if (gap_until_ != 0) {
      bodies.push_back(
          ledger_.Gap(gap_from_, gap_until_, "disk_full", {{"not_recorded", gap_loss_}}));
      gap_until_ = 0;
      gap_loss_ = {};
    }
    for (std::string& body :
         ledger_.CloseWindow(closes->start, SecondsBetween(closes->start, EndOf(*closes)),
                             closes->tally, closes->partial)) {
      bodies.push_back(std::move(body));
    }
    ledger_.Committed(recorder_.tree_size(), recorder_.checkpoint_time());
    pending_windows_.push_back(ledger_.summary());
    if (options_.demands != nullptr) {
      auto due = options_.demands->Due(EndOf(*closes));
      if (!due) return Fatal(due.error());
      for (std::string& body : *due) bodies.push_back(std::move(body));
    }
  } else if (auto* so_far = std::get_if<WindowSoFar>(&task)) {
    // Held only while the log is level: bodies in front of it would have to be held with it.
    if (!pending_.empty()) return;
    const auto partial = ledger_.CloseWindow(
        so_far->start, SecondsBetween(so_far->start, CellEnd(so_far->start)), so_far->tally, true);
    if (auto held = recorder_.Hold(partial);
        !held && held.error().failure != base::Failure::kNoSpace)
      Fatal(held.error());
    return;
  } else if (auto* change = std::get_if<EditionChange>(&task)) {
    const Edition& edition = *change->edition;
    bodies = ledger_.Reload(edition.catalogue, edition.configuration_digest, change->at);
    ledger_.Committed(recorder_.tree_size(), recorder_.checkpoint_time());
    catalogue_.store(&edition.catalogue, std::memory_order_release);
  } else if (auto* ends = std::get_if<RunEnds>(&task)) {
    bodies.push_back(ledger_.Stop(ends->at, ends->reason));
  } else if (auto* gap = std::get_if<NothingRecorded>(&task)) {
    bodies.push_back(ledger_.Gap(gap->from, gap->until, gap->cause, gap->losses));
  }
  // The ledger goes on from here whether or not the disk has room: the bodies are kept in this
  // order until it has.
  ledger_.Committed(recorder_.tree_size(), recorder_.checkpoint_time());
  for (std::string& body : bodies) {
    pending_bytes_ += body.size();
    pending_.push_back(std::move(body));
  }
}

// The window's boundary after `time`.
base::TimeNs LogWriter::CellEnd(base::TimeNs time) const {
  const base::TimeNs cell = static_cast<base::TimeNs>(window_seconds_) * base::kNsPerSecond;
  const base::TimeNs into = time % cell;
  return time - (into < 0 ? into + cell : into) + cell;
}

base::TimeNs LogWriter::EndOf(const WindowCloses& window) const {
  return window.cut_at != 0 ? window.cut_at : CellEnd(window.start);
}

void LogWriter::GiveUp(const WindowCloses& window) {
  if (gap_until_ == 0) gap_from_ = window.start;
  gap_until_ = EndOf(window);
  // What was pending at its end is counted by a later window; what it carried in is lost with it.
  const audit::Loss carried = ledger_.GiveUp(window.tally);
  gap_loss_.packets += carried.packets + window.tally.packets - window.tally.pending_packets;
  gap_loss_.bytes += carried.bytes + window.tally.bytes - window.tally.pending_bytes;
}

bool LogWriter::CommitPending() {
  if (pending_.empty()) return true;
  if (witnessed_) pending_.insert(pending_.begin(), *std::exchange(witnessed_, std::nullopt));
  const auto begun = std::chrono::steady_clock::now();
  const auto done = recorder_.Commit(pending_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (!done) {
    if (done.error().failure != base::Failure::kNoSpace || !options_.wait_for_space) {
      Fatal(done.error());
      return false;
    }
    const std::lock_guard lock(mutex_);
    health_.writable = false;
    health_.trouble = base::Describe(done.error());
    health_.windows_held = pending_windows_.size();
    return true;
  }
  pending_.clear();
  pending_bytes_ = 0;
  if (options_.demands != nullptr) {
    if (const auto off = options_.demands->Committed(); !off) {
      Fatal(off.error());
      return false;
    }
  }
  std::vector<audit::Summary> windows;
  windows.swap(pending_windows_);
  audit::Summary now = ledger_.summary();
  now.tree_size = recorder_.tree_size();
  now.checkpoint_time_ns = recorder_.checkpoint_time();
  audit::Summary before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(published_, now);
    health_.commit.Observe(took.count());
    health_.writable = true;
    health_.trouble.clear();
    health_.windows_held = 0;
  }
  if (on_checkpoint_) on_checkpoint_();
  for (audit::Summary& window : windows) {
    window.tree_size = now.tree_size;
    if (on_window_) on_window_(before, window);
    before = std::move(window);
  }
  return true;
}

void LogWriter::Fatal(base::Error error) {
  {
    const std::lock_guard lock(mutex_);
    health_.writable = false;
    health_.trouble = base::Describe(error);
    failure_ = std::move(error);
  }
  queue_.Abort();
  if (on_fatal_) on_fatal_();
}

audit::Summary LogWriter::summary() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

LogHealth LogWriter::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::optional<base::Error> LogWriter::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace unopened::gateway
