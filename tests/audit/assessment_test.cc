#include "audit/assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/sample_catalogue.h"

namespace unopened::audit::tests {
namespace {

using classify::EarlyData;
using classify::Evidence;
using classify::KeyExchange;
using classify::Outcome;
using classify::Protocol;
using classify::Resumption;
using classify::Session;
using classify::SidesSeen;
using ::testing::HasSubstr;

const Catalogue& Sample() {
  static const Catalogue catalogue = SampleCatalogue();
  return catalogue;
}

Assessment At(const Session& session, std::string_view day) {
  return Assess(ShapeOf(session), Sample(), DayAt(day));
}

Session With(Session session, Protocol protocol, KeyExchange key_exchange,
             Evidence evidence = Evidence::kProof) {
  session.protocol = protocol;
  session.key_exchange = key_exchange;
  session.resumption = Resumption::kUnknown;  // such protocols have none, and may not say so
  session.evidence = evidence;
  return session;
}

struct LiveContentCase {
  const char* name;
  Session session;
  const char* day;
  WireState wire;
  Answer provider;
  Reason reason;
  Answer access_operator;
  Verdict verdict;
};

class LiveContentTest : public ::testing::TestWithParam<LiveContentCase> {};

TEST_P(LiveContentTest, FollowsThePublishedTable) {
  const LiveContentCase& c = GetParam();
  const Assessment a = At(c.session, c.day);
  EXPECT_EQ(Name(a.wire), Name(c.wire));
  const Finding& live = a.provider_for(Category::kLiveContent);
  EXPECT_EQ(Name(live.answer), Name(c.provider));
  EXPECT_EQ(Name(live.reason), Name(c.reason));
  EXPECT_EQ(Name(a.operator_for(Category::kLiveContent).answer), Name(c.access_operator));
  EXPECT_EQ(Name(a.verdict), Name(c.verdict));
}

Session Weak(Session s, Evidence evidence) {
  s.evidence = evidence;
  return s;
}
Session Sided(Session s, SidesSeen sides) {
  s.sides = sides;
  return s;
}
Session Offered(Session s) {
  s.offered_only = true;
  return s;
}
Session Of(Outcome outcome, Protocol protocol = Protocol::kUnknown) {
  Session s;
  s.outcome = outcome;
  s.protocol = protocol;
  s.sides = SidesSeen::kBoth;
  return s;
}
Session HttpTo(classify::EndpointId endpoint) {
  Session s = PlainHttp();
  s.endpoint = endpoint;
  return s;
}

INSTANTIATE_TEST_SUITE_P(
    All, LiveContentTest,
    ::testing::Values(
        LiveContentCase{"WhatsAppAfterItsDate", TlsSession(kWhatsApp), "2016-04-05",
                        WireState::kEncrypted, Answer::kCouldNot, Reason::kPolicyE2eeAlways,
                        Answer::kCouldNot, Verdict::kCouldNot},
        LiveContentCase{"WhatsAppBeforeItsDate", TlsSession(kWhatsApp), "2016-04-04",
                        WireState::kEncrypted, Answer::kUnknown, Reason::kNoFactAtDate,
                        Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{
            "WhatsAppByItsPrologue",
            With(TlsSession(kWhatsApp), Protocol::kWhatsAppNoise, KeyExchange::kNoiseDh),
            "2024-05-01", WireState::kEncrypted, Answer::kCouldNot, Reason::kPolicyE2eeAlways,
            Answer::kCouldNot, Verdict::kCouldNot},
        LiveContentCase{"WhatsAppByWeakEvidence", Weak(TlsSession(kWhatsApp), Evidence::kWeak),
                        "2024-05-01", WireState::kUnknown, Answer::kUnknown, Reason::kWeakEvidence,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"WhatsAppByAHint", Weak(TlsSession(kWhatsApp), Evidence::kHint),
                        "2024-05-01", WireState::kUnknown, Answer::kUnknown, Reason::kWeakEvidence,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"WhatsAppOneSide", Sided(TlsSession(kWhatsApp), SidesSeen::kClientOnly),
                        "2024-05-01", WireState::kUnknown, Answer::kCouldNot,
                        Reason::kPolicyE2eeAlways, Answer::kUnknown, Verdict::kCouldNot},
        LiveContentCase{"MessengerIn2019", TlsSession(kMessenger), "2019-03-01",
                        WireState::kEncrypted, Answer::kUndetermined, Reason::kPolicyE2eeOptional,
                        Answer::kCouldNot, Verdict::kUndetermined},
        LiveContentCase{"MessengerOnTheLastOptionalDay", TlsSession(kMessenger), "2023-12-05",
                        WireState::kEncrypted, Answer::kUndetermined, Reason::kPolicyE2eeOptional,
                        Answer::kCouldNot, Verdict::kUndetermined},
        LiveContentCase{"MessengerIn2024", TlsSession(kMessenger), "2024-03-01",
                        WireState::kEncrypted, Answer::kConditional, Reason::kPolicyE2eeDefault,
                        Answer::kCouldNot, Verdict::kConditional},
        LiveContentCase{"TelegramOffersBoth", TlsSession(kTelegram), "2024-03-01",
                        WireState::kEncrypted, Answer::kUndetermined, Reason::kScopesDiffer,
                        Answer::kCouldNot, Verdict::kUndetermined},
        LiveContentCase{"FacebookInTransitOnly", TlsSession(kFacebook), "2024-03-01",
                        WireState::kEncrypted, Answer::kCould, Reason::kPolicyNotE2ee,
                        Answer::kCouldNot, Verdict::kCould},
        LiveContentCase{"AGroupSaysNothingOfAService", TlsSession(kApplePush), "2024-03-01",
                        WireState::kEncrypted, Answer::kUnknown, Reason::kGroupEndpoint,
                        Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"ACommercialVpn",
                        With(TlsSession(kVpn), Protocol::kWireGuard, KeyExchange::kNoiseDh),
                        "2024-03-01", WireState::kEncrypted, Answer::kConditional,
                        Reason::kTunnelProvider, Answer::kCouldNot, Verdict::kConditional},
        LiveContentCase{"AnUnverifiedPromise", TlsSession(kUnverified), "2024-03-01",
                        WireState::kEncrypted, Answer::kUnknown, Reason::kUnverifiedFact,
                        Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"AnUndatedPromise", TlsSession(kUndated), "2024-03-01",
                        WireState::kEncrypted, Answer::kUnknown, Reason::kUndatedFact,
                        Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"APromiseThatAnotherFactContradicts", TlsSession(kContradicted),
                        "2024-03-01", WireState::kEncrypted, Answer::kUnknown,
                        Reason::kConflictingFacts, Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"NothingDeclared", TlsSession(kBare), "2024-03-01", WireState::kEncrypted,
                        Answer::kUnknown, Reason::kNoScope, Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"TlsToAStranger", TlsSession(kNone), "2024-03-01", WireState::kEncrypted,
                        Answer::kUnknown, Reason::kNoEndpoint, Answer::kCouldNot,
                        Verdict::kUnknown},
        LiveContentCase{"OwnSshServer",
                        With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kPqHybrid),
                        "2024-03-01", WireState::kEncrypted, Answer::kCouldNot, Reason::kOwnKeys,
                        Answer::kCouldNot, Verdict::kOwnKeys},
        LiveContentCase{"SshOfWhichTheKeyExchangeWasNotSeen",
                        With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kUnknown),
                        "2024-03-01", WireState::kEncrypted, Answer::kUnknown, Reason::kNoEndpoint,
                        Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"SshOneSide",
                        Sided(With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kEcdhe),
                              SidesSeen::kServerOnly),
                        "2024-03-01", WireState::kUnknown, Answer::kUnknown, Reason::kNoEndpoint,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{
            "SshWithoutProof",
            With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kEcdhe, Evidence::kStrong),
            "2024-03-01", WireState::kEncrypted, Answer::kUnknown, Reason::kNoEndpoint,
            Answer::kCouldNot, Verdict::kUnknown},
        LiveContentCase{"ATunnelOfItsOwnOrAProviders",
                        With(TlsSession(kNone), Protocol::kWireGuard, KeyExchange::kNoiseDh),
                        "2024-03-01", WireState::kEncrypted, Answer::kUndetermined,
                        Reason::kOwnOrProviderTunnel, Answer::kCouldNot, Verdict::kUndetermined},
        LiveContentCase{"OpenVpnToNobodyKnown",
                        With(TlsSession(kNone), Protocol::kOpenVpn, KeyExchange::kEcdhe),
                        "2024-03-01", WireState::kEncrypted, Answer::kUndetermined,
                        Reason::kOwnOrProviderTunnel, Answer::kCouldNot, Verdict::kUndetermined},
        LiveContentCase{"ASuiteThatEncryptsNothing",
                        With(TlsSession(kNone), Protocol::kTls, KeyExchange::kNullCipher),
                        "2024-03-01", WireState::kClear, Answer::kCould, Reason::kWireClear,
                        Answer::kCould, Verdict::kClear},
        LiveContentCase{"KeysOfExportStrength",
                        With(TlsSession(kNone), Protocol::kTls, KeyExchange::kExport), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNoEndpoint,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"PlainHttp", PlainHttp(), "2024-03-01", WireState::kClear, Answer::kCould,
                        Reason::kWireClear, Answer::kCould, Verdict::kClear},
        LiveContentCase{"PlainHttpToAnE2eeService", HttpTo(kWhatsApp), "2024-03-01",
                        WireState::kClear, Answer::kCould, Reason::kWireClear, Answer::kCould,
                        Verdict::kClear},
        LiveContentCase{"Opaque", Of(Outcome::kOpaque), "2024-03-01", WireState::kOpaque,
                        Answer::kUnknown, Reason::kNotIdentified, Answer::kUnknown,
                        Verdict::kOpaque},
        LiveContentCase{"Unrecognised", Of(Outcome::kUnrecognised), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNotIdentified,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"Midstream", Of(Outcome::kMidstream, Protocol::kTls), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNotIdentified,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"MidstreamAtStart", Of(Outcome::kMidstreamAtStart), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNotIdentified,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"Ambiguous", Of(Outcome::kAmbiguous, Protocol::kTls), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNotIdentified,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"NoPayload", Of(Outcome::kNoPayload), "2024-03-01", WireState::kUnknown,
                        Answer::kUnknown, Reason::kNotIdentified, Answer::kUnknown,
                        Verdict::kUnknown},
        LiveContentCase{"EspMayBeNullEncrypted",
                        With(TlsSession(kNone), Protocol::kEsp, KeyExchange::kUnknown),
                        "2024-03-01", WireState::kUnknown, Answer::kUnknown, Reason::kNoEndpoint,
                        Answer::kUnknown, Verdict::kUnknown},
        LiveContentCase{"TlsWithoutKeyExchange",
                        With(TlsSession(kNone), Protocol::kTls, KeyExchange::kNone), "2024-03-01",
                        WireState::kUnknown, Answer::kUnknown, Reason::kNoEndpoint,
                        Answer::kUnknown, Verdict::kUnknown}),
    [](const auto& one) { return one.param.name; });

