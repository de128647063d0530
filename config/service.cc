#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "config/drafts.h"

namespace unopened::config {
namespace {

// What keeps `text` from being a host suffix of the form that is matched; "" where nothing does.
std::string_view WhyNoSuffix(std::string_view text) {
  const auto any = [text](auto is) { return std::ranges::any_of(text, is); };
  if (any([](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return "must be written in A-labels: xn--..., as it stands on the wire";
  }
  if (any([](char c) { return c >= 'A' && c <= 'Z'; })) return "must be in lower case";
  if (text.ends_with('.')) return "must not end in a dot";
  if (text.starts_with("*.")) return "must not begin with a wildcard: it holds below itself anyway";
  const bool bytes = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  constexpr std::size_t kMaxLabel = 63;
  std::size_t labels = 1;
  std::size_t label = 0;
  bool sized = bytes && text.size() <= 253;
  for (const char c : text) {
    label = c == '.' ? 0 : label + 1;
    labels += c == '.' ? 1 : 0;
    sized = sized && label <= kMaxLabel;
  }
  if (!sized || labels < 2 || text.starts_with('.') || text.find("..") != std::string_view::npos) {
    return "must be a host name of two labels or more";
  }
  return {};
}

void CheckSuffix(TableReader& table, std::string_view key, std::string_view suffix) {
  const std::string_view why = WhyNoSuffix(suffix);
  if (suffix.empty() || why.empty()) return;  // an empty one was reported already
  table.Report(key, "\"" + std::string(key) + "\" " + std::string(why));
}

// As classify/fingerprint/ja4.h writes it.
bool IsJa4(std::string_view text) {
  constexpr std::string_view kShape = "pvvsnnnnaa_hhhhhhhhhhhh_hhhhhhhhhhhh";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    const bool hex = digit || (c >= 'a' && c <= 'f');
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool good = kShape[i] == 'p'   ? c == 't' || c == 'q' || c == 'd'
                      : kShape[i] == 'v' ? digit || c == 's' || c == 'd'
                      : kShape[i] == 's' ? c == 'd' || c == 'i'
                      : kShape[i] == 'n' ? digit
                      : kShape[i] == 'a' ? digit || letter
                      : kShape[i] == 'h' ? hex
                                         : c == kShape[i];
    if (!good) return false;
  }
  return true;
}

// A rule that no source confirms still names the endpoint, but carries no claim about it.
classify::Evidence Weakened(classify::Evidence evidence, audit::Verified verified) {
  return verified == audit::Verified::kYes ? evidence
                                           : std::min(evidence, classify::Evidence::kWeak);
}

HostDraft ReadHost(TableReader& table, const Sources& sources) {
  HostDraft host{.rule = {}, .place = {table.file(), table.line()}};
  host.rule.suffix = table.Text("suffix");
  CheckSuffix(table, "suffix", host.rule.suffix);
  host.rule.evidence = Weakened(classify::Evidence::kStrong, ReadCitation(table, sources).verified);
  table.Finish();
  return host;
}

classify::Evidence ReadEvidence(TableReader& table, const Sources& sources) {
  const auto evidence = table.Word<classify::Evidence>("evidence", classify::kEvidenceNames);
  return Weakened(evidence.value_or(classify::Evidence::kNone),
                  ReadCitation(table, sources).verified);
}

EndpointDraft ReadEndpoint(TableReader& table, const Sources& sources) {
  EndpointDraft draft;
  draft.place = {table.file(), table.line()};
  draft.id = ReadId(table);
  draft.title = table.Text("title");
  draft.scopes = table.Texts("scopes");
  if (draft.scopes.empty()) {
    table.Report("scopes", "an endpoint needs the \"scopes\" that can be reached there");
  }
  for (const auto& [key, rules] :
       {std::pair("host", &draft.hosts), std::pair("certificate", &draft.certificates),
        std::pair("realm", &draft.realms)}) {
    for (TableReader& rule : table.Tables(key)) rules->push_back(ReadHost(rule, sources));
  }
  for (TableReader& rule : table.Tables("alpn")) {
    AlpnDraft alpn{.rule = {rule.Text("name")}, .place = {rule.file(), rule.line()}};
    alpn.rule.evidence = ReadEvidence(rule, sources);
    rule.Finish();
    draft.alpns.push_back(std::move(alpn));
  }
  for (TableReader& rule : table.Tables("signature")) {
    SignatureDraft signature{.rule = {}, .place = {rule.file(), rule.line()}};
    signature.rule.protocol = rule.Word<classify::Protocol>("protocol", classify::kProtocolNames)
                                  .value_or(classify::Protocol::kUnknown);
    signature.rule.evidence = ReadEvidence(rule, sources);
    rule.Finish();
    draft.signatures.push_back(signature);
  }
  for (TableReader& rule : table.Tables("fingerprint")) {
    FingerprintDraft fingerprint{.rule = {rule.Text("ja4")}, .place = {rule.file(), rule.line()}};
    if (!fingerprint.rule.ja4.empty() && !IsJa4(fingerprint.rule.ja4)) {
      rule.Report("ja4", "\"ja4\" must be a JA4, like t13d1516h2_8daaf6152771_02713d6af862");
    }
    ReadCitation(rule, sources);
    rule.Finish();
    draft.fingerprints.push_back(std::move(fingerprint));
  }
  return draft;
}

// A fact with the line it stands at and the days it answers; none where these could not be read.
template <class Fact>
struct Dated {
  Fact fact;
  std::uint32_t line;
  std::optional<Days> days;
};

template <class Fact>
Dated<Fact> DatedFact(Fact fact, const TableReader& row) {
  const audit::Provenance& provenance = fact.provenance;
  const bool readable = row.Has("from") == provenance.from.has_value() &&
                        row.Has("until") == provenance.until.has_value();
  const auto days = readable ? AnsweredDays(provenance) : std::nullopt;
  return {std::move(fact), row.line(), days};
}

// Sorts by the first day. Two facts of one thing that both answer for a day would leave the answer
// to chance, and days between two stated periods were forgotten rather than found unknown: a
// problem at the lower of the two.
template <class Fact>
void SortAndCheckDays(std::vector<Dated<Fact>>& facts, const std::string& what,
                      const std::string& file, std::vector<Problem>& problems) {
  std::ranges::stable_sort(facts, {}, [](const Dated<Fact>& dated) {
    return dated.days ? dated.days->first : base::Day{0};
  });
  for (std::size_t i = 1; i < facts.size(); ++i) {
    const Dated<Fact>& earlier = facts[i - 1];
    const Dated<Fact>& later = facts[i];
    if (!earlier.days || !later.days) continue;
    const auto [upper, lower] = std::minmax(earlier.line, later.line);
    if (earlier.days->last >= later.days->first) {
      problems.push_back(
          {file, lower,
           what + " answers for days that line " + std::to_string(upper) + " answers for too"});
    } else if (later.fact.provenance.from && earlier.days->last + 1 < later.days->first) {
      problems.push_back({file, lower,
                          what + " leaves a gap from " + base::FormatDay(earlier.days->last + 1) +
                              " to " + base::FormatDay(later.days->first - 1) +
                              " (a period that is not known has the value \"unknown\")"});
    }
  }
}

audit::Scope ReadScope(TableReader& table, const Sources& sources, std::vector<Problem>& problems) {
  audit::Scope scope;
  scope.id = ReadId(table);
  scope.title = table.Text("title");
  std::vector<Dated<audit::PolicyInterval>> intervals;
  for (TableReader& row : table.Tables("policy")) {
    audit::PolicyInterval interval;
    interval.policy =
        row.Word<audit::Policy>("value", audit::kPolicyNames).value_or(audit::Policy::kUnknown);
    interval.exceptions = row.TextOr("exceptions");
    interval.provenance = ReadProvenance(row, sources);
    if (interval.policy == audit::Policy::kE2eeDefault && interval.exceptions.empty()) {
      row.Report("value", "e2ee_default needs its \"exceptions\" in words");
    }
    row.Finish();
    intervals.push_back(DatedFact(std::move(interval), row));
  }
  SortAndCheckDays(intervals, "policy of \"" + scope.id + "\"", table.file(), problems);
  for (auto& [interval, line, days] : intervals) scope.intervals.push_back(std::move(interval));
  table.Finish();
  return scope;
}

std::vector<audit::Capability> ReadCapabilities(TableReader& table, const Sources& sources,
                                                const std::string& default_holder,
                                                std::vector<Problem>& problems) {
  std::array<std::vector<Dated<audit::Capability>>, audit::kCategoryCount> rows;
  for (TableReader& row : table.Tables("capability")) {
    audit::Capability capability;
    const auto category = row.Word<audit::Category>("category", audit::kCategoryNames);
    capability.category = category.value_or(audit::Category::kSubscriberIdentity);
    capability.value =
        row.Word<audit::Answer>("value", audit::kAnswerNames).value_or(audit::Answer::kUnknown);
    capability.condition = row.TextOr("condition");
    capability.holder = row.TextOr("holder", default_holder);
    capability.provenance = ReadProvenance(row, sources);
    if (capability.value == audit::Answer::kConditional && capability.condition.empty()) {
      row.Report("value", "conditional needs its \"condition\" in words");
    }
    row.Finish();
    if (!category) continue;
    rows[static_cast<std::size_t>(*category)].push_back(DatedFact(std::move(capability), row));
  }
  std::vector<audit::Capability> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SortAndCheckDays(rows[i], "capability " + std::string(audit::kCategoryNames[i]), table.file(),
                     problems);
    for (auto& [capability, line, days] : rows[i]) out.push_back(std::move(capability));
  }
  return out;
}

}  // namespace

void ReadService(const Value& document, const std::string& file, const Sources& sources,
                 Drafts& drafts, std::vector<Problem>& problems) {
  TableReader table(document, file, problems);
  ServiceDraft draft{.service = {}, .place = {file, table.LineOf("id")}};
  audit::Service& service = draft.service;
  service.id = ReadId(table);
  CheckFileName(table, service.id, drafts);
  service.title = table.Text("title");
  service.provider = table.Text("provider");
  service.jurisdiction = table.Text("jurisdiction");
  if (const auto as_of = table.Day("as_of")) {
    service.as_of = *as_of;
  } else if (!table.Has("as_of")) {
    table.Report("as_of", "\"as_of\" is missing");
  }
  for (TableReader& scope : table.Tables("scope")) {
    const std::uint32_t line = scope.LineOf("id");
    service.scopes.push_back(ReadScope(scope, sources, problems));
    const auto same =
        std::ranges::count(service.scopes, service.scopes.back().id, &audit::Scope::id);
    if (same > 1) {
      problems.push_back({file, line, "scope \"" + service.scopes.back().id + "\" is given twice"});
    }
  }
  std::ranges::sort(service.scopes, {}, &audit::Scope::id);
  service.capabilities = ReadCapabilities(table, sources, service.provider, problems);
  for (TableReader& endpoint : table.Tables("endpoint")) {
    EndpointDraft read = ReadEndpoint(endpoint, sources);
    endpoint.Finish();
    read.services = {service.id};
    for (std::string& scope : read.scopes) scope.insert(0, service.id + ".");
    drafts.endpoints.push_back(std::move(read));
  }
  table.Finish();
  drafts.services.push_back(std::move(draft));
}

void ReadGroups(const Value& document, const std::string& file, const Sources& sources,
                Drafts& drafts, std::vector<Problem>& problems) {
  TableReader table(document, file, problems);
  for (TableReader& endpoint : table.Tables("endpoint")) {
    EndpointDraft read = ReadEndpoint(endpoint, sources);
    read.group = true;
    read.services = endpoint.Texts("services");
    if (read.services.size() < 2) {
      endpoint.Report("services", "a group needs the two or more \"services\" that share it");
    }
    endpoint.Finish();
    drafts.endpoints.push_back(std::move(read));
  }
  for (TableReader& front : table.Tables("front")) {
    const std::string name = front.Text("name");
    CheckSuffix(front, "name", name);
    ReadCitation(front, sources);
    front.Finish();
    drafts.known_fronts.push_back(name);
  }
  table.Finish();
}

}  // namespace unopened::config
