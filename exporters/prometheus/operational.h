// Operational: what is live and not in the log: occupancy, drops, the recorder's health. A
// snapshot, taken at scrape.
//
// The stages keep plain counters and know no Prometheus; the gateway copies them here. Labels are
// closed enums of the source (reject and loss names), so their number is bounded.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "audit/tally.h"
#include "classify/protocol.h"

namespace unopened::exporters {

// Seconds of something that happens at most a few times a window; upper bounds are kLatencyBounds.
inline constexpr std::array<double, 10> kLatencyBounds = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                                          0.05,  0.1,    0.25,  1.0,  5.0};
struct Latency {
  std::array<std::uint64_t, kLatencyBounds.size() + 1>
      buckets{};  // not cumulative; the last is +Inf
  double sum_seconds = 0;
  std::uint64_t count = 0;

  void Observe(double seconds) {
    std::size_t i = 0;
    while (i < kLatencyBounds.size() && seconds > kLatencyBounds[i]) ++i;
    ++buckets[i];
    sum_seconds += seconds;
    ++count;
  }
};

// The catalogue that was loaded last, and how reloads went.
struct CatalogueHealth {
  std::string digest;
  std::int64_t as_of_ns = 0;  // the newest day as of which a service's facts were looked at
  std::uint64_t services = 0;
  std::uint64_t reloads_applied = 0;
  std::uint64_t reloads_refused = 0;
  bool last_reload_successful = true;
  std::int64_t last_reload_ns = 0;  // that was taken up, or the start
};

struct Operational {
  // Reading
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped_kernel = 0;
  std::uint64_t dropped_interface = 0;
  std::map<std::string, audit::Loss> rejects;  // decoder rejects by name

  // Flows
  std::uint64_t flows_opened = 0;
  std::array<std::uint64_t, classify::kSettleCauseNames.size()> settled{};
  std::uint64_t flows_in_table = 0;
  std::uint64_t flow_capacity = 0;
  std::uint64_t flows_tracked = 0;
  std::uint64_t tracked_capacity = 0;
  std::uint64_t evicted_settled = 0;
  std::uint64_t evicted_tracked = 0;
  std::uint64_t prefix_pool_exhausted = 0;
  std::uint64_t reassembly_limit = 0;
  std::uint64_t overlap_conflicts = 0;

  // The log
  std::uint64_t windows_held = 0;  // closed, not committed yet (disk full)
  Latency commit;                  // one Recorder::Commit
  bool log_writable = true;
  std::string log_trouble;  // one line while not writable, else empty

  CatalogueHealth catalogue;

  // The gateway
  std::uint32_t workers = 1;
  bool live = false;
  bool finished = false;  // offline: all input was read
  std::int64_t started_ns = 0;
};

}  // namespace unopened::exporters