struct RecordingCase {
  const char* name;
  Session session;
  Answer provider;
  Answer access_operator;
  Reason reason;
  bool exposed;
};

class RecordedCiphertextTest : public ::testing::TestWithParam<RecordingCase> {};

TEST_P(RecordedCiphertextTest, FollowsTheKeyExchange) {
  const RecordingCase& c = GetParam();
  const Assessment a = At(c.session, "2024-03-01");
  const Finding& provider = a.provider_for(Category::kRecordedCiphertext);
  EXPECT_EQ(Name(provider.answer), Name(c.provider));
  EXPECT_EQ(Name(provider.reason), Name(c.reason));
  EXPECT_EQ(Name(a.operator_for(Category::kRecordedCiphertext).answer), Name(c.access_operator));
  EXPECT_EQ(a.exposed_to_quantum, c.exposed);
}

Session Kx(KeyExchange key_exchange) {
  Session s = TlsSession(kFacebook);
  s.key_exchange = key_exchange;
  return s;
}
Session Resumed(Session s, Resumption resumption) {
  s.resumption = resumption;
  return s;
}
Session Early(Session s) {
  s.early_data = EarlyData::kOffered;
  return s;
}

INSTANTIATE_TEST_SUITE_P(
    All, RecordedCiphertextTest,
    ::testing::Values(
        RecordingCase{"StaticRsa", Kx(KeyExchange::kStaticRsa), Answer::kCould,
                      Answer::kConditional, Reason::kStaticKey, false},
        RecordingCase{"PskOnly", Kx(KeyExchange::kPskOnly), Answer::kCould, Answer::kConditional,
                      Reason::kStaticKey, false},
        RecordingCase{"Ecdhe", Kx(KeyExchange::kEcdhe), Answer::kCouldNot, Answer::kCouldNot,
                      Reason::kEphemeralKeys, true},
        RecordingCase{"Ffdhe", Kx(KeyExchange::kFfdhe), Answer::kCouldNot, Answer::kCouldNot,
                      Reason::kEphemeralKeys, true},
        RecordingCase{"NoiseDh",
                      With(TlsSession(kNone), Protocol::kWireGuard, KeyExchange::kNoiseDh),
                      Answer::kCouldNot, Answer::kCouldNot, Reason::kEphemeralKeys, true},
        RecordingCase{"SshHybrid", With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kPqHybrid),
                      Answer::kCouldNot, Answer::kCouldNot, Reason::kPostQuantumKeys, false},
        RecordingCase{"PqHybrid", Kx(KeyExchange::kPqHybrid), Answer::kCouldNot, Answer::kCouldNot,
                      Reason::kPostQuantumKeys, false},
        RecordingCase{"Pq", Kx(KeyExchange::kPq), Answer::kCouldNot, Answer::kCouldNot,
                      Reason::kPostQuantumKeys, false},
        RecordingCase{"Export", Kx(KeyExchange::kExport), Answer::kConditional,
                      Answer::kConditional, Reason::kExportKeys, false},
        RecordingCase{"NullCipher", Kx(KeyExchange::kNullCipher), Answer::kCould, Answer::kCould,
                      Reason::kWireClear, false},
        RecordingCase{"OtherDh", Kx(KeyExchange::kOtherDh), Answer::kUnknown, Answer::kUnknown,
                      Reason::kKeyExchangeUnknown, false},
        RecordingCase{"DhAnonymous", Kx(KeyExchange::kDhAnonymous), Answer::kConditional,
                      Answer::kConditional, Reason::kAnonymousKeyExchange, false},
        RecordingCase{"PskDhe", Kx(KeyExchange::kPskDhe), Answer::kConditional,
                      Answer::kConditional, Reason::kResumption, false},
        RecordingCase{"Resumed", Resumed(Kx(KeyExchange::kEcdhe), Resumption::kResumed),
                      Answer::kConditional, Answer::kConditional, Reason::kResumption, false},
        RecordingCase{"ResumptionOffered", Resumed(Kx(KeyExchange::kEcdhe), Resumption::kOffered),
                      Answer::kConditional, Answer::kConditional, Reason::kResumption, false},
        RecordingCase{"ResumptionNotSeen", Resumed(Kx(KeyExchange::kEcdhe), Resumption::kUnknown),
                      Answer::kUndetermined, Answer::kUndetermined, Reason::kResumption, false},
        RecordingCase{"EarlyDataDespitePostQuantumKeys", Early(Kx(KeyExchange::kPqHybrid)),
                      Answer::kConditional, Answer::kConditional, Reason::kEarlyData, false},
        RecordingCase{"OneSide", Sided(Kx(KeyExchange::kEcdhe), SidesSeen::kClientOnly),
                      Answer::kUndetermined, Answer::kUndetermined, Reason::kOneSideSeen, false},
        RecordingCase{"OfferedOnly", Offered(Kx(KeyExchange::kEcdhe)), Answer::kUndetermined,
                      Answer::kUndetermined, Reason::kOneSideSeen, false},
        RecordingCase{"WeakEvidence", Weak(Kx(KeyExchange::kEcdhe), Evidence::kWeak),
                      Answer::kUnknown, Answer::kUnknown, Reason::kWeakEvidence, false},
        RecordingCase{"UnknownKeyExchange", Kx(KeyExchange::kUnknown), Answer::kUnknown,
                      Answer::kUnknown, Reason::kKeyExchangeUnknown, false},
        RecordingCase{"NoKeyExchange", Kx(KeyExchange::kNone), Answer::kUnknown, Answer::kUnknown,
                      Reason::kKeyExchangeUnknown, false},
        RecordingCase{"Clear", PlainHttp(), Answer::kCould, Answer::kCould, Reason::kWireClear,
                      false},
        RecordingCase{"Opaque", Of(Outcome::kOpaque), Answer::kUnknown, Answer::kUnknown,
                      Reason::kNotIdentified, false}),
    [](const auto& one) { return one.param.name; });

