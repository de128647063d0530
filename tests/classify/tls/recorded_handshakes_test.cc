// Handshakes recorded on loopback between OpenSSL 3.0.22's s_client and s_server with a throwaway
// key; what is shown is the records up to the server's hello (and the next), nothing sealed.
#include <gtest/gtest.h>

#include <string_view>

#include "classify/tls/tls_dissector.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::End;
using base::Value;
using tests::FromHex;
using tests::TlsBytes;

constexpr std::string_view kRetryClient =
    "160301012a010001260303830d61bb5e730e330551b0d2afb9305ea60365481a714ab98a976bf1797758df20"
    "0157856adfe0432a58062709102dc5975b82603000a47aec02d9c78388e63ba6003e130213031301c02cc030"
    "009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d"
    "003c0035002f00ff0100009f00000012001000000d72657472792e6578616d706c65000b000403000102000a"
    "00060004001d0018002300000016000000170000000d002a0028040305030603080708080809080a080b0804"
    "08050806040105010601030303010302040205020602002b0009080304030303020301002d00020101003300"
    "260024001d002062ca472c99e65ca91652960de25a43bc7a90898c5502401b49ed81d22220e1391403030001"
    "01160303016b010001670303830d61bb5e730e330551b0d2afb9305ea60365481a714ab98a976bf1797758df"
    "200157856adfe0432a58062709102dc5975b82603000a47aec02d9c78388e63ba6003e130213031301c02cc0"
    "30009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c00"
    "3d003c0035002f00ff010000e000000012001000000d72657472792e6578616d706c65000b00040300010200"
    "0a00060004001d0018002300000016000000170000000d002a0028040305030603080708080809080a080b08"
    "0408050806040105010601030303010302040205020602002b0009080304030303020301002d000201010033"
    "006700650018006104525c3a8f058a986ee65610cd6e7bb8f39aebe4ba7567cb72a63dd27e11a08305b2aeb9"
    "bc166be15dbad5c558e2141c506f016e80758f2f3d87cce328fa12df1dc043e491bd00cf390abc3e44d63a7c"
    "0e9447bd8ee032e1be54ff135c8bf6c7a9";
constexpr std::string_view kRetryServer =
    "1603030058020000540303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c20"
    "0157856adfe0432a58062709102dc5975b82603000a47aec02d9c78388e63ba6130200000c002b0002030400"
    "330002001814030300010116030300bb020000b70303f036546c3a855abef2d0b211d6a03a962642e091c48d"
    "063a9ab36e35dac76628200157856adfe0432a58062709102dc5975b82603000a47aec02d9c78388e63ba613"
    "0200006f002b0002030400330065001800610436706825b0d8cba4ecb9d6b169b0b42930b76d5bad915fcff4"
    "e0717ddc0d65bb7fc0e2860c9487c1a3b09fbaa49462a14c469d9ae2a1752340d3ab799cb14780bd02c05e62"
    "381d590b5794255bfa4cffda05720be05e5bec49f972943216343c";
constexpr std::string_view kTicketClient =
    "16030101ec010001e803035dfdfab5337454e7d80db1a8bfcca2638f5af3910bf4ef5a61a84ff04f804a1020"
    "7ea0062deda461a3b01eca48b2ee3dd12d3449529768afdd5ff96f8874585a92003e130213031301c02cc030"
    "009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d"
    "003c0035002f00ff0100016100000014001200000f7469636b6574732e6578616d706c65000b000403000102"
    "000a00160014001d0017001e0019001801000101010201030104002300b05e5387c182cb76ba997ed0926df5"
    "4d69d26725ea620efd259e47984e99658b070db90b061e3afdb67e40dba7b67d00c7bc4cfd1d295de27ed256"
    "59276bf1a482ce0fcb606b68e0062f5c03dc06272377ec6392e35fb8a715383073fb513d564590246ea14ac7"
    "f8c40a8d12df6128ecebc6c6016876c463c38732a933af14dc8e32c483e69763c27a8b30610bf850d880cff4"
    "ecd8fac7d3449e983df5177587d157a3aea6b7232e3159b28771a0f0aa3d0016000000170000000d002a0028"
    "040305030603080708080809080a080b080408050806040105010601030303010302040205020602002b0009"
    "080304030303020301002d00020101003300260024001d0020b750cabe73e9ecb4effb757b50eff2e482e5d4"
    "6465032b87c9ca54fccf457e62";
constexpr std::string_view kTicketServer =
    "1603030055020000510303e4761d1fbfbf57bbdd5cfd078d44613156ee2d34a31c310d4befbe45730ab26320"
    "7ea0062deda461a3b01eca48b2ee3dd12d3449529768afdd5ff96f8874585a92c030000009ff010001000017"
    "0000140303000101";
