#include "exporters/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "audit/note/proof_file.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

// A verdict's conversations; nothing where a cell of them is suppressed.
std::optional<audit::Summary> AsSummary(const Report& report) {
  audit::Summary summary;
  const Table& headline = report.table("headline");
  for (std::size_t i = 0; i < audit::kVerdictCount; ++i) {
    const Row* row = headline.Find({kTotal, audit::kVerdictNames[i]});
    if (row == nullptr) return std::nullopt;
    const Value& cell = headline.At(*row, "conversations");
    if (!cell.is_count()) return std::nullopt;
    summary.conversations_by_verdict[i] = cell.count();
    summary.conversations += cell.count();
  }
  return summary;
}

}  // namespace

Recorded RecordedOf(const Report& report) {
  Recorded recorded;
  const Table& coverage = report.table("coverage");
  for (const Row* row : coverage.Where("period", kTotal)) {
    recorded.seconds += coverage.At(*row, "seconds_recorded").count();
    const auto expected = audit::note::ParseSize(coverage.At(*row, "seconds_expected").text());
    if (expected) recorded.expected += *expected;
  }
  return recorded;
}

Headline HeadlineOf(const Report& report) {
  Headline said;
  const auto without_stop = [](std::string text) {
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  const Recorded recorded = RecordedOf(report);
  const auto summary = AsSummary(report);
  if (report.empty) {
    said.finding = "Nothing was recorded in this period";
  } else if (!summary) {
    said.finding =
        "The share that providers could not hand over is suppressed, since it rests on too few "
        "conversations";
  } else {
    said.finding = without_stop(Finding(*summary));
    said.detail = FindingNote(*summary);
  }
  if (recorded.expected != 0 && !report.empty) {
    // Coverage under nine tenths stands before the finding.
    const std::uint64_t percent = recorded.seconds * 100 / recorded.expected;
    if (percent < 90) {
      said.finding[0] =
          static_cast<char>(std::tolower(static_cast<unsigned char>(said.finding[0])));
      said.finding = fmt::format("In the {} of the period that was recorded, {}",
                                 Percent(recorded.seconds, recorded.expected), said.finding);
    }
    const std::uint64_t dark = recorded.expected - std::min(recorded.expected, recorded.seconds);
    said.detail += said.detail.empty() ? "" : " ";
    said.detail += dark == 0 ? fmt::format("The tap recorded all {}.", Duration(recorded.expected))
                             : fmt::format("The tap was dark for {} of {}.", Duration(dark),
                                           Duration(recorded.expected));
  }
  return said;
}

}  // namespace unopened::exporters::report
