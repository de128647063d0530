#include "classify/openvpn/openvpn_dissector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/openvpn_builder.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::openvpn {
namespace {

using base::NotThis;
using base::Parsed;
using tests::OpenVpnSide;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint64_t kClient = 0x1122334455667788;
constexpr std::uint64_t kServer = 0x99aabbccddeeff00;

struct Sent {
  bool from_client;
  Octets bytes;
};
using Flow = std::vector<Sent>;

Parsed<HandshakeFacts> AskUdp(const Flow& flow, bool last) {
  std::vector<Datagram> datagrams;
  for (const Sent& s : flow) {
    datagrams.push_back({s.bytes, static_cast<std::uint32_t>(s.bytes.size()), s.from_client});
  }
  FlowView view;
  view.transport = capture::Transport::kUdp;
  view.datagrams = datagrams;
  view.datagrams_open = !last;
  return (last ? OpenVpnDissector().partial : OpenVpnDissector().dissect)(view);
}
Parsed<HandshakeFacts> AskTcp(base::Bytes client, base::Bytes server, bool last) {
  FlowView view;
  view.start_seen = true;
  const base::End end = last ? base::End::kFinal : base::End::kOpen;
  view.client = base::ByteReader(client, end);
  view.server = base::ByteReader(server, end);
  return (last ? OpenVpnDissector().partial : OpenVpnDissector().dissect)(view);
}
Octets Stream(const Flow& flow, bool from_client) {
  tests::Wire wire;
  for (const Sent& s : flow) {
    if (s.from_client == from_client) wire.Append(tests::OpenVpnOverTcp(s.bytes));
  }
  return wire.bytes();
}

std::string_view Why(const Parsed<HandshakeFacts>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? std::string_view("(no refusal)") : refusal->why;
}

// Resets, and TLS 1.3 inside, its ClientHello in two messages.
Flow Session(Variant variant, std::size_t hmac_size = 20) {
  const Octets hello = tests::TlsRecords(tests::TlsClientHello::Tls13("").Message());
  const Octets answer = tests::TlsRecords(tests::TlsServerHello::Tls13(0x001d, 32).Message());
  const auto half = hello.begin() + 100;
  OpenVpnSide client(kClient, variant, hmac_size);
  OpenVpnSide server(kServer, variant, hmac_size);
  Flow flow;
  flow.push_back(
      {true, variant == Variant::kTlsCryptV2 ? client.ClientResetV3() : client.ClientReset()});
  flow.push_back({false, server.Acknowledge(kClient).ServerReset()});
  flow.push_back({true, client.Acknowledge(kServer).Ack()});
  flow.push_back({true, client.Control(Octets(hello.begin(), half))});
  flow.push_back({true, client.Control(Octets(half, hello.end()))});
  flow.push_back({false, server.Control(answer)});
  return flow;
}

struct Mode {
  const char* name;
  Variant variant;
  std::size_t hmac_size;
};
const Mode kModes[] = {{"Plain", Variant::kPlain, 0},
                       {"TlsAuthMd5", Variant::kTlsAuth, 16},
                       {"TlsAuthSha1", Variant::kTlsAuth, 20},
                       {"TlsAuthSha224", Variant::kTlsAuth, 28},
                       {"TlsAuthSha256", Variant::kTlsAuth, 32},
                       {"TlsAuthSha384", Variant::kTlsAuth, 48},
                       {"TlsAuthSha512", Variant::kTlsAuth, 64},
                       {"TlsCrypt", Variant::kTlsCrypt, 0},
                       {"TlsCryptV2", Variant::kTlsCryptV2, 0}};

class OpenVpnMode : public testing::TestWithParam<Mode> {
 protected:
  Flow flow_ = Session(GetParam().variant, GetParam().hmac_size);
  bool readable_ = GetParam().variant == Variant::kPlain || GetParam().variant == Variant::kTlsAuth;

