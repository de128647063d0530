#include "classify/tls/hello_facts.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Value;
using tests::TlsBytes;
using tests::TlsClientHello;
using tests::TlsServerHello;

// Facts of hellos as built; either may be missing.
HandshakeFacts Facts(const std::optional<TlsClientHello>& client,
                     const std::optional<TlsServerHello>& server, bool quic = false) {
  const TlsBytes client_bytes = client ? client->Message() : TlsBytes{};
  const TlsBytes server_bytes = server ? server->Message() : TlsBytes{};
  const auto client_view = ParseClientHello(ByteReader(client_bytes));
  const auto server_view = ParseServerHello(ByteReader(server_bytes));
  EXPECT_EQ(Value(client_view) != nullptr, client.has_value());
  EXPECT_EQ(Value(server_view) != nullptr, server.has_value());
  return FactsOf(Value(client_view), Value(server_view), {}, quic);
}

std::string_view Contradicts(const TlsClientHello& client, const TlsServerHello& server) {
  const TlsBytes client_bytes = client.Message();
  const TlsBytes server_bytes = server.Message();
  const auto client_view = ParseClientHello(ByteReader(client_bytes));
  const auto server_view = ParseServerHello(ByteReader(server_bytes));
  return Contradiction(*Value(client_view), *Value(server_view));
}

TEST(HelloFactsTest, SayWhatAPostQuantumHandshakeNegotiated) {
  const auto facts = Facts(TlsClientHello::Browser("www.example.org"),
                           TlsServerHello::Tls13(0x11ec, tests::kPqServerShare));
  EXPECT_EQ(facts.protocol, Protocol::kTls);
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_FALSE(facts.offered_only);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kPqHybrid);
  EXPECT_EQ(facts.resumption, Resumption::kNone);
  EXPECT_EQ(facts.early_data, EarlyData::kNone);
  EXPECT_EQ(facts.name_visibility, NameVisibility::kOuterOrGrease);
  EXPECT_EQ(facts.sides, SidesSeen::kBoth);
  EXPECT_EQ(facts.evidence, Evidence::kProof);
  EXPECT_EQ(facts.transient.sni.view(), "www.example.org");
  EXPECT_EQ(facts.transient.alpn.view(), "h2;http/1.1");
  EXPECT_EQ(facts.transient.cipher, 0x1301);
  EXPECT_EQ(facts.transient.group, 0x11ec);
  EXPECT_TRUE(facts.transient.ja3.empty()) << "nobody asked for it";
}

TEST(HelloFactsTest, AnOfferIsNoNegotiation) {
  const auto facts = Facts(TlsClientHello::Browser("www.example.org"), std::nullopt);
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_TRUE(facts.offered_only);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kUnknown);
  EXPECT_EQ(facts.sides, SidesSeen::kClientOnly);
  EXPECT_EQ(facts.evidence, Evidence::kWeak);
  EXPECT_EQ(facts.transient.cipher, 0);
  EXPECT_EQ(facts.transient.group, 0);
}

TEST(HelloFactsTest, AServerAloneSaysWhatItNegotiatedButNoName) {
  const auto facts = Facts(std::nullopt, TlsServerHello::Tls13(0x001d, 32));
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_FALSE(facts.offered_only);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(facts.name_visibility, NameVisibility::kNotApplicable);
  EXPECT_EQ(facts.sides, SidesSeen::kServerOnly);
  EXPECT_EQ(facts.evidence, Evidence::kWeak);
}

TEST(HelloFactsTest, TheVersionIsTheServersChoiceNotTheClientsBest) {
  struct Case {
    const char* name;
    TlsServerHello server;
    Version version;
  };
  const std::vector<Case> cases = {
      {"1.3", TlsServerHello::Tls13(0x001d, 32), Version::kTls13},
      {"a draft of 1.3", TlsServerHello::Tls13(0x001d, 32).SelectedVersion(0x7f1c),
       Version::kTls13},
      {"1.2", TlsServerHello(), Version::kTls12},
      {"1.1", TlsServerHello().LegacyVersion(0x0302), Version::kTls11},
      {"1.0", TlsServerHello().LegacyVersion(0x0301), Version::kTls10},
      {"SSL 3.0", TlsServerHello().LegacyVersion(0x0300), Version::kSsl30},
      {"none we know", TlsServerHello::Tls13(0x001d, 32).SelectedVersion(0x0305), Version::kOther},
  };
  for (const Case& each : cases) {
    const auto facts = Facts(TlsClientHello::Tls13("a.b"), each.server);
    EXPECT_EQ(Name(facts.version), Name(each.version)) << each.name;
  }
}

