// A handshake in every version that has a row, and what each does its own way.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "classify/quic/initial_crypto.h"
#include "classify/quic/quic_dissector.h"
#include "classify/quic/version.h"
#include "tests/support/datagram_flow.h"
#include "tests/support/gquic_builder.h"
#include "tests/support/quic_builder.h"
#include "tests/support/tls_builder.h"

namespace unopened::classify::quic {
namespace {

using tests::DatagramFlow;
using tests::InitialSpec;
using tests::SealInitial;
using tests::SentDatagram;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t kX25519 = 0x001d;
constexpr std::uint32_t kReserved = 0x1a2a3a4a;
const Octets kFirstId = tests::FromHex("c1c2c3c4c5c6c7c8");
const Octets kClientId = tests::FromHex("aabbccdd");
const Octets kServerId = tests::FromHex("5152535455565758");

const Octets kClientHello = tests::TlsClientHello()
                                .Suites({0x1301})
                                .Sni("www.example.org")
                                .Alpn({"h3"})
                                .SupportedVersions({0x0304})
                                .SupportedGroups({kX25519})
                                .KeyShares({{kX25519, 32}})
                                .Message();
const Octets kServerHello = tests::TlsServerHello::Tls13(kX25519, 32).SessionId({}).Message();

Octets Slice(const Octets& bytes, std::size_t from, std::size_t to) {
  return Octets(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                bytes.begin() + static_cast<std::ptrdiff_t>(std::min(to, bytes.size())));
}

const VersionRow& RowOf(std::uint32_t version) { return kVersions[FindVersion(version)]; }

Octets Frame(std::uint32_t version, std::uint64_t offset, const Octets& data) {
  return RowOf(version).framing == Framing::kIetf ? tests::CryptoFrame(offset, data)
                                                  : tests::GoogleCryptoFrame(offset, data);
}
Octets ClientMessage(std::uint32_t version) {
  return RowOf(version).framing == Framing::kGoogleChlo
             ? tests::GquicInchoateChlo("www.example.org")
             : kClientHello;
}
Octets ServerMessage(std::uint32_t version) {
  return RowOf(version).framing == Framing::kGoogleChlo
             ? tests::GquicMessage("REJ", {{"STK", Octets(60, 1)}})
             : kServerHello;
}

SentDatagram Client(std::uint32_t version, const Octets& frames, std::uint32_t number = 0) {
  return {true, SealInitial({.version = version,
                             .key_id = kFirstId,
                             .destination = kFirstId,
                             .source = kClientId,
                             .packet_number = number,
                             .frames = frames,
                             .packet_size = 1200})};
}
SentDatagram Server(std::uint32_t version, const Octets& frames) {
  return {false, SealInitial({.version = version,
                              .sender = Sender::kServer,
                              .key_id = kFirstId,
                              .destination = kClientId,
                              .source = kServerId,
                              .frames = frames,
                              .packet_size = 1200})};
}
DatagramFlow Handshake(std::uint32_t version) {
  return {Client(version, Frame(version, 0, ClientMessage(version))),
          Server(version, Frame(version, 0, ServerMessage(version)))};
}

tests::DissectAnswer Ask(const DatagramFlow& flow, bool open = true) {
  return tests::AskUdp(QuicDissector(), flow, open);
}
std::string_view Why(const tests::DissectAnswer& answer) { return tests::WhyNot(answer); }

std::vector<std::uint32_t> Numbers() {
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < kFirstReservedRow; ++i) numbers.push_back(kVersions[i].number);
  return numbers;
}

class QuicVersions : public testing::TestWithParam<std::uint32_t> {};

TEST_P(QuicVersions, BothSidesInitialsAreTheirVersionsHandshake) {
  const std::uint32_t version = GetParam();
  const auto answer = Ask(Handshake(version));
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  const bool google = RowOf(version).framing != Framing::kIetf;
  EXPECT_EQ(facts->protocol, google ? Protocol::kGquic : Protocol::kQuic);
  EXPECT_EQ(facts->version, RowOf(version).version);
  EXPECT_FALSE(facts->offered_only);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->transient.sni.view(), "www.example.org");
  EXPECT_EQ(facts->key_exchange, RowOf(version).framing == Framing::kGoogleChlo
                                     ? KeyExchange::kUnknown
                                     : KeyExchange::kEcdhe);
}

