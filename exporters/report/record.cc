// About the record itself: what was seen, what was missed, and on what the numbers rest.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/merkle/hash.h"
#include "exporters/report/build_parts.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

using base::TimeNs;

// What is listed one by one; the rest is in the sums.
constexpr std::size_t kMostListed = 1000;

std::uint64_t SecondsWithin(const Period& period, TimeNs from, TimeNs until) {
  const TimeNs start = std::int64_t{period.from} * base::kSecondsPerDay * base::kNsPerSecond;
  const TimeNs end = (std::int64_t{period.until} + 1) * base::kSecondsPerDay * base::kNsPerSecond;
  const TimeNs a = std::max(from, start);
  const TimeNs b = std::min(until, end);
  return b > a ? static_cast<std::uint64_t>((b - a) / base::kNsPerSecond) : 0;
}

std::string TapName(const Collected& collected, std::size_t tap) {
  const Tap& named = collected.taps[tap];
  return named.name.empty() ? "unnamed" : named.name;
}
std::string OrUnknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string Origin(const Collected& collected, std::size_t log) {
  return collected.logs[log].origin;
}

void Add(Coverage& sum, const Coverage& more) {
  sum.windows += more.windows;
  sum.partial += more.partial;
  sum.seconds += more.seconds;
  sum.packets += more.packets;
  sum.bytes += more.bytes;
  sum.dropped += more.dropped;
  for (const auto& [cause, loss] : more.losses) {
    sum.losses[cause].packets += loss.packets;
    sum.losses[cause].bytes += loss.bytes;
  }
}

struct TapPart {
  std::map<std::size_t, Coverage> taps;
  std::set<base::Day> days;
};

std::vector<TapPart> CoverParts(const Collected& collected, const Report& report) {
  std::vector<TapPart> parts(report.buckets.size() + 1);
  std::size_t bucket = 0;
  for (const auto& [key, totals] : collected.days) {
    if (key.first != report.source || !report.period.Holds(key.second)) continue;
    while (bucket < report.buckets.size() && report.buckets[bucket].period.until < key.second)
      ++bucket;
    for (const auto& [tap, coverage] : totals.taps) {
      for (const std::size_t part : {std::size_t{0}, bucket + 1}) {
        if (part >= parts.size()) continue;
        Add(parts[part].taps[tap], coverage);
        if (coverage.windows != 0) parts[part].days.insert(key.second);
      }
    }
  }
  return parts;
}

void AddCoverage(const Collected& collected, const std::vector<TapPart>& parts, Report& report) {
  Table table{
      "coverage",
      "What was recorded",
      "By tap and part of the period. A live tap is expected to record every second; what "
      "neither a window nor a gap entry names is unaccounted. Of files nothing is expected.",
      {{"period", Role::kKey, "Period"},
       {"log", Role::kKey, "Log"},
       {"tap", Role::kKey, "Tap"},
       {"period_start", Role::kText, "From"},
       {"period_end", Role::kText, "To"},
       {"cut", Role::kText, "Cut by the period"},
       {"windows", Role::kNumber, "Windows"},
       {"partial_windows", Role::kNumber, "Partial windows"},
       {"seconds_recorded", Role::kNumber, "Seconds recorded"},
       {"seconds_expected", Role::kText, "Seconds expected"},
       {"seconds_in_gaps", Role::kNumber, "Seconds in gap entries"},
       {"seconds_unaccounted", Role::kText, "Seconds unaccounted"},
       {"days_without_window", Role::kText, "Days without a window"},
       {"packets_seen", Role::kNumber, "Packets seen"},
       {"bytes_seen", Role::kNumber, "Bytes seen"},
       {"packets_dropped", Role::kNumber, "Packets dropped"}},
      {}};
  const bool live = report.source == SourceKind::kLive;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Period& period = i == 0 ? report.period : report.buckets[i - 1].period;
    for (std::size_t tap = 0; tap < collected.taps.size(); ++tap) {
      if (collected.taps[tap].kind != report.source) continue;
      const auto found = parts[i].taps.find(tap);
      const Coverage coverage = found == parts[i].taps.end() ? Coverage{} : found->second;
      std::uint64_t in_gaps = 0;
      for (const Gap& gap : collected.gaps) {
        if (gap.tap == tap) in_gaps += SecondsWithin(period, gap.from, gap.until);
      }
      const auto expected = static_cast<std::uint64_t>(period.seconds());
      const std::uint64_t accounted = coverage.seconds + in_gaps;
      std::uint64_t without = 0;
      if (live) {
        const auto days = static_cast<std::uint64_t>(period.until - period.from) + 1;
        without = days - std::min<std::uint64_t>(days, parts[i].days.size());
      }
      table.rows.push_back({i == 0 ? std::string(kTotal) : report.buckets[i - 1].label,
                            Origin(collected, collected.taps[tap].log), TapName(collected, tap),
                            base::FormatDay(period.from), base::FormatDay(period.until),
                            i != 0 && report.buckets[i - 1].cut ? "yes" : "no", coverage.windows,
                            coverage.partial, coverage.seconds,
                            live ? std::to_string(expected) : std::string("not_applicable"),
                            in_gaps,
                            live ? std::to_string(expected - std::min(expected, accounted))
                                 : std::string("not_applicable"),
                            live ? std::to_string(without) : std::string("not_applicable"),
                            coverage.packets, coverage.bytes, coverage.dropped});
    }
  }
  report.tables.push_back(std::move(table));
}

