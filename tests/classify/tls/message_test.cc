#include "classify/tls/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "classify/tls/hello_facts.h"
#include "tests/support/laws.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::End;
using base::IsNeedMore;
using base::IsNotThis;
using base::NotThis;
using base::Parsed;
using base::Value;
using tests::TlsBytes;
using tests::TlsClientHello;
using tests::TlsServerHello;

// Parsers whose answers can be compared: facts in place of views.
Parsed<HandshakeFacts> ClientFacts(ByteReader message) {
  const auto parsed = ParseClientHello(message);
  if (const auto* hello = Value(parsed)) return FactsOf(hello, nullptr, {}, false);
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}

Parsed<HandshakeFacts> ServerFacts(ByteReader message) {
  const auto parsed = ParseServerHello(message);
  if (const auto* hello = Value(parsed)) return FactsOf(nullptr, hello, {}, false);
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}

Parsed<HandshakeFacts> Sslv2Facts(ByteReader stream) {
  const auto parsed = ParseSslv2ClientHello(stream);
  if (const auto* hello = Value(parsed)) return FactsOf(hello, nullptr, {}, false);
  if (const auto* need = std::get_if<base::NeedMore>(&parsed)) return *need;
  return std::get<NotThis>(parsed);
}

std::string_view Text(base::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view Why(const Parsed<HandshakeFacts>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? "(accepted)" : refusal->why;
}

TlsBytes With(TlsBytes bytes, std::size_t at, std::uint8_t value) {
  bytes.at(at) = value;
  return bytes;
}

// SSL 2.0's form of a hello that offers TLS 1.0 (RFC 5246 appendix E.2).
TlsBytes Sslv2Hello() {
  return tests::FromHex(
      "8034 01 0301 001b 0000 0010 000039 000038 000035 000016 000013 00000a 000033 000032 00002f"
      "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1");
}

TEST(ClientHelloTest, KeepsTheLawsOfParsers) {
  for (const auto& hello : {TlsClientHello::Browser("example.org"), TlsClientHello::Tls13("a.b"),
                            TlsClientHello::Tls12("a.b"), TlsClientHello()}) {
    const TlsBytes message = hello.Message();
    tests::CheckPrefixLaw(message, ClientFacts);
    tests::CheckFinalLaw(message, ClientFacts);
    tests::CheckWholeLaw(message, kHandshakeHeaderSize, ClientFacts);
  }
}

TEST(ServerHelloTest, KeepsTheLawsOfParsers) {
  for (const auto& hello :
       {TlsServerHello(), TlsServerHello::Tls13(0x11ec, tests::kPqServerShare),
        TlsServerHello::HelloRetryRequest(0x0017), TlsServerHello().Alpn("h2")}) {
    const TlsBytes message = hello.Message();
    tests::CheckPrefixLaw(message, ServerFacts);
    tests::CheckFinalLaw(message, ServerFacts);
    tests::CheckWholeLaw(message, kHandshakeHeaderSize, ServerFacts);
  }
}

TEST(Sslv2ClientHelloTest, KeepsTheLawsOfParsers) {
  tests::CheckPrefixLaw(Sslv2Hello(), Sslv2Facts);
  tests::CheckFinalLaw(Sslv2Hello(), Sslv2Facts);
  tests::CheckWholeLaw(Sslv2Hello(), 2, Sslv2Facts);
}

TEST(ClientHelloTest, ReadsWhatABrowserOffers) {
  const TlsBytes message = TlsClientHello::Browser("www.example.org").Message();
  const auto parsed = ParseClientHello(ByteReader(message));
  const auto* hello = Value(parsed);
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->session_id.size(), 32U);
  EXPECT_EQ(hello->cipher_suites.size(), 32U);
  EXPECT_EQ(Text(hello->server_name), "www.example.org");
  EXPECT_EQ(Text(hello->alpn), "\x02h2\x08http/1.1");
  EXPECT_EQ(hello->supported_versions.size(), 6U);
  EXPECT_EQ(hello->supported_groups.size(), 10U);
  EXPECT_EQ(hello->signature_algorithms.size(), 16U);
  EXPECT_EQ(hello->key_share.size(), 4U + 1 + 4 + tests::kPqClientShare + 4 + 32);
  EXPECT_TRUE(hello->has_encrypted_client_hello);
  EXPECT_FALSE(hello->has_session_ticket);
  EXPECT_FALSE(hello->has_pre_shared_key);
  EXPECT_FALSE(hello->has_early_data);
}

TEST(ClientHelloTest, ReadsAHelloThatEndsBeforeExtensions) {
  const TlsBytes message = TlsClientHello().LegacyVersion(0x0300).Message();
  const auto parsed = ParseClientHello(ByteReader(message));
  ASSERT_NE(Value(parsed), nullptr);
  EXPECT_TRUE(Value(parsed)->extensions.empty());
}

