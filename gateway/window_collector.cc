#include "gateway/window_collector.h"

#include <algorithm>
#include <cassert>
#include <chrono>

namespace unopened::gateway {

bool TaskQueue::Put(LedgerTask task) {
  std::unique_lock lock(mutex_);
  not_full_.wait(lock, [this] { return aborted_ || tasks_.size() < bound_; });
  if (aborted_ || closed_) return false;
  tasks_.push_back(std::move(task));
  not_empty_.notify_one();
  return true;
}

bool TaskQueue::TryPut(LedgerTask& task) {
  const std::lock_guard lock(mutex_);
  if (aborted_ || closed_ || tasks_.size() >= bound_) return false;
  tasks_.push_back(std::move(task));
  not_empty_.notify_one();
  return true;
}

std::optional<LedgerTask> TaskQueue::Take(int milliseconds) {
  std::unique_lock lock(mutex_);
  not_empty_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                      [this] { return closed_ || !tasks_.empty(); });
  if (tasks_.empty()) return std::nullopt;
  LedgerTask task = std::move(tasks_.front());
  tasks_.pop_front();
  not_full_.notify_one();
  return task;
}

void TaskQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  not_empty_.notify_all();
}

void TaskQueue::Abort() {
  const std::lock_guard lock(mutex_);
  aborted_ = true;
  closed_ = true;
  tasks_.clear();
  not_full_.notify_all();
  not_empty_.notify_all();
}

bool TaskQueue::closed_and_empty() const {
  const std::lock_guard lock(mutex_);
  return closed_ && tasks_.empty();
}

WindowCollector::Window& WindowCollector::At(base::TimeNs start) {
  Window& window = open_[start];
  window.closes.start = start;
  return window;
}

void WindowCollector::Deliver(base::TimeNs start, audit::TallyDelta delta, bool partial,
                              bool keep_if_empty, Share share) {
  const std::lock_guard lock(mutex_);
  Window& window = At(start);
  window.closes.partial |= partial;
  window.closes.keep_if_empty |= keep_if_empty;
  const bool late =
      changing_ && share.generation < changing_->change.generation && start > changing_->last;
  if (late) {
    AddLate(share.part, delta);
  } else {
    window.closes.tally.Merge(delta);
  }
  pending_of_[share.part] = {delta.pending_packets, delta.pending_bytes};
  ++window.parts;
  furthest_ = std::max(furthest_, start);
  so_far_.clear();
  PutComplete();
}

// Counted with the edition before, after the last window of that: it has no other to go to. What
// was pending at the end of the part's share there is counted or pending in `delta`.
void WindowCollector::AddLate(std::size_t part, const audit::TallyDelta& delta) {
  audit::TallyDelta& tally = At(changing_->last).closes.tally;
  tally.pending_packets -= pending_of_[part].packets;
  tally.pending_bytes -= pending_of_[part].bytes;
  tally.Merge(delta);
}

// A later window can be complete only after this one, since every part delivers in order. Put
// inside the lock keeps the order of two windows completed by two threads.
void WindowCollector::PutComplete() {
  while (!open_.empty() && open_.begin()->second.parts == parts_) {
    Window& window = open_.begin()->second;
    const bool ends_edition = changing_ && window.closes.start == changing_->last;
    if (ends_edition && changing_->taken_up != parts_) return;
    if (ends_edition) window.closes.cut_at = changing_->change.at;
    queue_.Put(std::move(window.closes));
    open_.erase(open_.begin());
    if (!ends_edition) continue;
    queue_.Put(changing_->change);
    changing_.reset();
  }
}

EditionChange WindowCollector::Announce(const Edition& edition, base::TimeNs now,
                                        base::TimeNs cell) {
  const std::lock_guard lock(mutex_);
  assert(!changing_);
  const auto cell_of = [cell](base::TimeNs time) { return time - time % cell; };
  // Far enough ahead that the parts hear of it before their packets come there.
  base::TimeNs at = (now / base::kNsPerSecond + 2) * base::kNsPerSecond;
  base::TimeNs last = std::max(cell_of(at - 1), cut_);
  // A part may be ahead of the clock. The window after the latest that one delivered is open in all
  // of them.
  if (furthest_ != INT64_MIN && last <= furthest_) last = cell_of(furthest_) + cell;
  if (at <= last) at = cell_of(last) + cell;
  changing_ = Changing{{++generation_, at, &edition}, last, at != cell_of(at), 0};
  cut_ = at;
  so_far_.clear();
  return changing_->change;
}

void WindowCollector::TakeUp(std::size_t part, base::TimeNs start, audit::TallyDelta delta) {
  const std::lock_guard lock(mutex_);
  if (!changing_) return;
  const base::TimeNs at = changing_->change.at;
  Window& window = At(changing_->last);
  window.closes.keep_if_empty = true;
  if (start == changing_->last) {
    window.closes.tally.Merge(delta);
    ++window.parts;
  } else {
    AddLate(part, delta);
    // It delivered that window whole, and has nothing for what the cut leaves of it.
    if (changing_->inside_cell) {
      Window& rest = At(at);
      ++rest.parts;
      rest.closes.keep_if_empty = true;
    }
    // What is pending of it is so at the end of each window that it has nothing more for.
    for (auto it = open_.lower_bound(at); it != open_.end() && it->first < start; ++it) {
      it->second.closes.tally.pending_packets += delta.pending_packets;
      it->second.closes.tally.pending_bytes += delta.pending_bytes;
    }
  }
  pending_of_[part] = {delta.pending_packets, delta.pending_bytes};
  furthest_ = std::max(furthest_, std::min(start, changing_->last));
  ++changing_->taken_up;
  PutComplete();
}

void WindowCollector::Flush() {
  const std::lock_guard lock(mutex_);
  for (auto& [start, window] : open_) {
    window.closes.partial = true;
    if (changing_ && changing_->taken_up != 0 && start >= changing_->change.at) {
      queue_.Put(changing_->change);
      changing_.reset();
    }
    if (changing_ && changing_->taken_up != 0 && start == changing_->last) {
      window.closes.cut_at = changing_->change.at;
    }
    queue_.Put(std::move(window.closes));
  }
  open_.clear();
  changing_.reset();
}

void WindowCollector::SoFar(std::size_t part, base::TimeNs start, audit::TallyDelta delta) {
  const std::lock_guard lock(mutex_);
  if (changing_) return;  // parts may be on either side of it
  so_far_[part] = {start, std::move(delta)};
  if (so_far_.size() < parts_) return;
  WindowSoFar merged{so_far_.begin()->second.start, {}};
  for (const auto& [_, share] : so_far_) {
    if (share.start != merged.start) return;  // one part is still in the window before: wait for it
    merged.tally.Merge(share.tally);
  }
  so_far_.clear();
  LedgerTask task = std::move(merged);
  queue_.TryPut(task);  // a full queue: the next second says more anyway
}

}  // namespace unopened::gateway
