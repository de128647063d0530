#include "classify/gquic/gquic_dissector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "classify/gquic/packet.h"
#include "tests/support/datagram_flow.h"
#include "tests/support/gquic_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::gquic {
namespace {

using tests::DatagramFlow;
using tests::DissectAnswer;
using tests::GquicAckFrame;
using tests::GquicMessage;
using tests::GquicPacket;
using tests::GquicStreamFrame;
using tests::SealGquic;
using tests::SentDatagram;
using Octets = std::vector<std::uint8_t>;

const Octets kId = tests::FromHex("c1c2c3c4c5c6c7c8");
const Octets kChloBytes = tests::GquicInchoateChlo("www.Example.org");
const Octets kRejBytes = GquicMessage("REJ", {{"STK", Octets(60, 1)}, {"SCFG", Octets(300, 2)}});

Octets Join(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Octets Slice(const Octets& bytes, std::size_t from, std::size_t to) {
  return Octets(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                bytes.begin() + static_cast<std::ptrdiff_t>(std::min(to, bytes.size())));
}

SentDatagram Client(unsigned version, const Octets& frames, std::uint64_t number = 1) {
  return {true, SealGquic({.version = version,
                           .connection_id = kId,
                           .packet_number = number,
                           .frames = frames,
                           .size = 1350})};
}
SentDatagram Server(unsigned version, const Octets& frames, const Octets& id = kId) {
  return {false, SealGquic({.version = version,
                            .from_client = false,
                            .names_version = false,
                            .connection_id = id,
                            .frames = frames})};
}
// What a server sends that accepted the first CHLO: nobody on the path can read it.
SentDatagram Encrypted() { return {false, Join({tests::FromHex("0c"), kId, Octets(500, 0x5a)})}; }

DatagramFlow Handshake(unsigned version) {
  return {Client(version, GquicStreamFrame(version, 0, kChloBytes)),
          Server(version, Join({GquicAckFrame(version), tests::GquicStopWaitingFrame(version),
                                GquicStreamFrame(version, 0, kRejBytes)}))};
}

DissectAnswer Ask(const DatagramFlow& flow, bool open = true) {
  return tests::AskUdp(GquicDissector(), flow, open);
}
std::string_view Why(const DissectAnswer& answer) { return tests::WhyNot(answer); }

TEST(GquicBuilder, HashIsFnv1aOf128Bits) {
  // The FNV reference's own vectors: of nothing, and of "foobar".
  const auto hash = [](std::string_view text) {
    const auto digest = tests::Fnv1a128(Octets(text.begin(), text.end()));
    return Octets(digest.begin(), digest.end());
  };
  EXPECT_EQ(hash(""), tests::FromHex("6c62272e07bb014262b821756295c58d"));
  EXPECT_EQ(hash("foobar"), tests::FromHex("343e1662793c64bf6f0d3597ba446f18"));
}

class GquicVersions : public testing::TestWithParam<unsigned> {};

TEST_P(GquicVersions, ChloAndRejectionAreComplete) {
  const DatagramFlow flow = Handshake(GetParam());
  EXPECT_EQ(Why(Ask({flow[0]})), "(waits)");
  const auto answer = Ask(flow);
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kGquic);
  EXPECT_EQ(facts->version, Version::kGquicQ);
  EXPECT_FALSE(facts->offered_only);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(facts->early_data, EarlyData::kNone);
  EXPECT_EQ(facts->name_visibility, NameVisibility::kVisible);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->transient.sni.view(), "www.example.org");
}

TEST_P(GquicVersions, EveryOrderGivesTheSameFactsAndTheLawsHold) {
  const unsigned version = GetParam();
  const DatagramFlow flow = {
      Client(version, GquicStreamFrame(version, 0, Slice(kChloBytes, 0, 333))),
      Client(version, GquicStreamFrame(version, 333, Slice(kChloBytes, 333, 9999)), 2),
      Server(version, GquicStreamFrame(version, 0, kRejBytes)),
      Server(version, GquicStreamFrame(version, 500, kRejBytes))};
  const auto expected = Ask(flow);
  ASSERT_NE(base::Value(expected), nullptr) << Why(expected);
  std::vector<std::size_t> order(flow.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    DatagramFlow shuffled;
    for (const std::size_t i : order) shuffled.push_back(flow[i]);
    EXPECT_EQ(tests::BrokenDatagramLaw(GquicDissector(), shuffled), "");
    EXPECT_EQ(Ask(shuffled), expected);
  } while (std::ranges::next_permutation(order).found);
}