TEST(ClientHelloTest, TellsATicketFromTheEmptyOfferOfOne) {
  const TlsBytes with = TlsClientHello::Tls12("a.b").SessionTicket(160).Message();
  const TlsBytes empty = TlsClientHello::Tls12("a.b").SessionTicket(0).Message();
  EXPECT_TRUE(Value(ParseClientHello(ByteReader(with)))->has_session_ticket);
  EXPECT_FALSE(Value(ParseClientHello(ByteReader(empty)))->has_session_ticket);
}

// Every refusal beside the hello it was bent from, which is accepted above. Offsets: 4 version, 6
// random, 38 session id, with 32 bytes of it 71 the suites' length.
TEST(ClientHelloTest, RefusesWhatNoClientSends) {
  const TlsBytes good = TlsClientHello::Tls13("a.b").Message();
  struct Case {
    std::string_view name;
    TlsBytes bytes;
    std::string_view why;
  };
  const std::vector<Case> cases = {
      {"a server's hello", With(good, 0, 2), "tls: handshake type"},
      {"a length of 16 MiB", With(good, 1, 0xff), "tls: hello length"},
      {"a length below the fixed fields", {1, 0, 0, 10}, "tls: hello length"},
      {"version 2.3", With(good, 4, 2), "tls: legacy_version"},
      {"a session id of 33 bytes",
       TlsClientHello::Tls13("a.b").SessionId(TlsBytes(33, 0x5e)).Message(), "tls: session_id"},
      {"an odd list of suites", With(good, 72, 21), "tls: cipher_suites"},
      {"no suites", TlsClientHello().Suites({}).Message(), "tls: cipher_suites"},
      {"suites beyond the hello", With(good, 71, 0x40), "tls: client_hello"},
      {"no compression method", With(good, 93, 0), "tls: compression_methods"},
      {"extensions longer than the hello", With(good, 96, 0xff), "tls: extensions"},
      {"nothing wrong", good, "(accepted)"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Why(ClientFacts(ByteReader(each.bytes))), each.why) << each.name;
  }
}

TEST(ClientHelloTest, RefusesAnExtensionThatComesTwice) {
  tests::Wire wire;
  wire.U8(1).Prefixed24([](tests::Wire& body) {
    body.U16(0x0303).Fill(32, 1).U8(0).U16(2).U16(0x1301).U8(1).U8(0);
    body.Prefixed16([](tests::Wire& list) {
      for (const std::string_view host : {"one.example", "two.example"}) {
        list.U16(0).Prefixed16([&](tests::Wire& extension) {
          extension.Prefixed16([&](tests::Wire& names) {
            names.U8(0).Prefixed16([&](tests::Wire& name) { name.Text(host); });
          });
        });
      }
    });
  });
  EXPECT_EQ(Why(ClientFacts(ByteReader(wire.bytes()))), "tls: extension twice");
}

TEST(ClientHelloTest, BoundsTheNumberOfExtensions) {
  const auto with = [](std::size_t count) {
    TlsClientHello hello;
    for (std::size_t i = 0; i < count; ++i) {
      hello.Extension(static_cast<std::uint16_t>(0x4000 + i), {});
    }
    return hello.Message();
  };
  const TlsBytes most = with(kMaxExtensions);
  const TlsBytes more = with(kMaxExtensions + 1);
  EXPECT_EQ(Why(ClientFacts(ByteReader(most))), "(accepted)");
  EXPECT_EQ(Why(ClientFacts(ByteReader(more))), "tls: too many extensions");
}

TEST(ClientHelloTest, TreatsAnExtensionThatIsMalformedInsideAsAbsent) {
  const TlsBytes message = TlsClientHello::Tls13("a.b")
                               .Extension(0, {0x00, 0xff, 0x00})
                               .Extension(10, {0x00, 0x03, 0x00, 0x1d, 0x00})
                               .Extension(16, {0x00, 0x03, 0x09, 'h', '2'})
                               .Extension(43, {0x03, 0x03, 0x04, 0x03})
                               .Message();
  const auto parsed = ParseClientHello(ByteReader(message));
  const auto* hello = Value(parsed);
  ASSERT_NE(hello, nullptr);
  EXPECT_TRUE(hello->server_name.empty());
  EXPECT_TRUE(hello->has_server_name);
  EXPECT_TRUE(hello->supported_groups.empty());
  EXPECT_TRUE(hello->alpn.empty());
  EXPECT_TRUE(hello->supported_versions.empty());
}

