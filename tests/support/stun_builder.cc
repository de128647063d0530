#include "tests/support/stun_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

constexpr std::uint32_t kMagicCookie = 0x2112a442;

// Bit by bit, unlike what it is to check.
std::uint32_t Crc32(const StunBytes& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one = ((crc ^ byte >> bit) & 1) != 0;
      crc = crc >> 1 ^ (one ? 0xedb88320 : 0);
    }
  }
  return ~crc;
}

}  // namespace

StunMessage::StunMessage(std::uint16_t type, std::uint8_t transaction)
    : type_(type), transaction_(transaction) {}

StunMessage& StunMessage::Classic() {
  classic_ = true;
  return *this;
}

StunMessage& StunMessage::Unpadded() {
  padded_ = false;
  return *this;
}

StunMessage& StunMessage::Attribute(std::uint16_t type, const StunBytes& value) {
  Wire wire;
  wire.U16(type).Prefixed16([&](Wire& w) { w.Append(value); });
  if (padded_) wire.Fill((4 - value.size() % 4) % 4, 0);
  attributes_.insert(attributes_.end(), wire.bytes().begin(), wire.bytes().end());
  return *this;
}

StunMessage& StunMessage::Attribute(std::uint16_t type, std::string_view value) {
  return Attribute(type, StunBytes(value.begin(), value.end()));
}

StunBytes StunMessage::bytes() const {
  Wire wire;
  wire.U16(type_).U16(attributes_.size());
  if (classic_) {
    wire.Fill(16, transaction_);
  } else {
    wire.U32(kMagicCookie).Fill(12, transaction_);
  }
  return wire.Append(attributes_).bytes();
}

StunBytes StunMessage::WithFingerprint() const {
  constexpr std::uint16_t kFingerprint = 0x8028;
  constexpr std::uint32_t kXor = 0x5354554e;
  StunMessage longer = *this;
  longer.Attribute(kFingerprint, StunBytes(4, 0));
  const StunBytes whole = longer.bytes();
  const StunBytes bytes(whole.begin(), whole.end() - 8);
  const std::uint32_t crc = Crc32(bytes) ^ kXor;
  return Wire().Append(bytes).U16(kFingerprint).U16(4).U32(crc).bytes();
}

StunBytes IceCheck(std::uint8_t transaction) {
  return StunMessage(0x0001, transaction)
      .Attribute(0x0006, "aaaa:bbbb")
      .Attribute(0x0024, StunBytes{0x6e, 0x7f, 0x1e, 0xff})
      .Attribute(0x802a, StunBytes(8, 0x31))
      .WithFingerprint();
}

StunBytes IceAnswer(std::uint8_t transaction) {
  return StunMessage(0x0101, transaction)
      .Attribute(0x0020, StunBytes{0, 1, 0xe7, 0x42, 0x5e, 0x12, 0xa4, 0x43})
      .WithFingerprint();
}

}  // namespace unopened::tests
