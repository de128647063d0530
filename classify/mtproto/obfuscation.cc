// AES_encrypt, deprecated by OpenSSL 3: its key lives on the stack, where EVP allocates.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "classify/mtproto/obfuscation.h"

#include <openssl/aes.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace unopened::classify::mtproto {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::size_t kKeyAt = 8;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kIvSize = 16;
constexpr std::size_t kTagAt = 56;
constexpr std::size_t kTagSize = 4;
constexpr std::size_t kBlock = AES_BLOCK_SIZE;

// The key stream of one direction (NIST SP 800-38A §6.5); wiped when it goes.
class KeyStream {
 public:
  KeyStream(Bytes start, Sender sender) {
    std::array<std::uint8_t, kKeySize + kIvSize> key;
    std::ranges::copy(start.subspan(kKeyAt, key.size()), key.begin());
    if (sender == Sender::kServer) std::ranges::reverse(key);
    AES_set_encrypt_key(key.data(), 8 * kKeySize, &key_);
    std::copy_n(key.begin() + kKeySize, kIvSize, iv_.begin());
    OPENSSL_cleanse(key.data(), key.size());
  }
  ~KeyStream() {
    OPENSSL_cleanse(&key_, sizeof key_);
    OPENSSL_cleanse(iv_.data(), iv_.size());
    OPENSSL_cleanse(block_.data(), block_.size());
  }
  KeyStream(const KeyStream&) = delete;
  KeyStream& operator=(const KeyStream&) = delete;

  // Of the byte at `offset` of the direction. Offsets asked for in order cost a block in 16.
  std::uint8_t At(std::size_t offset) {
    const std::size_t number = offset / kBlock;
    if (number != number_) Encrypt(number);
    return block_[offset % kBlock];
  }

 private:
  void Encrypt(std::size_t number) {
    std::array<std::uint8_t, kBlock> counter = iv_;
    std::size_t carry = number;
    for (std::size_t i = kBlock; i-- > 0 && carry > 0;) {
      carry += counter[i];
      counter[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    AES_encrypt(counter.data(), block_.data(), &key_);
    number_ = number;
  }

  static constexpr std::size_t kNoBlock = ~std::size_t{0};
  AES_KEY key_;
  std::array<std::uint8_t, kIvSize> iv_;
  std::array<std::uint8_t, kBlock> block_;
  std::size_t number_ = kNoBlock;
};

}  // namespace

bool MayBeObfuscated(Bytes start) {
  ByteReader reader(start);
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  if (!reader.ReadU32(first) || !reader.ReadU32(second) || second == 0) return false;
  constexpr std::array<std::uint32_t, 7> kTaken = {
      0x48454144,  // HEAD
      0x504f5354,  // POST
      0x47455420,  // GET
      0x4f505449,  // OPTI
      0x16030102,  // a TLS record
      0xeeeeeeee, 0xdddddddd,
  };
  return first >> 24 != 0xef && std::ranges::find(kTaken, first) == kTaken.end();
}

std::optional<Framing> FramingOf(Bytes start) {
  KeyStream stream(start, Sender::kClient);
  const auto tag = static_cast<std::uint8_t>(start[kTagAt] ^ stream.At(kTagAt));
  for (std::size_t i = kTagAt; i < kTagAt + kTagSize; ++i) {
    if ((start[i] ^ stream.At(i)) != tag) return std::nullopt;
  }
  switch (tag) {
    case 0xef:
      return Framing::kAbridged;
    case 0xee:
      return Framing::kIntermediate;
    case 0xdd:
      return Framing::kPaddedIntermediate;
    default:
      return std::nullopt;
  }
}

Deobfuscated::Deobfuscated(Bytes start, Sender sender, ByteReader stream)
    : size_(std::min(stream.size(), kMostRead)),
      end_(stream.size() >= kMostRead ? base::End::kFinal : stream.end()) {
  KeyStream keys(start, sender);
  const std::size_t offset = sender == Sender::kClient ? kObfuscatedStartSize : 0;
  const Bytes bytes = stream.rest();
  for (std::size_t i = 0; i < size_; ++i) {
    bytes_[i] = static_cast<std::uint8_t>(bytes[i] ^ keys.At(offset + i));
  }
}

Deobfuscated::~Deobfuscated() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

ByteReader Deobfuscated::reader() const { return ByteReader(Bytes(bytes_).first(size_), end_); }

}  // namespace unopened::classify::mtproto
