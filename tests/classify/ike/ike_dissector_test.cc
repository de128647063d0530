#include "classify/ike/ike_dissector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "classify/ike/message.h"
#include "tests/support/ike_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::ike {
namespace {

using base::NotThis;
using base::Parsed;
using tests::IkeHeader;
using tests::IkeMessage;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint64_t kResponder = 0x2222222222222222;

struct Sent {
  bool from_client;
  Octets bytes;
};
using Flow = std::vector<Sent>;

Parsed<HandshakeFacts> Ask(const Flow& flow, bool last, std::uint16_t server_port = 500) {
  std::vector<Datagram> datagrams;
  for (const Sent& s : flow) {
    datagrams.push_back({s.bytes, static_cast<std::uint32_t>(s.bytes.size()), s.from_client});
  }
  FlowView view;
  view.transport = capture::Transport::kUdp;
  view.client_port = 40000;
  view.server_port = server_port;
  view.datagrams = datagrams;
  view.datagrams_open = !last;
  return (last ? IkeDissector().partial : IkeDissector().dissect)(view);
}

std::string_view Why(const Parsed<HandshakeFacts>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? std::string_view("(no refusal)") : refusal->why;
}

Octets Nonce() { return Octets(32, 0x4e); }
Octets Ke(std::uint16_t group) { return tests::Wire().U16(group).U16(0).Fill(32, 0x4b).bytes(); }
constexpr std::uint8_t kSa = 33, kKe = 34, kNonce = 40, kNotify = 41, kSk = 46, kSkf = 53;

// IKE_SA_INIT that offers Curve25519, MODP 2048 and ML-KEM-768 besides.
Octets SaInit() {
  return IkeMessage({}, {{kSa, tests::IkeSa({{{1, 20}, {2, 5}, {4, 31}, {4, 14}, {6, 36}}})},
                         {kKe, Ke(31)},
                         {kNonce, Nonce()}});
}
IkeHeader ResponseHeader() { return {.responder_spi = kResponder, .flags = 0x20}; }
Octets SaInitResponse(const tests::IkeTransforms& chosen) {
  return IkeMessage(ResponseHeader(),
                    {{kSa, tests::IkeSa({chosen})}, {kKe, Ke(31)}, {kNonce, Nonce()}});
}
Octets Auth(bool response, std::uint32_t message_id = 1, std::uint8_t payload = kSk) {
  return IkeMessage({.responder_spi = kResponder,
                     .exchange = 35,
                     .flags = static_cast<std::uint8_t>(response ? 0x20 : 0x08),
                     .message_id = message_id},
                    {{payload, Octets(80, 0xee)}}, 35);
}

struct ChoiceCase {
  const char* name;
  tests::IkeTransforms chosen;
  KeyExchange key_exchange;
};
class Ike2Choice : public testing::TestWithParam<ChoiceCase> {};
TEST_P(Ike2Choice, GivesTheKeyExchange) {
  const auto answer = Ask({{true, SaInit()}, {false, SaInitResponse(GetParam().chosen)}}, false);
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kIke);
  EXPECT_EQ(facts->version, Version::kIke2);
  EXPECT_EQ(facts->variant, Variant::kNone);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->key_exchange, GetParam().key_exchange);
  EXPECT_FALSE(facts->offered_only);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Ike2Choice,
    testing::Values(
        ChoiceCase{"Curve25519", {{1, 20}, {2, 5}, {4, 31}}, KeyExchange::kEcdhe},
        ChoiceCase{"Nist", {{1, 20}, {2, 5}, {4, 19}}, KeyExchange::kEcdhe},
        ChoiceCase{"Modp", {{1, 12}, {2, 2}, {3, 2}, {4, 14}}, KeyExchange::kFfdhe},
        ChoiceCase{"Hybrid", {{1, 20}, {2, 5}, {4, 31}, {6, 36}}, KeyExchange::kPqHybrid},
        ChoiceCase{"HybridSecondAdditional",
                   {{1, 20}, {2, 5}, {4, 31}, {6, 0}, {7, 37}},
                   KeyExchange::kPqHybrid},
        ChoiceCase{
            "AdditionalOfAnotherKind", {{1, 20}, {2, 5}, {4, 31}, {6, 1040}}, KeyExchange::kEcdhe},
        ChoiceCase{"MlKemAlone", {{1, 20}, {2, 5}, {4, 36}}, KeyExchange::kPq},
        ChoiceCase{"NobodyKnows", {{1, 20}, {2, 5}, {4, 60000}}, KeyExchange::kUnknown},
        ChoiceCase{
            "TwoGroupsAreAnOffer", {{1, 20}, {2, 5}, {4, 31}, {4, 14}}, KeyExchange::kUnknown}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IkeDissector, OrderOfTheDirectionsDoesNotMatter) {
  const auto answer =
      Ask({{true, SaInitResponse({{4, 31}})}, {false, SaInit()}}, false);  // the answer came first
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(*base::Value(answer),
            *base::Value(Ask({{true, SaInit()}, {false, SaInitResponse({{4, 31}})}}, false)));
}

