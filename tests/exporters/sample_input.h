// Summaries and snapshots for the exporters' tests: no two numbers alike, so that a swapped one
// shows.
#pragma once

#include <array>
#include <string>

#include "audit/summary.h"
#include "exporters/prometheus/operational.h"

namespace unopened::exporters::tests {

inline audit::Summary SampleSummary() {
  audit::Summary summary;
  summary.sessions[{"tls", "whatsapp", "e2ee_always"}] = {11, 7, 130, 20'011};
  summary.sessions[{"quic", "none", "none_named"}] = {23, 19, 410, 333'003};
  summary.sessions[{"tls", "meta_cdn", "mixed"}] = {6, 3, 50, 5'005};
  summary.sessions_total = 40;
  using audit::Answer;
  using audit::Category;
  using audit::Party;
  summary.assessed[{Party::kProvider, Category::kLiveContent, Answer::kCouldNot}] = 11;
  summary.assessed[{Party::kProvider, Category::kLiveContent, Answer::kUnknown}] = 29;
  summary.assessed[{Party::kOperator, Category::kIpLogs, Answer::kConditional}] = 40;
  summary.conversations_by_verdict = {7, 1, 2, 3, 9, 0, 4, 3};
  summary.conversations = 29;
  summary.no_payload_sessions = 5;
  summary.outcomes = {{"identified", 35}, {"no_payload", 5}};
  summary.losses["truncated"] = {0, 0, 13, 1'301};
  summary.losses["dropped_kernel"] = {0, 0, 17, 0};
  summary.bounds["flow_table"] = 2;
  summary.packets = 620;
  summary.bytes = 359'320;
  summary.windows = 12;
  summary.tree_size = 61;
  summary.last_window_start = "2026-11-25T03:32:00Z";
  summary.last_window_end_ns = 1'795'577'580'000'000'000;
  summary.checkpoint_time_ns = 1'795'577'582'500'000'000;
  return summary;
}

inline Operational SampleOperational() {
  Operational now;
  now.packets = 700;
  now.bytes = 400'000;
  now.dropped_kernel = 17;
  now.dropped_interface = 18;
  now.rejects["truncated"] = {13, 1'301};
  now.flows_opened = 50;
  for (std::size_t i = 0; i < now.settled.size(); ++i) now.settled[i] = 100 + i;
  now.flows_in_table = 31;
  now.flow_capacity = 1'024;
  now.flows_tracked = 8;
  now.tracked_capacity = 256;
  now.evicted_settled = 71;
  now.evicted_tracked = 72;
  now.prefix_pool_exhausted = 73;
  now.reassembly_limit = 74;
  now.overlap_conflicts = 75;
  now.windows_held = 0;
  now.commit.Observe(0.0004);
  now.commit.Observe(0.0025);
  now.commit.Observe(9);
  now.catalogue = {"0123abcd", 1'795'478'400'000'000'000, 65, 41, 42,
                   false,      1'795'577'500'000'000'000};
  now.workers = 2;
  return now;
}

}  // namespace unopened::exporters::tests
