// The parts that Build() puts together, each a few tables. For build.cc and its tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "exporters/report/report.h"

namespace unopened::exporters::report {

// What was counted in one part of the period: by statement, sorted; of one kind of source.
struct PartCounts {
  std::string label;  // kTotal, or the bucket's
  Period period;
  std::vector<std::pair<std::uint32_t, audit::Counts>> counts;
};

// [0] is the whole period.
std::vector<PartCounts> CountParts(const Collected& collected, const Report& report);

// Which sessions a number is about. Every session is in exactly one.
enum class Class : std::uint8_t { kBothSides, kOneSided, kNoPayload, kDns, kOther };
inline constexpr std::array<std::string_view, 5> kClassNames = {"both_sides", "one_sided",
                                                                "no_payload", "dns", "other"};
constexpr std::string_view Name(Class v) { return kClassNames[static_cast<std::size_t>(v)]; }
Class ClassOf(const Statement& statement);

// totals, headline, protocols, key_exchange, key_properties, services, names, measured.
void AddMeasured(const Collected& collected, const std::vector<PartCounts>& parts, Report& report);
// answers, scanning, instruments, disclosure.
void AddAnswers(const Collected& collected, const std::vector<PartCounts>& parts, Report& report);
// legal_demands, legal_wiretap, legal_requests, legal_bands.
void AddLegal(const Collected& collected, Report& report);
// assumptions, what_if. kUsage where an assumption names what no catalogue of the period has.
base::Result<base::Done> AddWhatIf(const Collected& collected,
                                   const std::vector<Assumption>& assumptions, Report& report);
// coverage, losses, gaps, bounds, runs, catalogues, logs; and the notes.
void AddRecord(const Collected& collected, Report& report);

// Columns that several tables share: conversations and bytes, each with what it is a share of.
std::vector<Column> ShareColumns();
// Their values; `of` names the row of `totals` that holds the denominators.
void AppendShares(Row& row, const audit::Counts& part, const audit::Counts& whole,
                  const std::string& of);

}  // namespace unopened::exporters::report
