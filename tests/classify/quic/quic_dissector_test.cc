#include "classify/quic/quic_dissector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/quic_builder.h"
#include "tests/support/tls_builder.h"

namespace unopened::classify::quic {
namespace {

using base::NotThis;
using base::Parsed;
using tests::CryptoFrame;
using tests::InitialSpec;
using tests::SealInitial;
using tests::TlsClientHello;
using tests::TlsServerHello;
using Octets = std::vector<std::uint8_t>;

const Octets kClientChose = tests::FromHex("c1c2c3c4c5c6c7c8");  // the client's first DCID
const Octets kClientId = tests::FromHex("aabbccdd");
const Octets kServerId = tests::FromHex("5152535455565758");
constexpr std::uint16_t kX25519 = 0x001d;
constexpr std::uint16_t kX25519MlKem768 = 0x11ec;

struct Sent {
  bool from_client = true;
  Octets bytes;
  std::uint32_t wire_length = 0;  // 0: as long as the bytes
};

// What a flow's datagrams say, asked as the classifier asks: after each of them, and once more at
// the end.
struct Flow {
  std::vector<Sent> sent;
  std::uint16_t server_port = 443;

  std::vector<Datagram> Datagrams(std::size_t count) const {
    std::vector<Datagram> datagrams;
    for (std::size_t i = 0; i < count; ++i) {
      const auto size = static_cast<std::uint32_t>(sent[i].bytes.size());
      datagrams.push_back({.bytes = sent[i].bytes,
                           .wire_length = std::max(sent[i].wire_length, size),
                           .from_client = sent[i].from_client});
    }
    return datagrams;
  }
  Parsed<HandshakeFacts> Ask(std::size_t count, bool partial) const {
    const std::vector<Datagram> datagrams = Datagrams(count);
    FlowView view;
    view.transport = capture::Transport::kUdp;
    view.client_port = 50000;
    view.server_port = server_port;
    view.datagrams = datagrams;
    view.datagrams_open = !partial;
    return (partial ? QuicDissector().partial : QuicDissector().dissect)(view);
  }
  Parsed<HandshakeFacts> Dissect() const { return Ask(sent.size(), false); }
  Parsed<HandshakeFacts> Partial() const { return Ask(sent.size(), true); }
  // The first answer that is not NeedMore; the partial one where there is none.
  Parsed<HandshakeFacts> Settle() const {
    for (std::size_t count = 0; count <= sent.size(); ++count) {
      Parsed<HandshakeFacts> answer = Ask(count, false);
      if (!base::IsNeedMore(answer)) return answer;
    }
    return Partial();
  }
};

std::string_view Why(const Parsed<HandshakeFacts>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? std::string_view("(no refusal)") : refusal->why;
}

Octets Slice(const Octets& bytes, std::size_t from, std::size_t to) {
  return Octets(bytes.begin() + from, bytes.begin() + std::min(to, bytes.size()));
}
Octets Join(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TlsClientHello Hello(std::string_view alpn = "h3") {
  return TlsClientHello()
      .Suites({0x1301, 0x1302})
      .Sni("www.example.org")
      .Alpn({alpn})
      .SupportedVersions({0x0304})
      .SupportedGroups({kX25519MlKem768, kX25519})
      .KeyShares({{kX25519MlKem768, tests::kPqClientShare}, {kX25519, 32}});
}
const Octets kHello = Hello().Message();  // does not fit one datagram
const Octets kSmallHello = TlsClientHello()
                               .Suites({0x1301})
                               .Sni("www.example.org")
                               .Alpn({"h3"})
                               .SupportedVersions({0x0304})
                               .SupportedGroups({kX25519})
                               .KeyShares({{kX25519, 32}})
                               .Message();
const Octets kServerHello = TlsServerHello::Tls13(kX25519, 32).SessionId({}).Message();
const Octets kPqServerHello =
    TlsServerHello::Tls13(kX25519MlKem768, tests::kPqServerShare).SessionId({}).Message();

InitialSpec ClientSpec(Octets frames, std::uint32_t packet_number = 0) {
  return {.key_id = kClientChose,
          .destination = kClientChose,
          .source = kClientId,
          .packet_number = packet_number,
          .frames = std::move(frames),
          .packet_size = 1200};
}
InitialSpec ServerSpec(Octets frames, std::uint32_t packet_number = 0) {
  return {.sender = Sender::kServer,
          .key_id = kClientChose,
          .destination = kClientId,
          .source = kServerId,
          .packet_number = packet_number,
          .frames = std::move(frames),
          .packet_size = 1200};
}
Sent Client(const Octets& frames, std::uint32_t packet_number = 0) {
  return {.from_client = true, .bytes = SealInitial(ClientSpec(frames, packet_number))};
}
Sent Server(const Octets& frames, std::uint32_t packet_number = 0) {
  return {.from_client = false, .bytes = SealInitial(ServerSpec(frames, packet_number))};
}

// A hello with a post-quantum share over two datagrams and its answer: the common case.
Flow CommonFlow() {
  return {{Client(CryptoFrame(0, Slice(kHello, 0, 1100))),
           Client(CryptoFrame(1100, Slice(kHello, 1100, kHello.size())), 1),
           Server(Join({tests::AckFrame(1), CryptoFrame(0, Slice(kPqServerHello, 0, 1000))})),
           Server(CryptoFrame(1000, Slice(kPqServerHello, 1000, 9999)), 1)}};
}
Flow SmallFlow() {
  return {{Client(CryptoFrame(0, kSmallHello)),
           Server(Join({tests::AckFrame(0), CryptoFrame(0, kServerHello)}))}};
}

TEST(QuicDissector, HelloOverTwoDatagramsAndItsAnswerAreComplete) {
  const Flow flow = CommonFlow();
  for (std::size_t count = 0; count < flow.sent.size(); ++count) {
    EXPECT_TRUE(base::IsNeedMore(flow.Ask(count, false))) << count;
  }
  const auto answer = flow.Dissect();
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kQuic);
  EXPECT_EQ(facts->version, Version::kQuic1);
  EXPECT_FALSE(facts->offered_only);
  EXPECT_EQ(facts->variant, Variant::kHttp3);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kPqHybrid);
  EXPECT_EQ(facts->name_visibility, NameVisibility::kVisible);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->transient.sni.view(), "www.example.org");
  EXPECT_EQ(facts->transient.alpn.view(), "h3");
  EXPECT_EQ(facts->transient.cipher, 0x1301);
  EXPECT_EQ(facts->transient.group, kX25519MlKem768);
}

