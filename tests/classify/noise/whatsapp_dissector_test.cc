#include "classify/noise/whatsapp_dissector.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "classify/noise/whatsapp_message.h"
#include "tests/support/laws.h"
#include "tests/support/whatsapp_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::noise {
namespace {

using base::ByteReader;
using base::Bytes;
using base::End;
using base::IsNeedMore;
using base::NotThis;
using base::Value;
using tests::FromHex;
using tests::WhatsAppClient;
using tests::WhatsAppServer;
using ByteVector = std::vector<std::uint8_t>;
using Answer = base::Parsed<HandshakeFacts>;

FlowView FlowOf(Bytes client, Bytes server, End end = End::kOpen) {
  FlowView flow;
  flow.client_port = 40000;
  flow.server_port = 5222;
  flow.client = ByteReader(client, end);
  flow.server = ByteReader(server, end);
  return flow;
}

Answer Dissect(Bytes client, Bytes server) {
  return WhatsAppNoiseDissector().dissect(FlowOf(client, server));
}
Answer Partial(Bytes client, Bytes server) {
  return WhatsAppNoiseDissector().partial(FlowOf(client, server, End::kFinal));
}

template <class T>
std::string_view Why(const base::Parsed<T>& answer) {
  if (IsNeedMore(answer)) return "(need more)";
  const auto* refusal = std::get_if<NotThis>(&answer);
  return refusal == nullptr ? "(accepted)" : refusal->why;
}

// Comparable answers for the laws: what was read, as one number.
base::Parsed<int> ClientStart(ByteReader stream) {
  const auto parsed = ParseWhatsAppClientStart(stream);
  if (const auto* start = Value(parsed)) {
    return start->major * 1000 + start->minor * 100 + start->has_routing_info * 10 +
           start->has_static_key;
  }
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}
base::Parsed<int> ServerHello(ByteReader stream) {
  const auto parsed = ParseWhatsAppServerHello(stream);
  if (const auto* hello = Value(parsed)) return static_cast<int>(hello->has_static_key);
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}

const ByteVector kBeforeNoise = FromHex("57 41 01 05 00 00 1a f8 05 01");
const ByteVector kServerBeforeNoise = FromHex("00 00 05 f8 03 01 3a 91");

TEST(WhatsAppMessageTest, KeepsTheLawsOfParsers) {
  for (const WhatsAppClient& client :
       {WhatsAppClient{}, WhatsAppClient{.routing_info = 4},
        WhatsAppClient{.major = 5, .minor = 2, .sealed_static = 48, .payload = 180}}) {
    const ByteVector start = tests::WhatsAppClientStart(client);
    tests::CheckPrefixLaw(start, ClientStart);
    tests::CheckFinalLaw(start, ClientStart);
    const std::size_t frame = start.size() - (start.size() > 100 ? 267 : 36);
    tests::CheckWholeLaw(start, frame, ClientStart);
  }
  for (const WhatsAppServer& server :
       {WhatsAppServer{}, WhatsAppServer{.sealed_static = 0, .payload = 16}}) {
    const ByteVector hello = tests::WhatsAppServerHello(server);
    tests::CheckPrefixLaw(hello, ServerHello);
    tests::CheckFinalLaw(hello, ServerHello);
    tests::CheckWholeLaw(hello, 3, ServerHello);
  }
  tests::CheckPrefixLaw(ByteVector(kBeforeNoise.begin(), kBeforeNoise.begin() + 8), ClientStart);
  tests::CheckFinalLaw(kBeforeNoise, ClientStart);
}

TEST(WhatsAppMessageTest, RefusesWhatOnlyLooksLikeIt) {
  const auto start = [](const WhatsAppClient& client) {
    return Why(ParseWhatsAppClientStart(ByteReader(tests::WhatsAppClientStart(client))));
  };
  EXPECT_EQ(start({}), "(accepted)");
  EXPECT_EQ(start({.sealed_static = 48, .payload = 200}), "(accepted)");
  EXPECT_EQ(start({.routing_info = kMaxRoutingInfo}), "(accepted)");
  EXPECT_EQ(start({.routing_info = kMaxRoutingInfo + 1}), "whatsapp: preamble length");
  EXPECT_EQ(start({.major = 7}), "whatsapp: prologue version");
  for (std::uint8_t major = 2; major <= 6; ++major) {
    EXPECT_EQ(start({.major = major, .minor = 0}), "(accepted)") << int{major};
  }
  EXPECT_EQ(start({.major = 0}), "whatsapp: prologue version");
  EXPECT_EQ(start({.minor = 9}), "(accepted)");
  EXPECT_EQ(start({.minor = 10}), "whatsapp: prologue version");
  EXPECT_EQ(start({.ephemeral = 33}), "whatsapp: client hello");
  EXPECT_EQ(start({.ephemeral = 0, .payload = 40}), "whatsapp: client hello");
  EXPECT_EQ(start({.sealed_static = 47}), "whatsapp: client hello");
  EXPECT_EQ(start({.payload = kMaxHelloFrame}), "whatsapp: frame length");
  struct Case {
    std::string_view name;
    std::string_view hex;
    std::string_view why;
  };
  const std::vector<Case> cases = {
      {"other text", "47", "whatsapp: prologue"},
      {"one letter too early", "57 42", "whatsapp: prologue"},
      {"another preamble", "45 44 00 02", "whatsapp: prologue"},
      {"a frame shorter than a key", "57 41 06 03 00 00 1f", "whatsapp: frame length"},
      {"a frame of 16 MiB", "57 41 06 03 ff ff ff", "whatsapp: frame length"},
      {"the version before Noise with a hello", "57 41 01 05 00 00 24 12",
       "whatsapp: stream start"},
      {"the version before Noise", "57 41 01 05 00 00 24 f8", "(accepted)"},
      {"a version before that", "57 41 01 02 00 00 24 f8", "(accepted)"},
      {"no version before Noise", "57 41 01 0a 00 00 24 f8", "whatsapp: prologue version"},
  };
  for (const Case& each : cases) {
    const ByteVector bytes = FromHex(each.hex);
    EXPECT_EQ(Why(ParseWhatsAppClientStart(ByteReader(bytes, End::kOpen))), each.why) << each.name;
  }
  const auto hello = [](const WhatsAppServer& server) {
    return Why(ParseWhatsAppServerHello(ByteReader(tests::WhatsAppServerHello(server))));
  };
  EXPECT_EQ(hello({}), "(accepted)");
  EXPECT_EQ(hello({.sealed_static = 0, .payload = 16}), "(accepted)");
  EXPECT_EQ(hello({.payload = 15}), "whatsapp: server hello");
  EXPECT_EQ(hello({.ephemeral = 31}), "whatsapp: server hello");
  EXPECT_EQ(hello({.sealed_static = 32}), "whatsapp: server hello");
}

TEST(WhatsAppDissectorTest, BothHellosAreStrongEvidence) {
  for (const WhatsAppClient& client :
       {WhatsAppClient{}, WhatsAppClient{.routing_info = 4},
        WhatsAppClient{.major = 2, .minor = 1, .sealed_static = 48, .payload = 144}}) {
    const ByteVector start = tests::WhatsAppClientStart(client);
    const ByteVector hello = tests::WhatsAppServerHello({});
    const Answer answer = Dissect(start, hello);
    const auto* facts = Value(answer);
    ASSERT_NE(facts, nullptr) << Why(answer);
    EXPECT_EQ(facts->protocol, Protocol::kWhatsAppNoise);
    EXPECT_EQ(facts->key_exchange, KeyExchange::kNoiseDh);
    EXPECT_EQ(facts->sides, SidesSeen::kBoth);
    EXPECT_EQ(facts->evidence, Evidence::kStrong);
    EXPECT_EQ(facts->name_visibility, NameVisibility::kNotApplicable);
    EXPECT_FALSE(facts->offered_only);
    EXPECT_EQ(Dissect(hello, start), answer) << "roles are told by the bytes";
  }
}

TEST(WhatsAppDissectorTest, EveryCutOfTcpGivesTheSameFacts) {
  const ByteVector start = tests::WhatsAppClientStart({.routing_info = 4});
  const ByteVector hello = tests::WhatsAppServerHello({});
  const Answer whole = Dissect(start, hello);
  for (std::size_t cut = 0; cut < start.size(); ++cut) {
    EXPECT_TRUE(IsNeedMore(Dissect(Bytes(start).first(cut), hello))) << cut;
  }
  for (std::size_t cut = 0; cut < hello.size(); ++cut) {
    EXPECT_TRUE(IsNeedMore(Dissect(start, Bytes(hello).first(cut)))) << cut;
  }
  ByteVector more_start = start, more_hello = hello;
  more_start.insert(more_start.end(), 99, 0xee);
  more_hello.insert(more_hello.end(), 99, 0xee);
  EXPECT_EQ(Dissect(more_start, more_hello), whole);
}

TEST(WhatsAppDissectorTest, OneDirectionIsWeakEvidence) {
  const ByteVector start = tests::WhatsAppClientStart({});
  const ByteVector hello = tests::WhatsAppServerHello({});
  EXPECT_TRUE(IsNeedMore(Dissect(start, {})));
  const Answer client_only = Partial(start, {});
  ASSERT_NE(Value(client_only), nullptr);
  EXPECT_EQ(Value(client_only)->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(Value(client_only)->evidence, Evidence::kWeak);
  EXPECT_EQ(Value(client_only)->key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(Why(Partial({}, hello)), "whatsapp: no client start");
  EXPECT_EQ(Why(Partial(hello, {})), "whatsapp: prologue");
  EXPECT_EQ(Why(Partial({}, {})), "whatsapp: no client start");
}

TEST(WhatsAppDissectorTest, AnotherAnswerLeavesWeakEvidence) {
  const ByteVector start = tests::WhatsAppClientStart({});
  const ByteVector text = FromHex("48 54 54 50 2f 31");
  const Answer answer = Dissect(start, text);
  ASSERT_NE(Value(answer), nullptr);
  EXPECT_EQ(Value(answer)->evidence, Evidence::kWeak);
  EXPECT_EQ(Value(answer)->sides, SidesSeen::kClientOnly);
}

TEST(WhatsAppDissectorTest, TheEncryptionBeforeNoiseIsNeverMoreThanWeak) {
  const Answer answer = Dissect(kBeforeNoise, kServerBeforeNoise);
  ASSERT_NE(Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(Value(answer)->sides, SidesSeen::kBoth);
  EXPECT_EQ(Value(answer)->evidence, Evidence::kWeak);
  EXPECT_EQ(Value(answer)->key_exchange, KeyExchange::kUnknown);
}

}  // namespace
}  // namespace unopened::classify::noise
