#include "classify/tox/tox_dissector.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "classify/tox/packet.h"
#include "tests/support/datagrams.h"
#include "tests/support/stream_laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::tox {
namespace {

using tests::Octets;
using tests::SentDatagram;
using tests::UdpFlow;
using tests::Wire;

constexpr std::uint32_t kAlice = 1;
constexpr std::uint32_t kBob = 2;

Octets Random(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Octets bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 250 + 1);
  return bytes;
}
// A packet with its sender's key.
Octets Keyed(std::uint8_t kind, std::uint32_t who, std::size_t size, std::uint32_t seed = 77) {
  Octets key = Random(32, who);
  key.back() &= 0x7f;
  return Wire().U8(kind).Append(key).Append(Random(size - 33, seed)).bytes();
}
Octets Ping(std::uint32_t who) { return Keyed(0x00, who, 82); }
Octets Pong(std::uint32_t who) { return Keyed(0x01, who, 82); }
Octets AskNodes(std::uint32_t who) { return Keyed(0x02, who, 113); }
Octets Nodes(std::uint32_t who, std::size_t v4 = 4) { return Keyed(0x04, who, 66 + 16 + 39 * v4); }
Octets AskCookie(std::uint32_t who) { return Keyed(0x18, who, 145); }
Octets Cookie() { return Wire().U8(0x19).Append(Random(160, 3)).bytes(); }

TEST(ToxDissector, AnAnswerAndARepeatedKeyAreStrong) {
  const UdpFlow flow = {{{true, AskNodes(kAlice)}, {false, Nodes(kBob)}, {false, Ping(kBob)}}};
  for (const UdpFlow& one : {flow, flow.Reversed()}) {
    EXPECT_EQ(tests::BrokenDatagramLaw(ToxDissector(), one.sent), "");
    const auto answer = one.Ask(ToxDissector());
    ASSERT_NE(base::Value(answer), nullptr);
    EXPECT_EQ(base::Value(answer)->protocol, Protocol::kTox);
    EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
    EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
  }
}

struct WeakCase {
  const char* name;
  std::vector<SentDatagram> sent;
  bool claimed;
};
class ToxWeak : public testing::TestWithParam<WeakCase> {};
TEST_P(ToxWeak, IsWaitedForAndAtMostWeak) {
  const UdpFlow flow = {GetParam().sent};
  EXPECT_TRUE(base::IsNeedMore(flow.Ask(ToxDissector())));
  const auto last = flow.Ask(ToxDissector(), true);
  ASSERT_EQ(base::Value(last) != nullptr, GetParam().claimed);
  if (base::Value(last) != nullptr) {
    EXPECT_EQ(base::Value(last)->evidence, Evidence::kWeak);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cases, ToxWeak,
    testing::Values(
        WeakCase{"NodesForOneQuestion", {{true, AskNodes(kAlice)}, {false, Nodes(kBob)}}, true},
        WeakCase{"Pong", {{true, Ping(kAlice)}, {false, Pong(kBob)}}, true},
        WeakCase{"Cookie", {{true, AskCookie(kAlice)}, {false, Cookie()}}, true},
        WeakCase{"QuestionAlone", {{true, AskNodes(kAlice)}}, false},
        WeakCase{"QuestionsOfOneSide", {{true, AskNodes(kAlice)}, {true, Ping(kAlice)}}, false},
        WeakCase{"AnswerFromTheSameSide", {{true, Ping(kAlice)}, {true, Pong(kAlice)}}, false},
        WeakCase{"AnswerToAnotherQuestion", {{true, Ping(kAlice)}, {false, Nodes(kBob)}}, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ToxDissector, StrangersAreRefused) {
  const auto refused = [](const Octets& bytes) {
    return base::IsNotThis(UdpFlow{{{true, bytes}}}.Ask(ToxDissector()));
  };
  EXPECT_FALSE(refused(AskNodes(kAlice)));
  EXPECT_TRUE(refused(Keyed(0x02, kAlice, 112))) << "size";
  EXPECT_TRUE(refused(Keyed(0x03, kAlice, 113))) << "kind";
  Octets high = AskNodes(kAlice);
  high[32] |= 0x80;
  EXPECT_TRUE(refused(high)) << "no public key";
  EXPECT_TRUE(refused(Wire().U8(0).Fill(81, 0).bytes())) << "no key at all";
  EXPECT_TRUE(refused(Wire().U8(0x81).Append(Random(200, 1)).bytes())) << "an onion's layer first";
  EXPECT_TRUE(base::IsNotThis(
      UdpFlow{{{true, AskNodes(kAlice)}, {false, Random(300, 9)}}}.Ask(ToxDissector())));
}

TEST(ToxDissector, SizesOfNodesAreThoseOfWholeNodes) {
  for (std::size_t size = 82; size < 300; ++size) {
    const Octets bytes = Keyed(0x04, kBob, size);
    const auto parsed = ParsePacket({bytes, static_cast<std::uint32_t>(size), false});
    bool whole = false;
    for (std::size_t v6 = 0; v6 <= 4; ++v6) {
      for (std::size_t v4 = 0; v4 + v6 <= 4; ++v4) whole |= size == 82 + 39 * v4 + 51 * v6;
    }
    EXPECT_EQ(base::Value(parsed) != nullptr, whole) << size;
  }
}

// ---- the relay's channel

Octets RelayStream(std::size_t hello, const std::vector<std::uint16_t>& frames) {
  Wire wire;
  Octets start = Random(hello, 21);
  start[31] &= 0x7f;
  wire.Append(start);
  for (const std::uint16_t size : frames) wire.U16(size).Append(Random(size, size));
  return wire.bytes();
}

TEST(ToxDissector, FramesBehindARelaysHellosAreWeak) {
  const Octets client = RelayStream(128, {49, 25, 49});
  const Octets server = RelayStream(96, {50, 25, 300});
  const auto answer = ToxDissector().dissect(tests::TcpFlow(client, server));
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(answer)->variant, Variant::kTcp);
  tests::CheckSplitLaw(ToxDissector(), client, server);
}

TEST(ToxDissector, ABrokenFrameOrTooFewAreRefused) {
  const Octets client = RelayStream(128, {49, 25, 49});
  for (const auto& frames :
       std::vector<std::vector<std::uint16_t>>{{50, 16, 300}, {50, 25}, {50, 2065, 300}}) {
    EXPECT_TRUE(base::IsNotThis(tests::AtLast(ToxDissector(), client, RelayStream(96, frames))));
  }
}

TEST(ToxDissector, NoiseIsNothing) { tests::CheckNoise(ToxDissector(), 200'000, 0); }

}  // namespace
}  // namespace unopened::classify::tox
