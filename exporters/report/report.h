// Report: what a period of one or several logs comes to, as tables (table.h). A pure function of
// what was collected and of the options: the same log and period give the same report, whoever
// makes it and whenever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "exporters/report/collected.h"
#include "exporters/report/period.h"
#include "exporters/report/table.h"
#include "exporters/report/what_if.h"

namespace unopened::exporters::report {

inline constexpr std::string_view kSchemaVersion = "1";
// The row of a table that is of the whole period.
inline constexpr std::string_view kTotal = "total";

struct ReportOptions {
  std::optional<Period> period;  // none: from the first to the last day that was recorded
  Step step = Step::kWhole;
  std::optional<SourceKind> source;  // needed where the period holds both
  // The publisher's own words; "unknown" where they are not given.
  std::string publisher = "unknown";
  std::string network = "unknown";
  std::string jurisdiction = "unknown";
  std::string contact = "unknown";
  // Measured counts below it are withheld, and what they could be found from (suppress.h). Not
  // together with assumptions, which are for nobody to publish.
  std::uint64_t min_count = 0;
  // The same period under another policy, beside what was recorded; never in place of it.
  std::vector<Assumption> assumptions;
};

// What a reader must know before the numbers: "unverified", "empty_period", "missing_days"...
struct Note {
  std::string id;
  std::string text;
};

struct Report {
  std::vector<std::pair<std::string, std::string>> header;  // names are stable
  std::vector<Note> notes;
  std::vector<Table> tables;
  Period period;
  std::vector<Bucket> buckets;
  SourceKind source = SourceKind::kLive;
  bool verified = true;
  std::uint64_t min_count = 0;
  bool empty = false;  // no window was recorded in the period

  const Table& table(std::string_view name) const;
  Table& table(std::string_view name);
  std::string_view header_value(std::string_view name) const;
};

// kUsage where the period ends before it begins, has too many parts, or holds live and file runs
// and none was chosen.
base::Result<Report> Build(const Collected& collected, const ReportOptions& options);

// SHA-256, in hexadecimal, over the lines "NAME=VALUE\n" of every cell of every table, in order.
std::string CellsDigest(const Report& report);

// The formats. JSON follows docs/schema/output/report.json. CSV is RFC 4180 in UTF-8: every cell of
// every table in one long file, or one table with its own columns.
std::string ToJson(const Report& report);
std::string ToCsv(const Report& report);
std::string ToCsv(const Table& table);
std::string ToMarkdown(const Report& report);
std::string ToHtml(const Report& report);

}  // namespace unopened::exporters::report
