#include "classify/tls/server_flight.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "classify/tls/certificate.h"
#include "classify/tls/tls_dissector.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::End;
using base::Value;
using tests::CertificateText;
using tests::Joined;
using tests::TlsBytes;
using tests::TlsClientHello;
using tests::TlsMessage;
using tests::TlsRecords;
using tests::TlsServerHello;

using Answer = base::Parsed<HandshakeFacts>;

Answer Dissect(Bytes client, Bytes server, End end = End::kOpen) {
  FlowView flow;
  flow.client_port = 40000;
  flow.server_port = 443;
  flow.client = ByteReader(client, end);
  flow.server = ByteReader(server, end);
  return TlsDissector().dissect(flow);
}

const CertificateText kText{.common_name = "Common.Example.ORG",
                            .issuer_common_name = "Example CA",
                            .issuer_organisation = "Example Trust",
                            .dns_names = {"WWW.Example.org", "example.org"}};

// ---- names

TransientFacts NamesOf(const CertificateText& text) {
  TransientFacts facts;
  const TlsBytes der = tests::Certificate(text);
  const auto names = ParseCertificateNames(ByteReader(der));
  EXPECT_NE(Value(names), nullptr);
  if (Value(names) != nullptr) KeepNames(*Value(names), facts);
  return facts;
}

TEST(CertificateTest, TheFirstDnsNameIsTheNameElseTheCommonName) {
  EXPECT_EQ(NamesOf(kText).certificate_name.view(), "www.example.org");
  EXPECT_EQ(NamesOf(kText).certificate_issuer.view(), "Example Trust");
  CertificateText bare = kText;
  bare.dns_names.clear();
  bare.issuer_organisation.clear();
  EXPECT_EQ(NamesOf(bare).certificate_name.view(), "common.example.org");
  EXPECT_EQ(NamesOf(bare).certificate_issuer.view(), "Example CA");
}

TEST(CertificateTest, WhatDoesNotFitOrIsNoAsciiIsDroppedWhole) {
  CertificateText text = kText;
  text.dns_names = {std::string(300, 'a')};
  text.issuer_organisation = std::string(129, 'b');
  EXPECT_EQ(NamesOf(text).certificate_name.view(), "");
  EXPECT_EQ(NamesOf(text).certificate_issuer.view(), "");
  text.dns_names = {
      "b\xc3\xbc"
      "cher.example"};
  text.issuer_organisation = "Tr\xc3\xbcst";
  EXPECT_EQ(NamesOf(text).certificate_name.view(), "");
  EXPECT_EQ(NamesOf(text).certificate_issuer.view(), "");
  text = kText;
  text.dns_names.clear();
  text.string_tag = 0x1e;  // BMPString
  EXPECT_EQ(NamesOf(text).certificate_name.view(), "");
}

TEST(CertificateTest, EveryTruncationIsRefusedAndNoBentByteReadsBeyond) {
  const TlsBytes der = tests::Certificate(kText);
  for (std::size_t cut = 0; cut < der.size(); ++cut) {
    EXPECT_TRUE(base::IsNotThis(ParseCertificateNames(ByteReader(Bytes(der).first(cut))))) << cut;
  }
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (const int lie : {0x00, 0x7f, 0x80, 0x82, 0xff}) {
      TlsBytes bent = der;
      bent[at] = static_cast<std::uint8_t>(lie);
      const auto names = ParseCertificateNames(ByteReader(bent));
      EXPECT_FALSE(base::IsNeedMore(names));
    }
  }
}

TEST(CertificateTest, LengthsInAnotherThanTheirShortestFormAreNoDer) {
  const TlsBytes good = tests::Certificate(kText);
  EXPECT_NE(Value(ParseCertificateNames(ByteReader(good))), nullptr);
  const TlsBytes indefinite = Joined({{0x30, 0x80}, good, {0, 0}});
  EXPECT_TRUE(base::IsNotThis(ParseCertificateNames(ByteReader(indefinite))));
  TlsBytes longer = {0x30, 0x83, 0x00};
  longer.insert(longer.end(), good.begin() + 2, good.end());
  EXPECT_TRUE(base::IsNotThis(ParseCertificateNames(ByteReader(longer))));
}

