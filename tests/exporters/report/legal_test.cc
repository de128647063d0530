#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/demands/demands_entry.h"
#include "exporters/report/range.h"
#include "exporters/report/report.h"
#include "tests/exporters/report/sample.h"

namespace unopened::exporters::report {
namespace {

using audit::Amount;
using audit::Category;
using audit::Demand;
using audit::DemandOutcome;
using audit::tests::DayAt;
using tests::Days;

audit::Amount& Outcome(Demand& demand, Category category, DemandOutcome outcome) {
  return demand.categories[category][static_cast<std::size_t>(outcome)];
}

Demand Warrant(std::string id, std::string_view day, std::uint64_t count) {
  Demand demand;
  demand.id = std::move(id);
  demand.from = demand.until = DayAt(day);
  demand.instrument = "us_warrant";
  demand.jurisdiction = "US";
  demand.subject = "whatsapp";
  demand.demands = *Amount::Exactly(count);
  demand.accounts = *Amount::Exactly(count);
  return demand;
}

Report Of(const std::vector<Demand>& demands, Step step = Step::kWhole) {
  std::vector<std::string> bodies;
  for (const std::string& body : audit::WriteDemands(DayAt("2027-01-01"), demands)) {
    bodies.push_back(body);
  }
  ReportOptions options;
  options.period = Days("2026-10-01", "2026-12-31");
  options.step = step;
  auto report = Build(tests::CollectBodies(bodies), options);
  if (!report) ADD_FAILURE() << base::Describe(report.error());
  return report ? *std::move(report) : Report{};
}

std::string Text(const Report& report, std::string_view table, std::string_view column,
                 std::string_view period = kTotal) {
  for (const Row* row : report.table(table).Where("period", period)) {
    return report.table(table).At(*row, column).text();
  }
  return "no row";
}

TEST(LegalDemands, OfOneDemandEachAddUpExactly) {
  Demand content = Warrant("00000000000000b1", "2026-10-05", 1);
  Outcome(content, Category::kStoredContent, DemandOutcome::kProduced) = *Amount::Exactly(1);
  Demand metadata = Warrant("00000000000000b2", "2026-10-06", 1);
  Outcome(metadata, Category::kStoredContent, DemandOutcome::kProduced) = *Amount::Exactly(0);
  Outcome(metadata, Category::kIpLogs, DemandOutcome::kProduced) = *Amount::Exactly(1);
  Demand nothing = Warrant("00000000000000b3", "2026-11-07", 1);
  Outcome(nothing, Category::kLiveContent, DemandOutcome::kProduced) = *Amount::Exactly(0);
  Outcome(nothing, Category::kLiveContent, DemandOutcome::kEncrypted) = *Amount::Exactly(1);
  const Report report = Of({content, metadata, nothing}, Step::kMonth);
  EXPECT_EQ(Text(report, "legal_requests", "requests_received"), "3");
  EXPECT_EQ(Text(report, "legal_requests", "requests_some_data"), "2");
  EXPECT_EQ(Text(report, "legal_requests", "requests_content_disclosed"), "1");
  EXPECT_EQ(Text(report, "legal_requests", "requests_non_content_only"), "1");
  EXPECT_EQ(Text(report, "legal_requests", "requests_no_data"), "1");
  EXPECT_EQ(Text(report, "legal_requests", "percent_some_data"), "66.7");
  EXPECT_EQ(Text(report, "legal_wiretap", "content_not_produced", "2026-11"), "1");
  EXPECT_EQ(Text(report, "legal_requests", "requests_received", "2026-10"), "2");
}

TEST(LegalDemands, ThatWereEnteredTogetherGiveARangeAndNoGuess) {
  Demand many = Warrant("00000000000000b1", "2026-10-05", 10);
  Outcome(many, Category::kSubscriberIdentity, DemandOutcome::kProduced) = *Amount::Exactly(7);
  Outcome(many, Category::kIpLogs, DemandOutcome::kProduced) = *Amount::Exactly(4);
  const Report report = Of({many});
  // Seven at least; the four may be among the seven or be three others and one of them.
  EXPECT_EQ(Text(report, "legal_requests", "requests_some_data"), "7 to 10");
  EXPECT_EQ(Text(report, "legal_requests", "requests_no_data"), "0 to 3");
  EXPECT_EQ(Text(report, "legal_requests", "requests_content_disclosed"), "0");
  EXPECT_EQ(Text(report, "legal_requests", "percent_some_data"), "unknown");
  EXPECT_EQ(Text(report, "legal_wiretap", "encryption_encountered"), "unknown");
}

TEST(LegalDemands, OfWhichAnOutcomeWasNotEnteredAreBoundedByWhatTheOthersLeave) {
  Demand demand = Warrant("00000000000000b1", "2026-10-05", 1);
  Outcome(demand, Category::kLiveContent, DemandOutcome::kEncrypted) = *Amount::Exactly(1);
  Report report = Of({demand});
  EXPECT_EQ(Text(report, "legal_requests", "requests_some_data"), "0");
  EXPECT_EQ(Text(report, "legal_wiretap", "content_not_produced"), "1");
  Demand open = Warrant("00000000000000b2", "2026-10-05", 10);
  Outcome(open, Category::kLiveContent, DemandOutcome::kEncrypted) = *Amount::Exactly(4);
  report = Of({open});
  EXPECT_EQ(Text(report, "legal_requests", "requests_some_data"), "0 to 6");
  const Table& categories = report.table("legal_categories");
  EXPECT_EQ(categories.At(categories.rows.at(0), "produced").text(), "0 to 6");
  EXPECT_EQ(categories.At(categories.rows.at(0), "encrypted").text(), "4");
}

TEST(LegalDemands, InBandsAreToldAsTheyStandAndAddedToNothing) {
  Demand letter = audit::tests::InABand();
  letter.from = letter.until = DayAt("2026-10-05");
  Demand another = letter;
  another.id = "00000000000000c2";
  const Report report = Of({letter, another});
  const Table& bands = report.table("legal_bands");
  ASSERT_EQ(bands.rows.size(), 2u);
  for (const Row& row : bands.rows) {
    EXPECT_EQ(bands.At(row, "requests_received").text(), "0-249");
  }
  EXPECT_TRUE(report.table("legal_requests").rows.empty());
  EXPECT_TRUE(report.table("legal_wiretap").rows.empty());
  EXPECT_TRUE(report.table("legal_categories").rows.empty());
}

TEST(LegalDemands, ThatReachBeyondThePeriodAreNamedAndNotCounted) {
  Demand across = Warrant("00000000000000b1", "2026-12-31", 5);
  across.until = DayAt("2027-01-01");
  const Report report = Of({across});
  EXPECT_TRUE(report.table("legal_requests").rows.empty());
  const Table& rows = report.table("legal_sources");
  ASSERT_EQ(rows.rows.size(), 1u);
  EXPECT_THAT(rows.At(rows.rows[0], "counted").text(), testing::StartsWith("no"));
}

TEST(LegalDemands, OfOnesOwnAndOfOthersReportsAreNeverAddedUp) {
  Demand own = Warrant("00000000000000b1", "2026-10-05", 1);
  Demand published = Warrant("00000000000000b2", "2026-10-05", 1000);
  published.basis = audit::DemandBasis::kPublished;
  published.sources = {"https://example.org/report"};
  EXPECT_EQ(Of({own, published}).table("legal_requests").rows.size(), 2u);
}

TEST(Range, AddsUnknownAsAnOpenEnd) {
  Range range = Range::Exactly(12);
  range += Range::Unknown();
  EXPECT_EQ(range.Text(), "at least 12");
  EXPECT_EQ(Range::Unknown().Text(), "unknown");
  EXPECT_EQ(Range::Exactly(0).Text(), "0");
  EXPECT_EQ((Range{7, 11}).Text(), "7 to 11");
}

}  // namespace
}  // namespace unopened::exporters::report