TEST(AssessmentTest, AFactAnswersOnlyTheDaysItWasMadeFor) {
  struct Case {
    Dates dates;
    const char* day;
    bool answers;
  };
  for (const Case& c : {
           Case{{"2020-01-01", "2020-12-31", ""}, "2019-12-31", false},
           Case{{"2020-01-01", "2020-12-31", ""}, "2020-01-01", true},
           Case{{"2020-01-01", "2020-12-31", ""}, "2020-12-31", true},
           Case{{"2020-01-01", "2020-12-31", ""}, "2021-01-01", false},
           Case{{"2020-01-01", "", "2023-01-01"}, "2021-06-01", true},
           Case{{"", "", "2023-01-01"}, "2022-12-31", false},
           Case{{"", "", "2023-01-01"}, "2023-01-01", true},
           Case{{"", "2020-12-31", "2021-01-01"}, "2020-06-01", true},
           Case{{"", "2020-12-31", "2021-01-01"}, "2021-06-01", false},
           Case{{}, "2024-01-01", false},
       }) {
    EXPECT_EQ(Answers(Cited("s", c.dates), DayAt(c.day)), c.answers) << c.day;
  }
}

TEST(AssessmentTest, TheProvidersCategoriesComeFromDatedFacts) {
  const Assessment late = At(TlsSession(kWhatsApp), "2024-05-01");
  const Assessment early = At(TlsSession(kWhatsApp), "2020-05-01");
  EXPECT_EQ(late.provider_for(Category::kSubscriberIdentity).answer, Answer::kCould);
  EXPECT_EQ(early.provider_for(Category::kSubscriberIdentity).answer, Answer::kUnknown);
  EXPECT_EQ(early.provider_for(Category::kSubscriberIdentity).earliest_source, DayAt("2021-01-07"));
  EXPECT_EQ(Describe(early.provider_for(Category::kSubscriberIdentity)),
            "unknown (earliest source 2021-01-07)");
  EXPECT_EQ(late.provider_for(Category::kStoredContent).answer, Answer::kCouldNot);
  EXPECT_EQ(late.provider_for(Category::kBackups).answer, Answer::kConditional);
  EXPECT_EQ(late.provider_for(Category::kBackups).holder, "Apple or Google");
  EXPECT_EQ(late.provider_for(Category::kContacts).answer, Answer::kCould);
  EXPECT_TRUE(late.provider_for(Category::kContacts).unverified);
  EXPECT_EQ(late.provider_for(Category::kIpLogs).reason, Reason::kUndatedFact);
  EXPECT_EQ(late.provider_for(Category::kGroupMembership).reason, Reason::kNoFact);
}

