// DemandDesk: when the day's demands are due, and that none is entered twice.
//
// Thread: the log writer's, once the log is open.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/demands/demand_spool.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::gateway {

class DemandDesk {
 public:
  explicit DemandDesk(audit::DemandSpool spool) : spool_(std::move(spool)) {}

  // Each entry of the log as it is opened: which demands it holds, and of which day the last.
  void See(std::string_view entry);

  // At `now` of a live run: the entries of the day before, if that has none yet. What a later call
  // adds needs Committed() in between.
  base::Result<std::vector<std::string>> Due(base::TimeNs now);
  // At once, under the day of `now`, whether or not it has an entry (`unopened demand commit`).
  base::Result<std::vector<std::string>> AtOnce(base::TimeNs now);
  // What the last of them returned is in the log.
  base::Result<base::Done> Committed();

 private:
  base::Result<std::vector<std::string>> Enter(base::Day day);

  audit::DemandSpool spool_;
  std::set<std::string> known_;
  base::Day last_day_ = INT32_MIN;
  std::vector<audit::Demand> entering_;
  base::Day entering_day_ = 0;
  bool under_way_ = false;
};

}  // namespace unopened::gateway