constexpr std::string_view kEarlyClient =
    "160301019d010001990303a09fb119ecd3cd88a9b8d7e8352e089cac18d02969fdbf0f39323f64d89ef51120"
    "7b751905d5a7875fcdcb8d6953608d25431121d1bf45fa3fd800073a6f8b126b003e130213031301c02cc030"
    "009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d"
    "003c0035002f00ff0100011200000012001000000d6561726c792e6578616d706c65000b000403000102000a"
    "00160014001d0017001e0019001801000101010201030104002300000016000000170000000d002a00280403"
    "05030603080708080809080a080b080408050806040105010601030303010302040205020602002b00090803"
    "04030303020301002d00020101003300260024001d0020af828e213d7244248beb23df7f12e8049d0a2ddd76"
    "b85a08d225ec8a1b56d147002a00000029005b0026002051cb888d4254ccaac373e8776f31bbeb0cbd58c34e"
    "844c8d46fd784365c77333c579ccf9003130a430d0f5e0410706e0c5dae6b8b9bdc949b28521014fe64af5ce"
    "624d45caa606210354e6ff85e625ed0be5b041e795c2";
constexpr std::string_view kEarlyServer =
    "16030300800200007c03031fae3640534d5ab9073224b553779346b708a7e199228aa861cc0310bef9890b20"
    "7b751905d5a7875fcdcb8d6953608d25431121d1bf45fa3fd800073a6f8b126b1302000034002b0002030400"
    "330024001d002012be3abccacc59452f38a51d3722933991c8da5b3fc95d2d62032f18b62766350029000200"
    "00140303000101";
constexpr std::string_view kStaticRsaClient =
    "160301014a0100014603039fccbdcb97ddd704ac66aa6f18716983c9ed31be36e74b260fbb3cda801603a320"
    "a45e45785c230602b3bfc2711429f1703b5825fbb525286b8a9cbcadfa48f23c003e130213031301c02cc030"
    "009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d"
    "003c0035002f00ff010000bf00000013001100000e7374617469632e6578616d706c65000b00040300010200"
    "0a00160014001d0017001e0019001801000101010201030104002300000010000b000908687474702f312e31"
    "0016000000170000000d002a0028040305030603080708080809080a080b0804080508060401050106010303"
    "03010302040205020602002b0009080304030303020301002d00020101003300260024001d0020c754bef5c7"
    "1a957048b8a9193419acca2a9603152014a40b759883c7eb33f269";
constexpr std::string_view kStaticRsaServer =
    "160303003d020000390303dac223f39a6c45c642c53c70911dd03d50e8728d8b8af60ae92dabeaf8ef913100"
    "002f000011ff01000100002300000016000000170000";

HandshakeFacts FactsOfFlow(std::string_view client_hex, std::string_view server_hex) {
  const TlsBytes client = FromHex(client_hex);
  TlsBytes server = FromHex(server_hex);
  // Where the recording ends, so that nobody waits for the certificate.
  const TlsBytes done = tests::TlsRecords(tests::TlsMessage(14, 0));
  server.insert(server.end(), done.begin(), done.end());
  FlowView flow;
  flow.server_port = 4433;
  flow.options.fingerprints = true;
  flow.client = ByteReader(client, End::kOpen);
  flow.server = ByteReader(server, End::kOpen);
  const auto answer = TlsDissector().dissect(flow);
  EXPECT_NE(Value(answer), nullptr);
  return Value(answer) != nullptr ? *Value(answer) : HandshakeFacts{};
}

// s_server -tls1_3 -groups P-384; s_client -groups X25519:P-384
TEST(RecordedHandshakeTest, AHelloRetryRequestIsOneHandshake) {
  const HandshakeFacts facts = FactsOfFlow(kRetryClient, kRetryServer);
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(facts.resumption, Resumption::kNone);
  EXPECT_EQ(facts.transient.sni.view(), "retry.example");
  EXPECT_EQ(facts.transient.group, 0x0018);
  EXPECT_EQ(facts.transient.cipher, 0x1302);
  EXPECT_EQ(facts.evidence, Evidence::kProof);
}

// s_server -tls1_2; s_client -sess_in
TEST(RecordedHandshakeTest, ATicketResumesTls12) {
  const HandshakeFacts facts = FactsOfFlow(kTicketClient, kTicketServer);
  EXPECT_EQ(facts.version, Version::kTls12);
  EXPECT_EQ(facts.resumption, Resumption::kResumed);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(facts.transient.sni.view(), "tickets.example");
}

// s_server -tls1_3 -early_data; s_client -sess_in -early_data
TEST(RecordedHandshakeTest, EarlyDataIsOfferedWithAPsk) {
  const HandshakeFacts facts = FactsOfFlow(kEarlyClient, kEarlyServer);
  EXPECT_EQ(facts.version, Version::kTls13);
  EXPECT_EQ(facts.early_data, EarlyData::kOffered);
  EXPECT_EQ(facts.resumption, Resumption::kResumed);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kEcdhe);
  EXPECT_EQ(facts.transient.group, 0x001d);
}

// s_server -tls1_2 -cipher AES128-SHA; s_client -alpn http/1.1
TEST(RecordedHandshakeTest, StaticRsaIsWhatTheServerChose) {
  const HandshakeFacts facts = FactsOfFlow(kStaticRsaClient, kStaticRsaServer);
  EXPECT_EQ(facts.version, Version::kTls12);
  EXPECT_EQ(facts.key_exchange, KeyExchange::kStaticRsa);
  EXPECT_EQ(facts.transient.cipher, 0x002f);
  EXPECT_EQ(facts.transient.alpn.view(), "http/1.1");
  EXPECT_EQ(facts.variant, Variant::kNone) << "s_server selected no protocol";
}

}  // namespace
}  // namespace unopened::classify::tls
