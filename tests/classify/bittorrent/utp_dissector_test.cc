#include "classify/bittorrent/utp_dissector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "classify/bittorrent/utp.h"
#include "tests/support/datagrams.h"
#include "tests/support/wire.h"

namespace unopened::classify::bittorrent {
namespace {

using tests::SentDatagram;
using tests::UdpFlow;
using tests::Wire;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t kId = 0x7a31;

Octets Packet(UtpType type, std::uint16_t connection, std::uint16_t sequence,
              std::uint16_t acknowledgement, const Octets& payload = {},
              std::uint32_t difference = 0x1234) {
  const bool syn = type == UtpType::kSyn;
  return Wire()
      .U8(static_cast<unsigned>(type) << 4 | 1)
      .U8(0)
      .U16(connection)
      .U32(0x9a3b1c02)
      .U32(syn ? 0 : difference)
      .U32(1 << 20)
      .U16(sequence)
      .U16(acknowledgement)
      .Append(payload)
      .bytes();
}
Octets Syn() { return Packet(UtpType::kSyn, kId, 1000, 0); }
Octets State(std::uint16_t connection = kId, std::uint16_t acknowledged = 1000) {
  return Packet(UtpType::kState, connection, 5000, acknowledged);
}
Octets Data(const Octets& payload) { return Packet(UtpType::kData, kId + 1, 1001, 5000, payload); }
Octets Handshake() { return Wire().U8(19).Text("BitTorrent protocol").Fill(48, 7).bytes(); }

TEST(UtpDissector, AStateThatRepeatsASynIsProofAndTheDataTellsWhetherItIsClear) {
  for (const bool clear : {true, false}) {
    const UdpFlow flow = {
        {{true, Syn()}, {false, State()}, {true, Data(clear ? Handshake() : Octets(96, 0xd5))}}};
    for (const UdpFlow& one : {flow, flow.Reversed()}) {
      EXPECT_EQ(tests::BrokenDatagramLaw(UtpDissector(), one.sent), "");
      const auto answer = one.Ask(UtpDissector());
      ASSERT_NE(base::Value(answer), nullptr);
      EXPECT_EQ(base::Value(answer)->protocol, Protocol::kBitTorrent);
      EXPECT_EQ(base::Value(answer)->variant, Variant::kUtp);
      EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
      EXPECT_EQ(base::Value(answer)->plaintext, clear);
      EXPECT_EQ(base::Value(answer)->key_exchange,
                clear ? KeyExchange::kNone : KeyExchange::kUnknown);
    }
  }
}

struct Case {
  const char* name;
  std::vector<SentDatagram> sent;
  Evidence at_last;  // kNone: refused
};
class UtpAtLast : public testing::TestWithParam<Case> {};
TEST_P(UtpAtLast, IsWhatTheCaseSays) {
  const UdpFlow flow = {GetParam().sent};
  EXPECT_TRUE(base::IsNeedMore(flow.Ask(UtpDissector())));
  const auto last = flow.Ask(UtpDissector(), true);
  const auto* facts = base::Value(last);
  EXPECT_EQ(facts == nullptr ? Evidence::kNone : facts->evidence, GetParam().at_last);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, UtpAtLast,
    testing::Values(
        Case{"SynAlone", {{true, Syn()}}, Evidence::kNone},
        Case{"SynAndState", {{true, Syn()}, {false, State()}}, Evidence::kProof},
        Case{"StateOfAnotherConnection", {{true, Syn()}, {false, State(kId + 1)}}, Evidence::kNone},
        Case{"StateForAnotherNumber", {{true, Syn()}, {false, State(kId, 1001)}}, Evidence::kNone},
        Case{"StateFromTheSameSide", {{true, Syn()}, {true, State()}}, Evidence::kNone},
        Case{"DataAcknowledged",
             {{true, Data({1, 2, 3})}, {false, State(kId, 1001)}},
             Evidence::kStrong},
        Case{"DataAcknowledgedOnItsOwnId",
             {{true, Data({1, 2, 3})}, {false, State(kId + 1, 1001)}},
             Evidence::kNone}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(UtpDissector, StrangersAreRefused) {
  const auto refused = [](Octets bytes) {
    return base::IsNotThis(UdpFlow{{{true, std::move(bytes)}}}.Ask(UtpDissector()));
  };
  const auto bent = [](std::size_t at, std::uint8_t value) {
    Octets bytes = Syn();
    bytes[at] = value;
    return bytes;
  };
  EXPECT_FALSE(refused(Syn()));
  EXPECT_TRUE(refused(bent(0, 0x51))) << "type";
  EXPECT_TRUE(refused(bent(0, 0x42))) << "version";
  EXPECT_TRUE(refused(bent(1, 4))) << "extension";
  EXPECT_TRUE(refused(bent(8, 1))) << "a beginning that measured something";
  EXPECT_TRUE(refused(Packet(UtpType::kState, kId, 1, 1, {1}))) << "a state with a payload";
  EXPECT_TRUE(refused(Packet(UtpType::kData, kId, 1, 1))) << "data without";
  EXPECT_TRUE(refused({0x41, 0, 1})) << "cut";
}

TEST(UtpPacket, ExtensionsAreSkippedAndBounded) {
  Octets bytes = Packet(UtpType::kData, kId, 1, 1, Wire().U8(0).U8(4).Fill(4, 9).Text("x").bytes());
  bytes[1] = 1;
  auto parsed = ParseUtp({bytes, static_cast<std::uint32_t>(bytes.size()), true});
  ASSERT_NE(base::Value(parsed), nullptr);
  EXPECT_EQ(base::Value(parsed)->payload.size(), 1U);
  bytes[21] = 5;
  EXPECT_EQ(base::Value(ParseUtp({bytes, 27, true})), nullptr) << "no multiple of four";
  Octets many = Packet(UtpType::kData, kId, 1, 1, Octets(200, 1));
  many[1] = 1;
  for (std::size_t at = 20; at + 6 < many.size(); at += 6) many[at + 1] = 4;
  EXPECT_EQ(base::Value(ParseUtp({many, 220, true})), nullptr) << "a chain without end";
}

}  // namespace
}  // namespace unopened::classify::bittorrent
