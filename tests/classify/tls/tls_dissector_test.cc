#include "classify/tls/tls_dissector.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "classify/tls/message.h"
#include "classify/tls/record.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::End;
using base::IsNeedMore;
using base::NotThis;
using base::Value;
using tests::Joined;
using tests::TlsBytes;
using tests::TlsClientHello;
using tests::TlsMessage;
using tests::TlsRecords;
using tests::TlsServerHello;

using Answer = base::Parsed<HandshakeFacts>;

FlowView FlowOf(Bytes client, Bytes server, End client_end = End::kOpen,
                End server_end = End::kOpen) {
  FlowView flow;
  flow.client_port = 40000;
  flow.server_port = 443;
  flow.client = ByteReader(client, client_end);
  flow.server = ByteReader(server, server_end);
  return flow;
}

Answer Dissect(Bytes client, Bytes server, End client_end = End::kOpen,
               End server_end = End::kOpen) {
  return TlsDissector().dissect(FlowOf(client, server, client_end, server_end));
}

Answer Partial(Bytes client, Bytes server) {
  return TlsDissector().partial(FlowOf(client, server, End::kFinal, End::kFinal));
}

std::string_view Why(const Answer& answer) {
  if (IsNeedMore(answer)) return "(need more)";
  const auto* refusal = std::get_if<NotThis>(&answer);
  return refusal == nullptr ? "(accepted)" : refusal->why;
}

Bytes First(const TlsBytes& bytes, std::size_t count) { return Bytes(bytes).first(count); }

// Handshakes of each kind, both directions as on the wire.
struct Exchange {
  std::string_view name;
  TlsBytes client;
  TlsBytes server;
};

std::vector<Exchange> Exchanges() {
  const TlsBytes id(32, 0x77);
  const TlsBytes browser = TlsClientHello::Browser("www.example.org").Message();
  const TlsBytes first13 = TlsClientHello::Tls13("www.example.org").Message();
  const TlsBytes second13 =
      TlsClientHello::Tls13("www.example.org").KeyShares({{0x0017, 65}}).Message();
  const TlsBytes hello12 = TlsClientHello::Tls12("www.example.org").SessionId(id).Message();
  return {
      {"post-quantum 1.3", TlsRecords(browser, 1 << 14, 0x0301),
       Joined({TlsRecords(TlsServerHello::Tls13(0x11ec, tests::kPqServerShare).Message()),
               tests::TlsChangeCipherSpec()})},
      {"1.3 after a HelloRetryRequest",
       Joined({TlsRecords(first13), tests::TlsChangeCipherSpec(), TlsRecords(second13)}),
       Joined({TlsRecords(TlsServerHello::HelloRetryRequest(0x0017).Message()),
               tests::TlsChangeCipherSpec(),
               TlsRecords(TlsServerHello::Tls13(0x0017, 65).Message())})},
      {"1.2, all in one record", TlsRecords(hello12),
       TlsRecords(Joined(
           {TlsServerHello().Alpn("h2").Message(), TlsMessage(11, 900), TlsMessage(14, 0)}))},
      {"1.2 resumed", TlsRecords(hello12),
       Joined(
           {TlsRecords(TlsServerHello().SessionId(id).Message()), tests::TlsChangeCipherSpec()})},
      {"1.0 without extensions",
       TlsRecords(TlsClientHello().LegacyVersion(0x0301).Message(), 1 << 14, 0x0301),
       TlsRecords(Joined({TlsServerHello().LegacyVersion(0x0301).Suite(0x002f).Message(),
                          TlsMessage(11, 700), TlsMessage(14, 0)}))},
      {"a warning before the hello", TlsRecords(hello12),
       Joined({tests::TlsAlert(1, 112), TlsRecords(TlsServerHello().Message()),
               TlsRecords(Joined({TlsMessage(11, 900), TlsMessage(12, 300)}))})},
  };
}

