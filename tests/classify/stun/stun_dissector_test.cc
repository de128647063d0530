#include "classify/stun/stun_dissector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/datagram_flow.h"
#include "tests/support/dtls_builder.h"
#include "tests/support/stun_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::stun {
namespace {

using tests::DatagramFlow;
using tests::IceAnswer;
using tests::IceCheck;
using tests::StunBytes;
using tests::StunMessage;

constexpr std::uint16_t kRequest = 0x0001;
constexpr std::uint16_t kSuccess = 0x0101;
constexpr std::uint16_t kAllocate = 0x0003;
constexpr std::uint16_t kAllocated = 0x0103;
constexpr std::uint16_t kAllocateError = 0x0113;
constexpr std::uint16_t kRealm = 0x0014;
constexpr std::uint16_t kMappedAddress = 0x0001;

StunBytes Plain(std::uint16_t type, std::uint8_t transaction) {
  return StunMessage(type, transaction).bytes();
}
StunBytes Classic(std::uint16_t type, std::uint8_t transaction) {
  return StunMessage(type, transaction)
      .Classic()
      .Attribute(kMappedAddress, StunBytes{0, 1, 0xd7, 0x0a, 192, 0, 2, 7})
      .bytes();
}
StunBytes Unauthorized(std::uint8_t transaction, std::string_view realm) {
  return StunMessage(kAllocateError, transaction)
      .Attribute(0x0009, StunBytes{0, 0, 4, 1})
      .Attribute(kRealm, realm)
      .Attribute(0x0015, "nonce")
      .bytes();
}
StunBytes Microsofts(std::uint16_t type, std::uint8_t transaction) {
  return StunMessage(type, transaction)
      .Classic()
      .Unpadded()
      .Attribute(0x000f, StunBytes{0x72, 0xc6, 0x4b, 0xc6})
      .Attribute(0x0014, "a-nonce-of-23-bytes....")
      .Attribute(0x0015, "\"rtcmedia\"")
      .Attribute(0x0006, "me")
      .bytes();
}
StunBytes Media() { return tests::Wire().U8(0x80).U8(111).Fill(40, 0x77).bytes(); }
StunBytes First(const StunBytes& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}
StunBytes Broken(StunBytes bytes) {
  bytes.back() ^= 1;
  return bytes;
}

struct Case {
  const char* name;
  DatagramFlow flow;
  Protocol protocol;
  SidesSeen sides;
  Evidence evidence;
  Variant variant = Variant::kNone;
  std::string_view realm = {};
};
class StunFacts : public testing::TestWithParam<Case> {};
TEST_P(StunFacts, AreThoseOfTheCaseInEveryOrder) {
  const Case& expected = GetParam();
  for (const DatagramFlow& flow : tests::OrdersOf(expected.flow)) {
    EXPECT_EQ(tests::BrokenDatagramLaw(StunDissector(), flow), "");
    const auto answer = tests::AskUdp(StunDissector(), flow, false);
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr) << tests::WhyNot(answer);
    EXPECT_EQ(Name(facts->protocol), Name(expected.protocol));
    EXPECT_EQ(Name(facts->sides), Name(expected.sides));
    EXPECT_EQ(Name(facts->evidence), Name(expected.evidence));
    EXPECT_EQ(Name(facts->variant), Name(expected.variant));
    EXPECT_EQ(facts->transient.realm.view(), expected.realm);
    EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
    EXPECT_FALSE(facts->plaintext);
  }
}
constexpr auto kBoth = SidesSeen::kBoth;
INSTANTIATE_TEST_SUITE_P(
    Cases, StunFacts,
    testing::Values(
        Case{"Answered",
             {{true, Plain(kRequest, 7)}, {false, Plain(kSuccess, 7)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"AnsweredWithAnotherTransaction",
             {{true, Plain(kRequest, 7)}, {false, Plain(kSuccess, 8)}},
             Protocol::kStun,
             kBoth,
             Evidence::kWeak},
        Case{"AskedByBothAndAnsweredByNobody",
             {{true, Plain(kRequest, 7)}, {false, Plain(kRequest, 8)}},
             Protocol::kStun,
             kBoth,
             Evidence::kStrong},
        Case{"IndicatedByOneAndAnsweredByTheOther",
             {{true, Plain(0x0016, 7)}, {false, Plain(kSuccess, 7)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kWeak},
        Case{"AnsweredByTheSameSide",
             {{true, Plain(kRequest, 7)}, {true, Plain(kSuccess, 7)}},
             Protocol::kStun,
             SidesSeen::kClientOnly,
             Evidence::kWeak},
        Case{"RequestAlone",
             {{true, Plain(kRequest, 7)}},
             Protocol::kStun,
             SidesSeen::kClientOnly,
             Evidence::kWeak},
        Case{"AnswersAlone",
             {{true, Plain(kSuccess, 7)}},
             Protocol::kStun,
             SidesSeen::kServerOnly,
             Evidence::kWeak},
        Case{"PathCheckedByIce",
             {{true, IceCheck(1)}, {false, IceAnswer(1)}, {false, IceCheck(2)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"Relay",
             {{true, Plain(kAllocate, 1)}, {false, Unauthorized(1, "Turn.Example.ORG")}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof,
             Variant::kNone,
             "turn.example.org"},
        Case{"RelayThatNeedsNoUser",
             {{true, Plain(kAllocate, 1)}, {false, Plain(kAllocated, 1)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof},
        Case{"RelayAfterABinding",
             {{true, Plain(kRequest, 1)},
              {false, Plain(kSuccess, 1)},
              {true, Plain(kAllocate, 2)},
              {false, Unauthorized(2, "viber.example")}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof,
             Variant::kNone,
             "viber.example"},
        Case{"RelayAskedAlone",
             {{true, Plain(kAllocate, 1)}},
             Protocol::kTurn,
             SidesSeen::kClientOnly,
             Evidence::kWeak},
        Case{"RelayByItsAttributeAlone",
             {{true, StunMessage(0x0016, 3).Attribute(0x0012, StunBytes(8, 1)).bytes()}},
             Protocol::kTurn,
             SidesSeen::kClientOnly,
             Evidence::kWeak},
        Case{"RelaysMethodOnceAmongAnsweredBindings",
             {{true, Plain(kRequest, 1)},
              {false, Plain(kSuccess, 1)},
              {true, Plain(kAllocate, 2)},
              {false, Plain(kSuccess, 2)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"RelaysAttributeInABindingsAnswer",
             {{true, Plain(kRequest, 1)},
              {false, StunMessage(kSuccess, 1).Attribute(0x0016, StunBytes(8, 1)).bytes()}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"RelayFromItsMiddle",
             {{true, Plain(kRequest, 1)},
              {false, Plain(kSuccess, 1)},
              {true, Plain(0x0016, 2)},
              {false, Plain(0x0017, 3)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof},
        Case{"RealmThatIsNoText",
             {{true, Plain(kAllocate, 1)}, {false, Unauthorized(1, "a realm")}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof},
        Case{"Classic",
             {{true, Classic(kRequest, 1)}, {false, Classic(kSuccess, 1)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof,
             Variant::kClassic},
        Case{"ClassicWithZoomsAnswer",
             {{true, Classic(kRequest, 1)}, {false, Classic(0x0002, 1)}},
             Protocol::kStun,
             kBoth,
             Evidence::kStrong,
             Variant::kClassic},
        Case{"MicrosoftsRelay",
             {{true, Microsofts(kAllocate, 1)}, {false, Microsofts(kAllocateError, 1)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof,
             Variant::kClassic,
             "rtcmedia"},
        Case{"MicrosoftsDataBothWaysWithoutAnAnswer",
             {{true, Microsofts(0x0004, 1)}, {false, Microsofts(0x0115, 2)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kStrong,
             Variant::kClassic,
             "rtcmedia"},
        Case{"WhatsAppsOwnMethods",
             {{true, Plain(0x0801, 4)}, {false, Plain(0x0802, 4)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"UnpaddedLastAttribute",
             {{true, StunMessage(kAllocate, 1).Unpadded().Attribute(0x4000, "abcde").bytes()},
              {false, Plain(kAllocated, 1)}},
             Protocol::kTurn,
             kBoth,
             Evidence::kProof},
        Case{"NotPaddedAtAll",
             {{true, StunMessage(kRequest, 1)
                         .Unpadded()
                         .Attribute(0x8022, "abc")
                         .Attribute(0x8022, "d")
                         .bytes()},
              {false, Plain(kSuccess, 1)}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"FollowedByMedia",
             {{true, IceCheck(1)}, {false, IceAnswer(1)}, {true, Media()}, {false, Media()}},
             Protocol::kStun,
             kBoth,
             Evidence::kProof},
        Case{"Snapped",
             {{true, First(IceCheck(1), 24), static_cast<std::uint32_t>(IceCheck(1).size())}},
             Protocol::kStun,
             SidesSeen::kClientOnly,
             Evidence::kWeak}),
    [](const auto& test) { return std::string(test.param.name); });

struct Stranger {
  const char* name;
  StunBytes bytes;
  std::string_view why;
};
class StunStranger : public testing::TestWithParam<Stranger> {};
TEST_P(StunStranger, IsRefusedAtOnce) {
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(StunDissector(), {{true, GetParam().bytes}}, true)),
            GetParam().why);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, StunStranger,
    testing::Values(
        Stranger{"AnotherCookie",
                 tests::Wire().U16(1).U16(8).U32(0x2112a443).Fill(12, 7).Fill(8, 0xff).bytes(),
                 "stun: attributes"},
        Stranger{"MethodThatHasNoClassicForm",
                 tests::Wire().U16(8).U16(0).U32(0x2112a443).Fill(12, 7).bytes(), "stun: cookie"},
        Stranger{"FirstBitsSet",
                 tests::Wire().U16(0x4001).U16(0).U32(0x2112a442).Fill(12, 7).bytes(),
                 "stun: type"},
        Stranger{"LongerThanItSays",
                 tests::Wire().U16(1).U16(0).U32(0x2112a442).Fill(13, 7).bytes(), "stun: length"},
        Stranger{"WrongFingerprint", Broken(IceCheck(1)), "stun: fingerprint"},
        Stranger{"AttributesThatDoNotAddUp",
                 tests::Wire()
                     .U16(1)
                     .U16(8)
                     .U32(0x2112a442)
                     .Fill(12, 7)
                     .U32(0x716a84d4)
                     .U32(0xe9e5836d)
                     .bytes(),
                 "stun: attributes"},
        Stranger{
            "AnswerWhoseAttributesDoNotAddUp",
            tests::Wire().U16(0x0101).U16(12).U32(0x2112a442).Fill(12, 7).Fill(12, 0x5c).bytes(),
            "stun: attributes"},
        Stranger{"ClassicWithLengthsThatDoNotAddUp",
                 tests::Wire().U16(1).U16(8).Fill(16, 7).U16(3).U16(5).Fill(4, 0).bytes(),
                 "stun: attributes"},
        Stranger{"DnsQuestion",
                 tests::Wire().U16(1).U16(0x0100).U16(1).Fill(6, 0).Fill(20, 5).bytes(),
                 "stun: length"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(StunDissector, RightFingerprintIsTakenWhereTheBrokenOneIsNot) {
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(StunDissector(), {{true, IceCheck(1)}}, true)));
}

TEST(StunDissector, ClassicWithoutAnAnswerIsNothing) {
  const DatagramFlow flow = {{true, Classic(kRequest, 1)}, {false, Classic(kSuccess, 2)}};
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(StunDissector(), flow, true)));
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(StunDissector(), flow, false)),
            "stun: classic without an answer");
}

TEST(StunDissector, WaitsForKeysThatMayFollowUntilMediaDoes) {
  DatagramFlow flow = {{true, IceCheck(1)}, {false, IceAnswer(1)}};
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(StunDissector(), flow, true)));
  DatagramFlow keys = flow;
  keys.push_back({true, tests::DtlsRecord(22, {1, 2, 3})});
  keys.push_back({false, Media()});
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(StunDissector(), keys, true)));
  flow.push_back({true, Media()});
  EXPECT_NE(base::Value(tests::AskUdp(StunDissector(), flow, true)), nullptr);
}

// ---- over TCP

StunBytes Framed(const StunBytes& message) {
  return tests::Wire().Prefixed16([&](tests::Wire& w) { w.Append(message); }).bytes();
}
StunBytes Joined(const StunBytes& a, const StunBytes& b) { return tests::Joined({a, b}); }

struct TcpCase {
  const char* name;
  StunBytes client;
  StunBytes server;
  Protocol protocol;
  Evidence evidence;
};
class StunOverTcp : public testing::TestWithParam<TcpCase> {};
TEST_P(StunOverTcp, IsTheSameHoweverItIsCut) {
  const TcpCase& expected = GetParam();
  const auto whole = tests::AskTcp(StunDissector(), expected.client, expected.server, false);
  const HandshakeFacts* facts = base::Value(whole);
  ASSERT_NE(facts, nullptr) << tests::WhyNot(whole);
  EXPECT_EQ(Name(facts->protocol), Name(expected.protocol));
  EXPECT_EQ(facts->variant, Variant::kTcp);
  EXPECT_EQ(Name(facts->evidence), Name(expected.evidence));
  for (std::size_t c = 0; c <= expected.client.size(); ++c) {
    for (std::size_t s = 0; s <= expected.server.size(); ++s) {
      const auto at_c = expected.client.begin() + static_cast<std::ptrdiff_t>(c);
      const auto at_s = expected.server.begin() + static_cast<std::ptrdiff_t>(s);
      const auto answer = tests::AskTcp(StunDissector(), StunBytes(expected.client.begin(), at_c),
                                        StunBytes(expected.server.begin(), at_s), true);
      if (base::IsNeedMore(answer)) continue;
      ASSERT_EQ(answer, whole) << c << " and " << s << " bytes: " << tests::WhyNot(answer);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cases, StunOverTcp,
    testing::Values(TcpCase{"Bindings", Joined(Plain(kRequest, 1), Plain(kRequest, 2)),
                            Joined(Plain(kSuccess, 1), Plain(kSuccess, 2)), Protocol::kStun,
                            Evidence::kProof},
                    TcpCase{"Relay", Plain(kAllocate, 1), Unauthorized(1, "example.org"),
                            Protocol::kTurn, Evidence::kProof},
                    TcpCase{"FramedForIce", Framed(IceCheck(1)), Framed(IceAnswer(1)),
                            Protocol::kStun, Evidence::kProof},
                    TcpCase{"OneSide", Plain(kRequest, 1), {}, Protocol::kStun, Evidence::kWeak}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(StunOverTcp, IsNotWhatHasNoCookie) {
  EXPECT_EQ(tests::WhyNot(tests::AskTcp(StunDissector(), Classic(kRequest, 1), {}, true)),
            "stun: cookie");
  EXPECT_EQ(tests::WhyNot(tests::AskTcp(
                StunDissector(), {0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0, 0, 1, 3, 3, 0}, {}, true)),
            "stun: cookie");
  EXPECT_EQ(tests::WhyNot(tests::AskTcp(StunDissector(), {'G', 'E', 'T'}, {}, true)), "stun: type");
}

}  // namespace
}  // namespace unopened::classify::stun
