#include "tests/support/quic_builder.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace unopened::tests {
namespace {

using classify::quic::DeriveInitialKeys;
using classify::quic::FindVersion;
using classify::quic::InitialCrypto;
using classify::quic::InitialKeys;
using classify::quic::kVersions;
using classify::quic::PacketType;
using classify::quic::VersionRow;
using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kTagSize = 16;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

void Require(bool condition) {
  if (!condition) std::abort();
}

const VersionRow& RowOf(std::uint32_t version) {
  const std::size_t row = FindVersion(version);
  Require(row < kVersions.size());
  return kVersions[row];
}

// AES-128-GCM: the ciphertext with its tag behind it.
Octets Seal(base::Bytes key, base::Bytes nonce, const Octets& associated, const Octets& plaintext) {
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  Octets sealed(plaintext.size() + kTagSize);
  int size = 0;
  Require(EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, key.data(), nonce.data()) ==
          1);
  Require(EVP_EncryptUpdate(context.get(), nullptr, &size, associated.data(),
                            static_cast<int>(associated.size())) == 1);
  if (!plaintext.empty()) {
    Require(EVP_EncryptUpdate(context.get(), sealed.data(), &size, plaintext.data(),
                              static_cast<int>(plaintext.size())) == 1);
  }
  Require(EVP_EncryptFinal_ex(context.get(), sealed.data() + plaintext.size(), &size) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize,
                              sealed.data() + plaintext.size()) == 1);
  return sealed;
}

std::uint8_t FirstByte(const VersionRow& row, PacketType type, unsigned low_bits) {
  const auto* bits = std::find(row.types->begin(), row.types->end(), type);
  return static_cast<std::uint8_t>(0xc0 | (bits - row.types->begin()) << 4 | low_bits);
}

void PutIds(Wire& wire, const Octets& destination, const Octets& source) {
  wire.Prefixed8([&](Wire& w) { w.Append(destination); });
  wire.Prefixed8([&](Wire& w) { w.Append(source); });
}

// Everything before the packet number.
Octets Header(const InitialSpec& spec, std::size_t length) {
  Wire wire;
  const std::uint8_t first =
      FirstByte(RowOf(spec.version), PacketType::kInitial,
                spec.reserved_bits << 2 | static_cast<unsigned>(spec.packet_number_size - 1));
  wire.U8(spec.fixed_bit ? first : first & 0xbf);
  wire.U32(spec.version);
  PutIds(wire, spec.destination, spec.source);
  PutVarint(wire, spec.token.size());
  wire.Append(spec.token);
  PutVarint(wire, length, 2);
  return wire.bytes();
}

}  // namespace

void PutVarint(Wire& wire, std::uint64_t value, std::size_t size) {
  if (size == 0) size = value < 1U << 6 ? 1 : value < 1U << 14 ? 2 : value < 1U << 30 ? 4 : 8;
  switch (size) {
    case 1:
      wire.U8(value);
      break;
    case 2:
      wire.U16(value | 0x4000);
      break;
    case 4:
      wire.U32(value | 0x80000000);
      break;
    default:
      wire.U64(value | 0xc000000000000000);
      break;
  }
}

Octets CryptoFrame(std::uint64_t offset, const Octets& data) {
  Wire wire;
  wire.U8(0x06);
  PutVarint(wire, offset);
  PutVarint(wire, data.size());
  return wire.Append(data).bytes();
}

Octets GoogleCryptoFrame(std::uint64_t offset, const Octets& data) {
  Octets frame = CryptoFrame(offset, data);
  frame[0] = 0x08;
  return frame;
}

Octets AckFrame(std::uint64_t packet_number, bool ecn) {
  Wire wire;
  wire.U8(ecn ? 0x03 : 0x02);
  PutVarint(wire, packet_number);
  wire.Fill(ecn ? 6 : 3, 0);  // delay, range count, first range, and the ECN counts
  return wire.bytes();
}

Octets CloseFrame(std::uint64_t error, std::string_view reason) {
  Wire wire;
  wire.U8(0x1c);
  PutVarint(wire, error);
  wire.U8(0x00);  // no frame type to blame
  PutVarint(wire, reason.size());
  return wire.Text(reason).bytes();
}

Octets SealInitial(const InitialSpec& spec) {
  const VersionRow& row = RowOf(spec.protect_as != 0 ? spec.protect_as : spec.version);
  InitialCrypto& crypto = InitialCrypto::OfThread();
  const InitialKeys keys = DeriveInitialKeys(row, spec.key_id, spec.sender);

  Octets frames = spec.frames;
  const std::size_t around = Header(spec, 0).size() + spec.packet_number_size + kTagSize;
  // RFC 9001 §5.4.2: never shorter than the header protection's sample needs.
  const std::size_t least = std::max<std::size_t>(
      4 - spec.packet_number_size, spec.packet_size - std::min(spec.packet_size, around));
  frames.resize(std::max(frames.size(), least), 0);

  Wire header;
  header.Append(Header(spec, spec.packet_number_size + frames.size() + kTagSize));
  const std::size_t number_at = header.size();
  for (std::size_t i = spec.packet_number_size; i-- > 0;) {
    header.U8(spec.packet_number >> (8 * i) & 0xff);
  }
  std::array<std::uint8_t, 12> nonce = keys.iv;
  for (std::size_t i = 0; i < 4; ++i) {
    nonce[11 - i] ^= static_cast<std::uint8_t>(spec.packet_number >> (8 * i));
  }
  Octets packet = header.bytes();
  const Octets sealed = Seal(keys.key, nonce, packet, frames);
  packet.insert(packet.end(), sealed.begin(), sealed.end());

  std::array<std::uint8_t, 16> mask{};
  Require(crypto.EncryptBlock(keys.hp, base::Bytes(packet).subspan(number_at + 4, 16), mask));
  packet[0] = static_cast<std::uint8_t>(packet[0] ^ (mask[0] & 0x0f));
  for (std::size_t i = 0; i < spec.packet_number_size; ++i) packet[number_at + i] ^= mask[i + 1];
  return packet;
}

Octets RetryPacket(std::uint32_t version, const Octets& original_destination,
                   const Octets& destination, const Octets& source, const Octets& token) {
  const VersionRow& row = RowOf(version);
  Wire packet;
  packet.U8(FirstByte(row, PacketType::kRetry, 0xf)).U32(version);
  PutIds(packet, destination, source);
  if (row.retry == classify::quic::RetryProof::kEchoedId) {
    packet.Prefixed8([&](Wire& w) { w.Append(original_destination); });
    return packet.Append(token).bytes();
  }
  packet.Append(token);
  Wire pseudo;
  pseudo.Prefixed8([&](Wire& w) { w.Append(original_destination); });
  pseudo.Append(packet.bytes());
  return packet.Append(Seal(row.retry_secret->key, row.retry_secret->nonce, pseudo.bytes(), {}))
      .bytes();
}

Octets OpaqueLongPacket(std::uint32_t version, PacketType type, const Octets& destination,
                        const Octets& source, std::size_t size) {
  Wire wire;
  wire.U8(FirstByte(RowOf(version), type, 0)).U32(version);
  PutIds(wire, destination, source);
  PutVarint(wire, size, 2);
  for (std::size_t i = 0; i < size; ++i) wire.U8((i * 151 + 77) & 0xff);
  return wire.bytes();
}

}  // namespace unopened::tests
