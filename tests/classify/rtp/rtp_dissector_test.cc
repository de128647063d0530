#include "classify/rtp/rtp_dissector.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/datagram_flow.h"
#include "tests/support/wire.h"
#include "tests/support/zrtp_builder.h"

namespace unopened::classify::rtp {
namespace {

using tests::DatagramFlow;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint32_t kAlice = 0x11111111;
constexpr std::uint32_t kBob = 0x22222222;

Octets Packet(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp,
              std::uint8_t payload_type = 111) {
  return tests::Wire()
      .U8(0x80)
      .U8(payload_type)
      .U16(sequence)
      .U32(timestamp)
      .U32(ssrc)
      .Fill(40, 0x5c)
      .bytes();
}
Octets Report(std::uint32_t ssrc) {
  return tests::Wire().U8(0x80).U8(200).U16(6).U32(ssrc).Fill(20, 1).bytes();
}
DatagramFlow Talk(bool from_client, std::uint32_t ssrc, int packets, std::uint16_t first = 65534) {
  DatagramFlow flow;
  for (int i = 0; i < packets; ++i) {
    flow.push_back({from_client, Packet(ssrc, static_cast<std::uint16_t>(first + i),
                                        static_cast<std::uint32_t>(0xffffff00 + i * 160))});
  }
  return flow;
}
DatagramFlow With(DatagramFlow flow, const DatagramFlow& more) {
  flow.insert(flow.end(), more.begin(), more.end());
  return flow;
}

struct Case {
  const char* name;
  DatagramFlow flow;
  SidesSeen sides;
  std::string_view why;  // empty: RTP
};
class RtpFlow : public testing::TestWithParam<Case> {};
TEST_P(RtpFlow, IsWhatTheCaseSaysInEveryOrderAndNeverMoreThanWeak) {
  for (const DatagramFlow& flow : tests::OrdersOf(GetParam().flow)) {
    EXPECT_EQ(tests::BrokenDatagramLaw(RtpDissector(), flow), "");
    const auto answer = tests::AskUdp(RtpDissector(), flow, false);
    if (!GetParam().why.empty()) {
      EXPECT_EQ(tests::WhyNot(answer), GetParam().why);
      continue;
    }
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr) << tests::WhyNot(answer);
    EXPECT_EQ(facts->protocol, Protocol::kRtp);
    EXPECT_EQ(Name(facts->sides), Name(GetParam().sides));
    EXPECT_EQ(facts->evidence, Evidence::kWeak);
    EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
    EXPECT_FALSE(facts->plaintext);
  }
}
constexpr auto kBoth = SidesSeen::kBoth;
constexpr auto kNone = SidesSeen::kNone;
INSTANTIATE_TEST_SUITE_P(
    Cases, RtpFlow,
    testing::Values(
        Case{"FourOfOneSide", Talk(true, kAlice, 4), SidesSeen::kClientOnly, ""},
        Case{"FourOfTheOther", Talk(false, kBob, 4), SidesSeen::kServerOnly, ""},
        Case{"ThreeOfOneSide", Talk(true, kAlice, 3), kNone, "rtp: too few"},
        Case{"TwoOfEach", With(Talk(true, kAlice, 2), Talk(false, kBob, 2)), kBoth, ""},
        Case{"OneOfEach", With(Talk(true, kAlice, 1), Talk(false, kBob, 1)), kNone, "rtp: too few"},
        Case{"WithReports", With(Talk(true, kAlice, 4), {{true, Report(kAlice)}}),
             SidesSeen::kClientOnly, ""},
        Case{"ReportsAlone",
             {{true, Report(kAlice)}, {true, Report(kAlice)}},
             kNone,
             "rtp: too few"},
        Case{"TwoSourcesInOneDirection", With(Talk(true, kAlice, 3), Talk(true, kBob, 3)),
             SidesSeen::kClientOnly, ""},
        Case{"FourSourcesInOneDirection",
             With(With(Talk(true, 1, 3), Talk(true, 2, 3)),
                  With(Talk(true, 3, 3), Talk(true, 4, 3))),
             kNone, "rtp: sequence"},
        Case{"OnePacketLateByOne",
             {{true, Packet(kAlice, 7, 0)},
              {true, Packet(kAlice, 9, 320)},
              {true, Packet(kAlice, 8, 160)},
              {true, Packet(kAlice, 10, 480)},
              {true, Packet(kAlice, 11, 640)}},
             SidesSeen::kClientOnly,
             ""},
        Case{"TheSamePacketAgainAndAgain",
             {{true, Packet(kAlice, 7, 0)},
              {true, Packet(kAlice, 7, 0)},
              {true, Packet(kAlice, 7, 0)},
              {true, Packet(kAlice, 7, 0)},
              {true, Packet(kAlice, 7, 0)}},
             kNone,
             "rtp: too few"},
        Case{"SequenceThatJumps",
             {{true, Packet(kAlice, 7, 0)}, {true, Packet(kAlice, 1007, 160)}},
             kNone,
             "rtp: sequence"},
        Case{"TimestampThatJumps",
             {{true, Packet(kAlice, 7, 0)}, {true, Packet(kAlice, 8, 0x40000000)}},
             kNone,
             "rtp: sequence"},
        Case{"SourceOfZero", Talk(true, 0, 4), kNone, "rtp: header"},
        Case{"PayloadTypeOfRtcp", {{true, Packet(kAlice, 7, 0, 72)}}, kNone, "rtp: header"},
        Case{"AnotherVersion", {{true, Octets(40, 0x40)}}, kNone, "rtp: version"},
        Case{"AStrangerAmongThem", With(Talk(true, kAlice, 4), {{false, Octets(40, 0x31)}}), kNone,
             "rtp: version"},
        Case{"ZrtpAmongThem", With(Talk(true, kAlice, 4), {{false, tests::ZrtpHello(kBob)}}), kNone,
             "rtp: zrtp"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RtpDissector, SettlesWithBothDirectionsAndWaitsForTheOtherOneTillThen) {
  EXPECT_TRUE(base::IsNeedMore(tests::AskUdp(RtpDissector(), Talk(true, kAlice, 9), true)));
  const DatagramFlow both = With(Talk(true, kAlice, 3), Talk(false, kBob, 3));
  EXPECT_NE(base::Value(tests::AskUdp(RtpDissector(), both, true)), nullptr);
}

// Measured: random datagrams whose first bits are RTP's.
TEST(RtpDissector, ClaimsNoNoise) {
  std::mt19937 random(20260102);
  int claims = 0;
  for (int i = 0; i < 20'000; ++i) {
    DatagramFlow flow;
    for (int d = 0; d < 12; ++d) {
      Octets bytes(12 + random() % 60);
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      bytes[0] = static_cast<std::uint8_t>(0x80 | (bytes[0] & 0x3f));
      flow.push_back({random() % 2 == 0, bytes});
    }
    claims += base::Value(tests::AskUdp(RtpDissector(), flow, false)) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(claims, 0);
}

}  // namespace
}  // namespace unopened::classify::rtp
