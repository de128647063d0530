// The worked examples of RFC 9001 Appendix A and RFC 9369 Appendix A.
#include <gtest/gtest.h>

#include <vector>

#include "classify/quic/initial_crypto.h"
#include "tests/support/quic_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::quic {
namespace {

using tests::FromHex;
using Octets = std::vector<std::uint8_t>;

const Octets kDestination = FromHex("8394c8f03e515708");

const Octets kClientFrames = FromHex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000041301"
    "13"
    "02010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d001700180010000700"
    "05"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1c"
    "e1"
    "5d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001"
    "00"
    "3900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e515708"
    "06"
    "048000ffff");
const Octets kServerFrames = FromHex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12"
    "00"
    "130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b"
    "00"
    "020304");

struct Vectors {
  const char* name;
  std::uint32_t version;
  const char* initial_secret;
  const char* client_key;
  const char* client_iv;
  const char* client_hp;
  const char* server_key;
  const char* server_iv;
  const char* server_hp;
  const char* client_packet_start;  // the protected header and the first bytes of ciphertext
  const char* client_packet_tag;
  const char* server_packet;
  const char* retry_packet;
};

const Vectors kVectors[] = {
    {"RFC 9001", kVersion1, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44",
     "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
     "9f50449e04a0e810283a1e9933adedd2", "cf3a5331653c364c88f0f379b6067e37",
     "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314",
     "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b",
     "e221af44860018ab0856972e194cd934",
     "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780"
     "b"
     "b38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb1"
     "9"
     "fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
     "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"},
    {"RFC 9369", kVersion2, "2062e8b3cd8d52092614b8071d0aa1fb7c2e3ac193f78b280e72d8f5751f6aba",
     "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
     "45b95e15235d6f45a6b19cbcb0294ba9", "82db637861d55e1d011f19ea71d5d2a7",
     "dd13c276499c0249d3310652", "edf6d05c83121201b436e16877593c3a",
     "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03dceebfa162e75"
     "d6c",
     "a18b2faa745b6fe189cf772a9f84cbfc",
     "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf872"
     "6"
     "3017915358230035f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698"
     "075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140",
     "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6"},
};

template <class Range>
Octets Copy(const Range& range) {
  return Octets(range.begin(), range.end());
}

class RfcVectors : public testing::TestWithParam<Vectors> {
 protected:
  const Vectors& v() const { return GetParam(); }
  const VersionRow& row() const { return kVersions[FindVersion(v().version)]; }
  InitialCrypto crypto_;
};

TEST_P(RfcVectors, KeysDeriveFromTheClientsConnectionId) {
  EXPECT_EQ(Copy(ExtractInitialSecret(row().salt, kDestination)), FromHex(v().initial_secret));
  const InitialKeys client = DeriveInitialKeys(row(), kDestination, Sender::kClient);
  EXPECT_EQ(Copy(client.key), FromHex(v().client_key));
  EXPECT_EQ(Copy(client.iv), FromHex(v().client_iv));
  EXPECT_EQ(Copy(client.hp), FromHex(v().client_hp));
  const InitialKeys server = DeriveInitialKeys(row(), kDestination, Sender::kServer);
  EXPECT_EQ(Copy(server.key), FromHex(v().server_key));
  EXPECT_EQ(Copy(server.iv), FromHex(v().server_iv));
  EXPECT_EQ(Copy(server.hp), FromHex(v().server_hp));
}

TEST_P(RfcVectors, ClientInitialIsSealedAsPrintedAndOpens) {
  const Octets packet = tests::SealInitial({.version = v().version,
                                            .key_id = kDestination,
                                            .destination = kDestination,
                                            .packet_number = 2,
                                            .packet_number_size = 4,
                                            .frames = kClientFrames,
                                            .packet_size = 1200});
  ASSERT_EQ(packet.size(), 1200U);
  const Octets start = FromHex(v().client_packet_start);
  EXPECT_EQ(Octets(packet.begin(), packet.begin() + start.size()), start);
  EXPECT_EQ(Octets(packet.end() - 16, packet.end()), FromHex(v().client_packet_tag));

  base::ByteReader reader(packet);
  const auto header = ReadLongHeader(reader);
  ASSERT_NE(base::Value(header), nullptr);
  EXPECT_EQ(Copy(base::Value(header)->destination), kDestination);
  Octets plaintext(packet.size());
  const auto opened = crypto_.Open(DeriveInitialKeys(row(), kDestination, Sender::kClient),
                                   *base::Value(header), plaintext);
  ASSERT_NE(base::Value(opened), nullptr);
  EXPECT_EQ(base::Value(opened)->packet_number, 2U);
  Octets padded = kClientFrames;
  padded.resize(1162, 0);
  EXPECT_EQ(Copy(base::Value(opened)->frames), padded);
}

