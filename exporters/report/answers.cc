// What could and could not be handed over: party by category, and under each instrument.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/disclosure.h"
#include "exporters/report/build_parts.h"

namespace unopened::exporters::report {
namespace {

using audit::Answer;
using audit::Category;
using audit::Counts;
using audit::Finding;
using audit::kCategoryCount;
using audit::Party;

constexpr std::array<Party, 2> kParties = {Party::kProvider, Party::kOperator};

struct Sum {
  Counts counts;
  std::uint64_t unverified = 0;  // conversations
  std::vector<std::uint32_t> members;
  void Add(std::uint32_t index, const Counts& more) {
    counts += more;
    members.push_back(index);
  }
};

Table AnswersTable(std::string name, std::string title, std::string note,
                   std::vector<Column> keys) {
  Table table{std::move(name), std::move(title), std::move(note), std::move(keys), {}};
  for (Column& column : ShareColumns()) table.columns.push_back(std::move(column));
  table.columns.push_back(
      {"unverified_conversations", Role::kMeasured, "Resting on facts not fully verified"});
  return table;
}

template <class Keys>
void Fill(Table& table, const std::map<Keys, Sum>& sums, const Counts& whole,
          const std::string& of) {
  for (const auto& [keys, sum] : sums) {
    Row row;
    std::apply([&](const auto&... key) { (row.emplace_back(std::string_view(Name(key))), ...); },
               keys);
    AppendShares(row, sum.counts, whole, of);
    row.emplace_back(sum.unverified);
    table.rows.push_back(std::move(row));
    table.members.push_back(sum.members);
  }
}

// The statement's answers as findings, for audit::DiscloseAll.
std::array<Finding, kCategoryCount> FindingsOf(const Answers::Side& side) {
  std::array<Finding, kCategoryCount> findings;
  for (std::size_t i = 0; i < kCategoryCount; ++i) findings[i].answer = side.answers[i];
  return findings;
}

std::string JurisdictionOf(const audit::Catalogue& catalogue, classify::EndpointId id) {
  const audit::Endpoint& endpoint = catalogue.endpoint(id);
  if (endpoint.group || endpoint.services.size() != 1) return "";
  return catalogue.services[endpoint.services[0]].jurisdiction;
}

struct InstrumentKey {
  std::size_t place = 0;  // in the order in which the catalogue lists them
  std::string id;
  friend auto operator<=>(const InstrumentKey&, const InstrumentKey&) = default;
};
std::string_view Name(const InstrumentKey& key) { return key.id; }
using audit::Name;

void AddTotals(const Collected& collected, const PartCounts& whole, Report& report) {
  std::map<std::tuple<Party, Category, Answer>, Sum> answers;
  std::map<std::tuple<Answer>, Sum> scanning;
  std::map<std::tuple<Party, InstrumentKey, Category, Answer>, Sum> obtained;
  Counts all;
  for (const auto& [index, counts] : whole.counts) {
    const Statement& statement = collected.statements[index];
    if (ClassOf(statement) != Class::kBothSides || counts.conversations == 0) continue;
    all += counts;
    const audit::Catalogue& catalogue = *collected.catalogues[statement.catalogue];
    const std::string jurisdiction = JurisdictionOf(catalogue, statement.facts.endpoint);
    scanning[{statement.answers.scanning}].Add(index, counts);
    for (const Party party : kParties) {
      const Answers::Side& side = statement.answers.party[static_cast<std::size_t>(party)];
      for (std::size_t i = 0; i < kCategoryCount; ++i) {
        Sum& sum = answers[{party, static_cast<Category>(i), side.answers[i]}];
        sum.Add(index, counts);
        if (side.unverified[i]) sum.unverified += counts.conversations;
      }
      const auto findings = FindingsOf(side);
      for (std::size_t n = 0; n < catalogue.instruments.size(); ++n) {
        const audit::Instrument& instrument = catalogue.instruments[n];
        // The operator is asked under the instrument's own law (gateway/explanation.cc).
        const auto disclosed = audit::DiscloseAll(
            findings, instrument,
            party == Party::kProvider ? jurisdiction : instrument.jurisdiction, statement.day);
        for (std::size_t i = 0; i < kCategoryCount; ++i) {
          Sum& sum =
              obtained[{party, {n, instrument.id}, static_cast<Category>(i), disclosed[i].answer}];
          sum.Add(index, counts);
          if (side.unverified[i] || disclosed[i].reach_verified != audit::Verified::kYes) {
            sum.unverified += counts.conversations;
          }
        }
      }
    }
  }
  const std::string of = "totals/" + std::string(kTotal) + "/both_sides";
  report.tables.push_back(AnswersTable(
      "answers", "What could and could not be handed over",
      "Party by category, of conversations with both sides seen. Each conversation is in exactly "
      "one answer of a party and category.",
      {{"party", Role::kKey, "Party"},
       {"category", Role::kKey, "Category"},
       {"answer", Role::kKey, "Answer"}}));
  Fill(report.tables.back(), answers, all, of);
  report.tables.push_back(AnswersTable(
      "scanning", "What a provider could have scanned",
      "Whether the provider could have scanned what its users wrote, from what it could read on "
      "the way or in store; software on the device is no part of it.",
      {{"answer", Role::kKey, "Answer"}}));
  Fill(report.tables.back(), scanning, all, of);
  report.tables.push_back(AnswersTable(
      "instruments", "Under each instrument",
      "Party by instrument and category, of conversations with both sides seen: what the party "
      "holds, as far as the instrument reaches.",
      {{"party", Role::kKey, "Party"},
       {"instrument", Role::kKey, "Instrument"},
       {"category", Role::kKey, "Category"},
       {"answer", Role::kKey, "Answer"}}));
  Fill(report.tables.back(), obtained, all, of);
}

std::string Sources(const Finding& finding) {
  std::string text;
  for (const audit::Provenance& source : finding.sources) {
    if (source.source.empty()) continue;
    if (!text.empty()) text += " ; ";
    text += source.source;
  }
  return text.empty() ? "none" : text;
}

std::string SourceDate(const Finding& finding) {
  std::optional<base::Day> day;
  for (const audit::Provenance& source : finding.sources) {
    for (const auto& date : {source.source_date, source.from}) {
      if (date) day = std::max(day.value_or(*date), *date);
    }
  }
  return day ? base::FormatDay(*day) : "unknown";
}

std::string Verification(const Finding& finding) {
  if (finding.sources.empty()) return "unknown";
  audit::Verified weakest = audit::Verified::kYes;
  for (const audit::Provenance& source : finding.sources) {
    weakest = std::min(weakest, source.verified);
  }
  return std::string(Name(weakest));
}

// A session to the endpoint as nearly all are: a handshake seen from both sides, with ephemeral
// keys.
classify::Session UsualSession(classify::EndpointId endpoint) {
  classify::Session session;
  session.protocol = classify::Protocol::kTls;
  session.version = classify::Version::kTls13;
  session.key_exchange = classify::KeyExchange::kEcdhe;
  session.resumption = classify::Resumption::kNone;
  session.name_visibility = classify::NameVisibility::kVisible;
  session.sides = classify::SidesSeen::kBoth;
  session.outcome = classify::Outcome::kIdentified;
  session.evidence = classify::Evidence::kProof;
  session.endpoint = endpoint;
  return session;
}

void AppendDisclosure(Table& table, const audit::Catalogue& catalogue, Party party,
                      const std::string& service, const std::string& jurisdiction,
                      const std::array<Finding, kCategoryCount>& findings, base::Day day) {
  const auto append = [&](const std::string& instrument, std::size_t i, Answer answer,
                          std::string_view reach, std::string_view reach_reason) {
    const Finding& finding = findings[i];
    table.rows.push_back(
        {Name(party), service, instrument, Name(static_cast<Category>(i)), Name(answer),
         Name(finding.answer), reach, reach_reason, Name(finding.reason),
         finding.condition.empty() ? std::string("none") : finding.condition,
         finding.holder.empty() ? std::string("the party itself") : finding.holder,
         finding.claimed ? Name(*finding.claimed) : std::string_view("none"),
         finding.sources.empty() ? "inferred" : "documented", Verification(finding),
         Sources(finding), SourceDate(finding), base::FormatDay(day), catalogue.digest});
  };
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    // That one depends on each session's own key exchange: table key_exchange.
    if (static_cast<Category>(i) == Category::kRecordedCiphertext) continue;
    append("none", i, findings[i].answer, "not_applicable", "not_applicable");
  }
  for (const audit::Instrument& instrument : catalogue.instruments) {
    const auto disclosed =
        audit::DiscloseAll(findings, instrument,
                           party == Party::kProvider ? jurisdiction : instrument.jurisdiction, day);
    for (std::size_t i = 0; i < kCategoryCount; ++i) {
      if (static_cast<Category>(i) == Category::kRecordedCiphertext) continue;
      append(instrument.id, i, disclosed[i].answer, Name(disclosed[i].reach),
             Name(disclosed[i].reason));
    }
  }
}

// Table C: each service that was seen, by instrument and category, on the last day recorded.
void AddDisclosure(const Collected& collected, const PartCounts& whole, Report& report) {
  Table table{"disclosure",
              "What each instrument obtains",
              "Table C: for each service seen, and for this network's operator, by instrument "
              "(none: what the party holds at all) and category, on the last day recorded; for a "
              "session with ephemeral keys seen from both sides.",
              {{"party", Role::kKey, "Party"},
               {"service_id", Role::kKey, "Endpoint"},
               {"legal_instrument", Role::kKey, "Instrument"},
               {"data_category", Role::kKey, "Category"},
               {"answer", Role::kText, "Answer"},
               {"capability", Role::kText, "Holds"},
               {"reach", Role::kText, "Reach"},
               {"reach_reason", Role::kText, "Reach because"},
               {"reason", Role::kText, "Because"},
               {"condition", Role::kText, "Condition"},
               {"holder", Role::kText, "Holder"},
               {"claimed", Role::kText, "Claimed"},
               {"basis", Role::kText, "Basis"},
               {"verified", Role::kText, "Verified"},
               {"source_url", Role::kText, "Sources"},
               {"source_as_of", Role::kText, "Source of"},
               {"as_of", Role::kText, "On"},
               {"catalogue_version", Role::kText, "Catalogue"}},
              {}};
  Table facts{"instrument_facts",
              "Instruments",
              "The legal instruments of the catalogue in effect last.",
              {{"instrument", Role::kKey, "Instrument"},
               {"title", Role::kText, "Title"},
               {"jurisdiction", Role::kText, "Jurisdiction"},
               {"section", Role::kText, "Section"},
               {"binds", Role::kText, "Binds"},
               {"in_force_from", Role::kText, "In force from"}},
              {}};
  // The catalogue in effect last.
  std::optional<std::size_t> latest;
  std::optional<base::Day> day;
  for (const Run& run : collected.runs) {
    if (run.kind != report.source || !run.last_window_end) continue;
    const base::Day last = base::DayOf(*run.last_window_end - 1);
    if (!report.period.Holds(last) && run.windows == 0) continue;
    if (!day || last >= *day) {
      day = last;
      latest = run.catalogue;
    }
  }
  if (!latest || report.empty) {
    report.tables.push_back(std::move(facts));
    report.tables.push_back(std::move(table));
    return;
  }
  const base::Day on = std::min(*day, report.period.until);
  const audit::Catalogue& catalogue = *collected.catalogues[*latest];
  const auto or_unknown = [](const std::string& text) {
    return text.empty() ? std::string("unknown") : text;
  };
  for (const audit::Instrument& instrument : catalogue.instruments) {
    facts.rows.push_back({instrument.id, or_unknown(instrument.title),
                          or_unknown(instrument.jurisdiction), or_unknown(instrument.section),
                          or_unknown(instrument.binds),
                          instrument.in_force_from ? base::FormatDay(*instrument.in_force_from)
                                                   : std::string("unknown")});
  }
  report.tables.push_back(std::move(facts));
  std::set<std::string> seen;
  for (const auto& [index, counts] : whole.counts) {
    const Statement& statement = collected.statements[index];
    if (ClassOf(statement) == Class::kBothSides) seen.insert(statement.endpoint);
  }
  std::array<Finding, kCategoryCount> network{};
  bool any = false;
  for (std::size_t i = 1; i < catalogue.endpoints.size(); ++i) {
    const audit::Endpoint& endpoint = catalogue.endpoints[i];
    const auto id = static_cast<classify::EndpointId>(i);
    const auto assessment = audit::Assess(audit::ShapeOf(UsualSession(id)), catalogue, on);
    network = assessment.access_operator;
    any = true;
    if (endpoint.group || !seen.contains(endpoint.id)) continue;
    AppendDisclosure(table, catalogue, Party::kProvider, endpoint.id, JurisdictionOf(catalogue, id),
                     assessment.provider, on);
  }
  if (any) AppendDisclosure(table, catalogue, Party::kOperator, "network", "", network, on);
  report.tables.push_back(std::move(table));
}

}  // namespace

void AddAnswers(const Collected& collected, const std::vector<PartCounts>& parts, Report& report) {
  AddTotals(collected, parts[0], report);
  AddDisclosure(collected, parts[0], report);
}

}  // namespace unopened::exporters::report