TEST(QuicDissector, EveryOrderOfTheDatagramsGivesTheSameFacts) {
  const Flow flow = CommonFlow();
  const auto expected = flow.Dissect();
  ASSERT_NE(base::Value(expected), nullptr);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    Flow shuffled;
    for (const std::size_t i : order) shuffled.sent.push_back(flow.sent[i]);
    const auto answer = shuffled.Settle();
    ASSERT_NE(base::Value(answer), nullptr)
        << Why(answer) << " in order " << testing::PrintToString(order);
    EXPECT_EQ(*base::Value(answer), *base::Value(expected)) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(QuicDissector, HelloInManyFramesInAnyOrderWithOverlapsIsReassembled) {
  // Every piece reaches 7 bytes into its neighbour; PADDING and PING lie between, as browsers do.
  std::vector<Octets> pieces;
  for (std::size_t at = 0; at < kHello.size(); at += 90) {
    pieces.push_back(CryptoFrame(at, Slice(kHello, at, at + 97)));
  }
  for (const unsigned seed : {1U, 7U, 31U}) {
    std::vector<Octets> mixed = pieces;
    for (std::size_t i = 0; i + 1 < mixed.size(); ++i) {
      std::swap(mixed[i], mixed[i + (seed * (i + 3)) % (mixed.size() - i)]);
    }
    Octets first;
    Octets second;
    for (std::size_t i = 0; i < mixed.size(); ++i) {
      Octets& into = i < mixed.size() / 2 ? first : second;
      into = Join({into, mixed[i], i % 2 == 0 ? Octets{0x01} : Octets(i, 0x00)});
    }
    const Flow flow = {{Client(second, 1), Client(first), Server(CryptoFrame(0, kPqServerHello))}};
    const auto answer = flow.Settle();
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer) << " with seed " << seed;
    EXPECT_EQ(base::Value(answer)->transient.sni.view(), "www.example.org");
  }
}