TEST(TlsDissectorTest, ReadsBothHellosAsProof) {
  for (const Exchange& each : Exchanges()) {
    const Answer answer = Dissect(each.client, each.server);
    const auto* facts = Value(answer);
    ASSERT_NE(facts, nullptr) << each.name << ": " << Why(answer);
    EXPECT_EQ(facts->protocol, Protocol::kTls) << each.name;
    EXPECT_EQ(facts->sides, SidesSeen::kBoth) << each.name;
    EXPECT_EQ(facts->evidence, Evidence::kProof) << each.name;
    EXPECT_FALSE(facts->offered_only) << each.name;
  }
}

// What TCP does to the bytes: each direction is cut at any byte, the rest arrives later, and the
// other side's bytes before it or after it.
TEST(TlsDissectorTest, GivesTheSameFactsForEveryCutOfTcp) {
  for (const Exchange& each : Exchanges()) {
    const Answer whole = Dissect(each.client, each.server);
    ASSERT_NE(Value(whole), nullptr) << each.name;
    for (std::size_t cut = 0; cut < each.client.size(); ++cut) {
      const Answer early = Dissect(First(each.client, cut), each.server);
      if (Value(early) == nullptr) {
        const auto* need = std::get_if<base::NeedMore>(&early);
        ASSERT_NE(need, nullptr) << each.name << ", client cut at " << cut << ": " << Why(early);
        EXPECT_GT(need->at_least, 0U);
        EXPECT_LE(cut + need->at_least, each.client.size()) << each.name << " at " << cut;
      } else {
        EXPECT_EQ(early, whole) << each.name << ", client cut at " << cut;
      }
    }
    for (std::size_t cut = 0; cut < each.server.size(); ++cut) {
      const Answer early = Dissect(each.client, First(each.server, cut));
      if (Value(early) == nullptr) {
        const auto* need = std::get_if<base::NeedMore>(&early);
        ASSERT_NE(need, nullptr) << each.name << ", server cut at " << cut << ": " << Why(early);
        EXPECT_GT(need->at_least, 0U);
        EXPECT_LE(cut + need->at_least, each.server.size()) << each.name << " at " << cut;
      } else {
        EXPECT_EQ(early, whole) << each.name << ", server cut at " << cut;
      }
    }
  }
}

TEST(TlsDissectorTest, GivesTheSameFactsForEverySplitOverRecords) {
  for (const auto& client : {TlsClientHello::Browser("www.example.org"),
                             TlsClientHello::Tls13("www.example.org").Ech()}) {
    const TlsBytes message = client.Message();
    const TlsBytes answer = TlsServerHello::Tls13(0x001d, 32).Message();
    const Answer whole = Dissect(TlsRecords(message), TlsRecords(answer));
    ASSERT_NE(Value(whole), nullptr);
    for (std::size_t fragment = 1; fragment <= message.size(); ++fragment) {
      const TlsBytes split_client = TlsRecords(message, fragment);
      const TlsBytes split_server = TlsRecords(answer, fragment);
      EXPECT_EQ(Dissect(split_client, split_server), whole) << fragment;
    }
  }
}

TEST(TlsDissectorTest, LaterBytesChangeNothing) {
  for (const Exchange& each : Exchanges()) {
    const Answer whole = Dissect(each.client, each.server);
    for (const int filler : {0x00, 0x15, 0x16, 0xff}) {
      const TlsBytes more(300, static_cast<std::uint8_t>(filler));
      EXPECT_EQ(Dissect(Joined({each.client, more}), Joined({each.server, more})), whole)
          << each.name;
    }
  }
}

