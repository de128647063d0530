#include "classify/quic/initial_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <initializer_list>

namespace unopened::classify::quic {
namespace {

using base::Bytes;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kSampleOffset = 4;  // RFC 9001 §5.4.2
constexpr std::size_t kSampleSize = 16;
constexpr std::size_t kMaxPacketNumberSize = 4;
constexpr std::uint8_t kProtectedBits = 0x0f;  // of a long header's first byte
constexpr std::uint8_t kReservedBits = 0x0c;

struct Free {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

int IntSize(Bytes bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

// Contexts are given their algorithm once: OpenSSL 3.0 allocates anew whenever it is named again.
struct InitialCrypto::Algorithms {
  Owned<EVP_CIPHER> gcm{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
  Owned<EVP_CIPHER> ecb{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  Owned<EVP_CIPHER_CTX> aead{EVP_CIPHER_CTX_new()};
  Owned<EVP_CIPHER_CTX> block{EVP_CIPHER_CTX_new()};
};

InitialCrypto::InitialCrypto() : algorithms_(std::make_unique<Algorithms>()) {
  const Algorithms& a = *algorithms_;
  ready_ = a.gcm != nullptr && a.ecb != nullptr && a.aead != nullptr && a.block != nullptr &&
           EVP_DecryptInit_ex2(a.aead.get(), a.gcm.get(), nullptr, nullptr, nullptr) == 1 &&
           EVP_EncryptInit_ex2(a.block.get(), a.ecb.get(), nullptr, nullptr, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(a.block.get(), 0) == 1;
}
InitialCrypto::~InitialCrypto() = default;

InitialCrypto& InitialCrypto::OfThread() {
  thread_local InitialCrypto crypto;
  return crypto;
}

bool InitialCrypto::EncryptBlock(const std::array<std::uint8_t, 16>& key, Bytes block,
                                 std::array<std::uint8_t, 16>& out) {
  EVP_CIPHER_CTX* const context = algorithms_->block.get();
  int written = 0;
  if (!has_block_key_ || key != block_key_) {
    has_block_key_ = EVP_EncryptInit_ex2(context, nullptr, key.data(), nullptr, nullptr) == 1;
    block_key_ = key;
  }
  return has_block_key_ &&
         EVP_EncryptUpdate(context, out.data(), &written, block.data(), IntSize(block)) == 1 &&
         written == static_cast<int>(out.size());
}

bool InitialCrypto::SetAeadKey(Bytes key, Bytes nonce) {
  EVP_CIPHER_CTX* const context = algorithms_->aead.get();
  if (has_aead_key_ && std::ranges::equal(key, aead_key_)) {
    return EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1;
  }
  has_aead_key_ = EVP_DecryptInit_ex2(context, nullptr, key.data(), nonce.data(), nullptr) == 1;
  std::copy_n(key.begin(), std::min(key.size(), aead_key_.size()), aead_key_.begin());
  return has_aead_key_;
}

bool InitialCrypto::OpenAead(Bytes key, Bytes nonce, std::initializer_list<Bytes> associated,
                             Bytes ciphertext, Bytes tag, std::span<std::uint8_t> plaintext) {
  EVP_CIPHER_CTX* const context = algorithms_->aead.get();
  int written = 0;
  ++tags_checked_;
  if (!SetAeadKey(key, nonce)) return false;
  for (const Bytes part : associated) {
    if (EVP_DecryptUpdate(context, nullptr, &written, part.data(), IntSize(part)) != 1) {
      return false;
    }
  }
  if (!ciphertext.empty() && (EVP_DecryptUpdate(context, plaintext.data(), &written,
                                                ciphertext.data(), IntSize(ciphertext)) != 1 ||
                              written != IntSize(ciphertext))) {
    return false;
  }
  // OpenSSL's interface takes the expected tag through a pointer to mutable memory.
  std::array<std::uint8_t, kAeadTagSize> expected{};
  std::copy(tag.begin(), tag.end(), expected.begin());
  std::array<std::uint8_t, 1> nothing{};
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, expected.data()) == 1 &&
         EVP_DecryptFinal_ex(context, nothing.data(), &written) == 1;
}

Parsed<OpenedInitial> InitialCrypto::Open(const InitialKeys& keys, const LongHeader& header,
                                          std::span<std::uint8_t> plaintext) {
  const Bytes packet = header.packet;
  const std::size_t number_at = header.packet_number_offset;
  if (!ready_ || header.type != PacketType::kInitial || number_at == 0 ||
      packet.size() < number_at + kSampleOffset + kSampleSize) {
    return NotThis{"quic: no sample"};
  }
  std::array<std::uint8_t, 16> mask{};
  if (!EncryptBlock(keys.hp, packet.subspan(number_at + kSampleOffset, kSampleSize), mask)) {
    return NotThis{"quic: header protection"};
  }
  const auto first = static_cast<std::uint8_t>(packet[0] ^ (mask[0] & kProtectedBits));
  const std::size_t number_size = (first & 0x3U) + 1;
  // An Initial's number is far below 2^8 in practice, and never grows by more than its field holds
  // in the few packets of a handshake: what is on the wire is the whole number (RFC 9000 §A.3).
  std::uint64_t number = 0;
  std::array<std::uint8_t, kMaxPacketNumberSize> number_bytes{};
  for (std::size_t i = 0; i < number_size; ++i) {
    number_bytes[i] = packet[number_at + i] ^ mask[i + 1];
    number = number << 8 | number_bytes[i];
  }
  const std::size_t payload_at = number_at + number_size;
  const std::size_t payload_size = packet.size() - payload_at;
  if (payload_size < kAeadTagSize || payload_size - kAeadTagSize > plaintext.size()) {
    return NotThis{"quic: payload"};
  }
  const Bytes ciphertext = packet.subspan(payload_at, payload_size - kAeadTagSize);
  const Bytes tag = packet.last(kAeadTagSize);
  std::array<std::uint8_t, 12> nonce = keys.iv;
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
  }
  // The associated data is the header as it stood before protection (RFC 9001 §5.3).
  const std::array<std::uint8_t, 1> unmasked_first = {first};
  if (!OpenAead(keys.key, nonce,
                {unmasked_first, packet.subspan(1, number_at - 1),
                 Bytes(number_bytes).first(number_size)},
                ciphertext, tag, plaintext)) {
    OPENSSL_cleanse(plaintext.data(), ciphertext.size());
    return NotThis{"quic: tag"};
  }
  // RFC 9000 §17.2: known only once the tag is checked.
  if ((first & kReservedBits) != 0) return NotThis{"quic: reserved bits"};
  return OpenedInitial{number, number_size, plaintext.first(ciphertext.size())};
}

bool InitialCrypto::RetryAnswers(const LongHeader& retry, Bytes original_destination) {
  if (!ready_ || retry.version >= kVersions.size() || retry.type != PacketType::kRetry ||
      original_destination.size() > kMaxConnectionId) {
    return false;
  }
  const VersionRow& version = kVersions[retry.version];
  if (version.retry == RetryProof::kEchoedId) {
    return !original_destination.empty() &&
           std::ranges::equal(retry.original_destination, original_destination);
  }
  if (version.retry == RetryProof::kNone || retry.packet.size() < kRetryTagSize) return false;
  const std::array<std::uint8_t, 1> id_size = {
      static_cast<std::uint8_t>(original_destination.size())};
  return OpenAead(
      version.retry_secret->key, version.retry_secret->nonce,
      {id_size, original_destination, retry.packet.first(retry.packet.size() - kRetryTagSize)}, {},
      retry.packet.last(kRetryTagSize), {});
}

}  // namespace unopened::classify::quic