TEST(IkeDissector, CookieAndOtherGroupAreWaitedThrough) {
  const Octets cookie =
      IkeMessage({.flags = 0x20}, {{kNotify, tests::Wire().U32(16390).Fill(20, 0xc0).bytes()}});
  const Octets other_group =
      IkeMessage(ResponseHeader(), {{kNotify, tests::Wire().U32(17).U16(14).bytes()}});
  Flow flow = {{true, SaInit()}, {false, cookie}, {true, SaInit()}, {false, other_group}};
  EXPECT_TRUE(base::IsNeedMore(Ask(flow, false)));
  const auto last = Ask(flow, true);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kProof);  // the SPI was repeated
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
  flow.push_back({true, SaInit()});
  flow.push_back({false, SaInitResponse({{1, 12}, {4, 14}})});
  ASSERT_NE(base::Value(Ask(flow, false)), nullptr);
  EXPECT_EQ(base::Value(Ask(flow, false))->key_exchange, KeyExchange::kFfdhe);
}

struct NoProofCase {
  const char* name;
  Flow flow;
  SidesSeen sides;
};
class IkeNoProof : public testing::TestWithParam<NoProofCase> {};
TEST_P(IkeNoProof, IsWaitedForAndEndsWeak) {
  EXPECT_TRUE(base::IsNeedMore(Ask(GetParam().flow, false)));
  const auto last = Ask(GetParam().flow, true);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(last)->sides, GetParam().sides);
  EXPECT_TRUE(base::Value(last)->offered_only);
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
}
Octets WithOtherSpi(Octets message) {
  message[7] ^= 1;
  return message;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, IkeNoProof,
    testing::Values(
        NoProofCase{"RequestAlone", {{true, SaInit()}}, SidesSeen::kClientOnly},
        NoProofCase{
            "RequestRepeated", {{true, SaInit()}, {true, SaInit()}}, SidesSeen::kClientOnly},
        NoProofCase{"AnswerAlone", {{false, SaInitResponse({{4, 31}})}}, SidesSeen::kServerOnly},
        NoProofCase{"AnswerToAnother",
                    {{true, SaInit()}, {false, WithOtherSpi(SaInitResponse({{4, 31}}))}},
                    SidesSeen::kBoth},
        NoProofCase{"AnswerFromTheSameSide",
                    {{true, SaInit()}, {true, SaInitResponse({{4, 31}})}},
                    SidesSeen::kClientOnly},
        NoProofCase{"AuthRequestAlone", {{true, Auth(false)}}, SidesSeen::kClientOnly}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IkeDissector, PortThatFloatedKeepsBothSpis) {
  for (const std::uint8_t payload : {kSk, kSkf}) {
    const Flow flow = {{true, tests::Marked(Auth(false, 1, payload))},
                       {false, tests::Marked(Auth(true, 1, payload))}};
    const auto answer = Ask(flow, false, 4500);
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(base::Value(answer)->variant, Variant::kNatTraversal);
    EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
    EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  }
  const Flow other_message = {{true, tests::Marked(Auth(false, 1))},
                              {false, tests::Marked(Auth(true, 2))}};
  EXPECT_TRUE(base::IsNeedMore(Ask(other_message, false, 4500)));
}

TEST(IkeDissector, EspAndKeepalivesBesideMessagesAreSteppedOver) {
  const Flow flow = {{true, tests::Esp(0x11223344, 900)},
                     {true, {0xff}},
                     {true, tests::Marked(Auth(false))},
                     {false, tests::Esp(0x55667788, 77)},
                     {false, tests::Marked(Auth(true))}};
  const auto answer = Ask(flow, false, 4500);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->protocol, Protocol::kIke);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
}

