#include "classify/tls/cipher_suites.h"

#include <gtest/gtest.h>

#include <vector>

namespace unopened::classify::tls {
namespace {

TEST(CipherSuitesTest, NamesTheKeyExchangeOfEachKind) {
  struct Case {
    CipherSuite suite;
    KeyExchange key_exchange;
    const char* name;
  };
  const std::vector<Case> cases = {
      {0x0000, KeyExchange::kNullCipher, "TLS_NULL_WITH_NULL_NULL"},
      {0x0003, KeyExchange::kExport, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
      {0x000a, KeyExchange::kStaticRsa, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
      {0x000d, KeyExchange::kUnknown, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA"},
      {0x0016, KeyExchange::kFfdhe, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
      {0x0018, KeyExchange::kDhAnonymous, "TLS_DH_anon_WITH_RC4_128_MD5"},
      {0x001e, KeyExchange::kUnknown, "TLS_KRB5_WITH_DES_CBC_SHA"},
      {0x002c, KeyExchange::kNullCipher, "TLS_PSK_WITH_NULL_SHA"},
      {0x002f, KeyExchange::kStaticRsa, "TLS_RSA_WITH_AES_128_CBC_SHA"},
      {0x0033, KeyExchange::kFfdhe, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
      {0x0090, KeyExchange::kPskDhe, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA"},
      {0x0094, KeyExchange::kStaticRsa, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA"},
      {0x009c, KeyExchange::kStaticRsa, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
      {0x009e, KeyExchange::kFfdhe, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
      {0x00ff, KeyExchange::kUnknown, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
      {0x1301, KeyExchange::kUnknown, "TLS_AES_128_GCM_SHA256"},
      {0xc004, KeyExchange::kUnknown, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA"},
      {0xc009, KeyExchange::kEcdhe, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
      {0xc018, KeyExchange::kDhAnonymous, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"},
      {0xc02d, KeyExchange::kUnknown, "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"},
      {0xc02f, KeyExchange::kEcdhe, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
      {0xc035, KeyExchange::kPskDhe, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"},
      {0xc09d, KeyExchange::kStaticRsa, "TLS_RSA_WITH_AES_256_CCM"},
      {0xcca8, KeyExchange::kEcdhe, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
      {0xccaa, KeyExchange::kFfdhe, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
      {0xccae, KeyExchange::kStaticRsa, "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256"},
      {0x8a8a, KeyExchange::kUnknown, "GREASE"},
      {0xffff, KeyExchange::kUnknown, "unassigned"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Name(KeyExchangeOf(each.suite)), Name(each.key_exchange)) << each.name;
  }
}

TEST(CipherSuitesTest, KnowsTheSuitesThatDoNotEncrypt) {
  for (const int suite : {0x0000, 0x0001, 0x002c, 0x003b, 0xc006, 0xc010, 0xc0b4}) {
    EXPECT_TRUE(IsNullCipher(static_cast<CipherSuite>(suite))) << suite;
  }
  for (const int suite : {0x0003, 0x002f, 0x1301, 0xc02f, 0xcca8}) {
    EXPECT_FALSE(IsNullCipher(static_cast<CipherSuite>(suite))) << suite;
  }
}

TEST(CipherSuitesTest, HowKeysAreAgreedIsToldWhateverTheCipher) {
  EXPECT_EQ(AgreementOf(0x0003), KeyExchange::kStaticRsa);
  EXPECT_EQ(AgreementOf(0x0014), KeyExchange::kFfdhe);
  EXPECT_EQ(AgreementOf(0x002c), KeyExchange::kPskOnly);
  EXPECT_EQ(AgreementOf(0xc010), KeyExchange::kEcdhe);
}

TEST(CipherSuitesTest, ExportSuitesAreTheirOwnKind) {
  for (const int suite : {0x0003, 0x0006, 0x000b, 0x0014, 0x0019, 0x002b, 0x0062, 0x0065}) {
    EXPECT_TRUE(IsExport(static_cast<CipherSuite>(suite))) << suite;
    EXPECT_EQ(KeyExchangeOf(static_cast<CipherSuite>(suite)), KeyExchange::kExport) << suite;
  }
  for (const int suite : {0x0002, 0x0004, 0x000a, 0x001a, 0x0025, 0x002c, 0x0066, 0xc02f}) {
    EXPECT_FALSE(IsExport(static_cast<CipherSuite>(suite))) << suite;
  }
}

TEST(CipherSuitesTest, TellsTheGroupsOfTls13Apart) {
  EXPECT_EQ(KeyExchangeOfGroup(0x001d), KeyExchange::kEcdhe);
  EXPECT_EQ(KeyExchangeOfGroup(0x0017), KeyExchange::kEcdhe);
  EXPECT_EQ(KeyExchangeOfGroup(0x0029), KeyExchange::kEcdhe);
  EXPECT_EQ(KeyExchangeOfGroup(0x0100), KeyExchange::kFfdhe);
  EXPECT_EQ(KeyExchangeOfGroup(0x0104), KeyExchange::kFfdhe);
  EXPECT_EQ(KeyExchangeOfGroup(0x0105), KeyExchange::kUnknown);
  EXPECT_EQ(KeyExchangeOfGroup(0x7a7a), KeyExchange::kUnknown);
  for (const int group : {0x0200, 0x0201, 0x0202}) {
    EXPECT_EQ(KeyExchangeOfGroup(static_cast<NamedGroup>(group)), KeyExchange::kPq);
  }
  for (const int group : {0x11eb, 0x11ec, 0x11ed, 0x6399}) {
    EXPECT_EQ(KeyExchangeOfGroup(static_cast<NamedGroup>(group)), KeyExchange::kPqHybrid);
  }
}

}  // namespace
}  // namespace unopened::classify::tls
