#include "exporters/web/history.h"

#include <algorithm>
#include <set>
#include <utility>

#include "audit/record_entry.h"
#include "audit/summary.h"
#include "audit/window_text.h"

namespace unopened::exporters {
namespace {

using audit::Json;

std::string Text(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// As Ledger's summary labels it: the policy of all scopes where they agree.
std::string PolicyOf(const Json& shape) {
  if (Text(shape, "endpoint") == "none") return "none_named";
  std::set<std::string> policies;
  const auto found = shape.find("policy");
  if (found != shape.end() && found->is_object()) {
    for (const auto& [scope, policy] : found->items()) {
      if (policy.is_string()) policies.insert(policy.get<std::string>());
    }
  }
  if (policies.empty()) return "unknown";
  return policies.size() == 1 ? *policies.begin() : "mixed";
}

std::string AnswersOf(const Json& shape, const char* party) {
  std::string answers;
  const auto found = shape.find(party);
  for (const std::string_view category : audit::kCategoryNames) {
    if (!answers.empty()) answers += ',';
    answers += found == shape.end() ? std::string() : Text(*found, std::string(category).c_str());
  }
  return answers;
}

std::int64_t SecondsOf(base::TimeNs time) {
  return time / base::kNsPerSecond - (time % base::kNsPerSecond < 0 ? 1 : 0);
}

std::int64_t SliceOf(std::int64_t seconds, const Period& period) {
  return seconds / period.slice_seconds - (seconds % period.slice_seconds < 0 ? 1 : 0);
}

void AddCounts(Json& row, const audit::Counts& counts) {
  row["sessions"] = counts.sessions;
  row["conversations"] = counts.conversations;
  row["packets"] = counts.packets;
  row["bytes"] = counts.bytes;
}

// Rows of counts under keys of words, most sessions first.
template <std::size_t kWords>
Json Rows(const std::map<std::array<std::string, kWords>, audit::Counts>& counted,
          const std::array<const char*, kWords>& names) {
  std::vector<std::pair<std::array<std::string, kWords>, audit::Counts>> sorted(counted.begin(),
                                                                                counted.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.sessions > b.second.sessions;
  });
  Json rows = Json::array();
  for (const auto& [words, counts] : sorted) {
    Json row;
    for (std::size_t i = 0; i < kWords; ++i) row[names[i]] = words[i];
    AddCounts(row, counts);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void Slice::Add(const Slice& other) {
  windows += other.windows;
  partial += other.partial;
  gaps += other.gaps;
  seconds += other.seconds;
  seen.packets += other.seen.packets;
  seen.bytes += other.seen.bytes;
  for (const auto& [statement, more] : other.counts) counts[statement] += more;
  for (const auto& [cause, loss] : other.losses) {
    losses[cause].packets += loss.packets;
    losses[cause].bytes += loss.bytes;
  }
  for (const auto& [bound, met] : other.bounds) bounds[bound] += met;
}

void History::Next(std::uint64_t index, std::string_view entry) {
  if (audit::ReadCanonicalWindow(entry, window_)) return OnWindow(index, window_);
  const Json body = audit::Parse(entry);
  if (!body.is_object()) return;
  const std::string type = Text(body, "type");
  if (type == "run") {
    OnRun(body);
  } else if (type == "shape") {
    OnShape(body);
  } else if (type == "window") {
    if (const auto window = audit::ReadWindow(body)) OnWindow(index, *window);
  } else if (type == "endpoint") {
    titles_[Text(body, "endpoint")] = Text(body, "title");
  } else if (type == "gap") {
    if (const auto gap = audit::ReadGap(body)) {
      Slice slice;
      slice.gaps = 1;
      slice.losses = gap->losses;
      AddEverywhere(index, SecondsOf(gap->from), slice);
    }
  } else if (type == "bound") {
    if (const auto bound = audit::ReadBound(body)) {
      Slice slice;
      slice.bounds[bound->bound] = bound->met;
      AddEverywhere(index, SecondsOf(bound->window), slice);
    }
  } else if (type == "witnessed") {
    if (const auto witnessed = audit::ReadWitnessed(body)) {
      witnessed_ = Json{{"at", SecondsOf(witnessed->at)},
                        {"size", witnessed->size},
                        {"cosignatures", witnessed->lines.size()}};
    }
  }
}

void History::OnRun(const Json& body) {
  const auto run = audit::ReadRun(body);
  if (!run) return;
  const bool live = run->statement.source_kind == "live";
  if (live != live_) kept_.slices = {};
  live_ = live;
  window_seconds_ = std::max(run->statement.window_seconds, 1U);
  tap_ = run->statement.tap;
  catalogue_ = run->catalogue;
}

void History::OnShape(const Json& body) {
  const auto shape = audit::ReadShape(body);
  if (!shape) return;
  const classify::Session& facts = shape->shape.facts;
  Statement statement;
  statement.protocol = classify::Name(facts.protocol);
  statement.version = classify::Name(facts.version);
  statement.key_exchange = classify::Name(facts.key_exchange);
  statement.outcome = classify::Name(facts.outcome);
  statement.both_sides = facts.sides == classify::SidesSeen::kBoth;
  statement.wire = Text(body, "wire");
  statement.policy = PolicyOf(body);
  statement.verdict = Text(body, "verdict");
  statement.endpoint = shape->endpoint;
  statement.exposed_to_quantum = body.value("exposed_to_quantum", 0) == 1;
  statement.answers = {AnswersOf(body, "provider"), AnswersOf(body, "operator")};
  const auto [found, is_new] =
      numbers_.try_emplace(std::move(statement), static_cast<std::uint32_t>(statements_.size()));
  if (is_new) statements_.push_back(&found->first);
  shapes_[shape->number] = found->second;
}

void History::OnWindow(std::uint64_t index, const audit::WindowEntry& window) {
  Slice slice;
  if (window.part == 1) {
    slice.windows = 1;
    slice.partial = window.partial ? 1 : 0;
    slice.seconds = window.seconds;
    slice.seen = window.seen;
    slice.losses = window.losses;
  }
  for (const audit::CountRow& row : window.counts) {
    const auto shape = shapes_.find(row.shape);
    // What has no shape entry (`other`), or none that is left.
    static const Statement kOther{"other", "unknown", "unknown", "unknown", "unknown", "unknown",
                                  "other", "other",   false,     false,     {}};
    std::uint32_t statement = 0;
    if (shape != shapes_.end()) {
      statement = shape->second;
    } else {
      const auto [found, is_new] =
          numbers_.try_emplace(kOther, static_cast<std::uint32_t>(statements_.size()));
      if (is_new) statements_.push_back(&found->first);
      statement = found->second;
    }
    slice.counts[statement] += row.counts;
  }
  kept_.last_end = SecondsOf(window.start) + window.seconds;
  AddEverywhere(index, SecondsOf(window.start), slice);
}

void History::AddEverywhere(std::uint64_t index, std::int64_t at_seconds, const Slice& slice) {
  if (index >= first_entry_) kept_.run.Add(slice);
  for (std::size_t i = 0; i < kPeriods.size(); ++i) {
    auto& slices = kept_.slices[i];
    const std::int64_t at = SliceOf(at_seconds, kPeriods[i]);
    // The end of the period is the end of the last window, wherever files have led it.
    const std::int64_t last = SliceOf(std::max(kept_.last_end - 1, at_seconds), kPeriods[i]);
    slices[at].Add(slice);
    slices.erase(slices.begin(), slices.upper_bound(last - kPeriods[i].slices));
    slices.erase(slices.upper_bound(last), slices.end());
  }
}

Json History::Totals(const Slice& all) const {
  Json json;
  json["windows"] = all.windows;
  json["partial"] = all.partial;
  json["gaps"] = all.gaps;
  json["seconds"] = all.seconds;
  json["packets"] = all.seen.packets;
  json["bytes"] = all.seen.bytes;

  audit::Counts sum;
  std::uint64_t conversations = 0;
  std::uint64_t exposed = 0;
  std::map<std::string, std::uint64_t> verdicts;
  std::map<std::string, std::uint64_t> outcomes;
  std::map<std::array<std::string, 2>, audit::Counts> protocols;
  std::map<std::array<std::string, 2>, audit::Counts> wires;
  std::map<std::array<std::string, 1>, audit::Counts> keys;
  std::map<std::array<std::string, 3>, audit::Counts> services;
  std::map<std::array<std::string, 3>, audit::Counts> sessions;
  std::array<std::array<std::map<std::string, std::uint64_t>, audit::kCategoryCount>, 2> assessed;
  for (const auto& [number, counts] : all.counts) {
    const Statement& s = *statements_[number];
    sum += counts;
    protocols[{s.protocol, s.version}] += counts;
    wires[{s.wire, s.policy}] += counts;
    sessions[{s.protocol, s.endpoint, s.policy}] += counts;
    outcomes[s.outcome] += counts.sessions;
    if (s.endpoint != "none" && s.endpoint != "other") {
      const auto title = titles_.find(s.endpoint);
      services[{s.endpoint, title == titles_.end() ? s.endpoint : title->second, s.verdict}] +=
          counts;
    }
    if (s.wire == "encrypted") {
      keys[{s.key_exchange}] += counts;
      if (s.exposed_to_quantum) exposed += counts.sessions;
    }
    if (s.both_sides) {
      verdicts[s.verdict] += counts.conversations;
      conversations += counts.conversations;
    }
    for (std::size_t party = 0; party < 2; ++party) {
      std::string_view rest = s.answers[party];
      for (auto& answers : assessed[party]) {
        const std::string_view word = rest.substr(0, rest.find(','));
        answers[word.empty() ? "unknown" : std::string(word)] += counts.sessions;
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      }
    }
  }
  AddCounts(json, sum);
  // Of shapes, and so without what was lost or is pending: `packets` and `bytes` are of the tap.
  json["packets"] = all.seen.packets;
  json["bytes"] = all.seen.bytes;
  json["both_sides"] = conversations;
  for (const std::string_view verdict : audit::kVerdictNames) {
    json["verdicts"][std::string(verdict)] = verdicts[std::string(verdict)];
  }
  json["outcomes"] = Json::object();
  for (const auto& [outcome, count] : outcomes) json["outcomes"][outcome] = count;
  json["wire"] = Rows<2>(wires, {"wire", "policy"});
  json["protocols"] = Rows<2>(protocols, {"protocol", "version"});
  json["services"] = Rows<3>(services, {"endpoint", "title", "verdict"});
  json["key_exchanges"] = Rows<1>(keys, {"key_exchange"});
  json["exposed_to_quantum"] = exposed;
  json["by_session"] = Rows<3>(sessions, {"protocol", "endpoint", "policy"});
  for (std::size_t party = 0; party < 2; ++party) {
    for (std::size_t c = 0; c < audit::kCategoryCount; ++c) {
      for (const std::string_view answer : audit::kAnswerNames) {
        json["assessed"][std::string(audit::kPartyNames[party])]
            [std::string(audit::kCategoryNames[c])][std::string(answer)] =
                assessed[party][c][std::string(answer)];
      }
    }
  }
  json["losses"] = Json::array();
  for (const auto& [cause, loss] : all.losses) {
    json["losses"].push_back({{"cause", cause}, {"packets", loss.packets}, {"bytes", loss.bytes}});
  }
  json["bounds"] = Json::array();
  for (const auto& [bound, met] : all.bounds) {
    json["bounds"].push_back({{"bound", bound}, {"times", met}});
  }
  return json;
}

std::optional<Json> History::Told(std::string_view period) const {
  Json json;
  json["period"] = period;
  json["kind"] = live_ ? "live" : "file";
  json["tap"] = tap_;
  json["catalogue"] = catalogue_;
  json["window_seconds"] = window_seconds_;
  json["until"] = kept_.last_end;
  json["witnessed"] = witnessed_ ? *witnessed_ : Json(Json::object());
  json["slices"] = Json::array();
  if (period == "run") {
    json["from"] = 0;
    json["slice_seconds"] = 0;
    json["totals"] = Totals(kept_.run);
    return json;
  }
  for (std::size_t i = 0; i < kPeriods.size(); ++i) {
    if (kPeriods[i].name != period) continue;
    Slice all;
    for (const auto& [at, slice] : kept_.slices[i]) {
      all.Add(slice);
      std::array<std::uint64_t, audit::kVerdictCount> verdicts{};
      std::uint64_t sessions = 0;
      for (const auto& [number, counts] : slice.counts) {
        const Statement& s = *statements_[number];
        sessions += counts.sessions;
        const auto verdict = base::FromName<audit::Verdict>(audit::kVerdictNames, s.verdict);
        if (s.both_sides && verdict) {
          verdicts[static_cast<std::size_t>(*verdict)] += counts.conversations;
        }
      }
      audit::Loss lost;
      for (const auto& [cause, loss] : slice.losses) lost.packets += loss.packets;
      json["slices"].push_back({{"start", at * kPeriods[i].slice_seconds},
                                {"windows", slice.windows},
                                {"gaps", slice.gaps},
                                {"sessions", sessions},
                                {"packets", slice.seen.packets},
                                {"bytes", slice.seen.bytes},
                                {"lost_packets", lost.packets},
                                {"verdicts", verdicts}});
    }
    const std::int64_t width = kPeriods[i].slice_seconds;
    const std::int64_t last = SliceOf(kept_.last_end - 1, kPeriods[i]);
    json["from"] = kept_.last_end == 0 ? 0 : (last - kPeriods[i].slices + 1) * width;
    json["slice_seconds"] = width;
    json["totals"] = Totals(all);
    return json;
  }
  return std::nullopt;
}

}  // namespace unopened::exporters
