#include "classify/wireguard/wireguard_dissector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "classify/wireguard/message.h"
#include "tests/support/wire.h"

namespace unopened::classify::wireguard {
namespace {

using base::NotThis;
using base::Parsed;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint32_t kInitiator = 0x11223344;
constexpr std::uint32_t kResponder = 0xa1b2c3d4;

Octets Filled(tests::Wire wire, std::size_t size) {
  wire.Fill(size - wire.size(), 0x5a);
  return wire.bytes();
}
Octets Initiation(std::uint32_t sender = kInitiator, std::size_t size = kInitiationSize) {
  return Filled(tests::Wire().U32LE(1).U32LE(sender), size);
}
Octets Response(std::uint32_t receiver = kInitiator, std::size_t size = kResponseSize) {
  return Filled(tests::Wire().U32LE(2).U32LE(kResponder).U32LE(receiver), size);
}
Octets CookieReply(std::uint32_t receiver = kInitiator) {
  return Filled(tests::Wire().U32LE(3).U32LE(receiver), kCookieReplySize);
}
Octets Transport(std::uint32_t receiver, std::uint32_t counter = 0,
                 std::size_t size = kMinTransportSize) {
  return Filled(tests::Wire().U32LE(4).U32LE(receiver).U32LE(counter).U32LE(0), size);
}
Octets WithReserved(Octets message) {
  message[1] = 0x8c;
  message[2] = 0x31;
  message[3] = 0x07;
  return message;
}

struct Sent {
  bool from_client;
  Octets bytes;
  std::uint32_t wire_length = 0;
};
struct Flow {
  std::vector<Sent> sent;

  Parsed<HandshakeFacts> Ask(bool partial) const {
    std::vector<Datagram> datagrams;
    for (const Sent& s : sent) {
      const auto size = static_cast<std::uint32_t>(s.bytes.size());
      datagrams.push_back({s.bytes, std::max(size, s.wire_length), s.from_client});
    }
    FlowView view;
    view.transport = capture::Transport::kUdp;
    view.datagrams = datagrams;
    view.datagrams_open = !partial;
    return (partial ? WireGuardDissector().partial : WireGuardDissector().dissect)(view);
  }
  Parsed<HandshakeFacts> Dissect() const { return Ask(false); }
  Parsed<HandshakeFacts> Partial() const { return Ask(true); }
};

std::string_view Why(const Parsed<HandshakeFacts>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? std::string_view("(no refusal)") : refusal->why;
}

TEST(WireGuardDissector, ResponseThatNamesItsInitiationIsProof) {
  const auto answer = Flow{{{true, Initiation()}, {false, Response()}}}.Dissect();
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kWireGuard);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kNoiseDh);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->name_visibility, NameVisibility::kNotApplicable);
}

TEST(WireGuardDissector, OrderOfTheDirectionsDoesNotMatter) {
  std::vector<Sent> sent = {{true, Initiation(7)}, {true, Initiation(8)}, {false, Response(8)}};
  const auto expected = Flow{sent}.Dissect();
  ASSERT_NE(base::Value(expected), nullptr);
  std::vector<int> order = {0, 1, 2};
  do {
    const auto answer = Flow{{sent[order[0]], sent[order[1]], sent[order[2]]}}.Dissect();
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(*base::Value(answer), *base::Value(expected));
  } while (std::next_permutation(order.begin(), order.end()));
}

