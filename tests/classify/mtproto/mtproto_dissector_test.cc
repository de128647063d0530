#include "classify/mtproto/mtproto_dissector.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "classify/mtproto/message.h"
#include "classify/mtproto/obfuscation.h"
#include "tests/support/laws.h"
#include "tests/support/mtproto_builder.h"
#include "tests/support/stream_laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::mtproto {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;
using tests::BuildMtproto;
using tests::MtprotoExchange;
using tests::MtprotoStreams;
using tests::Octets;
using tests::TcpFlow;

std::string_view Why(const Parsed<HandshakeFacts>& answer) {
  if (base::IsNeedMore(answer)) return "(need more)";
  const auto* refusal = std::get_if<NotThis>(&answer);
  return refusal == nullptr ? "(accepted)" : refusal->why;
}

Parsed<HandshakeFacts> Dissect(const MtprotoStreams& streams) {
  return MtprotoDissector().dissect(TcpFlow(streams.client, streams.server));
}
Parsed<HandshakeFacts> AtLast(const MtprotoStreams& streams) {
  return tests::AtLast(MtprotoDissector(), streams.client, streams.server);
}

struct FramingCase {
  const char* name;
  Framing framing;
  bool obfuscated;
  Variant variant;
};
class MtprotoFraming : public testing::TestWithParam<FramingCase> {
 protected:
  MtprotoExchange Exchange() const {
    return {.framing = GetParam().framing, .obfuscated = GetParam().obfuscated};
  }
};

TEST_P(MtprotoFraming, AnEchoedNonceIsProofOfAKeyBeingAgreed) {
  const auto answer = Dissect(BuildMtproto(Exchange()));
  const auto* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->protocol, Protocol::kMtproto);
  EXPECT_EQ(facts->variant, GetParam().variant);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kOtherDh);
  EXPECT_FALSE(facts->offered_only);
  EXPECT_FALSE(facts->plaintext);
}

TEST_P(MtprotoFraming, ASharedKeyIsProofOfAnOlderAgreement) {
  MtprotoExchange exchange = Exchange();
  exchange.key_exchange = false;
  const auto answer = Dissect(BuildMtproto(exchange));
  const auto* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr) << Why(answer);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(facts->resumption, Resumption::kResumed);
}

TEST_P(MtprotoFraming, TheServersErrorIsStrong) {
  MtprotoExchange exchange = Exchange();
  exchange.error = -404;
  const auto answer = Dissect(BuildMtproto(exchange));
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  exchange.error = 404;
  EXPECT_EQ(base::Value(Dissect(BuildMtproto(exchange))), nullptr);
}

TEST_P(MtprotoFraming, AnAnswerToAnotherIsRefused) {
  MtprotoExchange exchange = Exchange();
  exchange.server_nonce ^= 1;
  EXPECT_EQ(base::Value(Dissect(BuildMtproto(exchange))), nullptr);
  exchange = Exchange();
  exchange.key_exchange = false;
  exchange.server_key ^= 0x100;
  EXPECT_EQ(base::Value(Dissect(BuildMtproto(exchange))), nullptr);
}

TEST_P(MtprotoFraming, TheClientAloneIsWeak) {
  const auto answer = AtLast({BuildMtproto(Exchange()).client, {}});
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  EXPECT_TRUE(base::Value(answer)->offered_only);
}

TEST_P(MtprotoFraming, SplitsAndOrdersDoNotMatter) {
  for (const bool key_exchange : {true, false}) {
    MtprotoExchange exchange = Exchange();
    exchange.key_exchange = key_exchange;
    const MtprotoStreams streams = BuildMtproto(exchange);
    tests::CheckSplitLaw(MtprotoDissector(), streams.client, streams.server);
  }
}

TEST_P(MtprotoFraming, LargeMessagesAndQuickAcknowledgementsAreRead) {
  MtprotoExchange exchange = Exchange();
  exchange.key_exchange = false;
  exchange.encrypted = 2048;
  EXPECT_NE(base::Value(Dissect(BuildMtproto(exchange))), nullptr);
  if (exchange.framing == Framing::kFull) return;
  exchange.quick_ack = true;
  const auto answer = Dissect(BuildMtproto(exchange));
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kProof);
}

