#include "audit/disclosure.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/audit/sample_catalogue.h"

namespace unopened::audit::tests {
namespace {

TEST(DisclosureTest, CapabilityTimesReachOverAllCombinations) {
  struct Row {
    Answer capability;
    Answer in_scope, conditional, unknown;
  };
  for (const Row& row : {
           Row{Answer::kCould, Answer::kCould, Answer::kConditional, Answer::kUnknown},
           Row{Answer::kCouldNot, Answer::kCouldNot, Answer::kCouldNot, Answer::kCouldNot},
           Row{Answer::kConditional, Answer::kConditional, Answer::kConditional, Answer::kUnknown},
           Row{Answer::kUndetermined, Answer::kUndetermined, Answer::kUndetermined,
               Answer::kUnknown},
           Row{Answer::kNotAuthorised, Answer::kNotAuthorised, Answer::kNotAuthorised,
               Answer::kNotAuthorised},
           Row{Answer::kNotApplicable, Answer::kNotApplicable, Answer::kNotApplicable,
               Answer::kNotApplicable},
           Row{Answer::kUnknown, Answer::kUnknown, Answer::kUnknown, Answer::kUnknown},
       }) {
    EXPECT_EQ(Disclose(row.capability, Reach::kInScope), row.in_scope) << Name(row.capability);
    EXPECT_EQ(Disclose(row.capability, Reach::kConditional), row.conditional)
        << Name(row.capability);
    EXPECT_EQ(Disclose(row.capability, Reach::kUnknown), row.unknown) << Name(row.capability);
    EXPECT_EQ(Disclose(row.capability, Reach::kOutOfScope), Answer::kNotAuthorised);
  }
}

TEST(DisclosureTest, NothingButCouldNotBecomesCouldNot) {
  for (std::size_t a = 0; a < kAnswerNames.size(); ++a) {
    for (std::size_t r = 0; r < kReachNames.size(); ++r) {
      const auto answer = static_cast<Answer>(a);
      if (Disclose(answer, static_cast<Reach>(r)) == Answer::kCouldNot) {
        EXPECT_EQ(answer, Answer::kCouldNot);
      }
    }
  }
}

class InstrumentTest : public ::testing::Test {
 protected:
  Disclosed Ask(const Instrument& instrument, Category category, std::string_view jurisdiction,
                std::string_view day) const {
    const Assessment a = Assess(ShapeOf(TlsSession(kWhatsApp)), catalogue_, DayAt("2024-05-01"));
    return DiscloseAll(a.provider, instrument, jurisdiction,
                       DayAt(day))[static_cast<std::size_t>(category)];
  }
  Catalogue catalogue_ = SampleCatalogue();
  Instrument warrant_ = catalogue_.instruments[0];
  Instrument pen_ = catalogue_.instruments[1];
};

TEST_F(InstrumentTest, AWarrantReachesWhatIsStoredAndNotWhatIsToCome) {
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-01").answer,
            Answer::kCould);
  EXPECT_EQ(Ask(warrant_, Category::kStoredContent, "US", "2024-05-01").answer, Answer::kCouldNot);
  const Disclosed live = Ask(warrant_, Category::kLiveContent, "US", "2024-05-01");
  EXPECT_EQ(live.answer, Answer::kNotAuthorised);
  EXPECT_EQ(live.capability, Answer::kCouldNot);
}

TEST_F(InstrumentTest, APenRegisterNeverReturnsContent) {
  for (const Category category :
       {Category::kStoredContent, Category::kLiveContent, Category::kBackups}) {
    for (const classify::EndpointId endpoint : {kWhatsApp, kTelegram, kFacebook}) {
      const Assessment a = Assess(ShapeOf(TlsSession(endpoint)), catalogue_, DayAt("2024-05-01"));
      EXPECT_EQ(DiscloseAll(a.provider, pen_, "US",
                            DayAt("2024-05-01"))[static_cast<std::size_t>(category)]
                    .answer,
                Answer::kNotAuthorised);
    }
  }
}

TEST_F(InstrumentTest, AnInstrumentNotYetInForceAuthorisesNothing) {
  warrant_.in_force_from = DayAt("2024-05-02");
  const Disclosed before = Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-01");
  EXPECT_EQ(before.answer, Answer::kNotAuthorised);
  EXPECT_EQ(before.reason, ReachReason::kNotInForce);
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-02").answer,
            Answer::kCould);
  warrant_.in_force_from.reset();
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-02").reason,
            ReachReason::kForceUnknown);
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-02").answer,
            Answer::kUnknown);
}