  void Expect(const Parsed<HandshakeFacts>& answer) const {
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr) << Why(answer);
    EXPECT_EQ(facts->protocol, Protocol::kOpenVpn);
    EXPECT_EQ(facts->variant, GetParam().variant);
    EXPECT_EQ(facts->sides, SidesSeen::kBoth);
    EXPECT_EQ(facts->evidence, readable_ ? Evidence::kProof : Evidence::kStrong);
    EXPECT_EQ(facts->version, readable_ ? Version::kTls13 : Version::kNone);
    EXPECT_EQ(facts->key_exchange, readable_ ? KeyExchange::kEcdhe : KeyExchange::kUnknown);
    EXPECT_EQ(facts->transient.group, readable_ ? 0x001d : 0);
    EXPECT_FALSE(facts->offered_only);
  }
};

TEST_P(OpenVpnMode, IsToldOverUdp) { Expect(AskUdp(flow_, false)); }

TEST_P(OpenVpnMode, IsToldOverTcpHoweverItIsCutAndWhoeverIsHeardFirst) {
  const Octets client = Stream(flow_, true);
  const Octets server = Stream(flow_, false);
  Expect(AskTcp(client, server, false));
  const auto whole = AskTcp(client, server, false);
  for (std::size_t cut = 0; cut < client.size(); ++cut) {
    const auto answer = AskTcp(base::Bytes(client).first(cut), server, false);
    if (base::Value(answer) != nullptr) {
      EXPECT_EQ(*base::Value(answer), *base::Value(whole));
    }
    ASSERT_FALSE(base::IsNotThis(answer)) << Why(answer) << " at " << cut;
    if (const auto* need = std::get_if<base::NeedMore>(&answer)) {
      EXPECT_LE(cut + need->at_least, client.size() + 2) << "at " << cut;
    }
  }
  for (std::size_t cut = 0; cut < server.size(); ++cut) {
    const auto answer = AskTcp(client, base::Bytes(server).first(cut), false);
    ASSERT_FALSE(base::IsNotThis(answer)) << Why(answer) << " at " << cut;
  }
}

TEST_P(OpenVpnMode, OrderOfTheDirectionsDoesNotMatter) {
  Flow flow = flow_;
  std::ranges::stable_sort(flow, {}, &Sent::from_client);
  Expect(AskUdp(flow, false));
  for (Sent& s : flow) s.from_client = !s.from_client;  // the server was heard first
  Expect(AskUdp(flow, false));
}

TEST_P(OpenVpnMode, PrefixesNeverGiveOtherFacts) {
  for (std::size_t count = 0; count < flow_.size(); ++count) {
    const auto answer = AskUdp(Flow(flow_.begin(), flow_.begin() + count), false);
    ASSERT_FALSE(base::IsNotThis(answer)) << Why(answer) << " after " << count;
    if (base::Value(answer) != nullptr) Expect(answer);
  }
}

TEST_P(OpenVpnMode, OneDirectionIsWeak) {
  for (const bool from_client : {true, false}) {
    Flow flow;
    std::ranges::copy_if(flow_, std::back_inserter(flow),
                         [&](const Sent& s) { return s.from_client == from_client; });
    EXPECT_TRUE(base::IsNeedMore(AskUdp(flow, false)));
    const auto last = AskUdp(flow, true);
    ASSERT_NE(base::Value(last), nullptr) << Why(last);
    EXPECT_EQ(base::Value(last)->evidence, Evidence::kWeak);
    EXPECT_EQ(base::Value(last)->sides,
              from_client ? SidesSeen::kClientOnly : SidesSeen::kServerOnly);
  }
}

TEST_P(OpenVpnMode, ResetAloneIsNothing) {
  EXPECT_EQ(Why(AskUdp({flow_[0]}, true)), "openvpn: one reset");
}

TEST_P(OpenVpnMode, AnyByteOfTheResetIsItsOwnOrRefused) {
  // The opcode, and from the session id's end on all that is not MAC or ciphertext.
  Flow bent = flow_;
  bent[0].bytes[0] = 0x39;  // key id 1
  EXPECT_TRUE(base::IsNotThis(AskUdp(bent, false)));
  bent = flow_;
  bent[0].bytes.push_back(0);
  EXPECT_TRUE(base::IsNotThis(AskUdp(bent, false)));
  bent = flow_;
  bent[0].bytes.pop_back();
  EXPECT_TRUE(base::IsNotThis(AskUdp(bent, false)));
}

