#include "exporters/report/what_if.h"

#include <gtest/gtest.h>

#include "audit/assessment.h"
#include "exporters/report/report.h"
#include "tests/exporters/report/sample.h"

namespace unopened::exporters::report {
namespace {

using audit::Answer;
using audit::Category;
using audit::Policy;
using audit::tests::DayAt;
using audit::tests::TlsSession;

Answer LiveContent(const audit::Catalogue& catalogue, classify::EndpointId endpoint,
                   std::string_view day) {
  return audit::Assess(audit::ShapeOf(TlsSession(endpoint)), catalogue, DayAt(day))
      .provider_for(Category::kLiveContent)
      .answer;
}

TEST(Assumption, IsReadAsItIsWritten) {
  for (const char* text :
       {"whatsapp:messages=in_transit_only", "messenger:chats=e2ee_always@2019-11-01"}) {
    const auto assumption = ParseAssumption(text);
    ASSERT_TRUE(assumption) << text;
    EXPECT_EQ(assumption->Text(), text);
  }
  for (const char* text : {"", "whatsapp", "whatsapp:messages", "whatsapp=none", ":messages=none",
                           "whatsapp:=none", "whatsapp:messages=", "whatsapp:messages=maybe",
                           "whatsapp:messages=none@", "whatsapp:messages=none@2019-02-30"}) {
    EXPECT_FALSE(ParseAssumption(text)) << text;
  }
}

TEST(Assumption, HoldsFromItsDayOnAndLeavesTheDaysBeforeAsTheyAreCited) {
  const audit::Catalogue cited = audit::tests::SampleCatalogue();
  const auto assumed = Assumed(cited, {*ParseAssumption("messenger:chats=e2ee_always@2019-11-01")});
  ASSERT_TRUE(assumed);
  EXPECT_EQ(LiveContent(cited, audit::tests::kMessenger, "2019-11-01"), Answer::kUndetermined);
  EXPECT_EQ(LiveContent(**assumed, audit::tests::kMessenger, "2019-10-31"), Answer::kUndetermined);
  EXPECT_EQ(LiveContent(**assumed, audit::tests::kMessenger, "2019-11-01"), Answer::kCouldNot);
  EXPECT_EQ(LiveContent(**assumed, audit::tests::kMessenger, "2024-01-01"), Answer::kCouldNot);
}

TEST(Assumption, WithoutADayHoldsAlways) {
  const auto assumed = Assumed(audit::tests::SampleCatalogue(),
                               {*ParseAssumption("whatsapp:messages=in_transit_only")});
  ASSERT_TRUE(assumed);
  for (const char* day : {"2010-01-01", "2016-04-05", "2026-11-23"}) {
    EXPECT_EQ(LiveContent(**assumed, audit::tests::kWhatsApp, day), Answer::kCould) << day;
  }
  EXPECT_EQ(LiveContent(**assumed, audit::tests::kFacebook, "2026-11-23"), Answer::kCould)
      << "others are as they were";
}

TEST(Assumption, OutweighsTheCitedFactThatSpeaksAgainstItAndNoOther) {
  const audit::Catalogue cited = audit::tests::SampleCatalogue();
  EXPECT_EQ(LiveContent(cited, audit::tests::kContradicted, "2026-11-23"), Answer::kUnknown);
  const auto assumed = Assumed(cited, {*ParseAssumption("contradicted:all=e2ee_always")});
  ASSERT_TRUE(assumed);
  EXPECT_EQ(LiveContent(**assumed, audit::tests::kContradicted, "2026-11-23"), Answer::kCouldNot);
  const auto open = Assumed(cited, {*ParseAssumption("whatsapp:messages=in_transit_only")});
  ASSERT_TRUE(open);
  EXPECT_EQ(audit::Assess(audit::ShapeOf(TlsSession(audit::tests::kWhatsApp)), **open,
                          DayAt("2026-11-23"))
                .provider_for(Category::kStoredContent)
                .answer,
            Answer::kCouldNot)
      << "stored content stays as it is cited";
}

TEST(Assumption, OfWhatTheCatalogueDoesNotHaveIsRefused) {
  const audit::Catalogue cited = audit::tests::SampleCatalogue();
  EXPECT_FALSE(Assumed(cited, {*ParseAssumption("nonesuch:messages=none")}));
  EXPECT_FALSE(Assumed(cited, {*ParseAssumption("whatsapp:nonesuch=none")}));
}

TEST(WhatIf, MovesAnswersAndNoCount) {
  ReportOptions options = tests::LiveOptions();
  options.assumptions = {*ParseAssumption("messenger:chats=e2ee_always@2023-12-06")};
  const auto report = Build(tests::SampleCollected(), options);
  ASSERT_TRUE(report);
  const Table& table = report->table("what_if");
  const auto cell = [&](std::string_view answer, std::string_view column) {
    return table.At(*table.Find({"headline", answer}), column).count();
  };
  // Two conversations of the day before stay undetermined, two from that day on turn, and one after
  // the reload that calls its encryption optional.
  EXPECT_EQ(cell("undetermined", "conversations_recorded"),
            cell("undetermined", "conversations_assumed") + 1);
  EXPECT_EQ(cell("conditional", "conversations_recorded"), 2u);
  EXPECT_EQ(cell("conditional", "conversations_assumed"), 0u);
  EXPECT_EQ(cell("could_not", "conversations_assumed"), 3u);
  for (const char* column : {"conversations_recorded", "conversations_assumed"}) {
    EXPECT_EQ(
        tests::SumOf(table, column, [](const Row& row) { return row[0].text() == "headline"; }),
        cell("could", "conversations_of"));
  }
  // What was recorded is told as before, and the page is stamped.
  const auto plain = Build(tests::SampleCollected(), tests::LiveOptions());
  EXPECT_EQ(plain->table("headline").rows, report->table("headline").rows);
  EXPECT_NE(ToHtml(*report).find("HYPOTHETICAL, NOT MEASURED"), std::string::npos);
  EXPECT_EQ(ToHtml(*plain).find("HYPOTHETICAL"), std::string::npos);
}

}  // namespace
}  // namespace unopened::exporters::report