void AddLosses(const Collected& collected, const TapPart& whole, Report& report) {
  Table table{"losses",
              "What reached the tap and is in no session",
              "By cause, in packets and bytes; the causes are those of docs/metrics.md.",
              {{"log", Role::kKey, "Log"},
               {"tap", Role::kKey, "Tap"},
               {"cause", Role::kKey, "Cause"},
               {"packets", Role::kNumber, "Packets"},
               {"bytes", Role::kNumber, "Bytes"}},
              {}};
  for (const auto& [tap, coverage] : whole.taps) {
    for (const auto& [cause, loss] : coverage.losses) {
      table.rows.push_back({Origin(collected, collected.taps[tap].log), TapName(collected, tap),
                            cause, loss.packets, loss.bytes});
    }
  }
  report.tables.push_back(std::move(table));
}

void AddGaps(const Collected& collected, Report& report) {
  Table gaps{"gaps",
             "When nothing was recorded",
             "Gap entries of the log that meet the period.",
             {{"log", Role::kKey, "Log"},
              {"entry", Role::kKey, "Entry"},
              {"tap", Role::kText, "Tap"},
              {"from", Role::kText, "From"},
              {"until", Role::kText, "Until"},
              {"cause", Role::kText, "Cause"},
              {"seconds", Role::kNumber, "Seconds"},
              {"packets_lost", Role::kNumber, "Packets lost"}},
             {}};
  Table by_cause{"gap_causes",
                 "Gaps by cause",
                 "All gap entries that meet the period, also those not listed one by one.",
                 {{"cause", Role::kKey, "Cause"},
                  {"gaps", Role::kNumber, "Gaps"},
                  {"seconds", Role::kNumber, "Seconds"}},
                 {}};
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> causes;
  for (const Gap& gap : collected.gaps) {
    if (collected.taps[gap.tap].kind != report.source) continue;
    if (!report.period.Meets({base::DayOf(gap.from), base::DayOf(gap.until)})) continue;
    const std::uint64_t seconds = SecondsWithin(report.period, gap.from, gap.until);
    ++causes[gap.cause].first;
    causes[gap.cause].second += seconds;
    if (gaps.rows.size() == kMostListed) continue;
    gaps.rows.push_back({Origin(collected, gap.log), std::to_string(gap.entry),
                         TapName(collected, gap.tap), base::FormatTime(gap.from),
                         base::FormatTime(gap.until), gap.cause, seconds, gap.lost.packets});
  }
  for (const auto& [cause, sum] : causes) {
    by_cause.rows.push_back({cause, sum.first, sum.second});
  }
  report.tables.push_back(std::move(by_cause));
  report.tables.push_back(std::move(gaps));
  Table bounds{"bounds",
               "Limits that were met",
               "What a bound kept from being told apart, in windows of the period.",
               {{"bound", Role::kKey, "Bound"},
                {"windows", Role::kNumber, "Windows"},
                {"met", Role::kNumber, "Times met"}},
               {}};
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> met;
  for (const BoundMet& bound : collected.bounds) {
    if (!report.period.Holds(base::DayOf(bound.window))) continue;
    ++met[bound.bound].first;
    met[bound.bound].second += bound.met;
  }
  for (const auto& [bound, sum] : met) bounds.rows.push_back({bound, sum.first, sum.second});
  report.tables.push_back(std::move(bounds));
}

