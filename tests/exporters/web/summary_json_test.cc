#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exporters/prometheus/metrics.h"
#include "exporters/web/page.h"
#include "tests/exporters/sample_input.h"

namespace unopened::exporters {
namespace {

using nlohmann::json;

json Read(const audit::Summary& summary = tests::SampleSummary(),
          const Operational& operational = tests::SampleOperational()) {
  return json::parse(SummaryJson(summary, operational, "1.2.3", "edge-1"));
}

double MetricSum(const std::string& name, const std::map<std::string, std::string>& labels = {}) {
  double sum = 0;
  bool found = false;
  for (const auto& family :
       Families({tests::SampleSummary(), tests::SampleOperational(), "1.2.3"})) {
    if (family.name != name) continue;
    found = true;
    for (const auto& metric : family.metric) {
      std::size_t agree = 0;
      for (const auto& label : metric.label) {
        const auto wanted = labels.find(label.name);
        agree += wanted != labels.end() && wanted->second == label.value ? 1 : 0;
      }
      if (agree == labels.size()) sum += metric.counter.value;
    }
  }
  EXPECT_TRUE(found) << name;
  return sum;
}

void ExpectNoFractionAndNoNull(const json& value, const std::string& at) {
  EXPECT_FALSE(value.is_number_float()) << at;
  EXPECT_FALSE(value.is_null()) << at;
  if (!value.is_structured()) return;
  for (const auto& [key, inner] : value.items()) ExpectNoFractionAndNoNull(inner, at + "/" + key);
}

TEST(SummaryJson, HoldsIntegersStringsAndBooleansOnly) {
  ExpectNoFractionAndNoNull(Read(), "");
  ExpectNoFractionAndNoNull(Read({}, {}), "");
}

TEST(SummaryJson, AgreesWithTheMetrics) {
  const json summary = Read();
  const auto sum = [&](const char* key) {
    std::uint64_t total = 0;
    for (const json& row : summary["sessions"]) total += row[key].get<std::uint64_t>();
    return static_cast<double>(total);
  };
  EXPECT_EQ(sum("sessions"), MetricSum("unopened_sessions_total"));
  EXPECT_EQ(sum("sessions"), summary["sessions_total"]);
  EXPECT_EQ(sum("conversations"), MetricSum("unopened_conversations_total"));
  EXPECT_EQ(sum("bytes"), MetricSum("unopened_session_bytes_total"));
  for (const json& row : summary["sessions"]) {
    EXPECT_EQ(row["sessions"].get<double>(),
              MetricSum("unopened_sessions_total", {{"protocol", row["protocol"]},
                                                    {"endpoint", row["endpoint"]},
                                                    {"policy", row["policy"]}}));
  }
  for (const std::string_view verdict : audit::kVerdictNames) {
    EXPECT_EQ(
        summary["verdicts"][std::string(verdict)].get<double>(),
        MetricSum("unopened_conversations_by_verdict_total", {{"verdict", std::string(verdict)}}));
  }
  for (const auto& [party, categories] : summary["assessed"].items()) {
    for (const auto& [category, answers] : categories.items()) {
      for (const auto& [answer, count] : answers.items()) {
        EXPECT_EQ(count.get<double>(),
                  MetricSum("unopened_assessed_sessions_total",
                            {{"party", party}, {"category", category}, {"answer", answer}}));
      }
    }
  }
  double lost = 0;
  for (const json& loss : summary["losses"]) lost += loss["packets"].get<double>();
  EXPECT_EQ(lost, MetricSum("unopened_lost_packets_total"));
  EXPECT_EQ(summary["packets"].get<double>(), MetricSum("unopened_window_packets_total"));
  EXPECT_EQ(summary["windows"].get<double>(), MetricSum("unopened_windows_total"));
}

TEST(SummaryJson, NamesEveryVerdictCategoryAndAnswerEvenAtZero) {
  const json summary = Read({}, {});
  EXPECT_EQ(summary["verdicts"].size(), audit::kVerdictCount);
  EXPECT_EQ(summary["categories"].size(), audit::kCategoryCount);
  for (const char* party : {"provider", "operator"}) {
    ASSERT_EQ(summary["assessed"][party].size(), audit::kCategoryCount);
    for (const json& answers : summary["assessed"][party])
      EXPECT_EQ(answers.size(), audit::kAnswerNames.size());
  }
  EXPECT_TRUE(summary["sessions"].empty());
  EXPECT_TRUE(summary["losses"].is_array());
  EXPECT_EQ(summary["last_window_start"], "");
  EXPECT_EQ(summary["headline"], "No conversation was seen from both sides yet.");
  EXPECT_EQ(summary["note"], "");
}

TEST(SummaryJson, GivesSharesFromAThousandConversationsOn) {
  audit::Summary summary = tests::SampleSummary();
  const json few = Read(summary);
  for (const json& share : few["shares"]) EXPECT_EQ(share, "");
  summary.conversations_by_verdict = {94, 0, 0, 0, 900, 0, 6, 0};
  summary.conversations = 1'000;
  EXPECT_EQ(Read(summary)["shares"]["could_not"], "9.4%");
  EXPECT_EQ(Read(summary)["shares"]["clear"], "0.0%");
}

TEST(SummaryJson, SaysWhenItWasAndWhetherTheLogIsWritten) {
  Operational now = tests::SampleOperational();
  now.log_writable = false;
  now.log_trouble = "no space left";
  now.windows_held = 3;
  const json summary = Read(tests::SampleSummary(), now);
  EXPECT_EQ(summary["last_window_end"], 1'795'577'580);
  EXPECT_EQ(summary["checkpoint_time"], 1'795'577'582);
  EXPECT_EQ(summary["live"]["log_writable"], false);
  EXPECT_EQ(summary["live"]["log_trouble"], "no space left");
  EXPECT_EQ(summary["live"]["windows_held"], 3);
  EXPECT_EQ(summary["tap"], "edge-1");
  EXPECT_EQ(summary["version"], "1.2.3");
}

TEST(SummaryJson, SurvivesATapNameThatIsNoUtf8) {
  const std::string text = SummaryJson({}, {}, "1", "edge\xff");
  EXPECT_TRUE(json::accept(text));
}

TEST(ApiPage, DocumentsEveryMemberAndNoOther) {
  std::ifstream page(std::string(UNOPENED_SOURCE_DIR) + "/docs/api.md");
  ASSERT_TRUE(page);
  std::set<std::string> documented;
  bool in_section = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) in_section = line == "## GET /api/v1/summary";
    if (!in_section || line.rfind("| `", 0) != 0) continue;
    std::string member = line.substr(3, line.find('`', 3) - 3);
    if (member.size() > 2 && member.substr(member.size() - 2) == "[]")
      member.resize(member.size() - 2);
    documented.insert(member);
  }
  const json summary = Read();
  std::set<std::string> members;
  for (const auto& [key, value] : summary.items()) {
    members.insert(key);
    const json& inner = value.is_array() && !value.empty() ? value[0] : value;
    const bool open =
        key == "verdicts" || key == "shares" || key == "assessed" || key == "outcomes";
    if (inner.is_object() && !open)
      for (const auto& [name, _] : inner.items()) members.insert(key + "." + name);
  }
  EXPECT_EQ(documented, members);
}

}  // namespace
}  // namespace unopened::exporters