TEST(CertificateTest, ATorLinkIsBothNamesAndNothingElse) {
  const auto looks = [](const CertificateText& text) {
    const TlsBytes der = tests::Certificate(text);
    const auto names = ParseCertificateNames(ByteReader(der));
    return Value(names) != nullptr && LooksLikeTorLink(*Value(names));
  };
  const CertificateText tor{.common_name = "www.g6ghvisevf3ibuu5.net",
                            .issuer_common_name = "www.xkgk7fdx362yyyxib.com"};
  EXPECT_TRUE(looks(tor));
  std::vector<CertificateText> bent(6, tor);
  bent[0].common_name = "www.g6ghvisevf3ibuu5.com";
  bent[1].issuer_common_name = "www.xkgk7fdx362yyyxib.net";
  bent[2].issuer_organisation = "Example Trust";
  bent[3].dns_names = {"www.g6ghvisevf3ibuu5.net"};
  bent[4].common_name = "www.short2.net";
  bent[5].common_name = "www.has-a-hyphen.net";
  for (std::size_t i = 0; i < bent.size(); ++i) EXPECT_FALSE(looks(bent[i])) << i;
}

// ---- groups

TEST(ServerKeyExchangeTest, NamesTheCurveOfEachFormThatHasOne) {
  using tests::TlsHandshakeMessage;
  using tests::Wire;
  const auto point = [](Wire& wire) { wire.U16(0x0017).Prefixed8([](Wire& p) { p.Fill(65, 4); }); };
  Wire anonymous, psk, explicit_curve, finite;
  anonymous.U8(3);
  point(anonymous);
  psk.Prefixed16([](Wire& hint) { hint.Text("hint"); }).U8(3);
  point(psk);
  explicit_curve.U8(1);
  point(explicit_curve);
  for (int i = 0; i < 3; ++i) finite.Prefixed16([](Wire& wire) { wire.Fill(256, 3); });
  struct Case {
    std::string_view name;
    TlsBytes message;
    CipherSuite suite;
    NamedGroup group;
  };
  const std::vector<Case> cases = {
      {"ECDHE", tests::TlsEcdheKeys(0x001d), 0xc02f, 0x001d},
      {"ECDHE of an export or NULL suite", tests::TlsEcdheKeys(0x0018), 0xc010, 0x0018},
      {"anonymous ECDH", TlsHandshakeMessage(12, anonymous.bytes()), 0xc018, 0x0017},
      {"ECDHE_PSK", TlsHandshakeMessage(12, psk.bytes()), 0xc035, 0x0017},
      {"an explicit curve", TlsHandshakeMessage(12, explicit_curve.bytes()), 0xc02f, 0},
      {"DHE", TlsHandshakeMessage(12, finite.bytes()), 0x009e, 0},
      {"DHE_PSK", TlsHandshakeMessage(12, finite.bytes()), 0x0090, 0},
      {"anonymous DH", TlsHandshakeMessage(12, finite.bytes()), 0x0018, 0},
      {"the curve in a suite without one", tests::TlsEcdheKeys(0x001d), 0x009c, 0},
      {"filler", TlsMessage(12, 300), 0xc02f, 0},
      {"nothing", TlsMessage(12, 0), 0xc02f, 0},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(GroupOfServerKeyExchange(ByteReader(each.message), each.suite), each.group)
        << each.name;
  }
}

// ---- flights

struct Flight {
  std::string_view name;
  std::uint16_t suite;
  TlsBytes rest;  // behind the ServerHello
  KeyExchange key_exchange;
  NamedGroup group;
  std::string_view certificate;
};

