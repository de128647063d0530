#include "gateway/demand_desk.h"

#include <algorithm>

#include "audit/demands/demands_entry.h"

namespace unopened::gateway {

using base::Done;
using base::Fail;
using base::Result;

void DemandDesk::See(std::string_view entry) {
  if (!entry.starts_with(R"({"type":"demands")")) return;
  const auto read = audit::ReadDemands(audit::Parse(entry));
  if (!read) return;  // verifying is EntryChecker's
  last_day_ = std::max(last_day_, read->day);
  for (const audit::Demand& demand : read->demands) known_.insert(demand.id);
}

Result<std::vector<std::string>> DemandDesk::Due(base::TimeNs now) {
  const base::Day yesterday = base::DayOf(now) - 1;
  // The first day of a log has begun before it: its demands come with the next one's.
  if (last_day_ == INT32_MIN) last_day_ = yesterday;
  if (under_way_ || yesterday <= last_day_) return std::vector<std::string>();
  return Enter(yesterday);
}

Result<std::vector<std::string>> DemandDesk::AtOnce(base::TimeNs now) {
  return Enter(base::DayOf(now));
}

Result<std::vector<std::string>> DemandDesk::Enter(base::Day day) {
  auto pending = spool_.Pending();
  if (!pending) return Fail(pending.error());
  entering_ = std::move(*pending);
  entering_day_ = day;
  under_way_ = true;
  std::vector<audit::Demand> fresh;
  for (const audit::Demand& demand : entering_) {
    // In the log already: the process ended before it was taken off the spool.
    if (!known_.contains(demand.id)) fresh.push_back(demand);
  }
  return audit::WriteDemands(day, fresh);
}

Result<Done> DemandDesk::Committed() {
  if (!under_way_) return Done{};
  under_way_ = false;
  last_day_ = std::max(last_day_, entering_day_);
  for (const audit::Demand& demand : entering_) known_.insert(demand.id);
  return spool_.Forget(std::exchange(entering_, {}));
}

}  // namespace unopened::gateway