TEST(QuicDissector, ConflictingCopiesOfTheHelloAreAmbiguous) {
  Octets other = kSmallHello;
  const std::string_view name = "www.example.org";
  const auto at = std::search(other.begin(), other.end(), name.begin(), name.end());
  ASSERT_NE(at, other.end());
  *at = 'x';
  const Flow injected = {{Client(CryptoFrame(0, kSmallHello)), Client(CryptoFrame(0, other), 1)}};
  EXPECT_EQ(Why(injected.Settle()), kAmbiguousReason);
  const Flow repeated = {
      {Client(CryptoFrame(0, kSmallHello)), Client(CryptoFrame(0, kSmallHello), 1)}};
  EXPECT_NE(base::Value(repeated.Settle()), nullptr);
}

TEST(QuicDissector, ClientAloneIsAnOffer) {
  const Flow flow = {{Client(CryptoFrame(0, kSmallHello))}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  const auto answer = flow.Partial();
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->version, Version::kQuic1);
  EXPECT_TRUE(facts->offered_only);
  EXPECT_EQ(facts->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->transient.group, 0);
}

TEST(QuicDissector, HelloNotWholeIsQuicWithoutAName) {
  const Flow flow = {{Client(CryptoFrame(0, Slice(kHello, 0, 1100)))}};
  const auto answer = flow.Partial();
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kQuic);
  EXPECT_EQ(facts->version, Version::kQuic1);
  EXPECT_TRUE(facts->offered_only);
  EXPECT_EQ(facts->name_visibility, NameVisibility::kNotApplicable);
  EXPECT_TRUE(facts->transient.sni.empty());
}

TEST(QuicDissector, ServerThatFirstOnlyAcknowledgesIsWaitedFor) {
  Flow flow = {{Client(CryptoFrame(0, kSmallHello)),
                {.from_client = false,
                 .bytes = SealInitial({.sender = Sender::kServer,
                                       .key_id = kClientChose,
                                       .destination = kClientId,
                                       .source = kServerId,
                                       .frames = tests::AckFrame(0, /*ecn=*/true)})}}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  const auto partial = flow.Partial();
  ASSERT_NE(base::Value(partial), nullptr);
  EXPECT_EQ(base::Value(partial)->sides, SidesSeen::kBoth);
  EXPECT_TRUE(base::Value(partial)->offered_only);
  flow.sent.push_back(Server(CryptoFrame(0, kServerHello), 1));
  const auto whole = flow.Dissect();
  ASSERT_NE(base::Value(whole), nullptr) << Why(whole);
  EXPECT_EQ(base::Value(whole)->sides, SidesSeen::kBoth);
}

TEST(QuicDissector, PacketsCoalescedAroundTheInitialAreSteppedOver) {
  Flow flow = SmallFlow();
  const Octets zero_rtt =
      tests::OpaqueLongPacket(kVersion1, PacketType::kZeroRtt, kClientChose, kClientId, 300);
  flow.sent[0].bytes = Join({zero_rtt, flow.sent[0].bytes});
  InitialSpec answer = ServerSpec(CryptoFrame(0, kServerHello));
  answer.packet_size = 0;
  flow.sent[1].bytes =
      Join({SealInitial(answer),
            tests::OpaqueLongPacket(kVersion1, PacketType::kHandshake, kClientId, kServerId, 700),
            Octets(20, 0x41)});
  const auto whole = flow.Settle();
  ASSERT_NE(base::Value(whole), nullptr) << Why(whole);
  EXPECT_EQ(base::Value(whole)->sides, SidesSeen::kBoth);
}

TEST(QuicDissector, CoalescedPacketForAnotherConnectionIsDropped) {
  InitialSpec half = ClientSpec(CryptoFrame(0, Slice(kSmallHello, 0, 100)));
  half.packet_size = 0;
  InitialSpec rest = ClientSpec(CryptoFrame(100, Slice(kSmallHello, 100, 9999)), 1);
  const Flow good = {{{.bytes = Join({SealInitial(half), SealInitial(rest)})}}};
  ASSERT_NE(base::Value(good.Partial()), nullptr);
  EXPECT_EQ(base::Value(good.Partial())->transient.sni.view(), "www.example.org");

  rest.destination = kServerId;
  const Flow bent = {{{.bytes = Join({SealInitial(half), SealInitial(rest)})}}};
  ASSERT_NE(base::Value(bent.Partial()), nullptr);
  EXPECT_TRUE(base::Value(bent.Partial())->transient.sni.empty());
}

TEST(QuicDissector, VersionTwoIsNamed) {
  InitialSpec client = ClientSpec(CryptoFrame(0, kSmallHello));
  InitialSpec server = ServerSpec(CryptoFrame(0, kServerHello));
  client.version = server.version = kVersion2;
  const Flow flow = {{{true, SealInitial(client)}, {false, SealInitial(server)}}};
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->version, Version::kQuic2);
}