TEST_P(GquicVersions, EveryCutOfTheChloGivesTheSameFacts) {
  const unsigned version = GetParam();
  const SentDatagram answer = Server(version, GquicStreamFrame(version, 0, kRejBytes));
  const auto expected = Ask(Handshake(version));
  for (std::size_t cut = 1; cut < kChloBytes.size(); cut += 7) {
    const Octets first = GquicStreamFrame(version, 0, Slice(kChloBytes, 0, cut));
    const Octets second =
        GquicStreamFrame(version, static_cast<std::uint32_t>(cut), Slice(kChloBytes, cut, 9999));
    for (const bool swapped : {false, true}) {
      EXPECT_EQ(Ask({Client(version, swapped ? second : first),
                     Client(version, swapped ? first : second, 2), answer}),
                expected)
          << cut;
      EXPECT_EQ(
          Ask({Client(version, swapped ? Join({second, first}) : Join({first, second})), answer}),
          expected)
          << cut;
    }
  }
}

TEST_P(GquicVersions, NoBitOfTheChlosPacketCanBeFlippedUnnoticed) {
  const DatagramFlow flow = Handshake(GetParam());
  const std::size_t stop = flow[0].bytes.size();
  for (std::size_t at = 0; at < stop; at += at < 60 ? 1 : 41) {
    for (const std::uint8_t bit : {std::uint8_t{0x01}, std::uint8_t{0x40}}) {
      DatagramFlow bent = flow;
      bent[0].bytes[at] ^= bit;
      EXPECT_EQ(base::Value(Ask(bent, /*open=*/false)), nullptr) << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, GquicVersions,
                         testing::Values(24U, 25U, 30U, 33U, 34U, 35U, 36U, 37U, 38U, 39U, 41U, 43U,
                                         46U),
                         [](const auto& test) { return "Q0" + std::to_string(test.param); });

TEST(GquicDissector, FullChloOffersWhatTheServersLongLivedKeyProtects) {
  const Octets chlo = tests::GquicFullChlo("a.example");
  const DatagramFlow flow = {Client(43, GquicStreamFrame(43, 0, chlo)), Encrypted()};
  EXPECT_EQ(Why(Ask(flow)), "(waits)");
  const auto answer = Ask(flow, /*open=*/false);
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->early_data, EarlyData::kOffered);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(facts->sides, SidesSeen::kClientOnly);
  EXPECT_TRUE(facts->offered_only);
  EXPECT_EQ(facts->transient.sni.view(), "a.example");
}

TEST(GquicDissector, AcknowledgmentInClearIsTheServersAnswer) {
  const auto answer = Ask({Client(39, GquicStreamFrame(39, 0, tests::GquicFullChlo("a.example"))),
                           Server(39, GquicAckFrame(39)), Encrypted()});
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
  EXPECT_FALSE(base::Value(answer)->offered_only);
}

TEST(GquicDissector, ServerMayLeaveOutTheConnectionIdButNotNameAnother) {
  const SentDatagram chlo = Client(43, GquicStreamFrame(43, 0, kChloBytes));
  const Octets rej = GquicStreamFrame(43, 0, kRejBytes);
  EXPECT_NE(base::Value(Ask({chlo, Server(43, rej, {})})), nullptr);
  const DatagramFlow other = {chlo, Server(43, rej, tests::FromHex("c1c2c3c4c5c6c7c9"))};
  EXPECT_EQ(Why(Ask(other)), "(waits)");
  const auto partial = Ask(other, /*open=*/false);
  ASSERT_NE(base::Value(partial), nullptr);
  EXPECT_EQ(base::Value(partial)->sides, SidesSeen::kClientOnly);
}

TEST(GquicDissector, VersionNegotiationIsAnAnswerThatAgreesOnNothing) {
  const SentDatagram list = {false, tests::GquicVersionNegotiation(kId, {"Q035", "Q050", "T051"})};
  const SentDatagram close = Client(43, tests::GquicCloseFrame(43, "No common version found"));
  for (const DatagramFlow& flow : {DatagramFlow{close, list}, DatagramFlow{list, close, list}}) {
    EXPECT_EQ(Why(Ask(flow)), "(waits)");
    const auto answer = Ask(flow, /*open=*/false);
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
    EXPECT_TRUE(base::Value(answer)->offered_only);
    EXPECT_EQ(base::Value(answer)->name_visibility, NameVisibility::kNotApplicable);
  }
  EXPECT_EQ(Why(Ask({list}, /*open=*/false)), "gquic: no valid packet of a client");
}

TEST(GquicDissector, ClientThatTriesAnotherVersionIsReadInThat) {
  const DatagramFlow flow = {Client(46, GquicStreamFrame(46, 0, kChloBytes)),
                             {false, tests::GquicVersionNegotiation(kId, {"Q043"})},
                             Client(43, GquicStreamFrame(43, 0, tests::GquicFullChlo("b.example"))),
                             Server(43, GquicStreamFrame(43, 0, kRejBytes))};
  const auto answer = Ask(flow);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->transient.sni.view(), "b.example");
}