std::vector<Flight> Flights() {
  const TlsBytes certificates =
      tests::TlsCertificateMessage({tests::Certificate(kText), TlsBytes(900, 0x30)});
  const TlsBytes done = TlsMessage(14, 0);
  return {
      {"ECDHE", 0xc02f, Joined({certificates, tests::TlsEcdheKeys(0x001d), done}),
       KeyExchange::kEcdhe, 0x001d, "www.example.org"},
      {"ECDHE with a certificate's status", 0xc02f,
       Joined({certificates, TlsMessage(22, 471), tests::TlsEcdheKeys(0x0017), done}),
       KeyExchange::kEcdhe, 0x0017, "www.example.org"},
      {"DHE", 0x009e, Joined({certificates, TlsMessage(12, 800), done}), KeyExchange::kFfdhe, 0,
       "www.example.org"},
      {"static RSA", 0x002f, Joined({certificates, done}), KeyExchange::kStaticRsa, 0,
       "www.example.org"},
      {"export", 0x0003, Joined({certificates, TlsMessage(12, 200), done}), KeyExchange::kExport, 0,
       "www.example.org"},
      {"NULL", 0xc010, Joined({certificates, tests::TlsEcdheKeys(0x0017), done}),
       KeyExchange::kNullCipher, 0x0017, "www.example.org"},
      {"anonymous", 0x0018, Joined({TlsMessage(12, 400), done}), KeyExchange::kDhAnonymous, 0, ""},
      {"a bare PSK", 0x00a8, done, KeyExchange::kPskOnly, 0, ""},
      {"a client's certificate asked for, no keys", 0xc02f,
       Joined({certificates, TlsMessage(13, 40), done}), KeyExchange::kEcdhe, 0, "www.example.org"},
      {"no certificate", 0xc02f, done, KeyExchange::kEcdhe, 0, ""},
      {"a certificate of filler", 0xc02f,
       Joined({TlsMessage(11, 900), tests::TlsEcdheKeys(0x001d), done}), KeyExchange::kEcdhe,
       0x001d, ""},
  };
}

TlsBytes ClientOf(const Flight& flight) {
  return TlsRecords(
      TlsClientHello::Tls12("www.example.org").Suites({0x1301, flight.suite}).Message());
}
TlsBytes HelloOf(const Flight& flight) { return TlsServerHello().Suite(flight.suite).Message(); }

TEST(ServerFlightTest, AddsTheCertificatesNamesAndTheGroup) {
  for (const Flight& each : Flights()) {
    const TlsBytes server = TlsRecords(Joined({HelloOf(each), each.rest}));
    const Answer answer = Dissect(ClientOf(each), server);
    const auto* facts = Value(answer);
    ASSERT_NE(facts, nullptr) << each.name;
    EXPECT_EQ(Name(facts->key_exchange), Name(each.key_exchange)) << each.name;
    EXPECT_EQ(facts->transient.group, each.group) << each.name;
    EXPECT_EQ(facts->transient.certificate_name.view(), each.certificate) << each.name;
    EXPECT_EQ(facts->plaintext, each.key_exchange == KeyExchange::kNullCipher) << each.name;
    EXPECT_EQ(facts->evidence, Evidence::kProof) << each.name;
  }
}

TEST(ServerFlightTest, EveryCutAndEveryRecordSizeGivesTheSameFacts) {
  for (const Flight& each : Flights()) {
    const TlsBytes client = ClientOf(each);
    const TlsBytes messages = Joined({HelloOf(each), each.rest});
    const Answer whole = Dissect(client, TlsRecords(messages));
    for (const std::size_t fragment : {std::size_t{16384}, std::size_t{1000}, std::size_t{7}}) {
      const TlsBytes server = TlsRecords(messages, fragment);
      EXPECT_EQ(Dissect(client, server), whole) << each.name << " in records of " << fragment;
      const std::size_t step = fragment < 100 ? 37 : 1;
      for (std::size_t cut = 0; cut < server.size(); cut += step) {
        const Answer early = Dissect(client, Bytes(server).first(cut));
        if (const auto* need = std::get_if<base::NeedMore>(&early)) {
          ASSERT_GT(need->at_least, 0U);
          ASSERT_LE(cut + need->at_least, server.size()) << each.name << " at " << cut;
        } else {
          ASSERT_EQ(early, whole) << each.name << " at " << cut;
        }
      }
    }
  }
}