TEST(QuicDissector, ServerMayUpgradeToVersionTwo) {
  InitialSpec server = ServerSpec(CryptoFrame(0, kServerHello));
  server.version = kVersion2;
  Flow flow = {{Client(CryptoFrame(0, kSmallHello))}};
  ASSERT_NE(base::Value(flow.Partial()), nullptr);
  EXPECT_EQ(base::Value(flow.Partial())->version, Version::kQuic1);
  flow.sent.push_back({false, SealInitial(server)});
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->version, Version::kQuic2);
  EXPECT_FALSE(base::Value(answer)->offered_only);
}

// --- Retry ---

Flow RetryFlow() {
  InitialSpec again = ClientSpec(CryptoFrame(0, kSmallHello), 1);
  again.key_id = again.destination = kServerId;
  again.token = tests::FromHex("70717273");
  InitialSpec answer = ServerSpec(CryptoFrame(0, kServerHello));
  answer.key_id = kServerId;
  return {{Client(CryptoFrame(0, kSmallHello)),
           {false, tests::RetryPacket(kVersion1, kClientChose, kClientId, kServerId, again.token)},
           {true, SealInitial(again)},
           {false, SealInitial(answer)}}};
}

TEST(QuicDissector, AfterARetryTheKeysDeriveFromTheServersChoice) {
  const Flow flow = RetryFlow();
  for (std::size_t count = 0; count < flow.sent.size(); ++count) {
    EXPECT_TRUE(base::IsNeedMore(flow.Ask(count, false))) << count;
  }
  const auto answer = flow.Dissect();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
}