TEST(TlsDissectorTest, ARetriedHandshakeIsOneAndKeepsItsEarlyFacts) {
  TlsClientHello first = TlsClientHello::Tls13("first.example").EarlyData();
  TlsClientHello second = TlsClientHello::Tls13("second.example").KeyShares({{0x0017, 65}});
  const TlsBytes client = Joined({TlsRecords(first.Message()), TlsRecords(second.Message())});
  const TlsBytes retry = TlsRecords(TlsServerHello::HelloRetryRequest(0x0017).Message());
  EXPECT_TRUE(IsNeedMore(Dissect(client, retry))) << "a retry negotiates nothing";
  const TlsBytes server = Joined({retry, TlsRecords(TlsServerHello::Tls13(0x0017, 65).Message())});
  const Answer answer = Dissect(client, server);
  ASSERT_NE(Value(answer), nullptr);
  EXPECT_EQ(Value(answer)->transient.sni.view(), "first.example");
  EXPECT_EQ(Value(answer)->early_data, EarlyData::kOffered);
  EXPECT_EQ(Value(answer)->transient.group, 0x0017);
  const Answer partial = Partial(client, retry);
  ASSERT_NE(Value(partial), nullptr);
  EXPECT_EQ(Value(partial)->sides, SidesSeen::kClientOnly);
  const TlsBytes again = Joined({retry, retry});
  ASSERT_NE(Value(Dissect(client, again)), nullptr);
  EXPECT_TRUE(Value(Dissect(client, again))->offered_only);
}

TEST(TlsDissectorTest, WhatFollowsTheHelloTellsAResumedSession) {
  const TlsBytes id(32, 0x77);
  const TlsBytes client = TlsRecords(TlsClientHello::Tls12("a.b").SessionId(id).Message());
  const TlsBytes hello = TlsServerHello().SessionId(id).Message();
  struct Case {
    std::string_view name;
    TlsBytes server;
    Resumption resumption;
  };
  const std::vector<Case> cases = {
      {"change_cipher_spec", Joined({TlsRecords(hello), tests::TlsChangeCipherSpec()}),
       Resumption::kResumed},
      {"a new ticket", TlsRecords(Joined({hello, TlsMessage(4, 180)})), Resumption::kResumed},
      {"a certificate", TlsRecords(Joined({hello, TlsMessage(11, 900), TlsMessage(14, 0)})),
       Resumption::kNone},
      {"an alert", Joined({TlsRecords(hello), tests::TlsAlert(2, 40)}), Resumption::kUnknown},
  };
  EXPECT_TRUE(IsNeedMore(Dissect(client, TlsRecords(hello))));
  for (const Case& each : cases) {
    const Answer answer = Dissect(client, each.server);
    ASSERT_NE(Value(answer), nullptr) << each.name;
    EXPECT_EQ(Name(Value(answer)->resumption), Name(each.resumption)) << each.name;
  }
  const Answer last = Dissect(client, TlsRecords(hello), End::kOpen, End::kFinal);
  ASSERT_NE(Value(last), nullptr);
  EXPECT_EQ(Value(last)->resumption, Resumption::kUnknown);
  EXPECT_EQ(Value(last)->evidence, Evidence::kProof);
}

TEST(TlsDissectorTest, OneSideWaitsForTheOtherWhileItMayCome) {
  const TlsBytes client = TlsRecords(TlsClientHello::Browser("www.example.org").Message());
  const TlsBytes server = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Message());
  EXPECT_TRUE(IsNeedMore(Dissect(client, {})));
  EXPECT_TRUE(IsNeedMore(Dissect({}, server)));
  EXPECT_TRUE(IsNeedMore(Dissect({}, {})));

  const Answer client_only = Dissect(client, {}, End::kOpen, End::kFinal);
  ASSERT_NE(Value(client_only), nullptr);
  EXPECT_EQ(Value(client_only)->sides, SidesSeen::kClientOnly);
  EXPECT_TRUE(Value(client_only)->offered_only);
  EXPECT_EQ(Value(client_only)->evidence, Evidence::kWeak);
  EXPECT_EQ(Partial(client, {}), client_only);

  const Answer server_only = Dissect({}, server, End::kFinal, End::kOpen);
  ASSERT_NE(Value(server_only), nullptr);
  EXPECT_EQ(Value(server_only)->sides, SidesSeen::kServerOnly);
  EXPECT_EQ(Value(server_only)->key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(Value(server_only)->evidence, Evidence::kWeak);
  EXPECT_EQ(Partial({}, server), server_only);
  EXPECT_EQ(Partial(First(client, 100), server), server_only) << "half a hello says nothing";
  EXPECT_EQ(Partial(client, First(server, 20)), client_only);
  EXPECT_EQ(Why(Partial({}, {})), "tls: no hello");
  EXPECT_EQ(Why(Partial(First(client, 100), {})), "tls: no hello");
}