struct Ike1Case {
  const char* name;
  std::uint8_t exchange;
  std::vector<std::uint16_t> chosen;
  KeyExchange key_exchange;
};
class Ike1Choice : public testing::TestWithParam<Ike1Case> {};
TEST_P(Ike1Choice, GivesTheKeyExchange) {
  const IkeHeader request = {.version = 0x10, .exchange = GetParam().exchange, .flags = 0};
  IkeHeader response = request;
  response.responder_spi = kResponder;
  const Octets vendor(16, 0xdd);
  const Flow flow = {
      {true, IkeMessage(request, {{1, tests::Ike1Sa({14, 2})}, {13, vendor}})},
      {false, IkeMessage(response, {{1, tests::Ike1Sa(GetParam().chosen)}, {13, vendor}})}};
  const auto answer = Ask(flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->version, Version::kIke1);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
  EXPECT_EQ(base::Value(answer)->key_exchange, GetParam().key_exchange);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Ike1Choice,
    testing::Values(Ike1Case{"MainMode", 2, {14}, KeyExchange::kFfdhe},
                    Ike1Case{"Aggressive", 4, {2}, KeyExchange::kFfdhe},
                    Ike1Case{"Curve", 2, {19}, KeyExchange::kEcdhe},
                    Ike1Case{"TwoTransformsAreAnOffer", 2, {14, 2}, KeyExchange::kUnknown}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IkeDissector, QuickModeAloneIsWeakUntilAnswered) {
  const IkeHeader quick = {.responder_spi = kResponder,
                           .version = 0x10,
                           .exchange = 32,
                           .flags = 0x01,
                           .message_id = 0x77777777};
  const Octets message = IkeMessage(quick, {{8, Octets(60, 0xab)}});
  EXPECT_EQ(base::Value(Ask({{true, message}}, true))->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(Ask({{true, message}, {false, message}}, true))->evidence,
            Evidence::kProof);
}

TEST(IkeDissector, NewSaBehindTheFarewellOfAnOldOneIsWaitedFor) {
  const auto farewell = [](bool response) {
    return IkeMessage({.initiator_spi = 0x0909090909090909,
                       .responder_spi = 0x0808080808080808,
                       .exchange = 37,
                       .flags = static_cast<std::uint8_t>(response ? 0x20 : 0x08),
                       .message_id = 2},
                      {{kSk, Octets(60, 0xee)}}, 42);
  };
  Flow flow = {{true, farewell(false)}, {false, farewell(true)}};
  EXPECT_TRUE(base::IsNeedMore(Ask(flow, false)));
  EXPECT_EQ(base::Value(Ask(flow, true))->evidence, Evidence::kProof);
  flow.push_back({true, SaInit()});
  EXPECT_TRUE(base::IsNeedMore(Ask(flow, false)));
  flow.push_back({false, SaInitResponse({{4, 31}})});
  ASSERT_NE(base::Value(Ask(flow, false)), nullptr);
  EXPECT_EQ(base::Value(Ask(flow, false))->key_exchange, KeyExchange::kEcdhe);
}

TEST(IkeDissector, FragmentsOfOneVendorAreSteppedOver) {
  const IkeHeader header = {
      .responder_spi = kResponder, .version = 0x10, .exchange = 2, .flags = 0};
  const Octets fragment = IkeMessage(header, {{132, Octets(500, 0x46)}});
  const auto answer = Ask({{true, fragment}, {false, fragment}}, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
}

TEST(IkeDissector, ChoiceInTheFirstFragmentIsRead) {
  const IkeHeader request = {.version = 0x10, .exchange = 4, .flags = 0};
  IkeHeader response = request;
  response.responder_spi = kResponder;
  Octets whole = IkeMessage(response, {{1, tests::Ike1Sa({19})}, {13, Octets(300, 0xdd)}});
  whole.resize(200);
  for (const unsigned number : {1U, 2U}) {
    const Octets fragment =
        IkeMessage(response, {{132, tests::Wire().U16(1).U8(number).U8(0).Append(whole).bytes()}});
    const auto last =
        Ask({{true, IkeMessage(request, {{1, tests::Ike1Sa({19, 2})}})}, {false, fragment}}, true);
    ASSERT_NE(base::Value(last), nullptr) << Why(last);
    EXPECT_EQ(base::Value(last)->evidence, Evidence::kProof);
    EXPECT_EQ(base::Value(last)->key_exchange,
              number == 1 ? KeyExchange::kEcdhe : KeyExchange::kUnknown);
  }
}

TEST(IkeDissector, BitsThatTheHeaderReservesAreIgnored) {
  Octets request = SaInit();
  request[19] |= 0x07;
  EXPECT_NE(base::Value(Ask({{true, request}, {false, SaInitResponse({{4, 31}})}}, false)),
            nullptr);
}

struct StrangerCase {
  const char* name;
  Octets bytes;
  std::uint16_t port;
};
class IkeStranger : public testing::TestWithParam<StrangerCase> {};
TEST_P(IkeStranger, IsRefusedAtOnce) {
  EXPECT_TRUE(base::IsNotThis(Ask({{true, GetParam().bytes}}, false, GetParam().port)))
      << GetParam().name;
}
Octets Bent(std::size_t at, std::uint8_t value) {
  Octets bytes = SaInit();
  bytes[at] = value;
  return bytes;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, IkeStranger,
    testing::Values(StrangerCase{"OneByteMore",
                                 [] {
                                   Octets b = SaInit();
                                   b.push_back(0);
                                   return b;
                                 }(),
                                 500},
                    StrangerCase{"OneByteLess",
                                 [] {
                                   Octets b = SaInit();
                                   b.pop_back();
                                   return b;
                                 }(),
                                 500},
                    StrangerCase{"Version3", Bent(17, 0x30), 500},
                    StrangerCase{"ExchangeOfNobody", Bent(18, 99), 500},
                    StrangerCase{"ExchangeOfTheOtherVersion", Bent(18, 2), 500},
                    StrangerCase{"InitiatorSpiZero",
                                 IkeMessage({.initiator_spi = 0}, {{kNonce, Nonce()}}), 500},
                    StrangerCase{"EspOnAnotherPort", tests::Esp(0x11223344, 1), 500},
                    StrangerCase{"EspWithReservedSpi", tests::Esp(255, 1), 4500},
                    StrangerCase{"EspThatBeginsAtZero", tests::Esp(0x11223344, 0), 4500},
                    StrangerCase{"KeepaliveOnAnotherPort", {0xff}, 500},
                    StrangerCase{"MarkerAndNoise", Octets(60, 0), 4500}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IkeDissector, ChainThatDoesNotEndWithTheMessageProvesNothing) {
  Octets answer = SaInitResponse({{4, 31}});
  answer[31] ^= 0x04;  // the first payload's length
  const Flow flow = {{true, SaInit()}, {false, answer}};
  EXPECT_TRUE(base::IsNeedMore(Ask(flow, false)));
  EXPECT_EQ(base::Value(Ask(flow, true))->evidence, Evidence::kWeak);
  Octets auth = Auth(false);
  auth[31] ^= 0x04;
  EXPECT_EQ(Why(Ask({{true, auth}}, true)), "ike: payloads");
}

TEST(EspInUdp, TwoCountersThatAdvanceAreWeak) {
  const Flow flow = {{true, tests::Esp(0x11223344, 1)},
                     {false, tests::Esp(0x55667788, 1)},
                     {true, tests::Esp(0x11223344, 2)},
                     {false, tests::Esp(0x55667788, 3)}};
  EXPECT_TRUE(base::IsNeedMore(Ask(flow, false, 4500)));
  const auto last = Ask(flow, true, 4500);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->protocol, Protocol::kEsp);
  EXPECT_EQ(base::Value(last)->variant, Variant::kNatTraversal);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(last)->sides, SidesSeen::kBoth);
}

TEST(EspInUdp, OneCounterMustAdvanceLonger) {
  Flow flow;
  for (std::uint32_t i = 1; i <= 3; ++i) flow.push_back({true, tests::Esp(0x11223344, i)});
  EXPECT_EQ(Why(Ask(flow, true, 4500)), "esp: no advancing numbers");
  flow.push_back({true, tests::Esp(0x11223344, 4)});
  ASSERT_NE(base::Value(Ask(flow, true, 4500)), nullptr);
  EXPECT_EQ(base::Value(Ask(flow, true, 4500))->sides, SidesSeen::kClientOnly);
}

TEST(EspInUdp, NumbersThatDoNotAdvanceAreNothing) {
  Flow flow;
  for (std::uint32_t i = 0; i < 8; ++i) {
    flow.push_back({i % 2 == 0, tests::Esp(0x11223344 + i, 0x51000000 * (i + 1) + 1)});
  }
  EXPECT_EQ(Why(Ask(flow, true, 4500)), "esp: no advancing numbers");
  EXPECT_EQ(Why(Ask({{true, {0xff}}, {false, {0xff}}}, true, 4500)), "esp: no advancing numbers");
}

Octets Framed(const std::vector<Octets>& messages) {
  tests::Wire wire;
  for (const Octets& message : messages) wire.U16(message.size() + 2).Append(message);
  return wire.bytes();
}
Parsed<HandshakeFacts> AskTcp(base::Bytes client, base::Bytes server, bool last = false) {
  FlowView view;
  view.start_seen = true;
  const base::End end = last ? base::End::kFinal : base::End::kOpen;
  view.client = base::ByteReader(client, end);
  view.server = base::ByteReader(server, end);
  return (last ? IkeDissector().partial : IkeDissector().dissect)(view);
}

TEST(IkeOverTcp, IsToldHoweverItIsCut) {
  const Octets client =
      tests::Wire().Text("IKETCP").Append(Framed({tests::Marked(SaInit())})).bytes();
  const Octets server = Framed({tests::Marked(SaInitResponse({{4, 31}}))});
  const auto whole = AskTcp(client, server);
  ASSERT_NE(base::Value(whole), nullptr) << Why(whole);
  EXPECT_EQ(base::Value(whole)->variant, Variant::kTcp);
  EXPECT_EQ(base::Value(whole)->evidence, Evidence::kProof);
  EXPECT_EQ(base::Value(whole)->key_exchange, KeyExchange::kEcdhe);
  for (std::size_t cut = 0; cut < client.size(); ++cut) {
    const auto answer = AskTcp(base::Bytes(client).first(cut), server);
    ASSERT_TRUE(base::IsNeedMore(answer)) << cut;
    EXPECT_LE(cut + std::get<base::NeedMore>(answer).at_least, client.size()) << cut;
  }
  for (std::size_t cut = 0; cut < server.size(); ++cut) {
    ASSERT_TRUE(base::IsNeedMore(AskTcp(client, base::Bytes(server).first(cut)))) << cut;
  }
}

TEST(IkeOverTcp, NeedsItsMagicWord) {
  const Octets bare = Framed({tests::Marked(SaInit())});
  EXPECT_TRUE(base::IsNotThis(AskTcp(bare, {})));
  EXPECT_TRUE(base::IsNotThis(AskTcp(tests::Wire().Text("IKE").bytes(), {}, true)));
  EXPECT_TRUE(base::IsNotThis(AskTcp({}, bare, true)));
}

}  // namespace
}  // namespace unopened::classify::ike
