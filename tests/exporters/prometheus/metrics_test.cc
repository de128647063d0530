#include "exporters/prometheus/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "tests/exporters/sample_input.h"

namespace unopened::exporters {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricsInput Sample() { return {tests::SampleSummary(), tests::SampleOperational(), "1.2.3"}; }

const MetricFamily& Named(const std::vector<MetricFamily>& families, const std::string& name) {
  for (const MetricFamily& family : families)
    if (family.name == name) return family;
  ADD_FAILURE() << "no metric " << name;
  return families.front();
}

double SumOf(const MetricFamily& family) {
  return std::accumulate(
      family.metric.begin(), family.metric.end(), 0.0, [&](double sum, const ClientMetric& metric) {
        return sum +
               (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value);
      });
}

std::string LabelOf(const ClientMetric& metric, const std::string& name) {
  for (const auto& label : metric.label)
    if (label.name == name) return label.value;
  return "";
}

// unopened_ and words of small letters and digits, joined by single underscores.
bool IsGoodName(const std::string& name) {
  return name.rfind("unopened_", 0) == 0 && name.back() != '_' &&
         name.find("__") == std::string::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

TEST(Metrics, NamesAreValidPrefixedAndGivenOnce) {
  std::set<std::string> seen;
  for (const MetricFamily& family : Families(Sample())) {
    EXPECT_TRUE(IsGoodName(family.name)) << family.name;
    EXPECT_TRUE(seen.insert(family.name).second) << family.name << " twice";
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_EQ(family.help.back(), '.') << family.name;
  }
}

TEST(Metrics, CountersAndOnlyCountersEndInTotal) {
  for (const MetricFamily& family : Families(Sample())) {
    const bool total =
        family.name.size() > 6 && family.name.substr(family.name.size() - 6) == "_total";
    EXPECT_EQ(total, family.type == MetricType::Counter) << family.name;
  }
}

TEST(Metrics, NoSeriesIsGivenTwice) {
  for (const MetricFamily& family : Families(Sample())) {
    std::set<std::vector<std::pair<std::string, std::string>>> seen;
    for (const ClientMetric& metric : family.metric) {
      std::vector<std::pair<std::string, std::string>> labels;
      for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
      EXPECT_TRUE(seen.insert(labels).second) << family.name;
    }
  }
}

TEST(Metrics, LabelsAreOfTheDocumentedNamesAndNoneCouldHoldAPerson) {
  const std::map<std::string, std::set<std::string>> allowed = {
      {"unopened_sessions_total", {"protocol", "endpoint", "policy"}},
      {"unopened_conversations_total", {"protocol", "endpoint", "policy"}},
      {"unopened_session_bytes_total", {"protocol", "endpoint", "policy"}},
      {"unopened_assessed_sessions_total", {"party", "category", "answer"}},
      {"unopened_conversations_by_verdict_total", {"verdict"}},
      {"unopened_session_outcomes_total", {"outcome"}},
      {"unopened_lost_packets_total", {"cause"}},
      {"unopened_lost_bytes_total", {"cause"}},
      {"unopened_dropped_packets_total", {"where"}},
      {"unopened_rejected_packets_total", {"reason"}},
      {"unopened_flows_settled_total", {"cause"}},
      {"unopened_bounds_met_total", {"bound"}},
      {"unopened_catalogue_info", {"digest"}},
      {"unopened_config_reloads_total", {"outcome"}},
      {"unopened_build_info", {"version"}},
  };
  for (const MetricFamily& family : Families(Sample())) {
    const auto names = allowed.find(family.name);
    for (const ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) {
        ASSERT_NE(names, allowed.end()) << family.name << " has labels";
        EXPECT_TRUE(names->second.contains(label.name)) << family.name << " " << label.name;
      }
      EXPECT_EQ(metric.label.size(), names == allowed.end() ? 0 : names->second.size())
          << family.name;
    }
  }
}

TEST(Metrics, LabelValuesOfClosedListsAreTheirNames) {
  const auto families = Families(Sample());
  const auto all_in = [&](const char* metric, const char* label, const auto& names) {
    const std::set<std::string> closed(names.begin(), names.end());
    for (const ClientMetric& series : Named(families, metric).metric)
      EXPECT_TRUE(closed.contains(LabelOf(series, label))) << metric << LabelOf(series, label);
  };
  all_in("unopened_assessed_sessions_total", "party", audit::kPartyNames);
  all_in("unopened_assessed_sessions_total", "category", audit::kCategoryNames);
  all_in("unopened_assessed_sessions_total", "answer", audit::kAnswerNames);
  all_in("unopened_conversations_by_verdict_total", "verdict", audit::kVerdictNames);
  all_in("unopened_flows_settled_total", "cause", classify::kSettleCauseNames);
  EXPECT_EQ(Named(families, "unopened_flows_settled_total").metric.size(),
            classify::kSettleCauseNames.size());
  EXPECT_EQ(Named(families, "unopened_conversations_by_verdict_total").metric.size(),
            audit::kVerdictCount);
}

TEST(Metrics, EverySampleIsTheNumberItIsNamedFor) {
  const auto families = Families(Sample());
  const std::map<std::string, double> wanted = {
      {"unopened_sessions_total", 40},
      {"unopened_conversations_total", 29},
      {"unopened_session_bytes_total", 358'019},
      {"unopened_conversations_by_verdict_total", 29},
      {"unopened_session_outcomes_total", 40},
      {"unopened_lost_packets_total", 30},
      {"unopened_lost_bytes_total", 1'301},
      {"unopened_window_packets_total", 620},
      {"unopened_window_bytes_total", 359'320},
      {"unopened_windows_total", 12},
      {"unopened_last_window_end_timestamp_seconds", 1'795'577'580},
      {"unopened_packets_total", 700},
      {"unopened_bytes_total", 400'000},
      {"unopened_dropped_packets_total", 35},
      {"unopened_rejected_packets_total", 13},
      {"unopened_flows_opened_total", 50},
      {"unopened_flow_table_flows", 31},
      {"unopened_flow_table_capacity_flows", 1'024},
      {"unopened_tracked_flows", 8},
      {"unopened_tracked_capacity_flows", 256},
      {"unopened_bounds_met_total", 71 + 72 + 73 + 74},
      {"unopened_overlap_conflicts_total", 75},
      {"unopened_log_tree_entries", 61},
      {"unopened_log_checkpoint_timestamp_seconds", 1'795'577'582.5},
      {"unopened_log_writable", 1},
      {"unopened_log_windows_held", 0},
      {"unopened_catalogue_info", 1},
      {"unopened_catalogue_services", 65},
      {"unopened_catalogue_as_of_timestamp_seconds", 1'795'478'400},
      {"unopened_config_reloads_total", 41 + 42},
      {"unopened_config_last_reload_successful", 0},
      {"unopened_config_last_reload_success_timestamp_seconds", 1'795'577'500},
      {"unopened_build_info", 1},
      {"unopened_workers", 2},
  };
  for (const auto& [name, value] : wanted) EXPECT_EQ(SumOf(Named(families, name)), value) << name;
}

TEST(Metrics, ALogThatIsNotWritableIsZero) {
  MetricsInput input = Sample();
  input.operational.log_writable = false;
  input.operational.windows_held = 3;
  const auto families = Families(input);
  EXPECT_EQ(SumOf(Named(families, "unopened_log_writable")), 0);
  EXPECT_EQ(SumOf(Named(families, "unopened_log_windows_held")), 3);
}

TEST(Metrics, SeriesBeyondTheCapAreFoldedIntoOtherAndNoSumChanges) {
  for (const std::size_t extra : {std::size_t{0}, std::size_t{1}, std::size_t{500}}) {
    MetricsInput input;
    const std::size_t rows = kMaxSeries - 1 + extra;
    for (std::size_t i = 0; i < rows; ++i)
      input.summary.sessions[{"tls", "endpoint_" + std::to_string(i), "mixed"}] = {2, 1, 5, 100};
    const auto families = Families(input);
    const MetricFamily& sessions = Named(families, "unopened_sessions_total");
    EXPECT_EQ(sessions.metric.size(), extra == 0 ? kMaxSeries - 1 : kMaxSeries);
    EXPECT_EQ(LabelOf(sessions.metric.back(), "protocol") == "other", extra != 0);
    EXPECT_EQ(SumOf(sessions), 2.0 * static_cast<double>(rows));
    EXPECT_EQ(SumOf(Named(families, "unopened_conversations_total")), static_cast<double>(rows));
    EXPECT_EQ(SumOf(Named(families, "unopened_session_bytes_total")),
              100.0 * static_cast<double>(rows));
  }
}

TEST(Metrics, BytesOfFoldedRowsWithoutSessionsAreKept) {
  MetricsInput input;
  for (std::size_t i = 0; i < kMaxSeries + 10; ++i)
    input.summary.sessions[{"tls", "endpoint_" + std::to_string(i), "mixed"}] = {0, 0, 1, 60};
  EXPECT_EQ(SumOf(Named(Families(input), "unopened_session_bytes_total")),
            60.0 * static_cast<double>(kMaxSeries + 10));
}

TEST(Metrics, ARowNamedOtherSharesTheSeriesOfTheFolded) {
  MetricsInput input;
  for (std::size_t i = 0; i < kMaxSeries + 1; ++i)
    input.summary.sessions[{"tls", "endpoint_" + std::to_string(i), "mixed"}] = {1, 0, 0, 0};
  input.summary.sessions[{"other", "other", "other"}] = {7, 0, 0, 0};
  const auto families = Families(input);
  std::size_t others = 0;
  for (const ClientMetric& series : Named(families, "unopened_sessions_total").metric)
    others += LabelOf(series, "protocol") == "other" ? 1 : 0;
  EXPECT_EQ(others, 1);
  EXPECT_EQ(SumOf(Named(families, "unopened_sessions_total")), static_cast<double>(kMaxSeries + 8));
}

TEST(Metrics, TheHistogramIsCumulativeAndItsLastBucketIsTheCount) {
  const auto families = Families(Sample());
  const auto& histogram =
      Named(families, "unopened_log_commit_duration_seconds").metric.front().histogram;
  EXPECT_EQ(histogram.sample_count, 3);
  EXPECT_DOUBLE_EQ(histogram.sample_sum, 9.0029);
  ASSERT_EQ(histogram.bucket.size(), kLatencyBounds.size() + 1);
  std::uint64_t before = 0;
  for (const auto& bucket : histogram.bucket) {
    EXPECT_GE(bucket.cumulative_count, before);
    before = bucket.cumulative_count;
  }
  EXPECT_EQ(histogram.bucket[0].cumulative_count, 1);  // 0.4 ms <= 1 ms
  EXPECT_EQ(histogram.bucket[1].cumulative_count, 2);  // a bound holds its own value
  EXPECT_EQ(histogram.bucket[kLatencyBounds.size() - 1].cumulative_count, 2);  // 9 s > 5 s
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 3);
  EXPECT_TRUE(std::isinf(histogram.bucket.back().upper_bound));
}

// --- The text ---------------------------------------------------------------------------------

struct TextSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// Reads text format 0.0.4 as its specification says, and fails the test where it is not.
struct Text {
  std::map<std::string, std::string> types;
  std::set<std::string> helps;
  std::vector<TextSample> samples;

  explicit Text(const std::string& text) {
    EXPECT_TRUE(text.empty() || text.back() == '\n');
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string hash, kind, name, type;
      if (line.rfind("# ", 0) == 0) {
        words >> hash >> kind >> name >> type;
        if (kind == "HELP") {
          EXPECT_TRUE(helps.insert(name).second) << line;
        }
        if (kind == "TYPE") {
          EXPECT_TRUE(types.emplace(name, type).second) << line;
        }
      } else {
        Sample(line);
      }
    }
  }
  void Sample(const std::string& line) {
    TextSample sample;
    std::size_t at = line.find_first_of("{ ");
    ASSERT_NE(at, std::string::npos) << line;
    sample.name = line.substr(0, at);
    if (line[at] == '{') {
      ++at;
      while (line[at] != '}') {
        const std::size_t equals = line.find("=\"", at);
        ASSERT_NE(equals, std::string::npos) << line;
        const std::string name = line.substr(at, equals - at);
        std::string value;
        for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
          if (line[at] == '\\') ++at;
          ASSERT_LT(at, line.size()) << line;
          value += line[at - 1] == '\\' && line[at] == 'n' ? '\n' : line[at];
        }
        EXPECT_TRUE(sample.labels.emplace(name, value).second) << line;
        ++at;
        if (at < line.size() && line[at] == ',') ++at;
        ASSERT_LT(at, line.size()) << line;
      }
      ++at;
    }
    ASSERT_EQ(line[at], ' ') << line;
    std::size_t used = 0;
    const std::string number = line.substr(at + 1);
    sample.value = std::stod(number, &used);
    EXPECT_EQ(used, number.size()) << line;
    samples.push_back(std::move(sample));
  }
  bool Belongs(const TextSample& sample) const {
    if (types.contains(sample.name)) return true;
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      const std::string end = suffix;
      if (sample.name.size() <= end.size()) continue;
      const std::size_t cut = sample.name.size() - end.size();
      const auto type = types.find(sample.name.substr(0, cut));
      if (sample.name.substr(cut) == end && type != types.end() && type->second == "histogram")
        return true;
    }
    return false;
  }
};

TEST(Exposition, EverySampleBelongsToAFamilyWithHelpAndType) {
  const Text text(Exposition(Sample()));
  EXPECT_GT(text.samples.size(), 60);
  for (const TextSample& sample : text.samples) EXPECT_TRUE(text.Belongs(sample)) << sample.name;
  for (const auto& [name, _] : text.types) EXPECT_TRUE(text.helps.contains(name)) << name;
  EXPECT_EQ(text.helps.size(), text.types.size());
}

TEST(Exposition, LabelValuesAreEscapedAndComeBackAsTheyWere) {
  MetricsInput input = Sample();
  const std::string hostile = "a\"b\\c\nunopened_sessions_total{} 999";
  input.summary.sessions.clear();
  input.summary.sessions[{"tls", hostile, "mixed"}] = {3, 2, 1, 1};
  const std::string exposed = Exposition(input);
  EXPECT_THAT(exposed, testing::HasSubstr(R"(a\"b\\c\nunopened)"));
  const Text text(exposed);
  std::size_t found = 0;
  for (const TextSample& sample : text.samples) {
    if (sample.name != "unopened_sessions_total") continue;
    ++found;
    EXPECT_EQ(sample.labels.at("endpoint"), hostile);
    EXPECT_EQ(sample.value, 3);
  }
  EXPECT_EQ(found, 1);
}

TEST(Exposition, LargeCountsKeepEveryDigit) {
  MetricsInput input = Sample();
  input.operational.bytes = 9'007'199'254'740'991;  // the largest a double holds exactly
  const Text text(Exposition(input));
  const auto sample =
      std::find_if(text.samples.begin(), text.samples.end(),
                   [](const TextSample& s) { return s.name == "unopened_bytes_total"; });
  ASSERT_NE(sample, text.samples.end());
  EXPECT_EQ(sample->value, 9'007'199'254'740'991.0);
}

TEST(Exposition, BeforeTheFirstWindowNothingIsCountedAndNothingMissing) {
  const Text text(Exposition({{}, {}, "1.2.3"}));
  EXPECT_EQ(text.types.size(), Families(Sample()).size());
  for (const TextSample& sample : text.samples) EXPECT_TRUE(text.Belongs(sample)) << sample.name;
}

TEST(MetricsPage, ListsExactlyTheMetricsThatAreExposedWithTypeAndLabels) {
  std::ifstream page(std::string(UNOPENED_SOURCE_DIR) + "/docs/metrics.md");
  ASSERT_TRUE(page);
  std::map<std::string, std::string> listed;  // name -> "type|labels"
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| `unopened_", 0) != 0) continue;
    std::vector<std::string> cells;  // "", "`name`", "type", "labels", ...
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) {
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
    }
    ASSERT_GE(cells.size(), 6) << line;
    const std::string name = cells[1].substr(1, cells[1].size() - 2);
    EXPECT_TRUE(listed.emplace(name, cells[2] + "|" + cells[3]).second) << line;
  }
  std::map<std::string, std::string> exposed;
  for (const MetricFamily& family : Families(Sample())) {
    std::string type = family.type == MetricType::Counter ? "counter" : "gauge";
    if (family.type == MetricType::Histogram) type = "histogram";
    std::string labels;
    for (const auto& label : family.metric.at(0).label)
      labels += (labels.empty() ? "`" : ", `") + label.name + "`";
    exposed.emplace(family.name, type + "|" + labels);
  }
  EXPECT_EQ(listed, exposed);
}

}  // namespace
}  // namespace unopened::exporters