// Every byte that a law covers, bent: nothing above weak is left.
TEST_P(MtprotoFraming, BentHandshakesAreNoProof) {
  const MtprotoStreams streams = BuildMtproto(Exchange());
  const std::size_t client_law = streams.client.size();
  for (std::size_t at = 0; at < client_law; ++at) {
    // Of the obfuscated start all but the tag's four bytes is free; of a message, its id.
    MtprotoStreams bent = streams;
    bent.client[at] ^= 0x21;
    const auto answer = AtLast(bent);
    const auto* facts = base::Value(answer);
    if (facts == nullptr || facts->evidence <= Evidence::kWeak) continue;
    const std::size_t tag =
        GetParam().obfuscated ? 64 : (GetParam().framing == Framing::kAbridged ? 1 : 4);
    const bool random_start = GetParam().obfuscated && (at < 8 || (at >= 60 && at < 64));
    const std::size_t header = GetParam().framing == Framing::kAbridged ? 1 : 4;
    const bool message_id = at > tag + header + 8 && at < tag + header + 16;
    const bool padding = GetParam().framing == Framing::kPaddedIntermediate && at >= client_law - 7;
    EXPECT_TRUE(random_start || message_id || padding) << "client byte " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MtprotoFraming,
    testing::Values(
        FramingCase{"Abridged", Framing::kAbridged, false, Variant::kAbridged},
        FramingCase{"Intermediate", Framing::kIntermediate, false, Variant::kIntermediate},
        FramingCase{"Padded", Framing::kPaddedIntermediate, false, Variant::kPaddedIntermediate},
        FramingCase{"Full", Framing::kFull, false, Variant::kFull},
        FramingCase{"ObfuscatedAbridged", Framing::kAbridged, true, Variant::kAbridged},
        FramingCase{"ObfuscatedIntermediate", Framing::kIntermediate, true, Variant::kIntermediate},
        FramingCase{"ObfuscatedPadded", Framing::kPaddedIntermediate, true,
                    Variant::kPaddedIntermediate}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MtprotoDissector, ALoneByteWithALengthBehindItIsNothing) {
  MtprotoExchange exchange{.key_exchange = false};
  const MtprotoStreams streams = BuildMtproto(exchange);
  EXPECT_TRUE(base::IsNeedMore(Dissect({streams.client, {}})));
  EXPECT_EQ(Why(AtLast({streams.client, {}})), "mtproto: none");
  exchange.encrypted = 111;
  EXPECT_EQ(base::Value(AtLast(BuildMtproto(exchange))), nullptr) << "no whole block";
}

TEST(MtprotoDissector, AnotherTagOrChecksumIsRefused) {
  EXPECT_EQ(Why(AtLast(BuildMtproto({.obfuscated = true, .tag = 0xec}))), "mtproto: none");
  EXPECT_EQ(Why(AtLast(BuildMtproto({.framing = Framing::kFull, .checksum_right = false}))),
            "mtproto: none");
  EXPECT_EQ(Why(AtLast(BuildMtproto({.framing = Framing::kIntermediate, .tag = 0xed}))),
            "mtproto: none");
}

TEST(MtprotoDissector, AnObfuscatedTagAloneIsWeakOnceNothingFollows) {
  MtprotoStreams streams = BuildMtproto({.obfuscated = true});
  streams.client.resize(kObfuscatedStartSize);
  EXPECT_TRUE(base::IsNeedMore(Dissect({streams.client, {}})));
  const auto answer = AtLast({streams.client, {}});
  ASSERT_NE(base::Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
}

TEST(MtprotoDissector, TheMiddleOfAFlowBeginsNothing) {
  const MtprotoStreams streams = BuildMtproto({});
  auto flow = TcpFlow(streams.client, streams.server);
  flow.start_seen = false;
  EXPECT_EQ(Why(MtprotoDissector().dissect(flow)), "mtproto: start not seen");
}

TEST(MtprotoDissector, TextIsRefusedWithItsFirstWord) {
  const auto text = [](std::string_view words) {
    const Octets bytes = tests::Wire().Text(words).bytes();
    return Why(MtprotoDissector().dissect(TcpFlow(bytes, {})));
  };
  EXPECT_EQ(text("EHLO m"), "mtproto: none");
  EXPECT_EQ(text("PING\r\n"), "mtproto: none");
  const Octets dns = tests::FromHex("00 1e 12 34 01 00 00 01 00 00");
  EXPECT_EQ(Why(MtprotoDissector().dissect(TcpFlow(dns, {}))), "mtproto: none");
}

TEST(MtprotoDissector, NoiseIsNothing) { tests::CheckNoise(MtprotoDissector(), 200'000, 0); }

Parsed<int> First(Framing framing, Sender sender, ByteReader stream) {
  const auto parsed = ParseFirstMessage(framing, sender, stream);
  if (const auto* message = base::Value(parsed)) return static_cast<int>(message->kind);
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}

TEST(MtprotoMessage, KeepsTheLawsOfParsers) {
  const MtprotoStreams full = BuildMtproto({.framing = Framing::kFull});
  const auto parse = [](ByteReader stream) {
    return First(Framing::kFull, Sender::kClient, stream);
  };
  tests::CheckPrefixLaw(full.client, parse);
  tests::CheckFinalLaw(full.client, parse);
  tests::CheckWholeLaw(full.client, 8, parse);
  // The framings without a checksum are settled by what a message begins with.
  Octets message = BuildMtproto({.framing = Framing::kIntermediate}).server;
  message.resize(4 + 8 + 8 + 4 + 4 + kNonceSize);
  const auto server = [](ByteReader stream) {
    return First(Framing::kIntermediate, Sender::kServer, stream);
  };
  tests::CheckPrefixLaw(message, server);
  tests::CheckFinalLaw(message, server);
  tests::CheckWholeLaw(message, 4, server);
}

TEST(MtprotoObfuscation, PromisesOfARandomStartAreKept) {
  Octets start(64, 0x5a);
  EXPECT_TRUE(MayBeObfuscated(start));
  for (const std::string_view taken : {"HEAD", "POST", "GET ", "OPTI", "\xee\xee\xee\xee",
                                       "\xdd\xdd\xdd\xdd", "\x16\x03\x01\x02", "\xefxyz"}) {
    Octets bent = start;
    std::copy(taken.begin(), taken.end(), bent.begin());
    EXPECT_FALSE(MayBeObfuscated(bent)) << taken;
  }
  std::fill_n(start.begin() + 4, 4, 0);
  EXPECT_FALSE(MayBeObfuscated(start));
}

}  // namespace
}  // namespace unopened::classify::mtproto
