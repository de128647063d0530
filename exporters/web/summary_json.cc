#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "exporters/web/headline.h"
#include "exporters/web/page.h"

namespace unopened::exporters {
namespace {

using nlohmann::ordered_json;

ordered_json Assessed(const audit::Summary& summary, audit::Party party) {
  ordered_json categories;
  for (std::size_t c = 0; c < audit::kCategoryCount; ++c) {
    ordered_json answers;
    for (std::size_t a = 0; a < audit::kAnswerNames.size(); ++a) {
      const auto found = summary.assessed.find(
          {party, static_cast<audit::Category>(c), static_cast<audit::Answer>(a)});
      answers[std::string(audit::kAnswerNames[a])] =
          found == summary.assessed.end() ? 0 : found->second;
    }
    categories[std::string(audit::kCategoryNames[c])] = std::move(answers);
  }
  return categories;
}

}  // namespace

std::string SummaryJson(const audit::Summary& summary, const Operational& operational,
                        const std::string& version, const std::string& tap) {
  ordered_json json;
  json["version"] = version;
  json["tap"] = tap;
  json["headline"] = Finding(summary);
  json["note"] = FindingNote(summary);
  json["windows"] = summary.windows;
  json["last_window_start"] = summary.last_window_start;
  json["last_window_end"] = summary.last_window_end_ns / base::kNsPerSecond;
  json["checkpoint_time"] = summary.checkpoint_time_ns / base::kNsPerSecond;
  json["tree_size"] = summary.tree_size;
  json["sessions_total"] = summary.sessions_total;
  json["no_payload_sessions"] = summary.no_payload_sessions;
  json["conversations"] = summary.conversations;
  const auto shares = Shares(summary.conversations_by_verdict);
  for (std::size_t i = 0; i < audit::kVerdictCount; ++i) {
    const std::string name(audit::kVerdictNames[i]);
    json["verdicts"][name] = summary.conversations_by_verdict[i];
    json["shares"][name] = summary.conversations < kPercentFrom ? "" : shares[i];
  }
  json["sessions"] = ordered_json::array();
  for (const auto& [key, counts] : summary.sessions) {
    const auto& [protocol, endpoint, policy] = key;
    json["sessions"].push_back({{"protocol", protocol},
                                {"endpoint", endpoint},
                                {"policy", policy},
                                {"sessions", counts.sessions},
                                {"conversations", counts.conversations},
                                {"packets", counts.packets},
                                {"bytes", counts.bytes}});
  }
  for (const std::string_view name : audit::kCategoryNames) json["categories"].push_back(name);
  json["assessed"] = {{"provider", Assessed(summary, audit::Party::kProvider)},
                      {"operator", Assessed(summary, audit::Party::kOperator)}};
  json["outcomes"] = ordered_json::object();
  for (const auto& [outcome, count] : summary.outcomes) json["outcomes"][outcome] = count;
  json["packets"] = summary.packets;
  json["bytes"] = summary.bytes;
  json["losses"] = ordered_json::array();
  for (const auto& [cause, counts] : summary.losses) {
    json["losses"].push_back(
        {{"cause", cause}, {"packets", counts.packets}, {"bytes", counts.bytes}});
  }
  json["bounds"] = ordered_json::array();
  for (const auto& [bound, times] : summary.bounds)
    json["bounds"].push_back({{"bound", bound}, {"times", times}});
  json["live"] = {{"live", operational.live},
                  {"dropped_kernel", operational.dropped_kernel},
                  {"dropped_interface", operational.dropped_interface},
                  {"flows_in_table", operational.flows_in_table},
                  {"flow_capacity", operational.flow_capacity},
                  {"log_writable", operational.log_writable},
                  {"log_trouble", operational.log_trouble},
                  {"windows_held", operational.windows_held}};
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace unopened::exporters