TEST_P(RfcVectors, ServerInitialOpensAsPrinted) {
  const Octets packet = FromHex(v().server_packet);
  EXPECT_EQ(tests::SealInitial({.version = v().version,
                                .sender = Sender::kServer,
                                .key_id = kDestination,
                                .source = FromHex("f067a5502a4262b5"),
                                .packet_number = 1,
                                .packet_number_size = 2,
                                .frames = kServerFrames}),
            packet);
  base::ByteReader reader(packet);
  const auto header = ReadLongHeader(reader);
  ASSERT_NE(base::Value(header), nullptr);
  Octets plaintext(packet.size());
  const InitialKeys keys = DeriveInitialKeys(row(), kDestination, Sender::kServer);
  const auto opened = crypto_.Open(keys, *base::Value(header), plaintext);
  ASSERT_NE(base::Value(opened), nullptr);
  EXPECT_EQ(base::Value(opened)->packet_number, 1U);
  EXPECT_EQ(Copy(base::Value(opened)->frames), kServerFrames);
}

TEST_P(RfcVectors, NoBitOfAPacketCanBeFlippedUnnoticed) {
  const Octets packet = FromHex(v().server_packet);
  const InitialKeys keys = DeriveInitialKeys(row(), kDestination, Sender::kServer);
  Octets plaintext(packet.size());
  std::size_t held_against_the_tag = 0;
  for (std::size_t at = 0; at < packet.size(); ++at) {
    Octets bent = packet;
    bent[at] ^= 0x01;
    base::ByteReader reader(bent);
    const auto header = ReadLongHeader(reader);
    const LongHeader* read = base::Value(header);
    if (read == nullptr || read->version == kVersions.size()) continue;  // refused even earlier
    ++held_against_the_tag;
    EXPECT_TRUE(base::IsNotThis(crypto_.Open(keys, *read, plaintext))) << "byte " << at;
  }
  EXPECT_GT(held_against_the_tag, 100U);
}

TEST_P(RfcVectors, RetryTagNamesTheConnectionItAnswers) {
  const Octets packet = FromHex(v().retry_packet);
  base::ByteReader reader(packet);
  const auto header = ReadLongHeader(reader);
  ASSERT_NE(base::Value(header), nullptr);
  ASSERT_EQ(base::Value(header)->type, PacketType::kRetry);
  EXPECT_EQ(Copy(base::Value(header)->token), Octets({'t', 'o', 'k', 'e', 'n'}));
  EXPECT_TRUE(crypto_.RetryAnswers(*base::Value(header), kDestination));
  EXPECT_FALSE(crypto_.RetryAnswers(*base::Value(header), FromHex("8394c8f03e515709")));
}

// draft-ietf-quic-tls-27 and -29, Appendix A.4.
TEST(DraftVectors, RetryTagsAreThoseOfTheirDrafts) {
  InitialCrypto crypto;
  for (const char* printed :
       {"ffff00001b0008f067a5502a4262b5746f6b656ea523cb5ba524695f6569f293a1359d8e",
        "ffff00001d0008f067a5502a4262b5746f6b656ed16926d81f6f9ca2953a8aa4575e1e49"}) {
    const Octets packet = FromHex(printed);
    base::ByteReader reader(packet);
    const auto header = ReadLongHeader(reader);
    ASSERT_NE(base::Value(header), nullptr);
    EXPECT_TRUE(crypto.RetryAnswers(*base::Value(header), kDestination));
    EXPECT_FALSE(crypto.RetryAnswers(*base::Value(header), FromHex("8394c8f03e515709")));
  }
}

INSTANTIATE_TEST_SUITE_P(Appendices, RfcVectors, testing::ValuesIn(kVectors), [](const auto& test) {
  return test.param.version == kVersion1 ? "Rfc9001" : "Rfc9369";
});

}  // namespace
}  // namespace unopened::classify::quic
