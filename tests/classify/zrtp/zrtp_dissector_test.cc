#include "classify/zrtp/zrtp_dissector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "classify/zrtp/message.h"
#include "tests/support/datagram_flow.h"
#include "tests/support/stun_builder.h"
#include "tests/support/wire.h"
#include "tests/support/zrtp_builder.h"

namespace unopened::classify::zrtp {
namespace {

using tests::DatagramFlow;
using tests::ZrtpBytes;
using tests::ZrtpCommit;
using tests::ZrtpConfirm1;
using tests::ZrtpDhPart1;
using tests::ZrtpHello;
using tests::ZrtpHelloAck;
using tests::ZrtpPacket;

constexpr std::uint32_t kAlice = 0x11111111;
constexpr std::uint32_t kBob = 0x22222222;

ZrtpBytes Media() { return tests::Wire().U8(0x80).U8(0).Fill(30, 0x5c).bytes(); }
DatagramFlow Greeting() {
  return {{true, ZrtpHello(kAlice)},
          {false, ZrtpHello(kBob)},
          {true, ZrtpHelloAck(kAlice)},
          {false, ZrtpHelloAck(kBob)}};
}
DatagramFlow Agreed(std::string_view key_agreement) {
  DatagramFlow flow = Greeting();
  flow.push_back({true, ZrtpCommit(kAlice, key_agreement)});
  flow.push_back({false, ZrtpDhPart1(kBob)});
  return flow;
}

struct Case {
  const char* name;
  DatagramFlow flow;
  KeyExchange key_exchange = KeyExchange::kUnknown;
  Resumption resumption = Resumption::kUnknown;
  SidesSeen sides = SidesSeen::kBoth;
  Evidence evidence = Evidence::kProof;
  bool offered_only = false;
};
class ZrtpFacts : public testing::TestWithParam<Case> {};
TEST_P(ZrtpFacts, AreThoseOfTheCaseInEveryOrder) {
  for (const DatagramFlow& flow : tests::OrdersOf(GetParam().flow)) {
    EXPECT_EQ(tests::BrokenDatagramLaw(ZrtpDissector(), flow), "");
    const auto answer = tests::AskUdp(ZrtpDissector(), flow, false);
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr) << tests::WhyNot(answer);
    EXPECT_EQ(facts->protocol, Protocol::kZrtp);
    EXPECT_EQ(Name(facts->key_exchange), Name(GetParam().key_exchange));
    EXPECT_EQ(Name(facts->resumption), Name(GetParam().resumption));
    EXPECT_EQ(Name(facts->sides), Name(GetParam().sides));
    EXPECT_EQ(Name(facts->evidence), Name(GetParam().evidence));
    EXPECT_EQ(facts->offered_only, GetParam().offered_only);
  }
}
DatagramFlow With(DatagramFlow flow, const DatagramFlow& more) {
  flow.insert(flow.end(), more.begin(), more.end());
  return flow;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, ZrtpFacts,
    testing::Values(
        Case{"X25519", Agreed("X255"), KeyExchange::kEcdhe, Resumption::kNone},
        Case{"P256", Agreed("EC25"), KeyExchange::kEcdhe, Resumption::kNone},
        Case{"Dh3072", Agreed("DH3k"), KeyExchange::kFfdhe, Resumption::kNone},
        Case{"AnAgreementNobodyHasNamed", Agreed("ZZ99"), KeyExchange::kUnknown, Resumption::kNone},
        Case{"Preshared",
             With(Greeting(), {{true, ZrtpCommit(kAlice, "Prsh")}, {false, ZrtpConfirm1(kBob)}}),
             KeyExchange::kPskOnly, Resumption::kNone},
        Case{"OfAnotherStream",
             With(Greeting(), {{true, ZrtpCommit(kAlice, "Mult")}, {false, ZrtpConfirm1(kBob)}}),
             KeyExchange::kUnknown, Resumption::kResumed},
        Case{"TheResponderCommits",
             With(Greeting(), {{false, ZrtpCommit(kBob, "X255")}, {true, ZrtpDhPart1(kAlice)}}),
             KeyExchange::kEcdhe, Resumption::kNone},
        Case{"BothCommitAndOneGivesWay",
             With(Greeting(), {{false, ZrtpCommit(kBob, "DH3k")},
                               {true, ZrtpCommit(kAlice, "X255")},
                               {false, ZrtpDhPart1(kBob)}}),
             KeyExchange::kEcdhe, Resumption::kNone},
        Case{"CommitWithoutItsAnswer", With(Greeting(), {{true, ZrtpCommit(kAlice, "X255")}}),
             KeyExchange::kUnknown, Resumption::kUnknown, SidesSeen::kBoth, Evidence::kProof, true},
        Case{"HellosAlone", Greeting(), KeyExchange::kUnknown, Resumption::kUnknown,
             SidesSeen::kBoth, Evidence::kProof, true},
        Case{"OneSide",
             {{true, ZrtpHello(kAlice)}, {true, ZrtpHello(kAlice)}},
             KeyExchange::kUnknown,
             Resumption::kUnknown,
             SidesSeen::kClientOnly,
             Evidence::kWeak,
             true},
        Case{"AmongMediaAndPathChecks",
             With({{true, tests::IceCheck(1)}, {false, tests::IceAnswer(1)}, {true, Media()}},
                  Agreed("X255")),
             KeyExchange::kEcdhe, Resumption::kNone}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ZrtpDissector, SettlesOnceTheAgreementIsAnswered) {
  DatagramFlow flow = Agreed("X255");
  EXPECT_NE(base::Value(tests::AskUdp(ZrtpDissector(), flow, true)), nullptr);
  flow.pop_back();
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(ZrtpDissector(), flow, true)));
}

