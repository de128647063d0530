// Held against the examples in the descriptions of JA3 and JA4.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "classify/fingerprint/digest.h"
#include "classify/fingerprint/ja3.h"
#include "classify/fingerprint/ja4.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::fingerprint {
namespace {

using tests::TlsBytes;
using tests::TlsClientHello;

std::string Ja3Of(const TlsClientHello& hello) {
  const TlsBytes message = hello.Message();
  const auto parsed = tls::ParseClientHello(base::ByteReader(message));
  return std::string(Ja3(*base::Value(parsed)).view());
}

std::string Ja4Of(const TlsClientHello& hello, bool quic = false) {
  const TlsBytes message = hello.Message();
  const auto parsed = tls::ParseClientHello(base::ByteReader(message));
  return std::string(Ja4(*base::Value(parsed), quic).view());
}

// The hello of JA4's description: 15 suites, 16 extensions.
TlsClientHello Described() {
  TlsClientHello hello;
  hello.Suites({0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                0xc014, 0x009c, 0x009d, 0x002f, 0x0035});
  for (const int type : {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                         0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015}) {
    hello.Extension(static_cast<std::uint16_t>(type), {});
  }
  hello.Sni("example.org").Alpn({"h2", "http/1.1"}).SupportedVersions({0x0304, 0x0303});
  hello.SignatureAlgorithms({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601});
  return hello;
}

TEST(DigestTest, AgreesWithRfc1321AndFips180) {
  EXPECT_EQ(Digest(DigestKind::kMd5).Text("message digest").Finish(),
            "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(Digest(DigestKind::kSha256).Text("abc").Finish(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest pieces(DigestKind::kSha256);
  for (int i = 0; i < 1000000; ++i) pieces.Char('a');
  EXPECT_EQ(pieces.Finish(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(DigestTest, WritesNumbers) {
  EXPECT_EQ(Digest(DigestKind::kMd5).Decimal(0).Char(',').Decimal(65535).Finish(),
            Digest(DigestKind::kMd5).Text("0,65535").Finish());
  EXPECT_EQ(Digest(DigestKind::kMd5).Hex16(0x00af).Finish(),
            Digest(DigestKind::kMd5).Text("00af").Finish());
}

TEST(Ja3Test, AgreesWithItsDescription) {
  TlsClientHello hello;
  hello.LegacyVersion(0x0301).Suites({47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4});
  hello.Sni("example.org").SupportedGroups({23, 24, 25}).Extension(11, {0x01, 0x00});
  EXPECT_EQ(Ja3Of(hello), "ada70206e40642a3e4461f35503241d5");
  TlsClientHello bare;
  bare.LegacyVersion(0x0301).Suites({4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99});
  EXPECT_EQ(Ja3Of(bare), "de350869b8c85de67a350c8d186f11e6");
}

TEST(Ja3Test, DoesNotSeeGrease) {
  TlsClientHello with, without;
  with.Suites({0x1a1a, 47}).Extension(0x2a2a, {}).SupportedGroups({0x3a3a, 23});
  without.Suites({47}).SupportedGroups({23});
  EXPECT_EQ(Ja3Of(with), Ja3Of(without));
  without.Suites({47, 53});
  EXPECT_NE(Ja3Of(with), Ja3Of(without));
}

TEST(Ja4Test, AgreesWithItsDescription) {
  EXPECT_EQ(Ja4Of(Described()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(Ja4Of(Described(), true), "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4Test, TheFirstTenCharactersSayWhatIsOffered) {
  const auto first = [](const TlsClientHello& hello) { return Ja4Of(hello).substr(0, 10); };
  struct Case {
    const char* name;
    TlsClientHello hello;
    std::string_view text;
  };
  const std::vector<Case> cases = {
      {"as described", Described(), "t13d1516h2"},
      {"no SNI", Described().Without(0), "t13i1515h2"},
      {"no ALPN", Described().Without(16), "t13d151500"},
      {"an empty ALPN list", Described().Extension(16, {0, 0}), "t13d151600"},
      {"TLS 1.2 at most", Described().SupportedVersions({0x0303}), "t12d1516h2"},
      {"GREASE above it", Described().SupportedVersions({0xdada, 0x0303}), "t12d1516h2"},
      {"no supported_versions", Described().Without(43), "t12d1515h2"},
      {"TLS 1.1", Described().Without(43).LegacyVersion(0x0302), "t11d1515h2"},
      {"TLS 1.0", Described().Without(43).LegacyVersion(0x0301), "t10d1515h2"},
      {"SSL 3.0", Described().Without(43).LegacyVersion(0x0300), "ts3d1515h2"},
      {"GREASE among extensions", Described().Extension(0xfafa, {}), "t13d1516h2"},
      {"first and last character", Described().Alpn({"http/1.1"}), "t13d1516h1"},
      {"one character", Described().Alpn({"x"}), "t13d1516xx"},
      {"not alphanumeric at the end", Described().Alpn({"h2-"}), "t13d15166d"},
      {"not alphanumeric at the start", Described().Alpn({"\xab\xcd"}), "t13d1516ad"},
  };
  for (const Case& each : cases) EXPECT_EQ(first(each.hello), each.text) << each.name;
}

TEST(Ja4Test, CountsEndAt99) {
  TlsClientHello hello;
  for (int i = 0; i < 120; ++i) hello.Extension(static_cast<std::uint16_t>(0x4000 + i), {});
  hello.Suites(std::vector<std::uint16_t>(130, 0x1301));
  EXPECT_EQ(Ja4Of(hello).substr(0, 10), "t12i999900");
}

TEST(Ja4Test, TheOrderSentDoesNotMatter) {
  TlsClientHello one, other;
  one.Suites({0x1301, 0xc02f}).Extension(23, {}).Extension(5, {});
  other.Suites({0xc02f, 0x1301}).Extension(5, {}).Extension(23, {});
  EXPECT_EQ(Ja4Of(one), Ja4Of(other));
  EXPECT_NE(Ja3Of(one), Ja3Of(other));
}

TEST(Ja4Test, EmptyPartsAreZeros) {
  EXPECT_EQ(Ja4Of(TlsClientHello()).substr(11 + 12), "_000000000000");
  EXPECT_EQ(Ja4Of(TlsClientHello().Sni("a.b")).substr(11 + 12), "_000000000000");
  EXPECT_EQ(Ja4Of(TlsClientHello().Suites({0x0a0a})).substr(10, 13), "_000000000000");
}

TEST(Ja4Test, AHelloBeyondItsBoundHasNone) {
  const auto with = [](std::size_t suites) {
    return Ja4Of(TlsClientHello().Suites(std::vector<std::uint16_t>(suites, 0x1301)));
  };
  EXPECT_FALSE(with(kMaxJa4Values).empty());
  EXPECT_TRUE(with(kMaxJa4Values + 1).empty());
}

TEST(FingerprintTest, SslV2sFormHasNone) {
  const TlsBytes bytes =
      tests::FromHex("801c 01 0301 0003 0000 0010 00002f c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1");
  const auto hello = tls::ParseSslv2ClientHello(base::ByteReader(bytes));
  ASSERT_NE(base::Value(hello), nullptr);
  EXPECT_TRUE(Ja3(*base::Value(hello)).empty());
  EXPECT_TRUE(Ja4(*base::Value(hello), false).empty());
}

}  // namespace
}  // namespace unopened::classify::fingerprint