TEST(AssessmentTest, AnUnverifiedOrUndatedCouldNotIsUnknownAndSaysWhatWasClaimed) {
  const Assessment unverified = At(TlsSession(kUnverified), "2024-05-01");
  for (const Category category : {Category::kStoredContent, Category::kLiveContent}) {
    const Finding& finding = unverified.provider_for(category);
    EXPECT_EQ(finding.answer, Answer::kUnknown);
    EXPECT_EQ(finding.claimed, Answer::kCouldNot);
    EXPECT_TRUE(finding.unverified);
    EXPECT_EQ(Describe(finding), "unknown (claimed: could not, unverified)");
  }
  const Assessment undated = At(TlsSession(kUndated), "2024-05-01");
  EXPECT_EQ(undated.provider_for(Category::kStoredContent).answer, Answer::kUnknown);
  EXPECT_EQ(undated.provider_for(Category::kLiveContent).answer, Answer::kUnknown);
}

TEST(AssessmentTest, ACouldNotWithoutABeginningNeedsASourceOfItsTime) {
  Catalogue c = Sample();
  PolicyInterval& promise = c.services[0].scopes[0].intervals[0];
  promise.provenance = Cited("press", {"", "2020-12-31", "2019-01-01"});
  const Shape shape = ShapeOf(TlsSession(kWhatsApp));
  EXPECT_EQ(Assess(shape, c, DayAt("2020-01-01")).provider_for(Category::kLiveContent).answer,
            Answer::kCouldNot);
  EXPECT_EQ(Assess(shape, c, DayAt("2018-12-31")).provider_for(Category::kLiveContent).answer,
            Answer::kUnknown);
  promise.provenance = Cited("", {"2016-04-05", "", ""});
  EXPECT_EQ(Assess(shape, c, DayAt("2020-01-01")).provider_for(Category::kLiveContent).answer,
            Answer::kUnknown);
}

