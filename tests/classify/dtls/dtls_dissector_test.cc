#include "classify/dtls/dtls_dissector.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/datagram_flow.h"
#include "tests/support/dtls_builder.h"
#include "tests/support/stun_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::dtls {
namespace {

using tests::DatagramFlow;
using tests::DtlsClientBody;
using tests::DtlsFragment;
using tests::DtlsServerBody;
using tests::SentDatagram;
using tests::TlsBytes;
using tests::TlsClientHello;
using tests::TlsServerHello;

constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kServerHello = 2;
constexpr std::uint8_t kHelloVerify = 3;
constexpr std::uint8_t kCertificate = 11;
constexpr std::uint8_t kServerKeyExchange = 12;
constexpr std::uint8_t kServerHelloDone = 14;
constexpr std::uint16_t kUseSrtp = 14;
constexpr std::uint16_t kRsaSuite = 0x002f;
constexpr std::uint16_t kEcdheSuite = 0xc02f;
const TlsBytes kCookie = {9, 8, 7, 6, 5, 4, 3, 2};
const TlsBytes kSrtpOffer = {0, 2, 0, 1, 0};

TlsClientHello Offer(bool srtp = false) {
  TlsClientHello hello = TlsClientHello::Tls12("a.example").LegacyVersion(tests::kDtls12);
  hello.Suites({kEcdheSuite, kRsaSuite});
  if (srtp) hello.Extension(kUseSrtp, kSrtpOffer);
  return hello;
}
TlsServerHello Answer(std::uint16_t suite = kEcdheSuite, bool srtp = false) {
  TlsServerHello hello = TlsServerHello().LegacyVersion(tests::kDtls12).Suite(suite);
  if (srtp) hello.Extension(kUseSrtp, kSrtpOffer);
  return hello;
}
TlsClientHello Offer13() {
  TlsClientHello hello = TlsClientHello::Tls13("a.example").LegacyVersion(tests::kDtls12);
  hello.SessionId({}).Without(43).SupportedVersions({tests::kDtls13, tests::kDtls12});
  return hello.Extension(kUseSrtp, kSrtpOffer);
}
TlsServerHello Answer13(TlsServerHello hello = TlsServerHello::Tls13(0x001d, 32)) {
  hello.LegacyVersion(tests::kDtls12).SessionId({}).Without(43);
  return hello.SelectedVersion(tests::kDtls13);
}
TlsBytes Hello(const TlsClientHello& hello, std::uint16_t sequence = 0,
               const TlsBytes& cookie = {}) {
  return DtlsFragment(kClientHello, sequence, DtlsClientBody(hello, cookie));
}
TlsBytes Hello(const TlsServerHello& hello, std::uint16_t sequence = 0) {
  return DtlsFragment(kServerHello, sequence, DtlsServerBody(hello));
}
TlsBytes Verify(const TlsBytes& cookie = kCookie) {
  return DtlsFragment(kHelloVerify, 0, tests::DtlsHelloVerifyBody(cookie));
}
TlsBytes Certificate(std::uint16_t sequence = 1) {
  return DtlsFragment(kCertificate, sequence, TlsBytes(300, 0x30));
}
TlsBytes KeyExchange(std::uint16_t curve, std::uint16_t sequence = 2) {
  return DtlsFragment(kServerKeyExchange, sequence,
                      tests::Wire().U8(3).U16(curve).Fill(80, 0x41).bytes());
}
TlsBytes ChangeCipherSpec() { return tests::DtlsRecord(20, {1}); }
TlsBytes Capwap(const TlsBytes& datagram) {
  return tests::Wire().U32(0x01000000).Append(datagram).bytes();
}
TlsBytes Sealed() { return tests::DtlsRecord(22, TlsBytes(40, 0xd3), {tests::kDtls12, 1, 0}); }
TlsBytes Media() { return tests::Wire().U8(0x80).U8(96).Fill(30, 0x5c).bytes(); }

struct Expected {
  Version version = Version::kTls12;
  bool offered_only = false;
  classify::KeyExchange key_exchange = classify::KeyExchange::kEcdhe;
  Resumption resumption = Resumption::kNone;
  Variant variant = Variant::kNone;
  SidesSeen sides = SidesSeen::kBoth;
  Evidence evidence = Evidence::kProof;
  std::uint16_t group = 0;
};
struct Case {
  const char* name;
  DatagramFlow flow;
  Expected expected;
};
void ExpectFacts(const HandshakeFacts& facts, const Expected& expected) {
  EXPECT_EQ(facts.protocol, Protocol::kDtls);
  EXPECT_EQ(Name(facts.version), Name(expected.version));
  EXPECT_EQ(facts.offered_only, expected.offered_only);
  EXPECT_EQ(Name(facts.key_exchange), Name(expected.key_exchange));
  EXPECT_EQ(Name(facts.resumption), Name(expected.resumption));
  EXPECT_EQ(Name(facts.variant), Name(expected.variant));
  EXPECT_EQ(Name(facts.sides), Name(expected.sides));
  EXPECT_EQ(Name(facts.evidence), Name(expected.evidence));
  EXPECT_EQ(facts.transient.group, expected.group);
}

class DtlsFacts : public testing::TestWithParam<Case> {};
TEST_P(DtlsFacts, AreThoseOfTheCaseInEveryOrderOfTheSides) {
  for (const DatagramFlow& flow : tests::OrdersOf(GetParam().flow)) {
    EXPECT_EQ(tests::BrokenDatagramLaw(DtlsDissector(), flow), "");
    const auto answer = tests::AskUdp(DtlsDissector(), flow, false);
    ASSERT_NE(base::Value(answer), nullptr) << tests::WhyNot(answer);
    ExpectFacts(*base::Value(answer), GetParam().expected);
  }
}

// The opener of a flow need not be the client: ICE settles that elsewhere.
TEST_P(DtlsFacts, DoNotDependOnWhoOpenedTheFlow) {
  DatagramFlow flow = GetParam().flow;
  for (SentDatagram& sent : flow) sent.from_client = !sent.from_client;
  const auto answer = tests::AskUdp(DtlsDissector(), flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << tests::WhyNot(answer);
  ExpectFacts(*base::Value(answer), GetParam().expected);
}

using enum Version;
constexpr auto kUnknownKeys = classify::KeyExchange::kUnknown;
constexpr auto kEcdhe = classify::KeyExchange::kEcdhe;
constexpr auto kStaticRsa = classify::KeyExchange::kStaticRsa;

INSTANTIATE_TEST_SUITE_P(
    Cases, DtlsFacts,
    testing::Values(
        Case{"Full12",
             {{true, Hello(Offer())},
              {false, Hello(Answer())},
              {false, Certificate()},
              {false, KeyExchange(0x001d)}},
             {.group = 0x001d}},
        Case{"OneDatagramForAFlight",
             {{true, Hello(Offer())},
              {false, tests::Joined({Hello(Answer()), Certificate(), KeyExchange(0x0017)})}},
             {.group = 0x0017}},
        Case{"StaticRsa",
             {{true, Hello(Offer())}, {false, Hello(Answer(kRsaSuite))}},
             {.key_exchange = kStaticRsa}},
        Case{"Cookie",
             {{true, Hello(Offer())},
              {false, Verify()},
              {true, Hello(Offer(), 1, kCookie)},
              {false, Hello(Answer(kRsaSuite), 1)}},
             {.key_exchange = kStaticRsa}},
        Case{"CookieRepeatedAndNoAnswerYet",
             {{true, Hello(Offer())}, {false, Verify()}, {true, Hello(Offer(), 1, kCookie)}},
             {.offered_only = true, .key_exchange = kUnknownKeys}},
        Case{"CookieNotRepeated",
             {{true, Hello(Offer())}, {false, Verify()}, {true, Hello(Offer(), 1, {1, 1})}},
             {.offered_only = true, .key_exchange = kUnknownKeys, .evidence = Evidence::kStrong}},
        Case{"OfferAlone",
             {{true, Hello(Offer())}},
             {.offered_only = true,
              .key_exchange = kUnknownKeys,
              .sides = SidesSeen::kClientOnly,
              .evidence = Evidence::kWeak}},
        Case{"AnswerAlone",
             {{false, Hello(Answer(kRsaSuite))}},
             {.key_exchange = kStaticRsa,
              .resumption = Resumption::kUnknown,
              .sides = SidesSeen::kServerOnly,
              .evidence = Evidence::kWeak}},
        Case{"SrtpNegotiated",
             {{true, Hello(Offer(true))}, {false, Hello(Answer(kRsaSuite, true))}},
             {.key_exchange = kStaticRsa, .variant = Variant::kDtlsSrtp}},
        Case{"SrtpOfferedAndNotTaken",
             {{true, Hello(Offer(true))}, {false, Hello(Answer(kRsaSuite))}},
             {.key_exchange = kStaticRsa}},
        Case{"SrtpOfferedAlone",
             {{true, Hello(Offer(true))}},
             {.offered_only = true,
              .key_exchange = kUnknownKeys,
              .variant = Variant::kDtlsSrtp,
              .sides = SidesSeen::kClientOnly,
              .evidence = Evidence::kWeak}},
        Case{"BehindIceWithMedia",
             {{true, tests::IceCheck(1)},
              {false, tests::IceAnswer(1)},
              {true, Hello(Offer(true))},
              {false, tests::IceCheck(2)},
              {false, Hello(Answer(kRsaSuite, true))},
              {false, Media()}},
             {.key_exchange = kStaticRsa, .variant = Variant::kDtlsSrtp}},
        Case{"BehindCapwap",
             {{true, Capwap(Hello(Offer()))}, {false, Capwap(Hello(Answer(kRsaSuite)))}},
             {.key_exchange = kStaticRsa}},
        Case{"ResumedBySessionId",
             {{true, Hello(Offer().SessionId({1, 2, 3}))},
              {false, Hello(Answer().SessionId({1, 2, 3}))},
              {false, ChangeCipherSpec()},
              {false, Sealed()}},
             {.resumption = Resumption::kResumed}},
        Case{"SessionIdNotTaken",
             {{true, Hello(Offer().SessionId({1, 2, 3}))},
              {false, Hello(Answer(kRsaSuite).SessionId({4}))}},
             {.key_exchange = kStaticRsa}},
        Case{"SessionIdRepeatedAndNothingAfterIt",
             {{true, Hello(Offer().SessionId({1, 2, 3}))},
              {false, Hello(Answer().SessionId({1, 2, 3}))}},
             {.resumption = Resumption::kUnknown}},
        Case{"TicketTaken",
             {{true, Hello(Offer().SessionTicket(40))},
              {false, Hello(Answer())},
              {false, ChangeCipherSpec()}},
             {.resumption = Resumption::kResumed}},
        Case{"TicketNotTaken",
             {{true, Hello(Offer().SessionTicket(40))},
              {false, Hello(Answer())},
              {false, Certificate()},
              {false, KeyExchange(0x0018)}},
             {.group = 0x0018}},
        Case{"Version10",
             {{true, Hello(Offer())},
              {false, Hello(Answer(kRsaSuite).LegacyVersion(tests::kDtls10))}},
             {.version = kTls10, .key_exchange = kStaticRsa}},
        Case{"Version13",
             {{true, Hello(Offer13())}, {false, Hello(Answer13())}},
             {.version = kTls13, .group = 0x001d}},
        Case{"Version13Retried",
             {{true, Hello(Offer13())},
              {false, Hello(Answer13(TlsServerHello::HelloRetryRequest(0x001d)))},
              {true, Hello(Offer13(), 1)},
              {false, Hello(Answer13(), 1)}},
             {.version = kTls13, .group = 0x001d}},
        Case{"Version13RetriedAndNoAnswerYet",
             {{true, Hello(Offer13())},
              {false, Hello(Answer13(TlsServerHello::HelloRetryRequest(0x001d)))}},
             {.version = kTls13,
              .offered_only = true,
              .key_exchange = kUnknownKeys,
              .variant = Variant::kDtlsSrtp,
              .evidence = Evidence::kStrong}},
        Case{"BeforeTheStandard",
             {{true, Hello(Offer().LegacyVersion(0x0100))},
              {false, Hello(Answer(kRsaSuite).LegacyVersion(0x0100))}},
             {.version = kOther, .key_exchange = kStaticRsa}}),
    [](const auto& test) { return std::string(test.param.name); });

// ---- fragments

DatagramFlow Handshake(const std::vector<TlsBytes>& client, const std::vector<TlsBytes>& server) {
  DatagramFlow flow;
  for (const TlsBytes& bytes : client) flow.push_back({true, bytes});
  for (const TlsBytes& bytes : server) flow.push_back({false, bytes});
  return flow;
}

TEST(DtlsFragments, OfAnySizeGiveTheSameFactsInAnyOrder) {
  const TlsBytes offer = DtlsClientBody(Offer13());
  const TlsBytes answer = DtlsServerBody(Answer13());
  const auto whole =
      tests::AskUdp(DtlsDissector(),
                    Handshake({DtlsFragment(kClientHello, 0, offer)}, {Hello(Answer13())}), true);
  ASSERT_NE(base::Value(whole), nullptr) << tests::WhyNot(whole);
  std::mt19937 random(20260101);
  for (std::size_t size = 17; size <= offer.size(); ++size) {
    DatagramFlow flow = Handshake(tests::DtlsFragments(kClientHello, 0, offer, size),
                                  tests::DtlsFragments(kServerHello, 0, answer, size));
    for (int order = 0; order < 3; ++order) {
      EXPECT_EQ(tests::AskUdp(DtlsDissector(), flow, true), whole) << size;
      EXPECT_EQ(tests::BrokenDatagramLaw(DtlsDissector(), flow), "") << size;
      std::shuffle(flow.begin(), flow.end(), random);
    }
  }
}

TEST(DtlsFragments, MayOverlapAndRepeatButNotDiffer) {
  const TlsBytes offer = DtlsClientBody(Offer());
  const TlsBytes first = DtlsFragment(kClientHello, 0, offer, 0, 60);
  const TlsBytes rest = DtlsFragment(kClientHello, 0, offer, 40);
  const TlsBytes answer = Hello(Answer(kRsaSuite));
  const DatagramFlow flow = {{true, first}, {true, rest}, {true, first}, {false, answer}};
  EXPECT_NE(base::Value(tests::AskUdp(DtlsDissector(), flow, true)), nullptr);
  TlsBytes forged = rest;
  forged.at(13 + 12 + 5) ^= 1;  // covered by both
  const DatagramFlow conflict = {{true, first}, {true, forged}, {false, answer}};
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(DtlsDissector(), conflict, true)), kAmbiguousReason);
}

