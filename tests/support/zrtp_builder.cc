#include "tests/support/zrtp_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

// Bit by bit, unlike what it is to check.
std::uint32_t Crc32c(const ZrtpBytes& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one = ((crc ^ byte >> bit) & 1) != 0;
      crc = crc >> 1 ^ (one ? 0x82f63b78 : 0);
    }
  }
  return ~crc;
}

}  // namespace

ZrtpBytes ZrtpPacket(std::string_view type, const ZrtpBytes& body, std::uint32_t ssrc) {
  const ZrtpBytes covered = Wire()
                                .U16(0x1000)
                                .U16(1)
                                .Text("ZRTP")
                                .U32(ssrc)
                                .U16(0x505a)
                                .U16((12 + body.size()) / 4)
                                .Text(type)
                                .Append(body)
                                .bytes();
  return Wire().Append(covered).U32LE(Crc32c(covered)).bytes();
}

ZrtpBytes ZrtpHello(std::uint32_t ssrc) {
  // Version, client, hash image, ZID, no algorithms beyond the mandatory ones, MAC.
  return ZrtpPacket("Hello   ",
                    Wire()
                        .Text("1.10")
                        .Text("an old telephone")
                        .Fill(32, 0xa3)
                        .Fill(12, 0x21)
                        .U32(0)
                        .Fill(8, 0x77)
                        .bytes(),
                    ssrc);
}

ZrtpBytes ZrtpHelloAck(std::uint32_t ssrc) { return ZrtpPacket("HelloACK", {}, ssrc); }

ZrtpBytes ZrtpCommit(std::uint32_t ssrc, std::string_view key_agreement) {
  Wire body;
  body.Fill(32, 0xa2).Fill(12, 0x21).Text("S256").Text("AES1").Text("HS32");
  body.Text(key_agreement).Text("B32 ");
  // RFC 6189 §5.4: hvi, or a nonce, or a nonce and the key's name.
  const std::size_t rest = key_agreement == "Mult" ? 16 : key_agreement == "Prsh" ? 24 : 32;
  return ZrtpPacket("Commit  ", body.Fill(rest, 0x44).Fill(8, 0x77).bytes(), ssrc);
}

ZrtpBytes ZrtpDhPart1(std::uint32_t ssrc) {
  // Hash image, four secrets' ids, X25519's share, MAC.
  return ZrtpPacket("DHPart1 ", ZrtpBytes(32 + 4 * 8 + 32 + 8, 0x55), ssrc);
}

ZrtpBytes ZrtpConfirm1(std::uint32_t ssrc) {
  return ZrtpPacket("Confirm1", ZrtpBytes(8 + 16 + 40, 0x66), ssrc);
}

}  // namespace unopened::tests