TEST(HelloFactsTest, TheHighestOfferIgnoresGreaseAndLegacyVersion) {
  const auto offered = [](const TlsClientHello& hello) {
    return Facts(hello, std::nullopt).version;
  };
  EXPECT_EQ(offered(TlsClientHello::Browser("a.b")), Version::kTls13);
  EXPECT_EQ(offered(TlsClientHello::Tls12("a.b")), Version::kTls12);
  EXPECT_EQ(offered(TlsClientHello::Tls13("a.b").SupportedVersions({0xfafa, 0x0303})),
            Version::kTls12);
  EXPECT_EQ(offered(TlsClientHello::Tls12("a.b").LegacyVersion(0x0304)), Version::kTls12)
      << "without supported_versions nothing above 1.2 can be negotiated";
  EXPECT_EQ(offered(TlsClientHello::Tls12("a.b").LegacyVersion(0x0300)), Version::kSsl30);
}

TEST(HelloFactsTest, KeyExchangeFollowsTheServer) {
  struct Case {
    const char* name;
    TlsServerHello server;
    KeyExchange key_exchange;
  };
  const std::vector<Case> cases = {
      {"x25519", TlsServerHello::Tls13(0x001d, 32), KeyExchange::kEcdhe},
      {"ffdhe2048", TlsServerHello::Tls13(0x0100, 256), KeyExchange::kFfdhe},
      {"X25519MLKEM768", TlsServerHello::Tls13(0x11ec, 1120), KeyExchange::kPqHybrid},
      {"MLKEM768", TlsServerHello::Tls13(0x0201, 1088), KeyExchange::kPq},
      {"a PSK and no share", TlsServerHello::Tls13(0x001d, 32).Without(51).PreSharedKey(),
       KeyExchange::kPskOnly},
      {"a PSK and a share", TlsServerHello::Tls13(0x001d, 32).PreSharedKey(), KeyExchange::kEcdhe},
      {"neither", TlsServerHello::Tls13(0x001d, 32).Without(51), KeyExchange::kUnknown},
      {"TLS_RSA 1.2", TlsServerHello().Suite(0x009c), KeyExchange::kStaticRsa},
      {"TLS_DHE_RSA 1.2", TlsServerHello().Suite(0x009e), KeyExchange::kFfdhe},
      {"TLS_ECDHE_RSA 1.2", TlsServerHello().Suite(0xc02f), KeyExchange::kEcdhe},
      {"TLS_DH_anon 1.2", TlsServerHello().Suite(0x00a6), KeyExchange::kDhAnonymous},
  };
  for (const Case& each : cases) {
    const auto facts = Facts(TlsClientHello::Tls13("a.b"), each.server);
    EXPECT_EQ(Name(facts.key_exchange), Name(each.key_exchange)) << each.name;
  }
}

TEST(HelloFactsTest, ASuiteWithoutACipherIsPlaintext) {
  EXPECT_TRUE(Facts(TlsClientHello::Tls12("a.b"), TlsServerHello().Suite(0x003b)).plaintext);
  EXPECT_FALSE(Facts(TlsClientHello::Tls12("a.b"), TlsServerHello().Suite(0x003c)).plaintext);
  EXPECT_FALSE(Facts(TlsClientHello::Tls12("a.b").Suites({0x003b}), std::nullopt).plaintext)
      << "an offer is no negotiation";
}

TEST(HelloFactsTest, ResumptionInTls13IsTheServersAnswerToAPsk) {
  const auto with_psk = TlsClientHello::Tls13("a.b").PreSharedKey();
  const auto answer = TlsServerHello::Tls13(0x001d, 32);
  const auto accepts = TlsServerHello::Tls13(0x001d, 32).PreSharedKey();
  EXPECT_EQ(Facts(with_psk, accepts).resumption, Resumption::kResumed);
  EXPECT_EQ(Facts(with_psk, answer).resumption, Resumption::kNone);
  EXPECT_EQ(Facts(with_psk, std::nullopt).resumption, Resumption::kOffered);
  EXPECT_EQ(Facts(TlsClientHello::Tls13("a.b"), std::nullopt).resumption, Resumption::kNone)
      << "the session id of a TLS 1.3 client is no session";
  EXPECT_EQ(Facts(std::nullopt, accepts).resumption, Resumption::kResumed);
}