TEST(DtlsFragments, WithAHoleAreWaitedForAndAreNoHelloAtTheEnd) {
  const TlsBytes offer = DtlsClientBody(Offer());
  const DatagramFlow flow = {{true, DtlsFragment(kClientHello, 0, offer, 0, 30)},
                             {true, DtlsFragment(kClientHello, 0, offer, 31)}};
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(DtlsDissector(), flow, true)), "(waits)");
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(DtlsDissector(), flow, false)), "dtls: no hello");
}

TEST(DtlsDissector, WaitsForTheCurveAndNoLongerThanItCanCome) {
  DatagramFlow flow = {{true, Hello(Offer())}, {false, Hello(Answer())}};
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(DtlsDissector(), flow, true)), "(waits)");
  flow.push_back({false, ChangeCipherSpec()});
  EXPECT_NE(base::Value(tests::AskUdp(DtlsDissector(), flow, true)), nullptr);
}

struct Stranger {
  const char* name;
  DatagramFlow flow;
  std::string_view why;
};
class DtlsStranger : public testing::TestWithParam<Stranger> {};
TEST_P(DtlsStranger, IsRefusedAtOnce) {
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(DtlsDissector(), GetParam().flow, true)), GetParam().why);
}
TlsBytes Bent(TlsBytes bytes, std::size_t at, std::uint8_t to) {
  bytes.at(at) = to;
  return bytes;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, DtlsStranger,
    testing::Values(
        Stranger{"RecordOfTls",
                 {{true, tests::TlsRecord(22, Offer().Message())}},
                 "dtls: record header"},
        Stranger{"ApplicationDataFirst",
                 {{true, tests::DtlsRecord(23, TlsBytes(40, 1))}},
                 "dtls: first byte"},
        Stranger{"SealedFirst", {{true, {0x2f, 1, 2, 3, 4, 5, 6, 7}}}, "dtls: first byte"},
        Stranger{
            "UnknownHandshakeType", {{true, Bent(Hello(Offer()), 13, 99)}}, "dtls: handshake type"},
        Stranger{"FragmentBeyondItsMessage",
                 {{true, Bent(Hello(Offer()), 13 + 8, 1)}},
                 "dtls: handshake header"},
        Stranger{"LiesInTheHello",
                 {{true, Bent(Hello(Offer()), 13 + 12 + 34, 0xff)}},
                 "tls: client_hello"},
        Stranger{"TwoClients",
                 {{true, Hello(Offer())}, {false, Hello(Offer())}},
                 "dtls: two client hellos"},
        Stranger{"AnswerOfASuiteThatWasNotOffered",
                 {{true, Hello(Offer())}, {false, Hello(Answer(0x1301))}},
                 "tls: suite not offered"},
        Stranger{"AnswerOfAHigherVersion",
                 {{true, Hello(Offer().LegacyVersion(tests::kDtls10))},
                  {false, Hello(Answer(kRsaSuite))}},
                 "tls: version not offered"},
        Stranger{"ForeignDatagramAfterTheHello",
                 {{true, Hello(Offer())}, {false, {0x64, 0x31, 0x3a}}},
                 "dtls: first byte"},
        Stranger{"DnsQuestion",
                 {{true, tests::Wire().U16(1).U16(0x0100).U16(1).Fill(26, 0).bytes()}},
                 "dtls: first byte"}),
    [](const auto& test) { return std::string(test.param.name); });

