#include "audit/witness/lateness.h"

#include <algorithm>

#include "audit/entry.h"
#include "audit/record_entry.h"

namespace unopened::audit::witness {

void Lateness::Problem(std::string what) {
  if (report_.problems.size() < kMaxLateNamed) report_.problems.push_back(std::move(what));
}

void Lateness::Next(std::uint64_t index, std::string_view entry) {
  // Most entries are neither, and this is asked of every one.
  const auto is = [entry](std::string_view type) {
    return entry.starts_with("{\"type\":\"" + std::string(type) + "\"");
  };
  if (is("run")) {
    const auto run = ReadRun(Parse(entry));
    live_ = run && run->statement.source_kind == "live";
  } else if (is("window")) {
    const auto window = ReadWindow(Parse(entry));
    if (!window || window->part != window->parts) return;
    if (!live_) {
      ++report_.from_files;
      return;
    }
    ++report_.windows;
    waiting_.push_back({index, window->start + window->seconds * base::kNsPerSecond});
  } else if (is("witnessed")) {
    const auto stated = ReadWitnessed(Parse(entry));
    if (!stated) return;  // EntryChecker says so
    const std::string where = "entry " + std::to_string(index);
    const note::Checkpoint& whole = log_.checkpoint();
    merkle::Hasher hasher;
    const auto proof = log_.ProveConsistency(stated->size);
    if (!proof || !merkle::VerifyConsistency(stated->size, whole.size, stated->root, whole.root,
                                             *proof, hasher)) {
      return Problem(where + " states a tree head that this log does not continue");
    }
    std::string note = note::CheckpointText({whole.origin, stated->size, stated->root}) + "\n";
    for (const std::string& line : stated->lines) note += line + "\n";
    const auto by = policy_.CosignedBy(note);
    if (by.size() < stated->lines.size()) {
      Problem(where + " holds " + std::to_string(stated->lines.size() - by.size()) +
              " cosignatures that do not verify or are of no listed witness");
    }
    if (const auto time = policy_.QuorumTime(by)) Seen(stated->size, *time);
  }
}

void Lateness::Seen(std::uint64_t size, std::uint64_t time) {
  ++report_.statements;
  const auto first_left = std::find_if(waiting_.begin(), waiting_.end(),
                                       [size](const Waiting& w) { return w.index >= size; });
  for (auto it = waiting_.begin(); it != first_left; ++it) {
    const auto end = static_cast<std::uint64_t>(std::max<base::TimeNs>(it->end, 0)) /
                     static_cast<std::uint64_t>(base::kNsPerSecond);
    if (time <= end + bound_) continue;
    ++report_.late;
    if (report_.named.size() < kMaxLateNamed) {
      report_.named.push_back("entry " + std::to_string(it->index) + ": the window ending " +
                              base::FormatTime(it->end) + " was seen " +
                              std::to_string(time - end) + " s later");
    }
  }
  waiting_.erase(waiting_.begin(), first_left);
}

const LatenessReport& Lateness::Finish() {
  if (const auto time = policy_.QuorumTime(policy_.CosignedBy(log_.signed_note()))) {
    Seen(log_.checkpoint().size, *time);
  }
  report_.unwitnessed = waiting_.size();
  return report_;
}

}  // namespace unopened::audit::witness
