#include "audit/disclosure.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace unopened::audit::tests
