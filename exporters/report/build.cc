#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/merkle/hash.h"
#include "exporters/report/build_parts.h"
#include "exporters/report/suppress.h"

namespace unopened::exporters::report {
namespace {

using base::Fail;
using base::Failure;

// From the first to the last day that was recorded; without any, of the demands.
std::optional<Period> WholePeriod(const Collected& collected, std::optional<SourceKind> source) {
  std::optional<Period> whole;
  const auto add = [&](const Period& more) {
    if (!whole) whole = more;
    whole->from = std::min(whole->from, more.from);
    whole->until = std::max(whole->until, more.until);
  };
  for (const auto& [key, totals] : collected.days) {
    if (!source || key.first == *source) add({key.second, key.second});
  }
  if (whole) return whole;
  for (const LoggedDemand& logged : collected.demands) {
    add({logged.demand.from, logged.demand.until});
  }
  return whole;
}

std::string ReportId(const Collected& collected, const Report& report, Step step) {
  std::string text(kSchemaVersion);
  for (const LogSource& log : collected.logs) text += "\n" + log.origin;
  text += fmt::format("\n{}\n{}\n{}\n{}", base::FormatDay(report.period.from),
                      base::FormatDay(report.period.until), Name(step), Name(report.source));
  audit::merkle::Hasher hasher;
  return audit::merkle::Hex(hasher.Sha256(text)).substr(0, 16);
}

void AddHeader(const Collected& collected, const ReportOptions& options, Report& report) {
  std::string checkpoints;
  for (const LogSource& log : collected.logs) {
    if (!checkpoints.empty()) checkpoints += "; ";
    checkpoints +=
        fmt::format("{} {} sha256:{}", log.origin, log.size, audit::merkle::Hex(log.root));
  }
  report.header = {
      {"report_id", ReportId(collected, report, options.step)},
      {"schema_version", std::string(kSchemaVersion)},
      {"publisher", options.publisher},
      {"service_or_network", options.network},
      {"jurisdiction", options.jurisdiction},
      {"contact", options.contact},
      {"period_start", base::FormatDay(report.period.from)},
      {"period_end", base::FormatDay(report.period.until)},
      {"by", std::string(Name(options.step))},
      {"source", std::string(Name(report.source))},
      {"min_count", std::to_string(options.min_count)},
      {"status", report.verified ? "draft" : "unverified"},
      {"version", "0"},
      {"supersedes", "none"},
      {"published_at", "not_published"},
      {"counting_unit",
       "conversation: a session with payload in both directions; bytes on the wire, headers "
       "included"},
      {"method_note",
       "Handshakes only. Headline shares are of sessions whose both sides were seen; scans and DNS "
       "are apart. What a provider could hand over follows from its cited policy on the day, by "
       "one "
       "published table."},
      {"log_checkpoint", checkpoints},
      {"cells_sha256", ""},
  };
}

}  // namespace

const Table& Report::table(std::string_view name) const {
  static const Table kNone;
  for (const Table& table : tables) {
    if (table.name == name) return table;
  }
  return kNone;
}
Table& Report::table(std::string_view name) {
  return const_cast<Table&>(std::as_const(*this).table(name));
}

std::string_view Report::header_value(std::string_view name) const {
  for (const auto& [key, value] : header) {
    if (key == name) return value;
  }
  return {};
}

Class ClassOf(const Statement& statement) {
  if (statement.other) return Class::kOther;
  const classify::Session& facts = statement.facts;
  if (facts.outcome == classify::Outcome::kNoPayload) return Class::kNoPayload;
  if (facts.protocol == classify::Protocol::kDns) return Class::kDns;
  // A stranger can forge one side alone, so one-sided traffic is in no headline.
  if (facts.sides != classify::SidesSeen::kBoth) return Class::kOneSided;
  return Class::kBothSides;
}

std::vector<PartCounts> CountParts(const Collected& collected, const Report& report) {
  std::vector<std::map<std::uint32_t, audit::Counts>> sums(report.buckets.size() + 1);
  std::size_t bucket = 0;
  for (const auto& [key, totals] : collected.days) {
    const base::Day day = key.second;
    if (key.first != report.source || !report.period.Holds(day)) continue;
    // Days rise, and so do buckets.
    while (bucket < report.buckets.size() && report.buckets[bucket].period.until < day) ++bucket;
    for (const auto& [statement, counts] : totals.counts) {
      sums[0][statement] += counts;
      if (bucket < report.buckets.size()) sums[bucket + 1][statement] += counts;
    }
  }
  std::vector<PartCounts> parts;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    PartCounts part;
    part.label = i == 0 ? std::string(kTotal) : report.buckets[i - 1].label;
    part.period = i == 0 ? report.period : report.buckets[i - 1].period;
    part.counts.assign(sums[i].begin(), sums[i].end());
    parts.push_back(std::move(part));
  }
  return parts;
}

base::Result<Report> Build(const Collected& collected, const ReportOptions& options) {
  Report report;
  const auto period = options.period ? options.period : WholePeriod(collected, options.source);
  if (!period) {
    return Fail(Failure::kUsage, "the log holds no window and no demand to take a period from", "",
                "--from DAY --to DAY");
  }
  report.period = *period;
  if (report.period.until < report.period.from) {
    return Fail(
        Failure::kUsage, "the period ends before it begins",
        base::FormatDay(report.period.from) + " to " + base::FormatDay(report.period.until));
  }
  std::set<SourceKind> kinds;
  for (const auto& [key, totals] : collected.days) {
    if (report.period.Holds(key.second)) kinds.insert(key.first);
  }
  if (options.source) {
    report.source = *options.source;
  } else if (kinds.size() > 1) {
    return Fail(Failure::kUsage, "the period holds live runs and files, which are never added up",
                "", "--source live or --source file");
  } else if (kinds.size() == 1) {
    report.source = *kinds.begin();
  }
  report.empty = kinds.count(report.source) == 0;
  if (options.min_count >= 2 && !options.assumptions.empty()) {
    return Fail(Failure::kUsage, "an assumption is not for publication", "--assume",
                "without --min-count");
  }
  auto buckets = Split(report.period, options.step);
  if (!buckets) return Fail(buckets.error());
  report.buckets = std::move(*buckets);
  report.verified = std::all_of(collected.logs.begin(), collected.logs.end(),
                                [](const LogSource& log) { return log.verified; });
  AddHeader(collected, options, report);
  const auto parts = CountParts(collected, report);
  AddMeasured(collected, parts, report);
  AddAnswers(collected, parts, report);
  AddLegal(collected, report);
  const auto assumed = AddWhatIf(collected, options.assumptions, report);
  if (!assumed) return Fail(assumed.error());
  AddRecord(collected, report);
  report.min_count = options.min_count;
  if (options.min_count >= 2) {
    Suppress(parts, options.min_count, report);
    report.notes.push_back(
        {"suppressed",
         fmt::format("Counts of fewer than {} sessions or conversations are withheld, and as many "
                     "others as keep them from being found by subtraction.",
                     options.min_count)});
  }
  report.header.back().second = CellsDigest(report);
  return report;
}

std::string CellsDigest(const Report& report) {
  std::string text;
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      const std::string name = table.RowName(row);
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].role == Role::kKey) continue;
        text += name + "/" + table.columns[i].name + "=" + PlainText(table, row, i) + "\n";
      }
    }
  }
  audit::merkle::Hasher hasher;
  return audit::merkle::Hex(hasher.Sha256(text));
}

}  // namespace unopened::exporters::report