TEST(HelloFactsTest, ResumptionUpTo12IsOpenWhereTheServerRepeatsTheSessionId) {
  const TlsBytes id(32, 0x77), other(32, 0x78);
  const auto client = TlsClientHello::Tls12("a.b").SessionId(id);
  EXPECT_EQ(Facts(client, TlsServerHello().SessionId(id)).resumption, Resumption::kUnknown);
  EXPECT_EQ(Facts(client, TlsServerHello().SessionId(other)).resumption, Resumption::kNone);
  EXPECT_EQ(Facts(client, TlsServerHello()).resumption, Resumption::kNone);
  EXPECT_EQ(Facts(client, std::nullopt).resumption, Resumption::kOffered);
  const auto ticket = TlsClientHello::Tls12("a.b").SessionTicket(180);
  EXPECT_EQ(Facts(ticket, TlsServerHello()).resumption, Resumption::kUnknown);
  EXPECT_EQ(Facts(ticket, std::nullopt).resumption, Resumption::kOffered);
  const auto support = TlsClientHello::Tls12("a.b").SessionTicket(0);
  EXPECT_EQ(Facts(support, TlsServerHello()).resumption, Resumption::kNone);
  EXPECT_EQ(Facts(support, std::nullopt).resumption, Resumption::kNone);
  EXPECT_EQ(Facts(std::nullopt, TlsServerHello().SessionId(id)).resumption, Resumption::kUnknown);
}

TEST(HelloFactsTest, EarlyDataIsAnOffer) {
  const auto hello = TlsClientHello::Tls13("a.b").EarlyData().PreSharedKey();
  EXPECT_EQ(Facts(hello, std::nullopt).early_data, EarlyData::kOffered);
  EXPECT_EQ(Facts(hello, TlsServerHello::Tls13(0x001d, 32)).early_data, EarlyData::kOffered);
}

TEST(HelloFactsTest, ReadHostNamesAsNames) {
  struct Case {
    std::string sent;
    std::string_view sni;
    NameVisibility visibility;
  };
  const std::string label63(63, 'a');
  const std::string longest = label63 + "." + label63 + "." + label63 + "." + label63;  // 255
  const std::vector<Case> cases = {
      {"www.example.org", "www.example.org", NameVisibility::kVisible},
      {"WWW.Example.ORG", "www.example.org", NameVisibility::kVisible},
      {"www.example.org.", "www.example.org", NameVisibility::kVisible},
      {"_sip.under_score.example", "_sip.under_score.example", NameVisibility::kVisible},
      {"xn--bcher-kva.example", "xn--bcher-kva.example", NameVisibility::kVisible},
      {"localhost", "localhost", NameVisibility::kVisible},
      {longest, longest, NameVisibility::kVisible},
      {longest + "a", "", NameVisibility::kAbsent},
      {label63 + "a.example", "", NameVisibility::kAbsent},
      {"", "", NameVisibility::kAbsent},
      {".", "", NameVisibility::kAbsent},
      {"a..b", "", NameVisibility::kAbsent},
      {".example.org", "", NameVisibility::kAbsent},
      {"www example.org", "", NameVisibility::kAbsent},
      {"user@example.org", "", NameVisibility::kAbsent},
      {"https://example.org", "", NameVisibility::kAbsent},
      {"b\xc3\xbc"
       "cher.example",
       "", NameVisibility::kAbsent},
      {std::string("a\0b.example", 11), "", NameVisibility::kAbsent},
  };
  for (const Case& each : cases) {
    const auto facts = Facts(TlsClientHello::Tls13("a.b").Sni(each.sent), std::nullopt);
    EXPECT_EQ(facts.transient.sni.view(), each.sni) << each.sent;
    EXPECT_EQ(Name(facts.name_visibility), Name(each.visibility)) << each.sent;
  }
}

TEST(HelloFactsTest, ECHsExtensionIsNoHiddenName) {
  EXPECT_EQ(Facts(TlsClientHello::Tls13("a.b").Ech(), std::nullopt).name_visibility,
            NameVisibility::kOuterOrGrease);
  EXPECT_EQ(Facts(TlsClientHello::Tls13("").Ech(), std::nullopt).name_visibility,
            NameVisibility::kOuterOrGrease);
  EXPECT_EQ(Facts(TlsClientHello::Tls13(""), std::nullopt).name_visibility,
            NameVisibility::kAbsent);
}

TEST(HelloFactsTest, JoinAlpnWithoutGreaseAndUnprintables) {
  const auto joined = [](const std::vector<std::string_view>& names) {
    return std::string(
        Facts(TlsClientHello::Tls13("a.b").Alpn(names), std::nullopt).transient.alpn.view());
  };
  EXPECT_EQ(joined({"h2", "http/1.1"}), "h2;http/1.1");
  EXPECT_EQ(joined({"\x3a\x3a", "h2"}), "h2");
  EXPECT_EQ(joined({"a;b", "\xff\xfe", "h2"}), "h2");
  const std::string name64(64, 'x');
  EXPECT_EQ(joined({name64, std::string(63, 'y')}), name64 + ";" + std::string(63, 'y'));
  const std::string name63(63, 'z');
  const auto facts = Facts(TlsClientHello::Tls13("a.b").Alpn({name64, name64}), std::nullopt);
  EXPECT_TRUE(facts.transient.alpn.empty()) << "half a list is none";
  EXPECT_TRUE(facts.transient.alpn.overflowed());
}