struct NoProofCase {
  const char* name;
  std::vector<Sent> sent;
  std::string_view partial_why;  // empty: weak, from the initiation alone
};
class WireGuardNoProof : public testing::TestWithParam<NoProofCase> {};
TEST_P(WireGuardNoProof, IsWaitedForAndEndsAsTheCaseSays) {
  const Flow flow = {GetParam().sent};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect())) << Why(flow.Dissect());
  const auto last = flow.Partial();
  if (!GetParam().partial_why.empty()) {
    EXPECT_EQ(Why(last), GetParam().partial_why);
    return;
  }
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(last)->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, WireGuardNoProof,
    testing::Values(
        NoProofCase{"InitiationAlone", {{true, Initiation()}}, ""},
        NoProofCase{"InitiationRepeated", {{true, Initiation(1)}, {true, Initiation(2)}}, ""},
        NoProofCase{"VendorsInitiationAlone",
                    {{true, Initiation(kInitiator, kVendorInitiationSize)}},
                    "wireguard: no initiation"},
        NoProofCase{"ReservedBytesSetAlone",
                    {{true, WithReserved(Initiation())}},
                    "wireguard: no initiation"},
        NoProofCase{"OneTransportEachWay",
                    {{true, Transport(kResponder, 7)}, {false, Transport(kInitiator, 9)}},
                    "wireguard: no initiation"},
        NoProofCase{"TransportForOthersEachTime",
                    {{true, Transport(1, 7)},
                     {true, Transport(2, 8)},
                     {true, Transport(3, 9)},
                     {true, Transport(4, 10)}},
                    "wireguard: no initiation"},
        NoProofCase{"TransportWhoseCounterStandsStill",
                    {{true, Transport(1, 7)},
                     {true, Transport(1, 7)},
                     {true, Transport(1, 7)},
                     {true, Transport(1, 7)}},
                    "wireguard: no initiation"},
        NoProofCase{"ResponseAlone", {{true, Response()}}, "wireguard: index mismatch"},
        NoProofCase{"CookieReplyAlone", {{true, CookieReply()}}, "wireguard: index mismatch"},
        NoProofCase{"ResponseToAnother",
                    {{true, Initiation()}, {false, Response(kInitiator ^ 1)}},
                    "wireguard: index mismatch"},
        NoProofCase{"ResponseFromTheSameSide",
                    {{true, Initiation()}, {true, Response()}},
                    "wireguard: index mismatch"},
        NoProofCase{"NothingYet", {}, "wireguard: no initiation"}),
    [](const auto& test) { return std::string(test.param.name); });

