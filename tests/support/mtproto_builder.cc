#include "tests/support/mtproto_builder.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

using classify::mtproto::Framing;
using Octets = std::vector<std::uint8_t>;

Wire& U64LE(Wire& wire, std::uint64_t v) { return wire.U32LE(v & 0xffffffff).U32LE(v >> 32); }

std::uint32_t Crc32(const Octets& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

Octets Unencrypted(std::uint64_t message_id, const Octets& body) {
  Wire wire;
  U64LE(wire, 0);
  U64LE(wire, message_id);
  return wire.U32LE(body.size()).Append(body).bytes();
}

Octets Encrypted(std::uint64_t key, std::size_t size) {
  Wire wire;
  U64LE(wire, key);
  return wire.Fill(16, 0xa7).Fill(size, 0x91).bytes();
}

Octets ClientMessage(const MtprotoExchange& e) {
  if (!e.key_exchange) return Encrypted(e.client_key, e.encrypted);
  return Unencrypted(0x6123456700000000 | 0x15158e4,
                     Wire().U32LE(0xbe7e8ef1).Fill(16, e.client_nonce).bytes());
}

Octets ServerMessage(const MtprotoExchange& e) {
  if (e.error != 0) return Wire().U32LE(static_cast<std::uint32_t>(e.error)).bytes();
  if (!e.key_exchange) return Encrypted(e.server_key, e.encrypted);
  Wire body;
  body.U32LE(0x05162463).Fill(16, e.server_nonce).Fill(16, 0x77);
  body.U8(8).Fill(8, 0x17).Fill(3, 0);            // pq, with its padding
  body.U32LE(0x1cb5c415).U32LE(1).Fill(8, 0xc3);  // one fingerprint
  return Unencrypted(0x6123456800000000 | 1, body.bytes());
}

Octets Frame(const MtprotoExchange& e, bool from_client, const Octets& message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  const std::uint32_t ask = from_client && e.quick_ack ? 0x80 : 0;
  Wire wire;
  if (!from_client && e.quick_ack) {
    // Abridged sends it the other way round, so that its top bit comes first.
    e.framing == Framing::kAbridged ? wire.U32(0x8badf00d) : wire.U32LE(0x8badf00d);
  }
  switch (e.framing) {
    case Framing::kAbridged:
      if (size / 4 < 0x7f) {
        wire.U8(size / 4 | ask);
      } else {
        wire.U8(0x7f | ask).U8(size / 4 & 0xff).U8(size / 4 >> 8 & 0xff).U8(size / 4 >> 16);
      }
      return wire.Append(message).bytes();
    case Framing::kIntermediate:
      return wire.U32LE(size | ask << 24).Append(message).bytes();
    case Framing::kPaddedIntermediate:
      return wire.U32LE((size + 7) | ask << 24).Append(message).Fill(7, 0x5e).bytes();
    case Framing::kFull:
      wire.U32LE(size + 12).U32LE(0).Append(message);
      return Wire(wire).U32LE(Crc32(wire.bytes()) ^ (e.checksum_right ? 0 : 1)).bytes();
  }
  std::abort();
}

std::uint8_t TagOf(const MtprotoExchange& e) {
  if (e.tag != 0) return e.tag;
  if (e.framing == Framing::kAbridged) return 0xef;
  return e.framing == Framing::kIntermediate ? 0xee : 0xdd;
}

void Crypt(const Octets& key, Octets& bytes) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nullptr, key.data(), key.data() + 32) != 1 ||
      EVP_EncryptUpdate(context, bytes.data(), &size, bytes.data(),
                        static_cast<int>(bytes.size())) != 1) {
    std::abort();
  }
  EVP_CIPHER_CTX_free(context);
}

}  // namespace

MtprotoStreams BuildMtproto(const MtprotoExchange& e) {
  MtprotoStreams streams;
  const Octets client = Frame(e, true, ClientMessage(e));
  streams.server = Frame(e, false, ServerMessage(e));
  if (!e.obfuscated) {
    const std::size_t tag_size =
        e.framing == Framing::kAbridged ? 1U : (e.framing == Framing::kFull ? 0U : 4U);
    streams.client = Wire().Fill(tag_size, TagOf(e)).Append(client).bytes();
    return streams;
  }
  std::mt19937_64 random(e.seed);
  Octets start(64);
  for (std::uint8_t& byte : start) byte = static_cast<std::uint8_t>(random() | 1);
  start[0] = 0x41;  // no framing's tag
  std::fill_n(start.begin() + 56, 4, TagOf(e));
  Octets key(start.begin() + 8, start.begin() + 56);
  streams.client = Wire().Append(start).Append(client).bytes();
  Crypt(key, streams.client);
  std::copy_n(start.begin(), 56, streams.client.begin());
  std::ranges::reverse(key);
  Crypt(key, streams.server);
  return streams;
}

}  // namespace unopened::tests
