// The audit folder's small log, collected.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exporters/report/collector.h"
#include "exporters/report/report.h"
#include "tests/audit/sample_log.h"

namespace unopened::exporters::report::tests {

inline Collected CollectBodies(const std::vector<std::string>& bodies) {
  Collector collector;
  LogSource log;
  log.origin = "example.org/log";
  log.size = bodies.size();
  log.verified = true;
  collector.BeginLog(log);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    collector.Next(i, audit::tests::Blinded(bodies[i], i));
  }
  return collector.Finish();
}

inline Collected SampleCollected() { return CollectBodies(audit::tests::SampleLog()); }

inline Period Days(std::string_view from, std::string_view until) {
  return {audit::tests::DayAt(from), audit::tests::DayAt(until)};
}

inline ReportOptions LiveOptions(Step step = Step::kWhole) {
  ReportOptions options;
  options.source = SourceKind::kLive;
  options.step = step;
  return options;
}

// The sum of `column` over the rows that `wanted` takes.
inline std::uint64_t SumOf(const Table& table, std::string_view column,
                           const std::function<bool(const Row&)>& wanted) {
  std::uint64_t sum = 0;
  for (const Row& row : table.rows) {
    if (wanted(row)) sum += table.At(row, column).count();
  }
  return sum;
}

}  // namespace unopened::exporters::report::tests
