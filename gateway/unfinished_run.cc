#include "gateway/unfinished_run.h"

#include <algorithm>

#include "audit/entry.h"

namespace unopened::gateway {

void UnfinishedRun::See(std::string_view entry) {
  if (entry.starts_with(R"({"type":"run",)")) {
    open_ = true;
    run_ = entry;
    last_window_.clear();
  } else if (entry.starts_with(R"({"type":"window",)")) {
    last_window_ = entry;
  } else if (entry.starts_with(R"({"type":"stop",)")) {
    open_ = false;
  }
}

std::optional<NothingRecorded> UnfinishedRun::GapUntil(base::TimeNs now) const {
  if (!open_) return std::nullopt;
  const auto run = audit::ReadRun(audit::Json::parse(run_, nullptr, false));
  if (!run || run->statement.source_kind != "live") return std::nullopt;
  NothingRecorded gap{run->started, now, "restart", {}};
  if (!last_window_.empty()) {
    const auto window = audit::ReadWindow(audit::Json::parse(last_window_, nullptr, false));
    if (!window) return std::nullopt;
    gap.from =
        window->partial ? window->start : window->start + window->seconds * base::kNsPerSecond;
    if (window->pending.packets != 0) gap.losses["pending"] = window->pending;
  }
  gap.from = std::min(gap.from, now);
  return gap;
}

}  // namespace unopened::gateway