INSTANTIATE_TEST_SUITE_P(Modes, OpenVpnMode, testing::ValuesIn(kModes),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(OpenVpnDissector, SessionIdThatIsNotRepeatedIsNoProof) {
  OpenVpnSide client(kClient, Variant::kPlain);
  OpenVpnSide server(kServer, Variant::kPlain);
  const Flow flow = {{true, client.ClientReset()},
                     {false, server.Acknowledge(kClient ^ 1).ServerReset()},
                     {true, client.Acknowledge(kServer ^ 1).Ack()}};
  EXPECT_TRUE(base::IsNeedMore(AskUdp(flow, false)));
  EXPECT_EQ(Why(AskUdp(flow, true)), "openvpn: session ids");
}

TEST(OpenVpnDissector, SessionIdRepeatedByTheServerAloneIsStrong) {
  const Flow whole = Session(Variant::kPlain);
  const Flow flow(whole.begin(), whole.begin() + 2);
  const auto last = AskUdp(flow, true);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kStrong);
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
}

TEST(OpenVpnDissector, ClientHelloAloneIsAnOffer) {
  Flow flow = Session(Variant::kPlain);
  flow.pop_back();
  const auto last = AskUdp(flow, true);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kProof);
  EXPECT_TRUE(base::Value(last)->offered_only);
  EXPECT_EQ(base::Value(last)->key_exchange, KeyExchange::kUnknown);
}

TEST(OpenVpnDissector, MessagesOutOfOrderAndRepeatedAreJoined) {
  Flow flow = Session(Variant::kTlsAuth);
  std::swap(flow[3], flow[4]);
  flow.insert(flow.begin() + 4, flow[3]);
  flow.insert(flow.begin() + 1, flow[0]);
  const auto answer = AskUdp(flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kEcdhe);
}

TEST(OpenVpnDissector, MessagesWithOneIdThatDifferAreAmbiguous) {
  Flow flow = Session(Variant::kPlain);
  Sent other = flow[4];
  other.bytes.back() ^= 1;
  flow.insert(flow.begin() + 5, other);
  EXPECT_EQ(Why(AskUdp(flow, false)), kAmbiguousReason);
}

TEST(OpenVpnDissector, MissingMessageLeavesTheInsideUnread) {
  Flow flow = Session(Variant::kPlain);
  flow.erase(flow.begin() + 3);
  EXPECT_TRUE(base::IsNeedMore(AskUdp(flow, false)));
  const auto last = AskUdp(flow, true);
  ASSERT_NE(base::Value(last), nullptr) << Why(last);
  EXPECT_EQ(base::Value(last)->evidence, Evidence::kProof);
}

TEST(OpenVpnDissector, ClientThatStartsAgainIsFollowed) {
  Flow flow = Session(Variant::kPlain);
  OpenVpnSide gone(0x0102030405060708, Variant::kPlain);
  flow.insert(flow.begin(), {true, gone.ClientReset()});
  const auto answer = AskUdp(flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kEcdhe);
}

