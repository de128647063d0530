#include "gateway/window_collector.h"

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

void WindowCollector::Deliver(base::TimeNs start, audit::TallyDelta delta, bool partial,
                              bool keep_if_empty) {
  const std::lock_guard lock(mutex_);
  Window& window = open_[start];
  window.closes.start = start;
  window.closes.partial |= partial;
  window.closes.keep_if_empty |= keep_if_empty;
  window.closes.tally.Merge(delta);
  ++window.parts;
  so_far_.clear();
  // A later window can be complete only after this one, since every part delivers in order. Put
  // inside the lock keeps the order of two windows completed by two threads.
  while (!open_.empty() && open_.begin()->second.parts == parts_) {
    queue_.Put(std::move(open_.begin()->second.closes));
    open_.erase(open_.begin());
  }
}

void WindowCollector::Flush() {
  const std::lock_guard lock(mutex_);
  for (auto& [_, window] : open_) {
    window.closes.partial = true;
    queue_.Put(std::move(window.closes));
  }
  open_.clear();
}

void WindowCollector::SoFar(std::size_t part, base::TimeNs start, audit::TallyDelta delta) {
  const std::lock_guard lock(mutex_);
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
