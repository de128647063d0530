// What was measured: who was contacted, how, and what follows for live content.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "exporters/report/build_parts.h"
#include "exporters/report/words.h"

namespace unopened::exporters::report {
namespace {

using audit::Counts;
using Keys = std::vector<std::string>;

// Sums by the keys of their rows.
struct Sum {
  Counts counts;
  std::vector<std::uint32_t> members;
  void Add(std::uint32_t index, const Counts& more) {
    counts += more;
    members.push_back(index);  // rising, since statements are visited in order
  }
};

struct Groups {
  std::map<Keys, Sum> sums;
  void Add(Keys keys, std::uint32_t index, const Counts& counts) {
    sums[std::move(keys)].Add(index, counts);
  }
  std::vector<std::pair<Keys, Sum>> BySize() const {
    std::vector<std::pair<Keys, Sum>> rows(sums.begin(), sums.end());
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::pair(b.second.counts.conversations, b.second.counts.sessions) <
             std::pair(a.second.counts.conversations, a.second.counts.sessions);
    });
    return rows;
  }
};

using classify::KeyExchange;

std::string_view ForwardSecrecy(KeyExchange exchange) {
  switch (exchange) {
    case KeyExchange::kFfdhe:
    case KeyExchange::kEcdhe:
    case KeyExchange::kPqHybrid:
    case KeyExchange::kPq:
    case KeyExchange::kPskDhe:
    case KeyExchange::kNoiseDh:
      return "yes";
    case KeyExchange::kStaticRsa:
    case KeyExchange::kPskOnly:
    case KeyExchange::kExport:
    case KeyExchange::kNullCipher:
      return "no";
    case KeyExchange::kDhAnonymous:
    case KeyExchange::kOtherDh:
    case KeyExchange::kNone:
    case KeyExchange::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view PostQuantum(KeyExchange exchange) {
  if (exchange == KeyExchange::kPqHybrid || exchange == KeyExchange::kPq) return "yes";
  return exchange == KeyExchange::kUnknown ? "unknown" : "no";
}

using Visit = std::function<void(std::uint32_t, const Statement&, const Counts&)>;

struct View {
  const Collected& collected;
  const PartCounts& part;
  void Each(const Visit& visit) const {
    for (const auto& [index, counts] : part.counts) {
      visit(index, collected.statements[index], counts);
    }
  }
  void BothSides(const Visit& visit) const {
    Each([&](std::uint32_t index, const Statement& statement, const Counts& counts) {
      if (ClassOf(statement) == Class::kBothSides) visit(index, statement, counts);
    });
  }
};

bool IsEncrypted(const Statement& statement) {
  return statement.answers.wire == audit::WireState::kEncrypted;
}
bool HasHello(const Statement& statement) {
  return statement.facts.name_visibility != classify::NameVisibility::kNotApplicable;
}

// The rows of `totals`: the classes, their sum, and the subsets that shares are of.
constexpr std::array<std::string_view, 8> kTotals = {
    "all", "both_sides", "one_sided", "no_payload", "dns", "other", "encrypted", "hello_seen"};

std::map<std::string_view, Sum> TotalsOf(const View& view) {
  std::map<std::string_view, Sum> totals;
  for (const std::string_view name : kTotals) totals[name];
  view.Each([&](std::uint32_t index, const Statement& statement, const Counts& counts) {
    const Class in = ClassOf(statement);
    totals["all"].Add(index, counts);
    totals[Name(in)].Add(index, counts);
    if (in != Class::kBothSides) return;
    if (IsEncrypted(statement)) totals["encrypted"].Add(index, counts);
    if (HasHello(statement)) totals["hello_seen"].Add(index, counts);
  });
  return totals;
}

std::string Of(const PartCounts& part, std::string_view name) {
  return "totals/" + part.label + "/" + std::string(name);
}

void AddTotals(const Collected& collected, const std::vector<PartCounts>& parts, Report& report) {
  Table table{
      "totals",
      "Denominators",
      "Every session is in one class: both sides seen, one side, no payload (scans), DNS, or "
      "kept apart by a bound. encrypted and hello_seen are subsets of both_sides.",
      {{"period", Role::kKey, "Period"},
       {"class", Role::kKey, "Class"},
       {"period_start", Role::kText, "From"},
       {"period_end", Role::kText, "To"},
       {"sessions", Role::kMeasured, "Sessions"},
       {"conversations", Role::kMeasured, "Conversations"},
       {"packets", Role::kVolume, "Packets"},
       {"bytes", Role::kVolume, "Bytes"}},
      {}};
  for (const PartCounts& part : parts) {
    const auto totals = TotalsOf({collected, part});
    for (const std::string_view name : kTotals) {
      const auto& [sum, members] = totals.at(name);
      table.members.push_back(members);
      table.rows.push_back({part.label, name, base::FormatDay(part.period.from),
                            base::FormatDay(part.period.until), sum.sessions, sum.conversations,
                            sum.packets, sum.bytes});
    }
  }
  report.tables.push_back(std::move(table));
}

void AddHeadline(const Collected& collected, const std::vector<PartCounts>& parts, Report& report) {
  Table table{"headline",
              "What providers could read",
              "The service provider's answer for live content. Each conversation of which both "
              "sides were seen is in exactly one row.",
              {{"period", Role::kKey, "Period"}, {"answer", Role::kKey, "Answer"}},
              {}};
  for (Column& column : ShareColumns()) table.columns.push_back(std::move(column));
  for (const PartCounts& part : parts) {
    std::array<Sum, audit::kVerdictCount> sums{};
    Counts whole;
    View{collected, part}.BothSides(
        [&](std::uint32_t index, const Statement& statement, const Counts& counts) {
          sums[static_cast<std::size_t>(statement.answers.verdict)].Add(index, counts);
          whole += counts;
        });
    for (std::size_t i = 0; i < sums.size(); ++i) {
      Row row{part.label, audit::kVerdictNames[i]};
      AppendShares(row, sums[i].counts, whole, Of(part, "both_sides"));
      table.rows.push_back(std::move(row));
      table.members.push_back(sums[i].members);
    }
  }
  report.tables.push_back(std::move(table));
}

// A table of the whole period, grouped by `keys_of`, of one row of `totals`.
Table Grouping(const View& view, std::string name, std::string title, std::string note,
               std::vector<Column> keys, std::string_view of,
               const std::function<bool(const Statement&)>& holds,
               const std::function<Keys(const Statement&)>& keys_of) {
  Table table{std::move(name), std::move(title), std::move(note), std::move(keys), {}};
  for (Column& column : ShareColumns()) table.columns.push_back(std::move(column));
  Groups groups;
  Counts whole;
  view.BothSides([&](std::uint32_t index, const Statement& statement, const Counts& counts) {
    if (!holds(statement)) return;
    groups.Add(keys_of(statement), index, counts);
    whole += counts;
  });
  for (const auto& [row_keys, sum] : groups.BySize()) {
    Row row(row_keys.begin(), row_keys.end());
    AppendShares(row, sum.counts, whole, Of(view.part, of));
    table.rows.push_back(std::move(row));
    table.members.push_back(sum.members);
  }
  return table;
}

void AddKeys(const View& view, Report& report) {
  report.tables.push_back(Grouping(
      view, "key_exchange", "Recordings, read later",
      "Whether a recording of the session could be decrypted later, by key exchange. Of encrypted "
      "conversations. A tap cannot show that the ends erased their keys.",
      {{"key_exchange", Role::kKey, "Key exchange"},
       {"recorded_ciphertext", Role::kKey, "A recording, later"},
       {"reason", Role::kKey, "Because"},
       {"exposed_to_quantum", Role::kKey, "Exposed to a later quantum computer"},
       {"forward_secrecy", Role::kText, "Forward secrecy"},
       {"post_quantum", Role::kText, "Post-quantum"}},
      "encrypted", IsEncrypted, [](const Statement& statement) -> Keys {
        constexpr auto kRecorded = static_cast<std::size_t>(audit::Category::kRecordedCiphertext);
        const auto& provider = statement.answers.party[0];
        const KeyExchange exchange = statement.facts.key_exchange;
        return {std::string(Name(exchange)),
                std::string(Name(provider.answers[kRecorded])),
                std::string(Name(provider.reasons[kRecorded])),
                statement.answers.exposed_to_quantum ? "yes" : "no",
                std::string(ForwardSecrecy(exchange)),
                std::string(PostQuantum(exchange))};
      }));
  struct Property {
    std::string_view name;
    bool (*holds)(const Statement&);
  };
  static constexpr Property kProperties[] = {
      {"forward_secrecy",
       [](const Statement& s) { return ForwardSecrecy(s.facts.key_exchange) == "yes"; }},
      {"post_quantum",
       [](const Statement& s) { return PostQuantum(s.facts.key_exchange) == "yes"; }},
      {"static_rsa",
       [](const Statement& s) { return s.facts.key_exchange == KeyExchange::kStaticRsa; }},
      {"exposed_to_quantum", [](const Statement& s) { return s.answers.exposed_to_quantum; }},
      {"resumed",
       [](const Statement& s) { return s.facts.resumption == classify::Resumption::kResumed; }},
      {"early_data_offered",
       [](const Statement& s) { return s.facts.early_data == classify::EarlyData::kOffered; }},
      {"key_exchange_unknown",
       [](const Statement& s) { return s.facts.key_exchange == KeyExchange::kUnknown; }},
  };
  Table table{"key_properties",
              "Properties of the key exchange",
              "Of encrypted conversations; one conversation may be in several rows.",
              {{"property", Role::kKey, "Property"}},
              {}};
  for (Column& column : ShareColumns()) table.columns.push_back(std::move(column));
  for (const Property& property : kProperties) {
    Sum sum;
    Counts whole;
    view.BothSides([&](std::uint32_t index, const Statement& statement, const Counts& counts) {
      if (!IsEncrypted(statement)) return;
      whole += counts;
      if (property.holds(statement)) sum.Add(index, counts);
    });
    Row row{property.name};
    AppendShares(row, sum.counts, whole, Of(view.part, "encrypted"));
    table.rows.push_back(std::move(row));
    table.members.push_back(sum.members);
  }
  report.tables.push_back(std::move(table));
}

struct ServiceWords {
  std::string title = "no endpoint of the catalogue";
  std::string kind = "none";
  std::string provider = "unknown";
  std::string jurisdiction = "unknown";
};

ServiceWords WordsOf(const Collected& collected, const Statement& statement) {
  ServiceWords words;
  if (statement.other) return {"kept apart by a bound", "none", "unknown", "unknown"};
  const audit::Catalogue& catalogue = *collected.catalogues[statement.catalogue];
  if (statement.facts.endpoint == classify::kNoEndpoint) return words;
  const audit::Endpoint& endpoint = catalogue.endpoint(statement.facts.endpoint);
  words.title = endpoint.title.empty() ? endpoint.id : endpoint.title;
  words.kind = endpoint.group ? "group" : "service";
  if (!endpoint.group && endpoint.services.size() == 1) {
    const audit::Service& service = catalogue.services[endpoint.services[0]];
    words.title = service.title.empty() ? words.title : service.title;
    if (!service.provider.empty()) words.provider = service.provider;
    if (!service.jurisdiction.empty()) words.jurisdiction = service.jurisdiction;
  }
  return words;
}

void AddServices(const View& view, Report& report) {
  report.tables.push_back(Grouping(
      view, "services", "Services",
      "Who was contacted, under which policy, and the provider's answer for live content. A "
      "service whose policy changed in the period has a row for each.",
      {{"endpoint", Role::kKey, "Endpoint"},
       {"policy", Role::kKey, "Policy"},
       {"answer", Role::kKey, "Live content"},
       {"title", Role::kText, "Service"},
       {"kind", Role::kText, "Kind"},
       {"provider", Role::kText, "Provider"},
       {"jurisdiction", Role::kText, "Jurisdiction"}},
      "both_sides", [](const Statement&) { return true; },
      [&](const Statement& statement) -> Keys {
        const ServiceWords words = WordsOf(view.collected, statement);
        return {statement.endpoint,
                statement.answers.policy,
                std::string(Name(statement.answers.verdict)),
                words.title,
                words.kind,
                words.provider,
                words.jurisdiction};
      }));
}

// Table B of docs/report.md: one row a kind of session and part of the period.
void AddTableB(const Collected& collected, const std::vector<PartCounts>& parts, Report& report) {
  Table table{"measured",
              "Measured sessions",
              "Table B: every session that was counted, by part of the period.",
              {{"period", Role::kKey, "Period"},
               {"class", Role::kKey, "Class"},
               {"protocol", Role::kKey, "Protocol"},
               {"service_id", Role::kKey, "Endpoint"},
               {"encryption_status_at_time", Role::kKey, "Policy"},
               {"live_content", Role::kKey, "Live content"},
               {"evidence_strength", Role::kKey, "Evidence"},
               {"operator", Role::kText, "Provider"},
               {"jurisdiction", Role::kText, "Jurisdiction"},
               {"sessions", Role::kMeasured, "Sessions"},
               {"conversations", Role::kMeasured, "Conversations"},
               {"bytes", Role::kVolume, "Bytes"}},
              {}};
  for (const PartCounts& part : parts) {
    // The whole period alone, unless there are parts: then it is their sum.
    if (parts.size() > 1 && &part == &parts[0]) continue;
    Groups groups;
    View{collected, part}.Each([&](std::uint32_t index, const Statement& statement,
                                   const Counts& counts) {
      const ServiceWords words = WordsOf(collected, statement);
      groups.Add({part.label, std::string(Name(ClassOf(statement))),
                  statement.other ? "other" : std::string(Name(statement.facts.protocol)),
                  statement.endpoint, statement.answers.policy,
                  std::string(Name(statement.answers.verdict)),
                  std::string(Name(statement.facts.evidence)), words.provider, words.jurisdiction},
                 index, counts);
    });
    for (const auto& [keys, sum] : groups.sums) {
      Row row(keys.begin(), keys.end());
      row.insert(row.end(), {sum.counts.sessions, sum.counts.conversations, sum.counts.bytes});
      table.rows.push_back(std::move(row));
      table.members.push_back(sum.members);
    }
  }
  report.tables.push_back(std::move(table));
}

}  // namespace

std::vector<Column> ShareColumns() {
  return {{"conversations", Role::kMeasured, "Conversations"},
          {"conversations_of", Role::kMeasured, "of"},
          {"conversations_share", Role::kShare, "Share", "conversations", "conversations_of"},
          {"bytes", Role::kVolume, "Bytes"},
          {"bytes_of", Role::kVolume, "of bytes"},
          {"bytes_share", Role::kShare, "Share of bytes", "bytes", "bytes_of"},
          {"of", Role::kText, "Denominator"}};
}

void AppendShares(Row& row, const Counts& part, const Counts& whole, const std::string& of) {
  row.insert(row.end(), {part.conversations, whole.conversations, Value(), part.bytes, whole.bytes,
                         Value(), of});
}

void AddMeasured(const Collected& collected, const std::vector<PartCounts>& parts, Report& report) {
  const View whole{collected, parts[0]};
  AddTotals(collected, parts, report);
  AddHeadline(collected, parts, report);
  AddServices(whole, report);
  report.tables.push_back(Grouping(
      whole, "protocols", "Protocols", "Of conversations, both sides seen.",
      {{"protocol", Role::kKey, "Protocol"},
       {"variant", Role::kKey, "Variant"},
       {"version", Role::kKey, "Version"}},
      "both_sides", [](const Statement&) { return true; },
      [](const Statement& statement) -> Keys {
        return {std::string(Name(statement.facts.protocol)),
                std::string(Name(statement.facts.variant)),
                std::string(Name(statement.facts.version))};
      }));
  report.tables.push_back(Grouping(
      whole, "names", "Host names that the network could see",
      "Of conversations with a hello. An offer of Encrypted Client Hello is no hidden name: a real "
      "one and filler look alike.",
      {{"name_visibility", Role::kKey, "Name"}}, "hello_seen", HasHello,
      [](const Statement& statement) -> Keys {
        return {std::string(Name(statement.facts.name_visibility))};
      }));
  AddKeys(whole, report);
  AddTableB(collected, parts, report);
}

}  // namespace unopened::exporters::report