struct StrangerCase {
  const char* name;
  Sent sent;
  std::string_view why;
};
class WireGuardStranger : public testing::TestWithParam<StrangerCase> {};
TEST_P(WireGuardStranger, IsRefusedAtOnceAndBeforeAnyMatch) {
  EXPECT_EQ(Why(Flow{{GetParam().sent}}.Dissect()), GetParam().why);
  EXPECT_EQ(Why(Flow{{GetParam().sent, {true, Initiation()}, {false, Response()}}}.Dissect()),
            GetParam().why);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, WireGuardStranger,
    testing::Values(
        StrangerCase{"TransportThatIsNotPadded",
                     {true, Transport(kInitiator, 0, 40)},
                     "wireguard: transport size"},
        StrangerCase{
            "InitiationTooShort", {true, Initiation(1, 147)}, "wireguard: initiation size"},
        StrangerCase{"InitiationTooLong", {true, Initiation(1, 149)}, "wireguard: initiation size"},
        StrangerCase{"ResponseTooLong", {true, Response(1, 93)}, "wireguard: response size"},
        StrangerCase{"ReservedByteSetInAnotherVendorsSize",
                     {true, Filled(tests::Wire().U32LE(0x00010001), kVendorInitiationSize)},
                     "wireguard: reserved"},
        StrangerCase{
            "TypeZero", {true, Filled(tests::Wire().U32LE(0), kInitiationSize)}, "wireguard: type"},
        StrangerCase{
            "TypeFive", {true, Filled(tests::Wire().U32LE(5), kInitiationSize)}, "wireguard: type"},
        StrangerCase{
            "Dns", {true, tests::FromHex("1234010000010000000000000377777700")}, "wireguard: type"},
        StrangerCase{
            "SnappedBeforeTheIndex", {true, tests::FromHex("0100000011"), 148}, "wireguard: cut"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(WireGuardDissector, AnswerThatIsNoMessageRefusesTheInitiation) {
  EXPECT_EQ(Why(Flow{{{true, Initiation()}, {false, {0x01, 0x02, 0x03}}}}.Dissect()),
            "wireguard: type");
}

TEST(WireGuardDissector, CookieReplyIsProofOfTheProtocolButOfNoKey) {
  Flow flow = {{{true, Initiation()}, {false, CookieReply()}}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  const auto last = flow.Partial();
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kProof);
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
  flow.sent.push_back({true, Initiation(9)});
  flow.sent.push_back({false, Response(9)});
  ASSERT_NE(base::Value(flow.Dissect()), nullptr);
  EXPECT_EQ(base::Value(flow.Dissect())->key_exchange, KeyExchange::kNoiseDh);
}

TEST(WireGuardDissector, OneVendorsLongerHandshakeNeedsTheSameMatch) {
  const Octets initiation = Initiation(kInitiator, kVendorInitiationSize);
  EXPECT_NE(
      base::Value(
          Flow{{{true, initiation}, {false, Response(kInitiator, kVendorResponseSize)}}}.Dissect()),
      nullptr);
  EXPECT_TRUE(base::IsNotThis(
      Flow{{{true, initiation}, {false, Response(1, kVendorResponseSize)}}}.Partial()));
}

TEST(WireGuardDissector, SnappedMessagesServeWhileTheirIndicesAreThere) {
  Octets initiation = Initiation();
  initiation.resize(8);
  Octets response = Response();
  response.resize(12);
  EXPECT_NE(
      base::Value(
          Flow{{{true, initiation, kInitiationSize}, {false, response, kResponseSize}}}.Dissect()),
      nullptr);
}

TEST(WireGuardDissector, PathDiscoveryOnTheSameSocketIsSteppedOver) {
  const Octets disco = Filled(tests::Wire().Append(tests::FromHex("5453f09f92ac")), 120);
  EXPECT_NE(
      base::Value(Flow{{{true, disco}, {false, disco}, {true, Initiation()}, {false, Response()}}}
                      .Dissect()),
      nullptr);
  const Octets cut(disco.begin(), disco.begin() + 40);
  EXPECT_EQ(Why(Flow{{{true, cut}}}.Partial()), "wireguard: type");
}

TEST(WireGuardDissector, PathDiscoveryAloneIsNamed) {
  const Octets disco = Filled(tests::Wire().Append(tests::FromHex("5453f09f92ac")), 120);
  Flow flow = {{{true, disco}}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  ASSERT_NE(base::Value(flow.Partial()), nullptr);
  EXPECT_EQ(base::Value(flow.Partial())->protocol, Protocol::kTailscaleDisco);
  EXPECT_EQ(base::Value(flow.Partial())->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(base::Value(flow.Partial())->evidence, Evidence::kWeak);
  flow.sent.push_back({false, disco});
  EXPECT_EQ(base::Value(flow.Partial())->evidence, Evidence::kStrong);
  EXPECT_EQ(base::Value(flow.Partial())->key_exchange, KeyExchange::kUnknown);
}

TEST(WireGuardDissector, OneVendorsReservedBytesNeedTheMatch) {
  const auto answer =
      Flow{{{true, WithReserved(Initiation())}, {false, WithReserved(Response())}}}.Dissect();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
  EXPECT_EQ(
      Why(Flow{{{true, WithReserved(Initiation())}, {false, WithReserved(Response(1))}}}.Partial()),
      "wireguard: index mismatch");
}

TEST(WireGuardDissector, DataFromTheMiddleIsWeak) {
  Flow flow = {{{true, Transport(kResponder, 70)}, {true, Transport(kResponder, 71)}}};
  EXPECT_EQ(Why(flow.Partial()), "wireguard: no initiation");
  flow.sent.push_back({false, Transport(kInitiator, 900)});
  flow.sent.push_back({false, Transport(kInitiator, 903)});
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  ASSERT_NE(base::Value(flow.Partial()), nullptr) << Why(flow.Partial());
  EXPECT_EQ(base::Value(flow.Partial())->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(flow.Partial())->sides, SidesSeen::kBoth);
  EXPECT_EQ(base::Value(flow.Partial())->key_exchange, KeyExchange::kUnknown);
  // The next handshake on the same flow is seen from its start.
  flow.sent.push_back({true, Initiation()});
  flow.sent.push_back({false, Response()});
  EXPECT_EQ(base::Value(flow.Dissect())->evidence, Evidence::kProof);
}

TEST(WireGuardDissector, LaterDatagramsChangeNoAnswer) {
  const Flow flow = {{{true, Initiation()}, {false, Response()}}};
  Flow longer = flow;
  longer.sent.push_back({true, Transport(kResponder)});
  longer.sent.push_back({false, {0xff}});
  EXPECT_EQ(*base::Value(longer.Dissect()), *base::Value(flow.Dissect()));
}

TEST(WireGuardDissector, EndlessInitiationsAreNotWaitedForForever) {
  Flow flow;
  for (std::uint32_t i = 0; i < 32; ++i) flow.sent.push_back({true, Initiation(i)});
  ASSERT_NE(base::Value(flow.Dissect()), nullptr);
  EXPECT_EQ(base::Value(flow.Dissect())->evidence, Evidence::kWeak);
}

}  // namespace
}  // namespace unopened::classify::wireguard