TEST(TlsDissectorTest, AServerThatDeclinesLeavesAnOffer) {
  const TlsBytes client = TlsRecords(TlsClientHello::Browser("www.example.org").Message());
  struct Case {
    std::string_view name;
    TlsBytes server;
  };
  const std::vector<Case> cases = {
      {"a fatal alert", tests::TlsAlert(2, 40)},
      {"text", TlsBytes{'H', 'T', 'T', 'P', '/', '1', '.', '1'}},
      {"an encrypted record", tests::TlsRecord(23, TlsBytes(100, 7))},
      {"a warning and text", Joined({tests::TlsAlert(1, 112), {'o', 'k'}})},
  };
  for (const Case& each : cases) {
    const Answer answer = Dissect(client, each.server);
    ASSERT_NE(Value(answer), nullptr) << each.name << ": " << Why(answer);
    EXPECT_TRUE(Value(answer)->offered_only) << each.name;
    EXPECT_EQ(Value(answer)->sides, SidesSeen::kClientOnly) << each.name;
    EXPECT_EQ(Value(answer)->key_exchange, KeyExchange::kUnknown) << each.name;
  }
}

TEST(TlsDissectorTest, WhichSideCameFirstDecidesNothing) {
  const TlsBytes client = TlsRecords(TlsClientHello::Browser("www.example.org").Message());
  const TlsBytes text = {'2', '2', '0', ' '};
  EXPECT_TRUE(IsNeedMore(Dissect({}, text))) << "a ClientHello may still come";
  EXPECT_EQ(Dissect(client, text), Dissect(client, text, End::kFinal, End::kFinal));
  EXPECT_EQ(Why(Partial({}, text)), "tls: record type");
}

TEST(TlsDissectorTest, ReadsSwappedRolesAsMeant) {
  for (const Exchange& each : Exchanges()) {
    const Answer straight = Dissect(each.client, each.server);
    EXPECT_EQ(Dissect(each.server, each.client), straight) << each.name;
  }
  const TlsBytes server = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Message());
  const TlsBytes client = TlsRecords(TlsClientHello::Tls13("a.b").Message());
  EXPECT_EQ(Value(Partial(server, {}))->sides, SidesSeen::kServerOnly);
  EXPECT_EQ(Value(Partial({}, client))->sides, SidesSeen::kClientOnly);
}

TEST(TlsDissectorTest, DotIsThePortOfTheServer) {
  const TlsBytes client = TlsRecords(TlsClientHello::Tls13("a.b").Message());
  const TlsBytes server = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Message());
  FlowView flow = FlowOf(client, server);
  EXPECT_EQ(Value(TlsDissector().dissect(flow))->variant, Variant::kNone);
  flow.server_port = 853;
  EXPECT_EQ(Value(TlsDissector().dissect(flow))->variant, Variant::kDot);
  FlowView swapped = FlowOf(server, client);
  swapped.server_port = 853;
  EXPECT_EQ(Value(TlsDissector().dissect(swapped))->variant, Variant::kNone);
  swapped.client_port = 853;
  EXPECT_EQ(Value(TlsDissector().dissect(swapped))->variant, Variant::kDot);
}