TEST(OpenVpnDissector, DataOfAnOldSessionBeforeTheServersResetIsSteppedOver) {
  Flow flow = Session(Variant::kPlain);
  flow.insert(flow.begin() + 1, {false, tests::Wire().U8(9 << 3).Fill(80, 0x31).bytes()});
  const auto answer = AskUdp(flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
}

struct StrangerCase {
  const char* name;
  Flow flow;
};
class OpenVpnStranger : public testing::TestWithParam<StrangerCase> {};
TEST_P(OpenVpnStranger, IsRefusedAtOnce) {
  EXPECT_TRUE(base::IsNotThis(AskUdp(GetParam().flow, false)));
  const Octets client = Stream(GetParam().flow, true);
  EXPECT_TRUE(base::IsNotThis(AskTcp(client, {}, false)));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, OpenVpnStranger,
    testing::Values(
        StrangerCase{"DataFirst", {{true, tests::Wire().U8(9 << 3).Fill(80, 0x31).bytes()}}},
        StrangerCase{"ControlFirst", {{true, OpenVpnSide(1, Variant::kPlain).Control({22})}}},
        StrangerCase{"SessionIdZero", {{true, OpenVpnSide(0, Variant::kPlain).ClientReset()}}},
        StrangerCase{"ClientThatAcknowledges",
                     {{true, OpenVpnSide(1, Variant::kPlain).Acknowledge(2).ClientReset()}}},
        StrangerCase{"WrappedKeyTooShort",
                     {{true, OpenVpnSide(1, Variant::kTlsCryptV2).ClientResetV3(200)}}},
        StrangerCase{"Dns", {{true, tests::FromHex("3834010000010000000000000377777700")}}},
        StrangerCase{"Noise", {{true, tests::Wire().U8(0x38).Fill(53, 0xe1).bytes()}}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OpenVpnDissector, BothSidesMayCountFromTheBaseOfEarlyNegotiation) {
  OpenVpnSide client(kClient, Variant::kTlsCryptV2);
  OpenVpnSide server(kServer, Variant::kTlsCryptV2);
  const Octets reset = client.CountFrom(0x0f000000).ClientResetV3();
  Flow flow = {{true, reset},
               {false, server.CountFrom(0x0f000000).Acknowledge(kClient).ServerReset()}};
  flow.push_back({true, client.Acknowledge(kServer).Ack()});
  flow.push_back({false, server.Control({1, 2, 3})});
  const auto answer = AskUdp(flow, true);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
  // Without a wrapped key there is nothing to negotiate.
  OpenVpnSide other(kClient, Variant::kTlsCrypt);
  EXPECT_TRUE(base::IsNotThis(AskUdp({{true, other.CountFrom(0x0f000000).ClientReset()}}, false)));
}

TEST(OpenVpnDissector, ResetsOfTlsCryptAreWeakUntilBothSidesGoOnWithTheSessionTheyBegan) {
  OpenVpnSide client(kClient, Variant::kTlsCrypt);
  OpenVpnSide server(kServer, Variant::kTlsCrypt);
  Flow flow = {{true, client.ClientReset()}, {false, server.Acknowledge(kClient).ServerReset()}};
  const auto expect_weak = [&flow] {
    EXPECT_TRUE(base::IsNeedMore(AskUdp(flow, false)));
    const auto answer = AskUdp(flow, true);
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
    EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
  };
  expect_weak();
  flow.push_back({false, server.Control({1, 2, 3})});
  expect_weak();
  // What first_payloads found: each datagram of one side with a session of its own.
  OpenVpnSide another(kClient + 1, Variant::kTlsCrypt);
  flow.push_back({true, another.Acknowledge(kServer).Ack()});
  expect_weak();
  flow.push_back({true, client.Acknowledge(kServer).Ack()});
  const auto answer = AskUdp(flow, false);
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
}

TEST(OpenVpnDissector, TwoClientsOrTwoServersAreNoSession) {
  OpenVpnSide a(kClient, Variant::kPlain);
  OpenVpnSide b(kServer, Variant::kPlain);
  EXPECT_TRUE(base::IsNotThis(AskUdp({{true, a.ClientReset()}, {false, b.ClientReset()}}, false)));
  EXPECT_TRUE(base::IsNotThis(AskUdp({{true, a.ServerReset()}, {false, b.ServerReset()}}, false)));
}

TEST(OpenVpnDissector, WrappingsThatDifferAreNoSession) {
  OpenVpnSide client(kClient, Variant::kTlsAuth, 20);
  OpenVpnSide server(kServer, Variant::kPlain);
  EXPECT_EQ(
      Why(AskUdp({{true, client.ClientReset()}, {false, server.Acknowledge(kClient).ServerReset()}},
                 false)),
      "openvpn: wrappings differ");
}

TEST(OpenVpnDissector, LaterPacketsChangeNoAnswer) {
  const Flow flow = Session(Variant::kTlsAuth);
  Flow longer = flow;
  longer.push_back({true, tests::Wire().U8(9 << 3).Fill(200, 0x77).bytes()});
  longer.push_back({false, tests::Wire().U8(9 << 3).Fill(200, 0x78).bytes()});
  EXPECT_EQ(*base::Value(AskUdp(longer, false)), *base::Value(AskUdp(flow, false)));
}

// A first frame longer than any reset was refused after its first byte, and not after its second.
TEST(OpenVpnDissector, OverTcpALengthBeyondAResetsIsRefusedHoweverMuchIsThere) {
  const Octets whole = tests::Wire().U16(0x0540).U8(0x38).Fill(400, 7).bytes();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ("openvpn: no reset first", Why(AskTcp(cut, {}, false))) << size;
  }
}

}  // namespace
}  // namespace unopened::classify::openvpn