// ---- over TCP, as ICE frames it

TlsBytes Framed(const std::vector<TlsBytes>& datagrams) {
  tests::Wire wire;
  for (const TlsBytes& datagram : datagrams) {
    wire.Prefixed16([&](tests::Wire& w) { w.Append(datagram); });
  }
  return wire.bytes();
}

TEST(DtlsOverTcp, IsTheSameBehindIceHoweverItIsCut) {
  const TlsBytes client = Framed({tests::IceCheck(1), Hello(Offer(true))});
  const TlsBytes server = Framed({tests::IceAnswer(1), Hello(Answer(kRsaSuite, true))});
  const auto whole = tests::AskTcp(DtlsDissector(), client, server, true);
  ASSERT_NE(base::Value(whole), nullptr) << tests::WhyNot(whole);
  EXPECT_EQ(base::Value(whole)->variant, Variant::kDtlsSrtp);
  EXPECT_EQ(base::Value(whole)->evidence, Evidence::kProof);
  for (std::size_t cut = 0; cut < client.size(); ++cut) {
    const TlsBytes part(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(cut));
    const auto answer = tests::AskTcp(DtlsDissector(), part, server, true);
    EXPECT_EQ(tests::WhyNot(answer), "(waits)") << cut;
  }
}

TEST(DtlsOverTcp, IsNotLookedForWithoutIce) {
  const TlsBytes client = Framed({Hello(Offer())});
  EXPECT_EQ(tests::WhyNot(tests::AskTcp(DtlsDissector(), client, {}, true)),
            "dtls: tcp without ice");
}

}  // namespace
}  // namespace unopened::classify::dtls
