#include "exporters/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "exporters/report/summary.h"
#include "tests/exporters/report/sample.h"

namespace unopened::exporters::report {
namespace {

using audit::tests::DayAt;
using audit::tests::PlainHttp;
using audit::tests::TimeAt;
using audit::tests::TlsSession;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using tests::CollectBodies;
using tests::Days;
using tests::LiveOptions;
using tests::SampleCollected;
using tests::SumOf;

Report Built(const Collected& collected, const ReportOptions& options) {
  auto report = Build(collected, options);
  if (!report) ADD_FAILURE() << base::Describe(report.error());
  return report ? *std::move(report) : Report{};
}

std::uint64_t Cell(const Report& report, std::string_view table,
                   const std::vector<std::string_view>& keys, std::string_view column) {
  const Row* row = report.table(table).Find(keys);
  if (row == nullptr) {
    ADD_FAILURE() << table << " has no such row";
    return 0;
  }
  return report.table(table).At(*row, column).count();
}

std::vector<std::string> NoteIds(const Report& report) {
  std::vector<std::string> ids;
  for (const Note& note : report.notes) ids.push_back(note.id);
  return ids;
}

// One live run whose only window holds `tally`.
std::vector<std::string> OneWindow(const audit::TallyDelta& tally) {
  static const audit::Catalogue catalogue = audit::tests::SampleCatalogue();
  audit::Ledger ledger(catalogue);
  std::vector<std::string> log = ledger.BeginRun(audit::tests::LiveRun(), TimeAt("2026-10-01"));
  ledger.Committed(log.size(), 0);
  for (std::string& body : ledger.CloseWindow(TimeAt("2026-10-01"), 60, tally, false)) {
    log.push_back(std::move(body));
  }
  return log;
}

TEST(Report, CountsEachConversationInOneColumnUnderTheAssessmentOfItsDay) {
  const Report report = Built(SampleCollected(), LiveOptions(Step::kDay));
  // Two conversations with Messenger on the last day of its optional encryption, then default.
  EXPECT_EQ(Cell(report, "headline", {"2023-12-05", "undetermined"}, "conversations"), 2u);
  EXPECT_EQ(Cell(report, "headline", {"2023-12-05", "conditional"}, "conversations"), 0u);
  EXPECT_EQ(Cell(report, "headline", {"2023-12-06", "conditional"}, "conversations"), 2u);
  EXPECT_EQ(Cell(report, "headline", {"2023-12-06", "undetermined"}, "conversations"), 2u)
      << "Telegram's, and one of Messenger's after the reload that calls its encryption optional";
  // A bound kept WhatsApp's from a number of its own: it is in no column.
  EXPECT_EQ(Cell(report, "headline", {"2023-12-06", "could_not"}, "conversations"), 0u);
  EXPECT_EQ(Cell(report, "totals", {"2023-12-06", "other"}, "conversations"), 1u);
  EXPECT_EQ(Cell(report, "headline", {"total", "clear"}, "conversations"), 1u);
  EXPECT_EQ(Cell(report, "headline", {"2023-12-05", "undetermined"}, "bytes"), 3000u);
}

TEST(Report, AddsUpInEveryTable) {
  const Report report = Built(SampleCollected(), LiveOptions(Step::kDay));
  const std::uint64_t both = Cell(report, "totals", {"total", "both_sides"}, "conversations");
  EXPECT_GT(both, 0u);
  for (const char* name : {"services", "protocols"}) {
    EXPECT_EQ(SumOf(report.table(name), "conversations", [](const Row&) { return true; }), both)
        << name;
  }
  const auto is = [](const Table& table, const Row& row, std::string_view column,
                     std::string_view text) { return table.At(row, column).text() == text; };
  const Table& headline = report.table("headline");
  EXPECT_EQ(SumOf(headline, "conversations",
                  [&](const Row& row) { return is(headline, row, "period", "total"); }),
            both);
  EXPECT_EQ(SumOf(headline, "conversations",
                  [&](const Row& row) { return !is(headline, row, "period", "total"); }),
            both);
  for (const char* name : {"answers", "instruments"}) {
    const Table& table = report.table(name);
    std::map<std::string, std::uint64_t> sums;
    for (const Row& row : table.rows) {
      std::string group;
      for (std::size_t i = 0; table.columns[i].name != "answer"; ++i) group += row[i].text() + "/";
      sums[group] += table.At(row, "conversations").count();
    }
    EXPECT_FALSE(sums.empty());
    for (const auto& [group, sum] : sums) EXPECT_EQ(sum, both) << name << " " << group;
  }
  EXPECT_EQ(SumOf(report.table("measured"), "sessions", [](const Row&) { return true; }),
            Cell(report, "totals", {"total", "all"}, "sessions"));
  std::uint64_t classes = 0;
  for (const char* in : {"both_sides", "one_sided", "no_payload", "dns", "other"}) {
    classes += Cell(report, "totals", {"total", in}, "bytes");
  }
  EXPECT_EQ(classes, Cell(report, "totals", {"total", "all"}, "bytes"));
}

TEST(Report, KeepsDnsScansAndOneSidedTrafficOutOfTheHeadline) {
  audit::TallyDelta tally;
  tally.shapes[audit::ShapeOf(TlsSession(audit::tests::kWhatsApp))] = {2, 2, 20, 2000};
  classify::Session dns = PlainHttp();
  dns.protocol = classify::Protocol::kDns;
  dns.transport = capture::Transport::kUdp;
  tally.shapes[audit::ShapeOf(dns)] = {7, 7, 14, 1400};
  classify::Session scan;
  scan.outcome = classify::Outcome::kNoPayload;
  scan.sides = classify::SidesSeen::kBoth;
  tally.shapes[audit::ShapeOf(scan)] = {9, 0, 9, 540};
  classify::Session one_sided = TlsSession(audit::tests::kWhatsApp);
  one_sided.sides = classify::SidesSeen::kClientOnly;
  one_sided.evidence = classify::Evidence::kWeak;
  tally.shapes[audit::ShapeOf(one_sided)] = {4, 0, 8, 800};
  const Report report = Built(CollectBodies(OneWindow(tally)), LiveOptions());
  EXPECT_EQ(Cell(report, "headline", {"total", "could_not"}, "conversations"), 2u);
  EXPECT_EQ(Cell(report, "headline", {"total", "could_not"}, "bytes_of"), 2000u);
  EXPECT_EQ(Cell(report, "totals", {"total", "dns"}, "conversations"), 7u);
  EXPECT_EQ(Cell(report, "totals", {"total", "no_payload"}, "sessions"), 9u);
  EXPECT_EQ(Cell(report, "totals", {"total", "one_sided"}, "sessions"), 4u);
  EXPECT_EQ(Cell(report, "totals", {"total", "all"}, "bytes"), 4740u);
}

TEST(Report, NeverAddsLiveRunsAndFilesUp) {
  const Collected collected = SampleCollected();
  EXPECT_FALSE(Build(collected, {}));
  ReportOptions files;
  files.source = SourceKind::kFile;
  const Report report = Built(collected, files);
  EXPECT_EQ(Cell(report, "totals", {"total", "all"}, "sessions"), 1u);
  EXPECT_THAT(NoteIds(report), testing::Contains("file_source"));
  // A period that holds one kind alone needs no choice.
  ReportOptions only;
  only.period = Days("2023-12-01", "2023-12-31");
  EXPECT_EQ(Built(collected, only).source, SourceKind::kLive);
}

TEST(Report, SaysWhatIsMissingInsteadOfShowingZero) {
  const Collected collected = SampleCollected();
  ReportOptions options = LiveOptions(Step::kDay);
  options.period = Days("2023-12-04", "2023-12-07");
  const Report report = Built(collected, options);
  EXPECT_THAT(NoteIds(report), testing::Contains("missing_days"));
  const Table& coverage = report.table("coverage");
  const Row* day = coverage.Find({"2023-12-06", "example.org/log", "edge-1"});
  ASSERT_NE(day, nullptr);
  EXPECT_EQ(coverage.At(*day, "seconds_recorded").count(), 120u);
  EXPECT_EQ(coverage.At(*day, "seconds_in_gaps").count(), 60u);
  EXPECT_EQ(coverage.At(*day, "seconds_unaccounted").text(), std::to_string(86'400 - 180));
  EXPECT_THAT(HeadlineOf(report).finding,
              StartsWith("In the 0.1% of the period that was recorded, "));

  options.period = Days("2030-01-01", "2030-01-02");
  const Report empty = Built(collected, options);
  EXPECT_THAT(NoteIds(empty), ElementsAre("empty_period"));
  EXPECT_EQ(HeadlineOf(empty).finding, "Nothing was recorded in this period");
}

TEST(Report, StampsALogThatDoesNotVerify) {
  Collected collected = SampleCollected();
  collected.logs[0].verified = false;
  collected.logs[0].problems = 3;
  const Report report = Built(collected, LiveOptions());
  EXPECT_EQ(report.header_value("status"), "unverified");
  EXPECT_THAT(NoteIds(report), testing::Contains("unverified"));
  EXPECT_THAT(ToMarkdown(report), HasSubstr("UNVERIFIED"));
}

TEST(Report, LeavesNoCellBlankAndNamesEachOnce) {
  const Report report = Built(SampleCollected(), LiveOptions(Step::kMonth));
  std::set<std::string> names;
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      ASSERT_EQ(row.size(), table.columns.size()) << table.name;
      EXPECT_TRUE(names.insert(table.RowName(row)).second) << table.RowName(row);
      for (std::size_t i = 0; i < row.size(); ++i) {
        EXPECT_NE(PlainText(table, row, i), "")
            << table.RowName(row) << " " << table.columns[i].name;
      }
    }
  }
  EXPECT_GT(names.size(), 100u);
}

TEST(Report, OfEveryShareTheDenominatorIsARowOfTotals) {
  const Report report = Built(SampleCollected(), LiveOptions(Step::kMonth));
  const Table& totals = report.table("totals");
  std::size_t shares = 0;
  for (const Table& table : report.tables) {
    if (table.IndexOf("of") == table.columns.size()) continue;
    for (const Row& row : table.rows) {
      const std::string& of = table.At(row, "of").text();
      const Row* whole = nullptr;
      for (const Row& candidate : totals.rows) {
        if (totals.RowName(candidate) == of) whole = &candidate;
      }
      ASSERT_NE(whole, nullptr) << of;
      EXPECT_EQ(table.At(row, "conversations_of"), totals.At(*whole, "conversations")) << of;
      EXPECT_EQ(table.At(row, "bytes_of"), totals.At(*whole, "bytes")) << of;
      ++shares;
    }
  }
  EXPECT_GT(shares, 50u);
}

TEST(Report, NeverSaysCouldNotWhereTheInstrumentDoesNotReach) {
  audit::TallyDelta tally;
  tally.shapes[audit::ShapeOf(TlsSession(audit::tests::kWhatsApp))] = {2, 2, 20, 2000};
  const Report report = Built(CollectBodies(OneWindow(tally)), LiveOptions());
  const Table& table = report.table("disclosure");
  std::size_t refused = 0;
  for (const Row& row : table.rows) {
    const std::string& answer = table.At(row, "answer").text();
    if (answer == "could_not") {
      EXPECT_EQ(table.At(row, "capability").text(), "could_not");
    }
    if (answer == "could_not" && table.At(row, "party").text() == "provider") {
      EXPECT_EQ(table.At(row, "verified").text(), "yes") << table.RowName(row);
      EXPECT_NE(table.At(row, "source_url").text(), "none") << table.RowName(row);
    }
    if (table.At(row, "reach").text() == "out_of_scope") {
      EXPECT_EQ(answer, "not_authorised");
      ++refused;
    }
  }
  EXPECT_GT(refused, 0u);
  const Row* whatsapp = table.Find({"provider", "whatsapp", "none", "live_content"});
  ASSERT_NE(whatsapp, nullptr);
  EXPECT_EQ(table.At(*whatsapp, "answer").text(), "could_not");
  EXPECT_EQ(table.At(*whatsapp, "source_as_of").text(), "2016-04-05");
}

TEST(Report, IsTheSameForTheSameLogAndPeriod) {
  const ReportOptions options = LiveOptions(Step::kMonth);
  const Report a = Built(SampleCollected(), options);
  const Report b = Built(SampleCollected(), options);
  EXPECT_EQ(ToJson(a), ToJson(b));
  EXPECT_EQ(ToCsv(a), ToCsv(b));
  EXPECT_EQ(a.header_value("cells_sha256"), b.header_value("cells_sha256"));
  Report c = a;
  Table& headline = c.table("headline");
  headline.rows[0][headline.IndexOf("conversations")] = Value(std::uint64_t{99});
  EXPECT_NE(CellsDigest(c), CellsDigest(a));
}

TEST(ReportCsv, QuotesAsRfc4180Does) {
  Table table{"odd", "", "", {{"a", Role::kKey, "A"}, {"b", Role::kText, "B"}}, {}};
  table.rows.push_back({"plain", "say \"no\", twice\nor more"});
  EXPECT_EQ(ToCsv(table), "a,b\r\nplain,\"say \"\"no\"\", twice\nor more\"\r\n");
}

TEST(ReportShare, IsRoundedToTheNearestMillionthWithoutOverflow) {
  EXPECT_EQ(ShareText(1, 3), "0.333333");
  EXPECT_EQ(ShareText(2, 3), "0.666667");
  EXPECT_EQ(ShareText(0, 5), "0.000000");
  EXPECT_EQ(ShareText(5, 5), "1.000000");
  EXPECT_EQ(ShareText(UINT64_MAX, UINT64_MAX), "1.000000");
  EXPECT_EQ(ShareText(1, 0), "");
}

}  // namespace
}  // namespace unopened::exporters::report