TEST(AssessmentTest, OneScopeThatIsUnknownUnmakesACouldNotButNotAnOfferOfBoth) {
  Catalogue c = Sample();
  const auto live = [&c](classify::EndpointId endpoint) {
    return Assess(ShapeOf(TlsSession(endpoint)), c, DayAt("2024-05-01"))
        .provider_for(Category::kLiveContent);
  };
  c.services[0].scopes.push_back({"channels", "channels", {}});
  c.endpoints[kWhatsApp].scopes.push_back({0, 1});
  EXPECT_EQ(live(kWhatsApp).answer, Answer::kUnknown);
  c.services[0].scopes[1].intervals.push_back(
      {Policy::kNotApplicable, "", Cited("press", {"2016-04-05", "", ""})});
  EXPECT_EQ(live(kWhatsApp).answer, Answer::kCouldNot);
  c.services[0].scopes[1].intervals[0].policy = Policy::kInTransitOnly;
  EXPECT_EQ(live(kWhatsApp).answer, Answer::kUndetermined);
  EXPECT_EQ(live(kWhatsApp).reason, Reason::kScopesDiffer);
  c.services[2].scopes.push_back({"bots", "bots", {}});
  c.endpoints[kTelegram].scopes.push_back({2, 3});
  EXPECT_EQ(live(kTelegram).answer, Answer::kUndetermined);
}