struct Stranger {
  const char* name;
  ZrtpBytes bytes;
  std::string_view why;
};
ZrtpBytes Bent(ZrtpBytes bytes, std::size_t at) {
  bytes.at(at) ^= 0x40;
  return bytes;
}
class ZrtpStranger : public testing::TestWithParam<Stranger> {};
TEST_P(ZrtpStranger, IsRefusedAtOnce) {
  EXPECT_EQ(tests::WhyNot(tests::AskUdp(ZrtpDissector(), {{true, GetParam().bytes}}, true)),
            GetParam().why);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, ZrtpStranger,
    testing::Values(
        Stranger{"AnotherCookie", Bent(ZrtpHello(kAlice), 4), "zrtp: cookie"},
        Stranger{"AnotherFirstByte", Bent(ZrtpHello(kAlice), 0), "zrtp: cookie"},
        Stranger{"AnotherPreamble", Bent(ZrtpHello(kAlice), 12), "zrtp: length"},
        Stranger{"AnotherLength", Bent(ZrtpHello(kAlice), 15), "zrtp: length"},
        Stranger{"UnknownType", ZrtpPacket("Hallo   ", ZrtpBytes(76, 1), kAlice),
                 "zrtp: message type"},
        Stranger{"HelloTooShort", ZrtpPacket("Hello   ", ZrtpBytes(20, 1), kAlice), "zrtp: length"},
        Stranger{"HelloAckTooLong", ZrtpPacket("HelloACK", ZrtpBytes(4, 1), kAlice),
                 "zrtp: length"},
        Stranger{"OneBitWrong", Bent(ZrtpHello(kAlice), 40), "zrtp: crc"},
        Stranger{"CrcWrong", Bent(ZrtpHello(kAlice), ZrtpHello(kAlice).size() - 1), "zrtp: crc"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ZrtpPacket, SnappedIsNotThisSinceItsCrcCannotBeChecked) {
  const ZrtpBytes bytes = ZrtpHello(kAlice);
  const Datagram datagram{bytes, static_cast<std::uint32_t>(bytes.size()) + 4, true};
  const auto parsed = ParsePacket(datagram);
  ASSERT_TRUE(base::IsNotThis(parsed));
  EXPECT_EQ(std::get<base::NotThis>(parsed).why, "zrtp: cut");
}

TEST(ZrtpPacket, ChecksumIsThatOfTheStandardsExample) {
  // RFC 3720 appendix B.4: 32 bytes of zeroes, and the numbers 0 to 31.
  EXPECT_EQ(Crc32c(ZrtpBytes(32, 0)), 0x8a9136aaU);
  ZrtpBytes counting(32);
  for (std::size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(Crc32c(counting), 0x46dd794eU);
}

}  // namespace
}  // namespace unopened::classify::zrtp
