// DemandsEntry: the legal demands that were entered on one day; one entry a day, also an empty one,
// so that the log's shape tells nobody that a demand came. Form and rules as audit/entry.h.
#pragma once

#include <string>
#include <vector>

#include "audit/demands/demand.h"
#include "audit/entry.h"

namespace unopened::audit {

struct DemandsEntry {
  base::Day day = 0;  // of entering; each demand has its own period
  std::uint32_t part = 1;
  std::uint32_t parts = 1;
  std::vector<Demand> demands;
};

std::string Write(const DemandsEntry& entry);
base::Result<DemandsEntry> ReadDemands(const Json& body);

// One day's demands in as many entries as keep each below the limit; one where there are none.
std::vector<std::string> WriteDemands(base::Day day, const std::vector<Demand>& demands);

Json DemandJson(const Demand& demand);
// kLog with the member that is wrong. Form only: whether its instrument exists is CheckDemand's.
base::Result<Demand> ReadDemand(const Json& body);

}  // namespace unopened::audit