void AddRuns(const Collected& collected, Report& report) {
  Table runs{"runs",
             "Runs of the gateway",
             "Those with a window in the period.",
             {{"log", Role::kKey, "Log"},
              {"entry", Role::kKey, "Entry"},
              {"tap", Role::kText, "Tap"},
              {"source", Role::kText, "Source"},
              {"started", Role::kText, "Started"},
              {"ended", Role::kText, "Ended"},
              {"version", Role::kText, "Version"},
              {"model", Role::kText, "Model"},
              {"legal_basis", Role::kText, "Legal basis"},
              {"filter", Role::kText, "Filter"},
              {"window_seconds", Role::kNumber, "Window, s"},
              {"windows", Role::kNumber, "Windows"},
              {"catalogue", Role::kText, "Catalogue"},
              {"configuration", Role::kText, "Configuration"}},
             {}};
  std::map<std::string, std::array<std::uint64_t, 3>> catalogues;  // runs, windows, services
  for (const Run& run : collected.runs) {
    if (run.kind != report.source || run.windows == 0) continue;
    const base::Day first = base::DayOf(*run.first_window);
    const base::Day last = base::DayOf(*run.last_window_end - 1);
    if (!report.period.Meets({std::min(first, last), std::max(first, last)})) continue;
    const audit::Catalogue& catalogue = *collected.catalogues[run.catalogue];
    auto& sum = catalogues[catalogue.digest];
    ++sum[0];
    sum[1] += run.windows;
    sum[2] = catalogue.services.size();
    if (runs.rows.size() == kMostListed) continue;
    runs.rows.push_back(
        {Origin(collected, run.log), std::to_string(run.entry), TapName(collected, run.tap),
         Name(run.kind), base::FormatTime(run.started),
         run.ended.empty() ? std::string("unknown: no stop entry") : run.ended, run.version,
         run.model,
         run.legal_basis.empty() ? std::string("not_applicable: files") : run.legal_basis,
         run.filter.empty() ? std::string("none") : run.filter, std::uint64_t{run.window_seconds},
         run.windows, catalogue.digest, OrUnknown(run.configuration)});
  }
  report.tables.push_back(std::move(runs));
  Table used{"catalogues",
             "Catalogues of facts",
             "Under which the period's windows were assessed. Answers under different catalogues "
             "are never merged: each session keeps that of its window.",
             {{"catalogue", Role::kKey, "Catalogue"},
              {"runs", Role::kNumber, "Runs"},
              {"windows", Role::kNumber, "Windows"},
              {"services", Role::kNumber, "Services"}},
             {}};
  for (const auto& [digest, sum] : catalogues) {
    used.rows.push_back({digest, sum[0], sum[1], sum[2]});
  }
  report.tables.push_back(std::move(used));
}

void AddLogs(const Collected& collected, Report& report) {
  Table logs{"logs",
             "Logs",
             "The signed trees that the numbers rest on.",
             {{"origin", Role::kKey, "Origin"},
              {"tree_size", Role::kNumber, "Tree size"},
              {"root", Role::kText, "Root, base 16"},
              {"verifier_key", Role::kText, "Verifier key"},
              {"key_from", Role::kText, "The key was"},
              {"verified", Role::kText, "Verified"},
              {"problems", Role::kNumber, "Problems"},
              {"bodies_removed", Role::kNumber, "Bodies removed"},
              {"witness_statements", Role::kNumber, "Statements of witnesses"},
              {"late_windows", Role::kText, "Late windows"}},
             {}};
  for (const LogSource& log : collected.logs) {
    logs.rows.push_back(
        {log.origin, log.size, audit::merkle::Hex(log.root), OrUnknown(log.key),
         log.key_given ? "given" : "beside the log", log.verified ? "yes" : "no", log.problems,
         log.removed, log.witnessed,
         log.late.empty() ? std::string("unknown: no policy of witnesses was given") : log.late});
  }
  report.tables.push_back(std::move(logs));
}