TEST(ServerHelloTest, ReadsTheNegotiatedVersionFromTheExtension) {
  const TlsBytes message = TlsServerHello::Tls13(0x11ec, tests::kPqServerShare).Message();
  const auto parsed = ParseServerHello(ByteReader(message));
  const auto* hello = Value(parsed);
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->version(), 0x0304);
  EXPECT_EQ(hello->cipher_suite, 0x1301);
  EXPECT_EQ(hello->group, 0x11ec);
  EXPECT_TRUE(hello->has_key_share);
  EXPECT_FALSE(hello->is_hello_retry_request);
}

TEST(ServerHelloTest, KnowsAHelloRetryRequestByItsRandom) {
  const TlsBytes message = TlsServerHello::HelloRetryRequest(0x0017).Message();
  const auto retry = ParseServerHello(ByteReader(message));
  ASSERT_NE(Value(retry), nullptr);
  EXPECT_TRUE(Value(retry)->is_hello_retry_request);
  EXPECT_EQ(Value(retry)->group, 0x0017);
  const TlsBytes bent = With(message, 6 + 31, 0x9d);
  const auto hello = ParseServerHello(ByteReader(bent));
  ASSERT_NE(Value(hello), nullptr);
  EXPECT_FALSE(Value(hello)->is_hello_retry_request);
}

TEST(ServerHelloTest, ReadsTheShorterHelloOfDraft18) {
  tests::Wire wire;
  wire.U8(2).Prefixed24([](tests::Wire& body) {
    body.U16(0x7f12).Fill(32, 0x5a).U16(0x1301);
    body.Prefixed16([](tests::Wire& list) {
      list.U16(40).Prefixed16([](tests::Wire& share) {
        share.U16(0x001d).Prefixed16([](tests::Wire& key) { key.Fill(32, 0x4b); });
      });
    });
  });
  const auto parsed = ParseServerHello(ByteReader(wire.bytes()));
  ASSERT_NE(Value(parsed), nullptr);
  EXPECT_EQ(Value(parsed)->cipher_suite, 0x1301);
  EXPECT_EQ(Value(parsed)->group, 0x001d);
}

TEST(ServerHelloTest, ReadsTheShorterHelloOfDraft14) {
  tests::Wire wire;
  wire.U8(2).Prefixed24([](tests::Wire& body) {
    body.U16(0x0304).Fill(32, 0x5a).U16(0xc02b);
    body.Prefixed16([](tests::Wire& list) {
      list.U16(40).Prefixed16([](tests::Wire& share) {
        share.U16(0x0017).Prefixed16([](tests::Wire& key) { key.Fill(65, 0x4b); });
      });
    });
  });
  const auto parsed = ParseServerHello(ByteReader(wire.bytes()));
  ASSERT_NE(Value(parsed), nullptr);
  EXPECT_EQ(Value(parsed)->cipher_suite, 0xc02b);
  EXPECT_EQ(Value(parsed)->group, 0x0017);
}

TEST(ServerHelloTest, RefusesWhatNoServerSends) {
  const TlsBytes good = TlsServerHello::Tls13(0x001d, 32).Message();
  EXPECT_EQ(Why(ServerFacts(ByteReader(good))), "(accepted)");
  EXPECT_EQ(Why(ServerFacts(ByteReader(With(good, 0, 1)))), "tls: handshake type");
  EXPECT_EQ(Why(ServerFacts(ByteReader(With(good, 4, 5)))), "tls: legacy_version");
  EXPECT_EQ(Why(ServerFacts(ByteReader(With(good, 38, 0xff)))), "tls: server_hello");
  EXPECT_EQ(Why(ServerFacts(ByteReader(With(good, 38, 33)))), "tls: session_id");
  EXPECT_EQ(Why(ServerFacts(ByteReader(With(good, 75, 0xff)))), "tls: extensions");
}

TEST(Sslv2ClientHelloTest, ReadsSuitesOfThreeBytes) {
  const TlsBytes bytes = Sslv2Hello();
  const auto parsed = ParseSslv2ClientHello(ByteReader(bytes));
  const auto* hello = Value(parsed);
  ASSERT_NE(hello, nullptr);
  EXPECT_TRUE(hello->sslv2_form);
  EXPECT_EQ(hello->legacy_version, 0x0301);
  EXPECT_EQ(hello->cipher_suites.size(), 27U);
}

TEST(Sslv2ClientHelloTest, RefusesWhatDoesNotAddUp) {
  const TlsBytes good = Sslv2Hello();
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(good))), "(accepted)");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 0, 0x16)))), "tls: sslv2 header");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 1, 3)))), "tls: sslv2 length");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 2, 2)))), "tls: sslv2 type");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 3, 0)))), "tls: sslv2 version");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 6, 0x1c)))), "tls: sslv2 lengths");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 8, 16)))), "tls: sslv2 lengths");
  EXPECT_EQ(Why(Sslv2Facts(ByteReader(With(good, 10, 15)))), "tls: sslv2 lengths");
}

}  // namespace
}  // namespace unopened::classify::tls