TEST(AssessmentTest, FactsThatBeganTogetherAndDisagreeAnswerNothing) {
  Catalogue c = Sample();
  auto& intervals = c.services[0].scopes[0].intervals;
  const auto live = [&c] {
    return Assess(ShapeOf(TlsSession(kWhatsApp)), c, DayAt("2024-05-01"))
        .provider_for(Category::kLiveContent);
  };
  intervals.push_back({Policy::kInTransitOnly, "", Cited("other", {"2016-04-05", "", ""})});
  EXPECT_EQ(live().answer, Answer::kUnknown);
  EXPECT_EQ(live().reason, Reason::kConflictingFacts);
  intervals[1].policy = Policy::kE2eeAlways;
  EXPECT_EQ(live().answer, Answer::kCouldNot);
  // Two that agree are believed no more than the weaker.
  intervals[1].provenance.verified = Verified::kPartly;
  EXPECT_EQ(live().answer, Answer::kUnknown);
  // What began later stands.
  intervals[1] = {Policy::kE2eeOptional, "", Cited("other", {"2020-01-01", "", ""})};
  EXPECT_EQ(live().answer, Answer::kUndetermined);
}

TEST(AssessmentTest, TheOperatorCouldNotOnlyByADatedDeclaration) {
  Catalogue c = Sample();
  const auto content = [&c] {
    return Assess(ShapeOf(TlsSession(kFacebook)), c, DayAt("2024-05-01"))
        .operator_for(Category::kLiveContent);
  };
  EXPECT_EQ(content().answer, Answer::kCouldNot);
  c.network_operator.tls_inspection_none = false;
  EXPECT_EQ(content().answer, Answer::kUnknown);
  c.network_operator.tls_inspection_none = true;
  c.network_operator.as_of = DayAt("2024-05-02");
  EXPECT_EQ(content().answer, Answer::kUnknown);
  EXPECT_EQ(content().earliest_source, DayAt("2024-05-02"));
  c.network_operator.as_of.reset();
  EXPECT_EQ(content().answer, Answer::kUnknown);
}

TEST(AssessmentTest, TheOperatorsOtherCategoriesAreItsOwnWordsOrUnknown) {
  const Assessment a = At(TlsSession(kFacebook), "2024-05-01");
  EXPECT_EQ(a.operator_for(Category::kSubscriberIdentity).answer, Answer::kCould);
  EXPECT_EQ(a.operator_for(Category::kContacts).answer, Answer::kUnknown);
  EXPECT_EQ(
      At(TlsSession(kFacebook), "2013-12-31").operator_for(Category::kSubscriberIdentity).answer,
      Answer::kUnknown);
}