void AddNotes(const Collected& collected, const TapPart& whole, Report& report) {
  const auto note = [&](std::string id, std::string text) {
    report.notes.push_back({std::move(id), std::move(text)});
  };
  for (const LogSource& log : collected.logs) {
    if (log.verified) continue;
    note("unverified",
         fmt::format(
             "UNVERIFIED: the log {} does not verify ({} problem{}). Nothing on this page is "
             "proved.",
             log.origin, Grouped(log.problems), log.problems == 1 ? "" : "s"));
  }
  if (collected.unreadable != 0) {
    note("unreadable", fmt::format("{} entries could not be read and are in no number.",
                                   Grouped(collected.unreadable)));
  }
  if (report.empty) {
    note("empty_period",
         fmt::format("No window was recorded in the period {} to {}. Zero here means not recorded, "
                     "not that nothing happened.",
                     base::FormatDay(report.period.from), base::FormatDay(report.period.until)));
  } else if (report.source == SourceKind::kLive) {
    std::vector<std::string> missing;
    std::uint64_t count = 0;
    for (base::Day day = report.period.from; day <= report.period.until; ++day) {
      if (whole.days.contains(day)) continue;
      ++count;
      if (missing.size() < 10) missing.push_back(base::FormatDay(day));
    }
    if (count != 0) {
      std::string text = fmt::format(
          "{} of {} days have no window: ", Grouped(count),
          Grouped(static_cast<std::uint64_t>(report.period.until - report.period.from) + 1));
      for (std::size_t i = 0; i < missing.size(); ++i) text += (i == 0 ? "" : ", ") + missing[i];
      note("missing_days", text + (count > missing.size() ? " and more." : "."));
    }
  } else {
    note("file_source",
         "The numbers are of capture files, each a run of its own. Nothing says what share of a "
         "network’s traffic they hold, nor how they were chosen.");
  }
  const std::size_t catalogues = report.table("catalogues").rows.size();
  if (catalogues > 1) {
    note("mixed_catalogues",
         fmt::format("The windows of the period were assessed under {} catalogues of facts. Each "
                     "session keeps the answer of its own; rows are never merged across them.",
                     catalogues));
  }
  std::uint64_t removed = 0;
  for (const LogSource& log : collected.logs) removed += log.removed;
  if (removed != 0) {
    note("removed_bodies",
         fmt::format("The bodies of {} entries were removed under the log’s own policy of "
                     "retention. Their hashes are proved; what they counted is in no number here.",
                     Grouped(removed)));
  }
  if (whole.taps.size() > 1) {
    note("several_taps",
         fmt::format("The numbers add up {} taps. Traffic that passes two of them is counted at "
                     "each.",
                     whole.taps.size()));
  }
  std::uint64_t partial = 0;
  for (const auto& [tap, coverage] : whole.taps) partial += coverage.partial;
  if (partial != 0) {
    note("partial_windows",
         fmt::format("{} window{} cut by a crash and hold{} what was synced last.",
                     Grouped(partial), partial == 1 ? " was" : "s were", partial == 1 ? "s" : ""));
  }
  const auto cut = std::count_if(report.buckets.begin(), report.buckets.end(),
                                 [](const Bucket& bucket) { return bucket.cut; });
  if (cut != 0) {
    note(
        "cut_parts",
        "The period begins or ends inside a part: the first or last part holds its own days only.");
  }
}

}  // namespace

void AddRecord(const Collected& collected, Report& report) {
  const auto parts = CoverParts(collected, report);
  AddCoverage(collected, parts, report);
  AddLosses(collected, parts[0], report);
  AddGaps(collected, report);
  AddRuns(collected, report);
  AddLogs(collected, report);
  AddNotes(collected, parts[0], report);
}

}  // namespace unopened::exporters::report