TEST(TlsDissectorTest, APortNamesAVariantOnlyWhereAlpnDoesNot) {
  const TlsBytes plain = TlsRecords(TlsClientHello::Tls13("a.b").Message());
  const TlsBytes named = TlsRecords(TlsClientHello::Tls13("a.b").Alpn({"h2"}).Message());
  const TlsBytes server = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Message());
  struct Case {
    std::uint16_t port;
    Variant variant;
  };
  const std::vector<Case> cases = {
      {465, Variant::kSmtps}, {993, Variant::kImaps}, {995, Variant::kPop3s},
      {990, Variant::kFtps},  {636, Variant::kLdaps}, {3269, Variant::kLdaps},
      {6697, Variant::kIrcs}, {563, Variant::kNntps}, {5061, Variant::kSips},
      {8883, Variant::kMqtt}, {443, Variant::kNone},  {5223, Variant::kNone},
      {9001, Variant::kNone},
  };
  for (const Case& each : cases) {
    FlowView flow = FlowOf(plain, server);
    flow.server_port = each.port;
    EXPECT_EQ(Name(Value(TlsDissector().dissect(flow))->variant), Name(each.variant)) << each.port;
    flow.client = ByteReader(named, End::kOpen);
    EXPECT_EQ(Name(Value(TlsDissector().dissect(flow))->variant), "http2") << each.port;
  }
}

TEST(TlsDissectorTest, ReadsAHelloInSslv2sForm) {
  const TlsBytes client =
      tests::FromHex("801f 01 0301 0006 0000 0010 00002f 000035 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1");
  const TlsBytes server = TlsRecords(Joined(
      {TlsServerHello().LegacyVersion(0x0301).Suite(0x0035).Message(), TlsMessage(11, 700)}));
  const Answer answer = Dissect(client, server);
  ASSERT_NE(Value(answer), nullptr) << Why(answer);
  EXPECT_EQ(Value(answer)->version, Version::kTls10);
  EXPECT_EQ(Value(answer)->key_exchange, KeyExchange::kStaticRsa);
  EXPECT_EQ(Value(answer)->name_visibility, NameVisibility::kAbsent);
}

TEST(TlsDissectorTest, HellosThatContradictEachOtherAreNoHandshake) {
  const TlsBytes client = TlsRecords(TlsClientHello::Tls13("a.b").Message());
  const TlsBytes good = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Message());
  const TlsBytes suite = TlsRecords(TlsServerHello::Tls13(0x001d, 32).Suite(0x1304).Message());
  EXPECT_EQ(Why(Dissect(client, good)), "(accepted)");
  EXPECT_EQ(Why(Dissect(client, suite)), "tls: suite not offered");
  EXPECT_EQ(Why(Dissect(client, client)), "tls: two client hellos");
  EXPECT_EQ(Why(Dissect(good, good)), "tls: no client hello");
}

TEST(TlsDissectorTest, OtherFirstBytesAreRefusedAtOnce) {
  struct Case {
    std::string_view name;
    std::string_view hex;
    std::string_view why;
  };
  const std::vector<Case> cases = {
      {"HTTP", "47", "tls: record type"},
      {"SSH", "53", "tls: record type"},
      {"the WhatsApp prologue", "57 41 06 03", "tls: record type"},
      {"random with bit 7 set", "80 40 99", "tls: sslv2 type"},
      {"random with bit 7 set", "e1 0c 99", "tls: sslv2 length"},
      {"a record of version 2", "16 02", "tls: record version"},
      {"application data", "17 03 03 00 20", "tls: no hello first"},
      {"change_cipher_spec", "14 03 03 00 01", "tls: no hello first"},
      {"a finished message", "16 03 03 00 28 14", "tls: no hello first"},
      {"a hello of no length", "16 03 01 00 04 01 00 00 00", "tls: hello length"},
      {"a hello longer than any", "16 03 01 40 00 01 00 40 00", "tls: message too long"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Why(Dissect(tests::FromHex(each.hex), {})), each.why) << each.name;
  }
}

}  // namespace
}  // namespace unopened::classify::tls