// The worst mistake there is, over every combination of what bears on it.
TEST(AssessmentTest, NothingWeakOneSidedOrUnidentifiedIsEverCouldNotForItsContent) {
  std::uint64_t could_not = 0;
  for (std::size_t outcome = 0; outcome < classify::kOutcomeNames.size(); ++outcome) {
    for (std::size_t evidence = 0; evidence < classify::kEvidenceNames.size(); ++evidence) {
      for (std::size_t protocol = 0; protocol < classify::kProtocolNames.size(); ++protocol) {
        for (std::size_t sides = 0; sides < classify::kSidesSeenNames.size(); ++sides) {
          for (const classify::EndpointId endpoint : {kNone, kWhatsApp, kTelegram, kApplePush}) {
            Session s = TlsSession(endpoint);
            s.outcome = static_cast<Outcome>(outcome);
            s.evidence = static_cast<Evidence>(evidence);
            s.protocol = static_cast<Protocol>(protocol);
            s.sides = static_cast<SidesSeen>(sides);
            const Assessment a = At(s, "2024-05-01");
            const bool strong =
                s.outcome == Outcome::kIdentified && s.evidence >= Evidence::kStrong;
            for (std::size_t i = 0; i < kCategoryCount; ++i) {
              const auto category = static_cast<Category>(i);
              const bool provider = a.provider_for(category).answer == Answer::kCouldNot;
              const bool access = a.operator_for(category).answer == Answer::kCouldNot;
              could_not += provider ? 1 : 0;
              if (category == Category::kStoredContent) continue;
              ASSERT_TRUE(!provider || strong);
              ASSERT_TRUE(!access || (strong && s.sides == SidesSeen::kBoth));
              if (category == Category::kLiveContent && provider) {
                ASSERT_TRUE(endpoint == kWhatsApp ||
                            (endpoint == kNone && s.protocol == Protocol::kSsh));
              }
            }
          }
        }
      }
    }
  }
  EXPECT_GT(could_not, 0U);
}

TEST(AssessmentTest, ThePolicyLabelIsThatOfAllScopesOrMixed) {
  const auto label = [](classify::EndpointId endpoint, std::string_view day) {
    return PolicyLabel(At(TlsSession(endpoint), day), endpoint != kNone);
  };
  EXPECT_EQ(label(kWhatsApp, "2024-05-01"), "e2ee_always");
  EXPECT_EQ(label(kWhatsApp, "2015-05-01"), "unknown");
  EXPECT_EQ(label(kMessenger, "2019-05-01"), "e2ee_optional");
  EXPECT_EQ(label(kTelegram, "2024-05-01"), "mixed");
  EXPECT_EQ(label(kBare, "2024-05-01"), "unknown");
  EXPECT_EQ(label(kNone, "2024-05-01"), "none_named");
}

TEST(AssessmentTest, TheWordsNamePolicyDateScopeAndSource) {
  const auto words = [](classify::EndpointId endpoint, std::string_view day) {
    return Describe(At(TlsSession(endpoint), day).provider_for(Category::kLiveContent));
  };
  EXPECT_EQ(words(kWhatsApp, "2024-05-01"),
            "could not, by service policy since 2016-04-05 (personal messages and calls) "
            "[announcement of 2016-04-05]");
  EXPECT_EQ(words(kMessenger, "2024-05-01"),
            "conditional: end-to-end encrypted by default since 2023-12-06 (personal chats and "
            "calls), except: business and community chats [announcement]");
  EXPECT_THAT(words(kMessenger, "2019-05-01"),
              HasSubstr("undetermined: offers both; a handshake cannot tell"));
  EXPECT_EQ(words(kApplePush, "2024-05-01"), "unknown: several services share the endpoint");
  EXPECT_EQ(words(kContradicted, "2024-05-01"),
            "unknown (claimed: could not, but the facts disagree)");
  const Assessment ssh =
      At(With(TlsSession(kNone), Protocol::kSsh, KeyExchange::kEcdhe), "2024-05-01");
  EXPECT_EQ(Describe(ssh.provider_for(Category::kLiveContent)),
            "no third party could; the endpoint's owner holds the keys");
  EXPECT_THAT(Describe(ssh.provider_for(Category::kRecordedCiphertext)),
              HasSubstr("could not, from the recording alone"));
  EXPECT_EQ(Describe(At(TlsSession(kWhatsApp), "2024-05-01").provider_for(Category::kBackups)),
            "conditional: unless the user turned on encrypted backup, offered since 2021-10-14, "
            "held by Apple or Google [press]");
}

}  // namespace
}  // namespace unopened::audit::tests