TEST(QuicDissector, EveryOrderAroundARetryGivesTheSameFacts) {
  const Flow flow = RetryFlow();
  const auto expected = flow.Dissect();
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    // A Retry without the Initial it answers proves nothing and is no Initial: the first packet of
    // a flow may be any of them all the same.
    Flow shuffled;
    for (const std::size_t i : order) shuffled.sent.push_back(flow.sent[i]);
    const auto answer = shuffled.Settle();
    ASSERT_NE(base::Value(answer), nullptr) << Why(answer) << testing::PrintToString(order);
    EXPECT_EQ(*base::Value(answer), *base::Value(expected)) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(QuicDissector, RetryWithAnotherTagIsNotFollowed) {
  // The second Initial comes in a datagram too short to open on its own, so that only the Retry's
  // keys could.
  Flow flow = RetryFlow();
  InitialSpec again = ClientSpec(CryptoFrame(0, kSmallHello), 1);
  again.key_id = again.destination = kServerId;
  again.packet_size = 0;
  flow.sent[2].bytes = SealInitial(again);
  ASSERT_LT(flow.sent[2].bytes.size(), kMinClientDatagram);
  ASSERT_NE(base::Value(flow.Settle()), nullptr);
  EXPECT_EQ(base::Value(flow.Settle())->sides, SidesSeen::kBoth);
  flow.sent[1].bytes.back() ^= 0x01;
  ASSERT_NE(base::Value(flow.Settle()), nullptr);
  EXPECT_EQ(base::Value(flow.Settle())->sides, SidesSeen::kClientOnly);
}

TEST(QuicDissector, RetryThatTheTapMissedStillLeadsToTheAnswer) {
  Flow flow = RetryFlow();
  flow.sent.erase(flow.sent.begin() + 1);
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
}

// --- TLS inside ---

TEST(QuicDissector, HelloRetryRequestIsNotTheAnswer) {
  const Octets retry = TlsServerHello::HelloRetryRequest(kX25519).SessionId({}).Message();
  Flow flow = {{Client(CryptoFrame(0, kHello.size() > 1100 ? Slice(kHello, 0, 1100) : kHello)),
                Client(CryptoFrame(1100, Slice(kHello, 1100, 9999)), 1),
                Server(CryptoFrame(0, retry))}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  const auto partial = flow.Partial();
  ASSERT_NE(base::Value(partial), nullptr);
  EXPECT_TRUE(base::Value(partial)->offered_only);
  flow.sent.push_back(Client(CryptoFrame(kHello.size(), kSmallHello), 2));
  flow.sent.push_back(Server(CryptoFrame(retry.size(), kServerHello), 1));
  const auto whole = flow.Settle();
  ASSERT_NE(base::Value(whole), nullptr) << Why(whole);
  EXPECT_EQ(base::Value(whole)->key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(base::Value(whole)->transient.group, kX25519);
}

TEST(QuicDissector, AnswerThatWasNotOfferedIsRefused) {
  Flow flow = SmallFlow();
  flow.sent[1] = Server(
      CryptoFrame(0, TlsServerHello::Tls13(kX25519, 32).SessionId({}).Suite(0x1303).Message()));
  EXPECT_TRUE(base::IsNotThis(flow.Settle()));
  flow.sent[1] = Server(CryptoFrame(0, TlsServerHello().SessionId({}).Suite(0x1301).Message()));
  EXPECT_EQ(Why(flow.Settle()), "quic: not tls 1.3");
}

TEST(QuicDissector, CryptoThatIsNoClientHelloIsRefused) {
  const Flow flow = {{Client(CryptoFrame(0, kServerHello))}};
  EXPECT_TRUE(base::IsNotThis(flow.Settle()));
}

struct VariantCase {
  const char* name;
  std::string_view alpn;
  std::uint16_t port;
  Variant variant;
};
class QuicVariant : public testing::TestWithParam<VariantCase> {};
TEST_P(QuicVariant, FollowsAlpnThenPort) {
  const Octets hello = TlsClientHello()
                           .Suites({0x1301})
                           .Alpn({GetParam().alpn})
                           .SupportedVersions({0x0304})
                           .SupportedGroups({kX25519})
                           .KeyShares({{kX25519, 32}})
                           .Message();
  const Flow flow = {{Client(CryptoFrame(0, hello))}, GetParam().port};
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->variant, GetParam().variant);
}
INSTANTIATE_TEST_SUITE_P(Cases, QuicVariant,
                         testing::Values(VariantCase{"H3", "h3", 443, Variant::kHttp3},
                                         VariantCase{"H3Draft", "h3-29", 443, Variant::kHttp3},
                                         VariantCase{"Doq", "doq", 784, Variant::kDoq},
                                         VariantCase{"DoqPort", "zz", 853, Variant::kDoq},
                                         VariantCase{"H3OnDoqPort", "h3", 853, Variant::kHttp3},
                                         VariantCase{"Other", "zz", 443, Variant::kNone}),
                         [](const auto& test) { return std::string(test.param.name); });

// --- roles ---

TEST(QuicDissector, ClientIsWhoseConnectionIdOpensTheInitial) {
  // The capture began at the server's answer; the client then repeats its hello.
  Flow flow = SmallFlow();
  std::swap(flow.sent[0], flow.sent[1]);
  for (Sent& sent : flow.sent) sent.from_client = !sent.from_client;
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
}

TEST(QuicDissector, ServerAloneProvesNothing) {
  const Flow flow = {{Server(CryptoFrame(0, kServerHello))}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  EXPECT_EQ(Why(flow.Partial()), "quic: no valid Initial");
}

// --- what is no QUIC, each beside the good flow it was bent from ---

TEST(QuicDissector, NoByteOfTheFirstPacketCanChangeWithoutLosingTheClaim) {
  const Flow good = {{Client(CryptoFrame(0, kSmallHello))}};
  ASSERT_NE(base::Value(good.Partial()), nullptr);
  for (std::size_t at = 0; at < good.sent[0].bytes.size(); at += 7) {
    Flow bent = good;
    bent.sent[0].bytes[at] ^= 0x20;
    EXPECT_TRUE(base::IsNotThis(bent.Settle())) << "byte " << at;
  }
}

TEST(QuicDissector, ShortClientDatagramIsNoBeginning) {
  InitialSpec spec = ClientSpec(CryptoFrame(0, kSmallHello));
  spec.packet_size = 1199;
  const Flow below = {{{true, SealInitial(spec)}}};
  EXPECT_EQ(Why(below.Partial()), "quic: no valid Initial");
  spec.packet_size = 1200;
  const Flow at = {{{true, SealInitial(spec)}}};
  EXPECT_NE(base::Value(at.Partial()), nullptr);
}

TEST(QuicDissector, SnappedInitialCannotBeAuthenticated) {
  Flow flow = {{Client(CryptoFrame(0, kSmallHello))}};
  flow.sent[0].wire_length = 1200;
  flow.sent[0].bytes.resize(600);
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  EXPECT_EQ(Why(flow.Partial()), "quic: no valid Initial");
}

TEST(QuicDissector, InitialWholeWithinASnappedDatagramCounts) {
  InitialSpec spec = ClientSpec(CryptoFrame(0, kSmallHello));
  spec.packet_size = 0;
  Flow flow = {{{true, SealInitial(spec), 1200}}};
  EXPECT_NE(base::Value(flow.Partial()), nullptr);
}

TEST(QuicDissector, ShortFirstConnectionIdIsNoBeginning) {
  InitialSpec spec = ClientSpec(CryptoFrame(0, kSmallHello));
  spec.key_id = spec.destination = tests::FromHex("c1c2c3c4c5c6c7");
  EXPECT_TRUE(base::IsNotThis(Flow{{{true, SealInitial(spec)}}}.Partial()));
}

struct StrangerCase {
  const char* name;
  Octets bytes;
  std::string_view why;
};
class QuicStranger : public testing::TestWithParam<StrangerCase> {};
TEST_P(QuicStranger, IsRefusedAtOnceAndForGood) {
  Flow flow = {{{true, GetParam().bytes}}};
  EXPECT_EQ(Why(flow.Dissect()), GetParam().why);
  const Flow good = SmallFlow();
  flow.sent.insert(flow.sent.end(), good.sent.begin(), good.sent.end());
  EXPECT_EQ(Why(flow.Dissect()), GetParam().why);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, QuicStranger,
    testing::Values(
        StrangerCase{"Empty", {}, "quic: header cut"},
        StrangerCase{"Dns", tests::FromHex("1234010000010000"), "quic: short header"},
        StrangerCase{"ShortHeader", Octets(1200, 0x40), "quic: short header"},
        StrangerCase{"Rtp", tests::FromHex("806012345678000011223344"), "quic: header cut"},
        StrangerCase{"NobodysVersion", tests::FromHex("cd123456780411223344 00"), "quic: version"},
        StrangerCase{"Draft21", tests::FromHex("cdff0000150411223344 00"), "quic: version"},
        StrangerCase{"GoogleVersion46", tests::FromHex("c35130343650112233445566778800000001"),
                     "quic: header cut"},
        StrangerCase{"LongConnectionId", Join({tests::FromHex("c00000000115"), Octets(1300, 7)}),
                     "quic: connection id"},
        StrangerCase{"LengthBeyondTheDatagram",
                     tests::FromHex("c00000000108c1c2c3c4c5c6c7c80000449e0000"),
                     "quic: header cut"}),
    [](const auto& test) { return std::string(test.param.name); });

// A client's datagram of a reserved version whose Initial nobody can open.
const Octets kGrease =
    Join({tests::FromHex("c01a2a3a4a08c1c2c3c4c5c6c7c804aabbccdd"), Octets(1181, 0)});

TEST(QuicDissector, VersionNegotiationThatRepeatsBothIdsProvesTheProtocolAndNoMore) {
  const Octets negotiation =
      tests::FromHex("800000000004aabbccdd08c1c2c3c4c5c6c7c8000000016b3343cf");
  for (const bool server_first : {false, true}) {
    Flow flow = {{{true, kGrease}, {false, negotiation}}};
    if (server_first) std::swap(flow.sent[0], flow.sent[1]);
    EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
    const auto answer = flow.Partial();
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr) << Why(answer);
    EXPECT_EQ(facts->protocol, Protocol::kQuic);
    EXPECT_EQ(facts->version, Version::kNone);
    EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
    EXPECT_TRUE(facts->offered_only);
    EXPECT_EQ(facts->sides, SidesSeen::kBoth);
    EXPECT_EQ(facts->evidence, Evidence::kProof);
    const Flow good = SmallFlow();
    flow.sent.insert(flow.sent.end(), good.sent.begin(), good.sent.end());
    EXPECT_EQ(flow.Settle(), good.Settle());
  }
}

struct NegotiationCase {
  const char* name;
  const char* negotiation;
  bool from_client;
};
class QuicNegotiation : public testing::TestWithParam<NegotiationCase> {};
TEST_P(QuicNegotiation, ThatDoesNotFitIsNoAnswer) {
  const Flow flow = {
      {{true, kGrease}, {GetParam().from_client, tests::FromHex(GetParam().negotiation)}}};
  EXPECT_EQ(Why(flow.Partial()), "quic: no valid Initial");
}
INSTANTIATE_TEST_SUITE_P(
    Cases, QuicNegotiation,
    testing::Values(
        NegotiationCase{"IdsNotCrossed", "800000000008c1c2c3c4c5c6c7c804aabbccdd00000001", false},
        NegotiationCase{"OtherId", "800000000004aabbccdd08c1c2c3c4c5c6c7c900000001", false},
        NegotiationCase{"NoVersion", "800000000004aabbccdd08c1c2c3c4c5c6c7c8", false},
        NegotiationCase{"HalfAVersion", "800000000004aabbccdd08c1c2c3c4c5c6c7c80000000100", false},
        NegotiationCase{"ListsWhatWasAsked", "800000000004aabbccdd08c1c2c3c4c5c6c7c81a2a3a4a",
                        false},
        NegotiationCase{"FromTheSameSide", "800000000004aabbccdd08c1c2c3c4c5c6c7c800000001", true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(QuicDissector, VersionNegotiationAloneIsNoQuic) {
  const Octets negotiation =
      tests::FromHex("800000000004aabbccdd08c1c2c3c4c5c6c7c8000000016b3343cf");
  EXPECT_EQ(Why(Flow{{{false, negotiation}}}.Partial()), "quic: no valid Initial");
}

TEST(QuicDissector, ZeroRttAloneIsNoQuic) {
  const Flow flow = {{{true, tests::OpaqueLongPacket(kVersion1, PacketType::kZeroRtt, kClientChose,
                                                     kClientId, 1200)}}};
  EXPECT_TRUE(base::IsNeedMore(flow.Dissect()));
  EXPECT_TRUE(base::IsNotThis(flow.Partial()));
}

struct FramesCase {
  const char* name;
  Octets frames;
};
class QuicBadFrames : public testing::TestWithParam<FramesCase> {};
TEST_P(QuicBadFrames, MakeAnAuthenticPacketCountForNothing) {
  const Octets good = CryptoFrame(0, kSmallHello);
  ASSERT_NE(base::Value(Flow{{Client(good)}}.Partial()), nullptr);
  const Flow bent = {{Client(Join({good, GetParam().frames}))}};
  EXPECT_TRUE(base::IsNotThis(bent.Partial()));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, QuicBadFrames,
    testing::Values(FramesCase{"Stream", tests::FromHex("0a000161")},
                    FramesCase{"HandshakeDone", {0x1e}},
                    FramesCase{"ApplicationClose", tests::FromHex("1d0000")},
                    FramesCase{"TypeNotInShortestForm", tests::FromHex("400600")},
                    FramesCase{"AckBeyondThePacket", tests::FromHex("0200007fff00")},
                    FramesCase{"CryptoBeyondThePacket", tests::FromHex("06007fff")}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(QuicDissector, ReservedBitsMakeAnAuthenticPacketCountForNothing) {
  InitialSpec spec = ClientSpec(CryptoFrame(0, kSmallHello));
  spec.reserved_bits = 1;
  EXPECT_TRUE(base::IsNotThis(Flow{{{true, SealInitial(spec)}}}.Partial()));
}

TEST(QuicDissector, FixedBitMayBeCleared) {
  // RFC 9287: the bit is part of what the tag covers, so it is sealed as zero.
  Flow flow = SmallFlow();
  EXPECT_NE(base::Value(flow.Settle()), nullptr);
  InitialSpec server = ServerSpec(CryptoFrame(0, kServerHello));
  server.fixed_bit = false;
  flow.sent[1].bytes = SealInitial(server);
  const auto answer = flow.Settle();
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
}

TEST(QuicDissector, LaterDatagramsChangeNoAnswer) {
  for (const Flow& flow : {CommonFlow(), RetryFlow()}) {
    const auto before = flow.Dissect();
    ASSERT_NE(base::Value(before), nullptr);
    Flow longer = flow;
    longer.sent.push_back(Client(CryptoFrame(0, kServerHello), 9));
    longer.sent.push_back({false, Octets(1300, 0x55)});
    EXPECT_EQ(*base::Value(longer.Dissect()), *base::Value(before));
  }
}

TEST(QuicDissector, EndlessDatagramsAreNotWaitedForForever) {
  Flow flow;
  for (int i = 0; i < 64; ++i) flow.sent.push_back(Server(tests::AckFrame(0), 1));
  EXPECT_TRUE(base::IsNotThis(flow.Dissect()));
}

}  // namespace
}  // namespace unopened::classify::quic