TEST(GquicDissector, LaterChloNamesTheHostWhereTheFirstIsMissing) {
  const Octets chlo = tests::GquicFullChlo("c.example");
  const DatagramFlow flow = {Client(46, GquicStreamFrame(46, 1024, chlo)),
                             Server(46, GquicAckFrame(46))};
  EXPECT_EQ(Why(Ask(flow)), "(waits)");
  const auto answer = Ask(flow, /*open=*/false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->transient.sni.view(), "c.example");
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
}

TEST(GquicDissector, CopiesOfTheChloThatDifferAreAmbiguous) {
  const auto chlo = [](std::string_view host, std::uint64_t number) {
    return Client(43, GquicStreamFrame(43, 0, tests::GquicInchoateChlo(host)), number);
  };
  const SentDatagram answer = Server(43, GquicStreamFrame(43, 0, kRejBytes));
  EXPECT_EQ(Why(Ask({chlo("a.example", 1), chlo("b.example", 2), answer})), kAmbiguousReason);
  EXPECT_NE(base::Value(Ask({chlo("a.example", 1), chlo("a.example", 2), answer})), nullptr);
}

TEST(GquicDissector, StreamThatBeginsOtherwiseIsNoHandshake) {
  const Octets shlo = GquicMessage("SHLO", {{"PUBS", Octets(32, 1)}});
  EXPECT_EQ(Why(Ask({Client(43, GquicStreamFrame(43, 0, shlo)),
                     Server(43, GquicStreamFrame(43, 0, kRejBytes))})),
            "gquic: no chlo");
}

TEST(GquicDissector, NameThatIsNoHostNameIsNoName) {
  for (const std::string_view name : {"", ".", "two words", "caf\xc3\xa9.example", "a;b"}) {
    const Octets chlo = GquicMessage("CHLO", {{"SNI", Octets(name.begin(), name.end())}});
    const auto answer = Ask({Client(43, GquicStreamFrame(43, 0, chlo)),
                             Server(43, GquicStreamFrame(43, 0, kRejBytes))});
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(base::Value(answer)->name_visibility, NameVisibility::kAbsent) << name;
  }
}

struct StrangerCase {
  const char* name;
  SentDatagram sent;
  std::string_view why;
};
class GquicStranger : public testing::TestWithParam<StrangerCase> {};
TEST_P(GquicStranger, IsRefusedAtOnceAndForGood) {
  EXPECT_EQ(Why(Ask({GetParam().sent})), GetParam().why);
  DatagramFlow flow = Handshake(43);
  flow.insert(flow.begin(), GetParam().sent);
  EXPECT_EQ(Why(Ask(flow)), GetParam().why);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, GquicStranger,
    testing::Values(
        StrangerCase{"Empty", {true, {}}, "gquic: header cut"},
        StrangerCase{"Dns", {true, tests::FromHex("1234010000010000")}, "gquic: flags"},
        StrangerCase{"DnsWithItsFlags",
                     {true, tests::FromHex("0834010000010000000000000377777706676f6f676c6503636f6d"
                                           "0000010001")},
                     "gquic: no version"},
        StrangerCase{
            "Quic1", {true, tests::FromHex("c00000000108c1c2c3c4c5c6c7c800")}, "gquic: version"},
        StrangerCase{
            "Q050", {true, tests::FromHex("c35130353008c1c2c3c4c5c6c7c800")}, "gquic: version"},
        StrangerCase{
            "Q023", {true, tests::FromHex("0dc1c2c3c4c5c6c7c85130323301")}, "gquic: version"},
        StrangerCase{
            "PublicReset", {false, tests::FromHex("0ac1c2c3c4c5c6c7c850525354")}, "gquic: flags"},
        StrangerCase{"Encrypted", Encrypted(), "gquic: no version"},
        StrangerCase{"Snapped", {true, Handshake(43)[0].bytes, 1400}, "gquic: snapped"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(GquicDissector, NoiseInTheShapeOfItsHeadersIsNothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    DatagramFlow flow;
    for (int i = 0; i < 3; ++i) {
      Octets noise(40 + random() % 200);
      for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random());
      if (round % 2 == 0) {
        noise[0] = static_cast<std::uint8_t>(0x09 | (noise[0] & 0x34));
        std::ranges::copy(std::string_view("Q043"), noise.begin() + 9);
      }
      flow.push_back({i != 1, noise});
    }
    EXPECT_EQ(base::Value(Ask(flow, /*open=*/false)), nullptr);
  }
}

}  // namespace
}  // namespace unopened::classify::gquic
