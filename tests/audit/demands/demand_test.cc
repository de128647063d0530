#include "audit/demands/demand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/demands/demand_spool.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::audit::tests {
namespace {

using ::testing::HasSubstr;

TEST(Amount, IsExactABandOrUnknownAndReadsBack) {
  for (const char* good : {"0", "12", "99999999", "0-249", "250-499", "0-999", "unknown"}) {
    const auto amount = Amount::Parse(good);
    ASSERT_TRUE(amount) << good;
    EXPECT_EQ(amount->Text(), good);
  }
  // A band begins at a multiple of its width; a longer number counts no demands.
  for (const char* bad : {"", "-1", "012", "1-250", "0-0", "5-3", "0-", "-", "100000000", "1e3",
                          "0-99999999999", " 3", "many", "0--249"}) {
    EXPECT_FALSE(Amount::Parse(bad)) << bad;
  }
  EXPECT_TRUE(Amount::Parse("0-249")->is_band());
  EXPECT_TRUE(Amount::Parse("3")->is_exact());
  EXPECT_TRUE(Amount().is_unknown());
}

DemandTerms Terms() {
  DemandTerms terms;
  terms.instruments = {{"us_warrant", "US"}, {"uk_ti_warrant", "UK"}};
  terms.subjects = {"whatsapp"};
  terms.banded = {{"us_nsl", "NSL", "US", {250, 500}, "s"}};
  return terms;
}

TEST(CheckDemand, AcceptsTheGoodOnes) {
  EXPECT_TRUE(CheckDemand(TwoOutcomes(), Terms()));
  EXPECT_TRUE(CheckDemand(InABand(), Terms()));
}

struct Bad {
  std::string name;
  void (*bend)(Demand&);
  std::string what;
};
class CheckDemandTest : public ::testing::TestWithParam<Bad> {};

TEST_P(CheckDemandTest, RefusesTheBentOne) {
  Demand demand = TwoOutcomes();
  GetParam().bend(demand);
  const auto checked = CheckDemand(demand, Terms());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().failure, base::Failure::kUsage);
  EXPECT_THAT(base::Describe(checked.error()), HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckDemandTest,
    ::testing::Values(
        Bad{"Instrument", [](Demand& d) { d.instrument = "us_letter"; }, "no such instrument"},
        Bad{"Jurisdiction", [](Demand& d) { d.jurisdiction = "UK"; }, "jurisdiction US"},
        Bad{"Subject", [](Demand& d) { d.subject = "someone"; }, "no such service"},
        Bad{"Period", [](Demand& d) { d.until = d.from - 1; }, "ends before it begins"},
        Bad{"NoCategory", [](Demand& d) { d.categories.clear(); }, "no category"},
        Bad{"OwnWithSource", [](Demand& d) { d.sources = {"https://example.org/"}; },
            "has no source"},
        Bad{"PublishedWithout", [](Demand& d) { d.basis = DemandBasis::kPublished; },
            "needs its source"},
        Bad{"SourceWithAMailAddress",
            [](Demand& d) {
              d.basis = DemandBasis::kPublished;
              d.sources = {"https://example.org/?who=a@b.org"};
            },
            "URLs"},
        Bad{"MoreOutcomesThanDemands",
            [](Demand& d) { d.categories[Category::kStoredContent][0] = *Amount::Exactly(1); },
            "more than the demands"},
        Bad{"MoreMetEncryption", [](Demand& d) { d.encryption_met = *Amount::Exactly(3); },
            "more met encryption"},
        Bad{"ExactUnderBands",
            [](Demand& d) {
              d = InABand();
              d.demands = *Amount::Exactly(0);
            },
            "bands only"},
        Bad{"ExactOutcomeUnderBands",
            [](Demand& d) {
              d = InABand();
              d.categories[Category::kSubscriberIdentity][0] = *Amount::Exactly(1);
            },
            "bands only"},
        Bad{"AnotherBand",
            [](Demand& d) {
              d = InABand();
              d.demands = *Amount::Band(0, 100);
            },
            "0-249 or 0-499"},
        Bad{"Id", [](Demand& d) { d.id = "1"; }, "id"}),
    [](const auto& bad) { return bad.param.name; });

TEST(LooksLikeATarget, NamesWhatItLooksLike) {
  EXPECT_EQ(LooksLikeATarget("bob@example.org"), "a mail address");
  EXPECT_EQ(LooksLikeATarget("@bob"), "a handle");
  EXPECT_EQ(LooksLikeATarget("192.0.2.17"), "a network address");
  EXPECT_EQ(LooksLikeATarget("2001:db8::1"), "a network address");
  EXPECT_EQ(LooksLikeATarget("+44 20 7946 0000"), "a number of a line or an account");
  EXPECT_EQ(LooksLikeATarget("4420794600001"), "a number of a line or an account");
  EXPECT_EQ(LooksLikeATarget("the man next door"), "free text");
  for (const char* none : {"us_warrant", "whatsapp", "12", "0-249", "network", ""}) {
    EXPECT_EQ(LooksLikeATarget(none), std::nullopt) << none;
  }
}

TEST(WriteDemands, AnEmptyDayIsAnEntryAndAFullOneIsSplit) {
  const auto none = WriteDemands(19'000, {});
  ASSERT_EQ(none.size(), 1U);
  EXPECT_THAT(none[0], HasSubstr(R"("parts":1,"demands":[]})"));
  std::vector<Demand> many(400, TwoOutcomes());
  const auto parts = WriteDemands(19'000, many);
  EXPECT_GT(parts.size(), 1U);
  std::size_t rows = 0;
  for (const std::string& part : parts) {
    EXPECT_LE(part.size() + kBlindBytes, 60'000U);
    const auto read = ReadDemands(Json::parse(part));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->parts, parts.size());
    rows += read->demands.size();
  }
  EXPECT_EQ(rows, many.size());
}

TEST(DemandSpool, KeepsWhatWasEnteredUntilItIsForgotten) {
  unopened::tests::FaultyFileSystem disk;
  DemandSpool spool(disk, "log");
  EXPECT_TRUE(spool.Pending()->empty());
  ASSERT_TRUE(spool.Add(TwoOutcomes()));
  ASSERT_TRUE(spool.Add(InABand()));
  ASSERT_TRUE(spool.Add(TwoOutcomes()));
  const auto pending = spool.Pending();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 2U);
  EXPECT_EQ(DemandJson((*pending)[0]).dump(), DemandJson(TwoOutcomes()).dump());
  ASSERT_TRUE(spool.Forget({TwoOutcomes()}));
  EXPECT_EQ(spool.Pending()->size(), 1U);
}

}  // namespace
}  // namespace unopened::audit::tests
