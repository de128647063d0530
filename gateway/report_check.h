// A published report against the log it names: recomputed for the same period, and compared cell by
// cell.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/checkpoint.h"
#include "base/result.h"
#include "exporters/report/report.h"

namespace unopened::gateway {

// What a report in JSON says of itself. Its cells are a stranger's until they are compared.
struct ClaimedReport {
  nlohmann::ordered_json document;
  exporters::report::ReportOptions options;             // period, step, source, min_count, names
  std::map<std::string, audit::note::Checkpoint> logs;  // by origin
};

// kInput where `text` is no report of a schema that this version knows, or one under assumptions.
base::Result<ClaimedReport> ReadClaimedReport(std::string_view text);

inline constexpr std::size_t kMostDifferences = 20;

struct Comparison {
  std::uint64_t cells = 0;  // compared
  std::uint64_t different = 0;
  std::vector<std::string>
      told;  // the first kMostDifferences: "CELL: CLAIMED there, RECOMPUTED here"
};

// Every cell of every table, but those of `logs` that depend on who verified: which key, witnesses.
Comparison Compare(const ClaimedReport& claimed, const exporters::report::Report& recomputed);

}  // namespace unopened::gateway