TEST(HelloFactsTest, TheVariantIsWhatEveryOfferedNameStandsFor) {
  struct Case {
    std::vector<std::string_view> offer;
    Variant variant;
  };
  const std::vector<Case> cases = {
      {{"h2"}, Variant::kHttp2},
      {{"http/1.1"}, Variant::kHttp1},
      {{"h2", "http/1.1"}, Variant::kNone},
      {{"\x1a\x1a", "h2"}, Variant::kHttp2},
      {{"dot"}, Variant::kDot},
      {{"apns-security-v3", "apns-pack-v1"}, Variant::kApns},
      {{"apns-pack-v1", "h2"}, Variant::kNone},
      {{"xmpp-client"}, Variant::kXmppClient},
      {{"xmpp-server"}, Variant::kXmppServer},
      {{"smp/1"}, Variant::kSmp},
      {{"mqtt"}, Variant::kMqtt},
      {{"x-amzn-mqtt-ca"}, Variant::kMqtt},
      {{"h3"}, Variant::kNone},
      {{"unheard-of"}, Variant::kNone},
      {{"h2", "unheard-of"}, Variant::kNone},
  };
  for (const Case& each : cases) {
    const auto facts = Facts(TlsClientHello::Tls13("a.b").Alpn(each.offer), std::nullopt);
    EXPECT_EQ(Name(facts.variant), Name(each.variant)) << each.offer[0];
  }
  const auto quic = [](const std::vector<std::string_view>& names) {
    return Facts(TlsClientHello::Tls13("a.b").Alpn(names), std::nullopt, true);
  };
  EXPECT_EQ(quic({"h3"}).variant, Variant::kHttp3);
  EXPECT_EQ(quic({"h3", "h3-29"}).variant, Variant::kHttp3);
  EXPECT_EQ(quic({"doq"}).variant, Variant::kDoq);
  EXPECT_EQ(quic({"h3"}).protocol, Protocol::kQuic);
}

TEST(HelloFactsTest, UpTo12TheServersChoiceOfAlpnDecides) {
  const auto client = TlsClientHello::Tls12("a.b").Alpn({"h2", "http/1.1"});
  const auto selected = Facts(client, TlsServerHello().Alpn("h2"));
  EXPECT_EQ(selected.variant, Variant::kHttp2);
  EXPECT_EQ(selected.transient.alpn_selected.view(), "h2");
  EXPECT_EQ(Facts(TlsClientHello::Tls12("a.b").Alpn({"h2"}), TlsServerHello()).variant,
            Variant::kNone)
      << "the server took none";
}

TEST(ContradictionTest, AnAnswerMustHaveBeenOffered) {
  const auto client = TlsClientHello::Tls13("a.b");
  const auto server = TlsServerHello::Tls13(0x001d, 32);
  EXPECT_EQ(Contradicts(client, server), "");
  EXPECT_EQ(Contradicts(client, TlsServerHello()), "");
  EXPECT_EQ(Contradicts(client, TlsServerHello::Tls13(0x001d, 32).Suite(0x1305)),
            "tls: suite not offered");
  EXPECT_EQ(Contradicts(client, TlsServerHello::Tls13(0x11ec, 1120)), "tls: group not offered");
  EXPECT_EQ(Contradicts(client, TlsServerHello::Tls13(0x001d, 32).SessionId(TlsBytes(32, 1))),
            "tls: session_id echo");
  EXPECT_EQ(Contradicts(TlsClientHello::Tls13("a.b").SupportedVersions({0x0303}), server),
            "tls: version not offered");
  EXPECT_EQ(Contradicts(TlsClientHello::Tls12("a.b").LegacyVersion(0x0302), TlsServerHello()),
            "tls: version not offered");
  EXPECT_EQ(Contradicts(client, TlsServerHello::HelloRetryRequest(0x0017)), "");
}

TEST(ContradictionTest, SuitesOfSsl2sFormAreCompared) {
  const TlsBytes bytes =
      tests::FromHex("801c 01 0301 0003 0000 0010 00002f c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1");
  const auto client = ParseSslv2ClientHello(ByteReader(bytes));
  ASSERT_NE(Value(client), nullptr);
  const auto contradicts = [&](std::uint16_t suite) {
    const TlsBytes message = TlsServerHello().LegacyVersion(0x0301).Suite(suite).Message();
    const auto server = ParseServerHello(ByteReader(message));
    return Contradiction(*Value(client), *Value(server));
  };
  EXPECT_EQ(contradicts(0x002f), "");
  EXPECT_EQ(contradicts(0x0035), "tls: suite not offered");
}

}  // namespace
}  // namespace unopened::classify::tls