TEST_F(InstrumentTest, AnInstrumentThatHasEndedAuthorisesNothingAfterItsLastDay) {
  warrant_.in_force_until = DayAt("2024-05-02");
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-02").answer,
            Answer::kCould);
  const Disclosed after = Ask(warrant_, Category::kSubscriberIdentity, "US", "2024-05-03");
  EXPECT_EQ(after.answer, Answer::kNotAuthorised);
  EXPECT_EQ(after.reason, ReachReason::kNotInForce);
}

TEST_F(InstrumentTest, BindsAPartyOfItsOwnJurisdiction) {
  struct Case {
    const char* jurisdiction;
    Reach binding;
  };
  for (const Case& c :
       {Case{"US", Reach::kInScope}, Case{"US; IE for European Region", Reach::kInScope},
        Case{"IE", Reach::kOutOfScope}, Case{"AE (Dubai); BVI", Reach::kOutOfScope},
        Case{"UK + any", Reach::kUnknown}, Case{"any", Reach::kUnknown},
        Case{"", Reach::kUnknown}}) {
    EXPECT_EQ(Binding(warrant_, c.jurisdiction), c.binding) << c.jurisdiction;
  }
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "AE (Dubai); BVI", "2024-05-01").answer,
            Answer::kNotAuthorised);
  EXPECT_EQ(Ask(warrant_, Category::kSubscriberIdentity, "any", "2024-05-01").answer,
            Answer::kUnknown);
}

TEST_F(InstrumentTest, BindsElsewhereOnlyAsFarAsItSays) {
  struct Case {
    const char* instrument;
    const char* party;
    Reach binding;
  };
  for (const Case& c : {
           Case{"UK", "US; IE", Reach::kOutOfScope},
           Case{"UK; any operator elsewhere", "US; IE", Reach::kUnknown},
           Case{"UK; any operator elsewhere", "UK; any for another server", Reach::kInScope},
           Case{"EU (DE, IE; not Denmark)", "US; IE", Reach::kInScope},
           Case{"EU (DE, IE; not Denmark)", "CH", Reach::kOutOfScope},
           Case{"any, through the requested State", "CH", Reach::kInScope},
           Case{"any, through the requested State", "", Reach::kInScope},
           Case{"treaty by treaty", "CH", Reach::kUnknown},
       }) {
    warrant_.jurisdiction = c.instrument;
    EXPECT_EQ(Binding(warrant_, c.party), c.binding) << c.instrument << " and " << c.party;
  }
}

TEST_F(InstrumentTest, PracticeIsFoundFromTheDayOfItsSourceOn) {
  const auto add = [this](Category category, PracticeOutcome outcome, Dates dates) {
    catalogue_.practices.push_back({0, 1, category, outcome, "", Cited("press", dates)});
  };
  add(Category::kContacts, PracticeOutcome::kProduced, {"", "", "2019-01-01"});
  add(Category::kContacts, PracticeOutcome::kDeclined, {"2022-01-01", "", ""});
  add(Category::kIpLogs, PracticeOutcome::kStatedUnable, {"", "", "2019-01-01"});
  const auto ask = [this](std::uint16_t service, std::uint16_t instrument, Category category,
                          std::string_view day) {
    const Practice* found = FindPractice(catalogue_, service, instrument, category, DayAt(day));
    return std::string(found == nullptr ? "-" : Name(found->outcome));
  };
  EXPECT_EQ("-", ask(0, 1, Category::kContacts, "2018-12-31"));
  EXPECT_EQ("produced", ask(0, 1, Category::kContacts, "2019-01-01"));
  EXPECT_EQ("produced", ask(0, 1, Category::kContacts, "2021-12-31"));
  EXPECT_EQ("declined", ask(0, 1, Category::kContacts, "2022-01-01"));
  EXPECT_EQ("stated_unable", ask(0, 1, Category::kIpLogs, "2022-01-01"));
  EXPECT_EQ("-", ask(0, 0, Category::kContacts, "2022-01-01"));
  EXPECT_EQ("-", ask(1, 1, Category::kContacts, "2022-01-01"));
  EXPECT_EQ("-", ask(0, 1, Category::kBackups, "2022-01-01"));
}

