// DTLS's form of the hellos that classify/tls reads.
#include <gtest/gtest.h>

#include "classify/fingerprint/ja4.h"
#include "classify/tls/hello_facts.h"
#include "classify/tls/message.h"
#include "tests/support/dtls_builder.h"

namespace unopened::classify::tls {
namespace {

using tests::TlsClientHello;
using tests::TlsServerHello;

tests::TlsBytes Offer(std::uint16_t version) {
  return tests::DtlsClientBody(TlsClientHello::Tls12("a.example").LegacyVersion(version),
                               {1, 2, 3, 4});
}

TEST(DtlsHello, HasACookieBehindItsSessionId) {
  const auto bytes = Offer(kDtls12);
  const auto parsed = ParseDtlsClientHello(base::ByteReader(bytes));
  const ClientHelloView* hello = base::Value(parsed);
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(hello->cookie.size(), 4U);
  EXPECT_EQ(hello->legacy_version, kDtls12);
  const HandshakeFacts facts = FactsOf(hello, nullptr, {}, false);
  EXPECT_EQ(facts.version, Version::kTls12);
  EXPECT_EQ(facts.transient.sni.view(), "a.example");
}

TEST(DtlsHello, IsNoneWithoutTheCookieAndOneOfTlsIsNoneWithIt) {
  const auto tls = TlsClientHello::Tls12("a.example").Message();
  const tests::TlsBytes body(tls.begin() + 4, tls.end());
  EXPECT_TRUE(base::IsNotThis(ParseDtlsClientHello(base::ByteReader(body))));
  const auto wrong_family = Offer(kTls12);
  EXPECT_TRUE(base::IsNotThis(ParseDtlsClientHello(base::ByteReader(wrong_family))));
}

struct VersionCase {
  const char* name;
  std::uint16_t offered;
  std::uint16_t answered;
  Version version;
  bool contradicts;
};
class DtlsVersion : public testing::TestWithParam<VersionCase> {};
TEST_P(DtlsVersion, CountsDown) {
  const auto offer = Offer(GetParam().offered);
  const auto answer = tests::DtlsServerBody(TlsServerHello().LegacyVersion(GetParam().answered));
  const auto client = ParseDtlsClientHello(base::ByteReader(offer));
  const auto server = ParseDtlsServerHello(base::ByteReader(answer));
  ASSERT_NE(base::Value(client), nullptr);
  ASSERT_NE(base::Value(server), nullptr);
  EXPECT_EQ(!Contradiction(*base::Value(client), *base::Value(server)).empty(),
            GetParam().contradicts);
  const auto facts = FactsOf(base::Value(client), base::Value(server), {}, false);
  EXPECT_EQ(facts.version, GetParam().version);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, DtlsVersion,
    testing::Values(VersionCase{"Same", kDtls12, kDtls12, Version::kTls12, false},
                    VersionCase{"Lower", kDtls12, kDtls10, Version::kTls10, false},
                    VersionCase{"Higher", kDtls10, kDtls12, Version::kTls12, true},
                    VersionCase{"BeforeTheStandard", kDtlsPrestandard, kDtlsPrestandard,
                                Version::kOther, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DtlsHello, OfVersion13SaysSoInAnExtensionAndMayRepeatNoSessionId) {
  auto offer = TlsClientHello::Tls13("a.example").LegacyVersion(kDtls12).SessionId({7, 7});
  offer.Without(kSupportedVersions).SupportedVersions({kDtls13, kDtls12});
  const auto client_bytes = tests::DtlsClientBody(offer);
  auto answer = TlsServerHello::Tls13(0x001d, 32).LegacyVersion(kDtls12).SessionId({});
  answer.Without(kSupportedVersions).SelectedVersion(kDtls13);
  const auto server_bytes = tests::DtlsServerBody(answer);
  const auto client = ParseDtlsClientHello(base::ByteReader(client_bytes));
  const auto server = ParseDtlsServerHello(base::ByteReader(server_bytes));
  ASSERT_NE(base::Value(client), nullptr);
  ASSERT_NE(base::Value(server), nullptr);
  EXPECT_EQ(Contradiction(*base::Value(client), *base::Value(server)), "");
  const auto facts = FactsOf(base::Value(client), base::Value(server), {}, false);
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kEcdhe);
  EXPECT_TRUE(fingerprint::Ja4(*base::Value(client), false).view().starts_with("dd3d"));
  // Without the offer the answer contradicts.
  const auto old_bytes = Offer(kDtls12);
  const auto old = ParseDtlsClientHello(base::ByteReader(old_bytes));
  EXPECT_NE(Contradiction(*base::Value(old), *base::Value(server)), "");
}

}  // namespace
}  // namespace unopened::classify::tls
