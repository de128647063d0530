#include "exporters/prometheus/metrics.h"

#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <utility>

#include "audit/catalogue.h"

namespace unopened::exporters {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr const char* kOther = "other";

class FamilyBuilder {
 public:
  FamilyBuilder(std::string name, std::string help, MetricType type) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
  }
  FamilyBuilder& Add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family_.type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  MetricFamily Take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

MetricFamily Counter(const char* name, const char* help, std::uint64_t value) {
  return FamilyBuilder(name, help, MetricType::Counter).Add(static_cast<double>(value)).Take();
}
MetricFamily Gauge(const char* name, const char* help, double value) {
  return FamilyBuilder(name, help, MetricType::Gauge).Add(value).Take();
}

double Seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

void Sessions(const audit::Summary& summary, std::vector<MetricFamily>& families) {
  FamilyBuilder sessions(
      "unopened_sessions_total",
      "Sessions of committed windows, by protocol, endpoint and the endpoint's policy.",
      MetricType::Counter);
  FamilyBuilder conversations("unopened_conversations_total",
                              "Sessions with payload both ways, of committed windows.",
                              MetricType::Counter);
  FamilyBuilder bytes("unopened_session_bytes_total",
                      "Bytes on the wire of sessions of committed windows.", MetricType::Counter);
  audit::Counts other;
  bool folded = false;
  std::size_t series = 0;
  const auto add = [&](const audit::Counts& counts, const Labels& labels) {
    sessions.Add(static_cast<double>(counts.sessions), labels);
    conversations.Add(static_cast<double>(counts.conversations), labels);
    bytes.Add(static_cast<double>(counts.bytes), labels);
  };
  for (const auto& [key, counts] : summary.sessions) {
    const auto& [protocol, endpoint, policy] = key;
    // What is itself called so joins what is folded: two series never share their labels.
    const bool named_other = protocol == kOther && endpoint == kOther && policy == kOther;
    if (named_other || ++series >= kMaxSeries) {
      other += counts;
      folded = true;
      continue;
    }
    add(counts, {{"protocol", protocol}, {"endpoint", endpoint}, {"policy", policy}});
  }
  if (folded) add(other, {{"protocol", kOther}, {"endpoint", kOther}, {"policy", kOther}});
  families.push_back(sessions.Take());
  families.push_back(conversations.Take());
  families.push_back(bytes.Take());

  FamilyBuilder assessed("unopened_assessed_sessions_total",
                         "Sessions of committed windows, by party, category of data and what that "
                         "party could hand over.",
                         MetricType::Counter);
  for (const auto& [key, count] : summary.assessed) {
    const auto& [party, category, answer] = key;
    assessed.Add(static_cast<double>(count), {{"party", std::string(audit::Name(party))},
                                              {"category", std::string(audit::Name(category))},
                                              {"answer", std::string(audit::Name(answer))}});
  }
  families.push_back(assessed.Take());

  FamilyBuilder verdicts(
      "unopened_conversations_by_verdict_total",
      "Conversations seen from both sides, by whether their provider could hand over live content.",
      MetricType::Counter);
  for (std::size_t i = 0; i < audit::kVerdictCount; ++i) {
    verdicts.Add(static_cast<double>(summary.conversations_by_verdict[i]),
                 {{"verdict", std::string(audit::kVerdictNames[i])}});
  }
  families.push_back(verdicts.Take());
}

void Windows(const audit::Summary& summary, std::vector<MetricFamily>& families) {
  FamilyBuilder outcomes("unopened_session_outcomes_total",
                         "Sessions of committed windows, by how they were settled.",
                         MetricType::Counter);
  for (const auto& [outcome, count] : summary.outcomes)
    outcomes.Add(static_cast<double>(count), {{"outcome", outcome}});
  families.push_back(outcomes.Take());

  FamilyBuilder lost_packets("unopened_lost_packets_total",
                             "Packets of committed windows that are in no session, by cause.",
                             MetricType::Counter);
  FamilyBuilder lost_bytes("unopened_lost_bytes_total",
                           "Bytes on the wire of those packets, where they are known, by cause.",
                           MetricType::Counter);
  for (const auto& [cause, counts] : summary.losses) {
    lost_packets.Add(static_cast<double>(counts.packets), {{"cause", cause}});
    lost_bytes.Add(static_cast<double>(counts.bytes), {{"cause", cause}});
  }
  families.push_back(lost_packets.Take());
  families.push_back(lost_bytes.Take());
  families.push_back(Counter("unopened_window_packets_total",
                             "Packets of committed windows, lost ones included.", summary.packets));
  families.push_back(Counter("unopened_window_bytes_total",
                             "Bytes on the wire of committed windows.", summary.bytes));
  families.push_back(Counter("unopened_windows_total", "Committed windows.", summary.windows));
  families.push_back(Gauge("unopened_last_window_end_timestamp_seconds",
                           "End of the last committed window.",
                           Seconds(summary.last_window_end_ns)));
}

void Reading(const Operational& now, std::vector<MetricFamily>& families) {
  families.push_back(
      Counter("unopened_packets_total", "Packets that reached the gateway.", now.packets));
  families.push_back(
      Counter("unopened_bytes_total", "Bytes on the wire of those packets.", now.bytes));
  families.push_back(FamilyBuilder("unopened_dropped_packets_total",
                                   "Packets that did not reach the gateway, by where.",
                                   MetricType::Counter)
                         .Add(static_cast<double>(now.dropped_kernel), {{"where", "kernel"}})
                         .Add(static_cast<double>(now.dropped_interface), {{"where", "interface"}})
                         .Take());
  FamilyBuilder rejects("unopened_rejected_packets_total",
                        "Packets in no flow, by the decoder's reason.", MetricType::Counter);
  for (const auto& [reason, loss] : now.rejects)
    rejects.Add(static_cast<double>(loss.packets), {{"reason", reason}});
  families.push_back(rejects.Take());
}

void Flows(const Operational& now, std::vector<MetricFamily>& families) {
  families.push_back(Counter("unopened_flows_opened_total", "Flows opened.", now.flows_opened));
  FamilyBuilder settled("unopened_flows_settled_total", "Flows settled, by cause.",
                        MetricType::Counter);
  for (std::size_t i = 0; i < now.settled.size(); ++i) {
    settled.Add(static_cast<double>(now.settled[i]),
                {{"cause", std::string(classify::kSettleCauseNames[i])}});
  }
  families.push_back(settled.Take());
  families.push_back(Gauge("unopened_flow_table_flows", "Flows in the table.",
                           static_cast<double>(now.flows_in_table)));
  families.push_back(Gauge("unopened_flow_table_capacity_flows", "Flows the table can hold.",
                           static_cast<double>(now.flow_capacity)));
  families.push_back(Gauge("unopened_tracked_flows", "Flows whose handshake is not over.",
                           static_cast<double>(now.flows_tracked)));
  families.push_back(Gauge("unopened_tracked_capacity_flows",
                           "Flows whose handshake can be tracked at one time.",
                           static_cast<double>(now.tracked_capacity)));
  families.push_back(
      FamilyBuilder("unopened_bounds_met_total",
                    "How often a bound of memory or work was met, by bound.", MetricType::Counter)
          .Add(static_cast<double>(now.evicted_settled), {{"bound", "flow_table"}})
          .Add(static_cast<double>(now.evicted_tracked), {{"bound", "tracked_flows"}})
          .Add(static_cast<double>(now.prefix_pool_exhausted), {{"bound", "prefix_pool"}})
          .Add(static_cast<double>(now.reassembly_limit), {{"bound", "reassembly"}})
          .Take());
  families.push_back(Counter("unopened_overlap_conflicts_total",
                             "Flows in which two copies of the same bytes differed.",
                             now.overlap_conflicts));
}

MetricFamily CommitHistogram(const Latency& latency) {
  MetricFamily family;
  family.name = "unopened_log_commit_duration_seconds";
  family.help = "Time of one commit: journal, tiles, read back, signature, checkpoint.";
  family.type = MetricType::Histogram;
  ClientMetric metric;
  metric.histogram.sample_count = latency.count;
  metric.histogram.sample_sum = latency.sum_seconds;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < latency.buckets.size(); ++i) {
    cumulative += latency.buckets[i];
    const double bound =
        i < kLatencyBounds.size() ? kLatencyBounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  family.metric.push_back(std::move(metric));
  return family;
}

void Log(const MetricsInput& input, std::vector<MetricFamily>& families) {
  families.push_back(Gauge("unopened_log_tree_entries", "Entries under the last checkpoint.",
                           static_cast<double>(input.summary.tree_size)));
  families.push_back(Gauge("unopened_log_checkpoint_timestamp_seconds",
                           "When the last checkpoint was signed.",
                           Seconds(input.summary.checkpoint_time_ns)));
  families.push_back(Gauge("unopened_log_writable", "1 while entries can be committed.",
                           input.operational.log_writable ? 1 : 0));
  families.push_back(Gauge("unopened_log_windows_held", "Closed windows that wait for the log.",
                           static_cast<double>(input.operational.windows_held)));
  families.push_back(CommitHistogram(input.operational.commit));
}

void Catalogue(const CatalogueHealth& catalogue, std::vector<MetricFamily>& families) {
  families.push_back(FamilyBuilder("unopened_catalogue_info",
                                   "1; the label is the digest of the catalogue loaded last.",
                                   MetricType::Gauge)
                         .Add(1, {{"digest", catalogue.digest}})
                         .Take());
  families.push_back(Gauge("unopened_catalogue_as_of_timestamp_seconds",
                           "Newest day as of which a service's facts were looked at.",
                           Seconds(catalogue.as_of_ns)));
  families.push_back(Gauge("unopened_catalogue_services", "Services in the catalogue.",
                           static_cast<double>(catalogue.services)));
  families.push_back(
      FamilyBuilder("unopened_config_reloads_total", "Reloads of the configuration, by outcome.",
                    MetricType::Counter)
          .Add(static_cast<double>(catalogue.reloads_applied), {{"outcome", "applied"}})
          .Add(static_cast<double>(catalogue.reloads_refused), {{"outcome", "refused"}})
          .Take());
  families.push_back(Gauge("unopened_config_last_reload_successful",
                           "1 unless the last reload was refused.",
                           catalogue.last_reload_successful ? 1 : 0));
  families.push_back(Gauge("unopened_config_last_reload_success_timestamp_seconds",
                           "When the configuration was read last.",
                           Seconds(catalogue.last_reload_ns)));
}

}  // namespace

std::vector<MetricFamily> Families(const MetricsInput& input) {
  std::vector<MetricFamily> families;
  Sessions(input.summary, families);
  Windows(input.summary, families);
  Reading(input.operational, families);
  Flows(input.operational, families);
  Log(input, families);
  Catalogue(input.operational.catalogue, families);
  families.push_back(
      FamilyBuilder("unopened_build_info", "1; the version is the label.", MetricType::Gauge)
          .Add(1, {{"version", input.version}})
          .Take());
  families.push_back(
      Gauge("unopened_workers", "Threads that classify.", input.operational.workers));
  return families;
}

std::string Exposition(const MetricsInput& input) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, Families(input));
  return out.str();
}

}  // namespace unopened::exporters