TEST(ServerFlightTest, WhatDoesNotComeLosesNothingElse) {
  for (const Flight& each : Flights()) {
    const TlsBytes client = ClientOf(each);
    const TlsBytes server = TlsRecords(Joined({HelloOf(each), each.rest}));
    const std::size_t hello = 5 + HelloOf(each).size();
    for (std::size_t cut = hello; cut <= server.size(); ++cut) {
      const Answer last = Dissect(client, Bytes(server).first(cut), End::kFinal);
      const auto* facts = Value(last);
      ASSERT_NE(facts, nullptr) << each.name << " at " << cut;
      EXPECT_EQ(facts->key_exchange, each.key_exchange) << each.name;
      EXPECT_EQ(facts->version, Version::kTls12) << each.name;
      EXPECT_EQ(facts->sides, SidesSeen::kBoth) << each.name;
    }
  }
}

TEST(ServerFlightTest, Tls13IsSettledByItsHelloAlone) {
  const TlsBytes client = TlsRecords(TlsClientHello::Browser("www.example.org").Message());
  const TlsBytes server =
      TlsRecords(TlsServerHello::Tls13(0x11ec, tests::kPqServerShare).Message());
  EXPECT_NE(Value(Dissect(client, server)), nullptr);
}

TEST(ServerFlightTest, OneServerAloneIsReadAsFar) {
  const Flight flight = Flights()[0];
  const TlsBytes server = TlsRecords(Joined({HelloOf(flight), flight.rest}));
  const Answer answer = Dissect({}, server, End::kFinal);
  ASSERT_NE(Value(answer), nullptr);
  EXPECT_EQ(Value(answer)->sides, SidesSeen::kServerOnly);
  EXPECT_EQ(Value(answer)->transient.group, 0x001d);
  EXPECT_EQ(Value(answer)->resumption, Resumption::kNone);
}

TEST(ServerFlightTest, ATorLinkIsAVariantOfWeakEvidence) {
  const TlsBytes names = tests::TlsCertificateMessage({tests::Certificate(
      {.common_name = "www.fcsyvnlemwxv5p.net", .issuer_common_name = "www.gg562izcxdvqdk.com"})});
  const TlsBytes client = TlsRecords(TlsClientHello::Tls12("www.example.org").Message());
  const TlsBytes server =
      TlsRecords(Joined({TlsServerHello().Message(), names, tests::TlsEcdheKeys(0x0017)}));
  const Answer answer = Dissect(client, server);
  ASSERT_NE(Value(answer), nullptr);
  EXPECT_EQ(Name(Value(answer)->variant), Name(Variant::kTor));
  EXPECT_EQ(Value(answer)->evidence, Evidence::kWeak);
}

// A hello that drips in is read a few times, not once a byte: each NeedMore is all that is known to
// lack.
TEST(ServerFlightTest, ADripIsReadAFewTimesHoweverItIsCut) {
  const TlsBytes message = TlsClientHello::Browser("www.example.org").Message();
  for (const std::size_t fragment : {std::size_t{16384}, std::size_t{100}, std::size_t{1}}) {
    const TlsBytes client = TlsRecords(message, fragment);
    std::size_t asked = 0;
    for (std::size_t have = 1; have < client.size();) {
      const Answer answer = Dissect(Bytes(client).first(have), {});
      ASSERT_TRUE(base::IsNeedMore(answer)) << have;
      ++asked;
      have += std::get<base::NeedMore>(answer).at_least;
    }
    EXPECT_LT(asked, 64U) << "records of " << fragment;
  }
}

// Random cuts of both directions, arriving in any order: the answer is the whole's, or a wait.
TEST(ServerFlightTest, RandomManyCutsInAnyOrderGiveTheSameFacts) {
  std::mt19937 random(3);
  for (const Flight& each : Flights()) {
    const TlsBytes client = ClientOf(each);
    const TlsBytes server = TlsRecords(Joined({HelloOf(each), each.rest}), 700);
    const Answer whole = Dissect(client, server);
    for (int round = 0; round < 40; ++round) {
      std::size_t from_client = 0, from_server = 0;
      while (from_client < client.size() || from_server < server.size()) {
        std::size_t& grown = random() % 2 == 0 ? from_client : from_server;
        grown += random() % 400 + 1;
        from_client = std::min(from_client, client.size());
        from_server = std::min(from_server, server.size());
        const Answer answer =
            Dissect(Bytes(client).first(from_client), Bytes(server).first(from_server));
        if (!base::IsNeedMore(answer)) {
          ASSERT_EQ(answer, whole) << each.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace unopened::classify::tls