TEST(DisclosureTest, OneWayInIsEnoughToHaveScannedAndBothMustBeShutForCouldNot) {
  constexpr auto kLive = Category::kLiveContent;
  constexpr auto kStored = Category::kStoredContent;
  struct Row {
    Answer live, stored, scanned;
    Category decided_by;
  };
  for (const Row& row : {
           Row{Answer::kCouldNot, Answer::kCouldNot, Answer::kCouldNot, kLive},
           Row{Answer::kCouldNot, Answer::kCould, Answer::kCould, kStored},
           Row{Answer::kCould, Answer::kCouldNot, Answer::kCould, kLive},
           Row{Answer::kCouldNot, Answer::kConditional, Answer::kConditional, kStored},
           Row{Answer::kUndetermined, Answer::kConditional, Answer::kConditional, kStored},
           Row{Answer::kUndetermined, Answer::kCouldNot, Answer::kUndetermined, kLive},
           Row{Answer::kCouldNot, Answer::kUnknown, Answer::kUnknown, kStored},
           Row{Answer::kUnknown, Answer::kCouldNot, Answer::kUnknown, kLive},
           Row{Answer::kNotApplicable, Answer::kCouldNot, Answer::kCouldNot, kStored},
           Row{Answer::kNotApplicable, Answer::kNotApplicable, Answer::kNotApplicable, kLive},
       }) {
    std::array<Finding, kCategoryCount> provider;
    provider[static_cast<std::size_t>(kLive)].answer = row.live;
    provider[static_cast<std::size_t>(kLive)].condition = "live";
    provider[static_cast<std::size_t>(kStored)].answer = row.stored;
    provider[static_cast<std::size_t>(kStored)].condition = "stored";
    const Scanning scanning = CouldHaveScanned(provider);
    const std::string where = std::string(Name(row.live)) + " " + std::string(Name(row.stored));
    EXPECT_EQ(row.scanned, scanning.answer) << where;
    EXPECT_EQ(row.decided_by, scanning.decided_by) << where;
    EXPECT_EQ(row.decided_by == kLive ? "live" : "stored", scanning.because.condition) << where;
  }
}

TEST(DisclosureTest, NothingButTwoShutWaysSaysItCouldNotHaveScanned) {
  for (std::size_t live = 0; live < kAnswerNames.size(); ++live) {
    for (std::size_t stored = 0; stored < kAnswerNames.size(); ++stored) {
      std::array<Finding, kCategoryCount> provider;
      Finding& of_live = provider[static_cast<std::size_t>(Category::kLiveContent)];
      Finding& of_stored = provider[static_cast<std::size_t>(Category::kStoredContent)];
      of_live.answer = static_cast<Answer>(live);
      of_stored.answer = static_cast<Answer>(stored);
      if (CouldHaveScanned(provider).answer != Answer::kCouldNot) continue;
      for (const Finding* finding : {&of_live, &of_stored}) {
        EXPECT_TRUE(finding->answer == Answer::kCouldNot ||
                    finding->answer == Answer::kNotApplicable);
      }
    }
  }
}

}  // namespace
}  // namespace unopened::audit::tests