TEST_P(QuicVersions, CutsAndOrdersGiveTheSameFacts) {
  const std::uint32_t version = GetParam();
  const Octets hello = ClientMessage(version);
  const auto expected = Ask(Handshake(version));
  const SentDatagram answer = Server(version, Frame(version, 0, ServerMessage(version)));
  for (std::size_t cut = 1; cut < hello.size(); cut += 11) {
    DatagramFlow flow = {Client(version, Frame(version, 0, Slice(hello, 0, cut))),
                         Client(version, Frame(version, cut, Slice(hello, cut, 99999)), 1), answer};
    std::vector<std::size_t> order = {0, 1, 2};
    do {
      const DatagramFlow shuffled = {flow[order[0]], flow[order[1]], flow[order[2]]};
      EXPECT_EQ(Ask(shuffled), expected) << cut;
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_P(QuicVersions, OtherVersionsKeysOpenNothing) {
  for (const std::uint32_t other : {kVersion1, kVersion2, DraftVersion(29), DraftVersion(27)}) {
    if (RowOf(other).salt == RowOf(GetParam()).salt) continue;
    const DatagramFlow flow = {{true, SealInitial({.version = GetParam(),
                                                   .protect_as = other,
                                                   .key_id = kFirstId,
                                                   .destination = kFirstId,
                                                   .frames = Frame(GetParam(), 0, kClientHello),
                                                   .packet_size = 1200})}};
    EXPECT_EQ(Why(Ask(flow, /*open=*/false)), "quic: no valid Initial");
  }
}

TEST_P(QuicVersions, RetryIsFollowedToTheServersKeys) {
  const std::uint32_t version = GetParam();
  if (RowOf(version).retry == RetryProof::kNone) return;
  const Octets token = tests::FromHex("746f6b656e");
  const auto again = [&](Sender sender, const Octets& frames) {
    const bool client = sender == Sender::kClient;
    return SentDatagram{client, SealInitial({.version = version,
                                             .sender = sender,
                                             .key_id = kServerId,
                                             .destination = client ? kServerId : kClientId,
                                             .source = client ? kClientId : kServerId,
                                             .token = client ? token : Octets{},
                                             .packet_number = 1,
                                             .frames = frames,
                                             .packet_size = 1200})};
  };
  const DatagramFlow flow = {
      Client(version, Frame(version, 0, kClientHello)),
      {false, tests::RetryPacket(version, kFirstId, kClientId, kServerId, token)},
      again(Sender::kClient, Frame(version, 0, kClientHello)),
      again(Sender::kServer, Frame(version, 0, kServerHello))};
  EXPECT_EQ(Ask(flow), Ask(Handshake(version)));
  // The Retry alone answers, and agrees on nothing.
  const auto partial = Ask({flow[0], flow[1]}, /*open=*/false);
  ASSERT_NE(base::Value(partial), nullptr) << Why(partial);
  EXPECT_EQ(base::Value(partial)->sides, SidesSeen::kBoth);
  EXPECT_TRUE(base::Value(partial)->offered_only);
  const Octets other = tests::FromHex("c1c2c3c4c5c6c7c9");
  const auto wrong =
      Ask({flow[0], {false, tests::RetryPacket(version, other, kClientId, kServerId, token)}},
          /*open=*/false);
  ASSERT_NE(base::Value(wrong), nullptr) << Why(wrong);
  EXPECT_EQ(base::Value(wrong)->sides, SidesSeen::kClientOnly);
}

INSTANTIATE_TEST_SUITE_P(Rows, QuicVersions, testing::ValuesIn(Numbers()), [](const auto& test) {
  std::string name = "V";
  for (int shift = 28; shift >= 0; shift -= 4) {
    name += "0123456789abcdef"[test.param >> shift & 0xf];
  }
  return name;
});

TEST(QuicReserved, InitialSealedAsThePreferredVersionIsOpened) {
  for (const std::uint32_t preferred : {kVersion1, DraftVersion(29)}) {
    const SentDatagram client = {true, SealInitial({.version = kReserved,
                                                    .protect_as = preferred,
                                                    .key_id = kFirstId,
                                                    .destination = kFirstId,
                                                    .source = kClientId,
                                                    .frames = tests::CryptoFrame(0, kClientHello),
                                                    .packet_size = 1200})};
    const Octets list = tests::FromHex("800000000004aabbccdd08c1c2c3c4c5c6c7c800000001");
    const auto alone = Ask({client}, /*open=*/false);
    ASSERT_NE(base::Value(alone), nullptr) << Why(alone);
    EXPECT_EQ(base::Value(alone)->sides, SidesSeen::kClientOnly);
    EXPECT_EQ(base::Value(alone)->version, Version::kNone);
    const auto negotiated = Ask({client, {false, list}}, /*open=*/false);
    ASSERT_NE(base::Value(negotiated), nullptr) << Why(negotiated);
    EXPECT_EQ(base::Value(negotiated)->sides, SidesSeen::kBoth);
    EXPECT_TRUE(base::Value(negotiated)->offered_only);
    EXPECT_EQ(base::Value(negotiated)->transient.sni.view(), "www.example.org");
    // The client comes again, with the same ids, in a version that both speak.
    DatagramFlow flow = {client, {false, list}};
    for (const SentDatagram& sent : Handshake(kVersion1)) flow.push_back(sent);
    EXPECT_EQ(Ask(flow), Ask(Handshake(kVersion1)));
  }
}

TEST(QuicDnsPorts, NameTheVariantWhereTheOfferNamesNone) {
  const Octets hello = tests::TlsClientHello()
                           .Suites({0x1301})
                           .SupportedVersions({0x0304})
                           .SupportedGroups({kX25519})
                           .KeyShares({{kX25519, 32}})
                           .Message();
  const SentDatagram client = Client(kVersion1, tests::CryptoFrame(0, hello));
  const Datagram datagram = {client.bytes, static_cast<std::uint32_t>(client.bytes.size()), true};
  for (const std::uint16_t port : std::array<std::uint16_t, 4>{784, 853, 8853, 443}) {
    FlowView view;
    view.transport = capture::Transport::kUdp;
    view.server_port = port;
    view.datagrams = std::span(&datagram, 1);
    const auto answer = QuicDissector().partial(view);
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
    EXPECT_EQ(base::Value(answer)->variant, port == 443 ? Variant::kNone : Variant::kDoq);
  }
}

// ---- what a flow costs

struct Work {
  std::uint64_t tags = 0;
  std::uint64_t keys = 0;
};

// As the classifier asks: after each datagram, told how many there were before, then at the end.
Work WorkOf(const DatagramFlow& flow) {
  const std::uint64_t tags = InitialCrypto::OfThread().tags_checked();
  const std::uint64_t keys = InitialKeysDerived();
  std::vector<Datagram> datagrams;
  FlowView view;
  view.transport = capture::Transport::kUdp;
  bool settled = false;
  for (const SentDatagram& sent : flow) {
    datagrams.push_back(
        {sent.bytes, static_cast<std::uint32_t>(sent.bytes.size()), sent.from_client});
    view.datagrams = datagrams;
    settled = !base::IsNeedMore(QuicDissector().dissect(view));
    if (settled) break;
    view.datagrams_asked = datagrams.size();
  }
  view.datagrams_open = false;
  if (!settled && base::IsNotThis(QuicDissector().dissect(view))) {
    (void)QuicDissector().partial(view);
  }
  return {InitialCrypto::OfThread().tags_checked() - tags, InitialKeysDerived() - keys};
}

TEST(QuicWork, UsualHandshakeOpensEachInitialOnce) {
  const Octets half = Slice(kClientHello, 0, 100);
  const Octets rest = Slice(kClientHello, 100, 9999);
  const Work work = WorkOf({Client(kVersion1, tests::CryptoFrame(0, half)),
                            Client(kVersion1, tests::CryptoFrame(100, rest), 1),
                            Server(kVersion1, tests::CryptoFrame(0, kServerHello))});
  EXPECT_EQ(work.tags, 3U);
  EXPECT_EQ(work.keys, 2U);
}

TEST(QuicWork, ClientWithoutAnAnswerIsOpenedOnceAtTheEnd) {
  DatagramFlow flow;
  for (std::uint32_t i = 0; i < 12; ++i) {
    flow.push_back(Client(kVersion1, tests::CryptoFrame(0, kClientHello), i));
  }
  const Work work = WorkOf(flow);
  EXPECT_EQ(work.tags, 12U);
  EXPECT_EQ(work.keys, 1U);
}

TEST(QuicWork, HandshakeThatNeverCompletesIsOpenedAFewTimes) {
  DatagramFlow flow;
  for (std::uint32_t i = 0; i < 12; ++i) {
    flow.push_back(Client(kVersion1, tests::CryptoFrame(0, Slice(kClientHello, 0, 50)), i));
    flow.push_back(Server(kVersion1, tests::AckFrame(0)));
  }
  const Work work = WorkOf(flow);
  EXPECT_LE(work.tags, 24U * 9);
  EXPECT_LE(work.keys, 2U * 9);
}

TEST(QuicWork, JunkInTheShapeOfInitialsMeetsTheBound) {
  DatagramFlow flow;
  for (std::uint8_t i = 0; i < 24; ++i) {
    SentDatagram sent = Client(kVersion1, tests::CryptoFrame(0, kClientHello));
    sent.from_client = i % 2 == 0;
    sent.bytes[6] = i;  // another connection id each: no tag is right
    flow.push_back(sent);
  }
  const Work work = WorkOf(flow);
  EXPECT_LE(work.tags, 64U * 10);
  EXPECT_LE(work.keys, 24U * 10);
}

TEST(QuicWork, StrangersCostNothing) {
  const Work work = WorkOf({{true, Octets(1200, 0xc3)}, {false, Octets(1200, 0x40)}});
  EXPECT_EQ(work.tags, 0U);
  EXPECT_EQ(work.keys, 0U);
}

TEST(QuicWork, WhatWasAskedBeforeChangesNoAnswer) {
  DatagramFlow flow = Handshake(kVersion1);
  flow.insert(flow.begin() + 1, Server(kVersion1, tests::AckFrame(0)));
  std::vector<Datagram> datagrams;
  for (const SentDatagram& sent : flow) {
    datagrams.push_back(
        {sent.bytes, static_cast<std::uint32_t>(sent.bytes.size()), sent.from_client});
  }
  FlowView view;
  view.transport = capture::Transport::kUdp;
  for (std::size_t count = 1; count <= datagrams.size(); ++count) {
    view.datagrams = std::span(datagrams).first(count);
    view.datagrams_asked = 0;
    const auto expected = QuicDissector().dissect(view);
    for (std::size_t asked = 1; asked < count; ++asked) {
      view.datagrams_asked = asked;
      EXPECT_EQ(QuicDissector().dissect(view), expected);
    }
  }
}

}  // namespace
}  // namespace unopened::classify::quic
