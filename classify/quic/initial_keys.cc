// SHA256_Transform, deprecated by OpenSSL 3: it works on a state of ours, where EVP allocates for
// each digest, and keys are derived on the packet path.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "classify/quic/initial_keys.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "classify/quic/packet.h"

namespace unopened::classify::quic {
namespace {

using base::Bytes;

constexpr std::size_t kBlockSize = 64;
constexpr std::size_t kLengthSize = 8;
using Block = std::array<std::uint8_t, kBlockSize>;
using Digest = InitialSecret;

Digest DigestOf(const SHA256_CTX& state) {
  Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state.h[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

// The one block of a message that is hashed after one other block: padded as FIPS 180-4 §5.1.1
// says.
class LastBlock {
 public:
  void Append(Bytes bytes) {
    const std::size_t count = std::min(bytes.size(), kBlockSize - kLengthSize - 1 - size_);
    std::copy_n(bytes.begin(), count, block_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
  }
  void Append(std::string_view text) {
    Append(Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  const Block& Finish() {
    block_[size_] = 0x80;
    const std::size_t bits = 8 * (kBlockSize + size_);
    block_[kBlockSize - 2] = static_cast<std::uint8_t>(bits >> 8);
    block_[kBlockSize - 1] = static_cast<std::uint8_t>(bits);
    return block_;
  }

 private:
  Block block_{};
  std::size_t size_ = 0;
};

// HMAC-SHA256 under one key (RFC 2104), which is hashed once however often it signs. Every message
// here fits one block.
class Hmac {
 public:
  // `key`: not above a block of the hash.
  explicit Hmac(Bytes key) {
    Begin(inner_, key, 0x36);
    Begin(outer_, key, 0x5c);
  }
  Digest Sign(LastBlock& message) const {
    SHA256_CTX inner = inner_;
    SHA256_Transform(&inner, message.Finish().data());
    LastBlock digest;
    digest.Append(Bytes(DigestOf(inner)));
    SHA256_CTX outer = outer_;
    SHA256_Transform(&outer, digest.Finish().data());
    return DigestOf(outer);
  }

 private:
  static void Begin(SHA256_CTX& state, Bytes key, std::uint8_t pad) {
    Block block;
    block.fill(pad);
    for (std::size_t i = 0; i < std::min(key.size(), block.size()); ++i) block[i] ^= key[i];
    SHA256_Init(&state);
    SHA256_Transform(&state, block.data());
  }

  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

// HKDF-Expand-Label with an empty context (RFC 8446 §7.1). Every output here fits one digest, so
// HKDF-Expand's counter stays at one.
void ExpandLabel(const Hmac& secret, std::string_view label, std::span<std::uint8_t> out) {
  constexpr std::string_view kPrefix = "tls13 ";
  const std::array<std::uint8_t, 3> head = {
      0, static_cast<std::uint8_t>(out.size()),
      static_cast<std::uint8_t>(kPrefix.size() + label.size())};
  constexpr std::array<std::uint8_t, 2> kTail = {0, 1};
  LastBlock info;
  info.Append(Bytes(head));
  info.Append(kPrefix);
  info.Append(label);
  info.Append(Bytes(kTail));
  const Digest digest = secret.Sign(info);
  std::copy_n(digest.begin(), std::min(out.size(), digest.size()), out.begin());
}

// Salts never change: their part of the HMAC is hashed once in the life of the process.
const Hmac& OfSalt(Salt salt) {
  static const std::array<Hmac, kSalts.size()> kHmacs = [] {
    const auto of = [](std::size_t i) { return Hmac(kSalts[i]); };
    return std::array<Hmac, kSalts.size()>{of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)};
  }();
  return kHmacs[static_cast<std::size_t>(salt)];
}

thread_local std::uint64_t derived = 0;

}  // namespace

InitialSecret ExtractInitialSecret(Salt salt, Bytes client_destination) {
  LastBlock id;
  id.Append(client_destination.first(std::min(client_destination.size(), kMaxConnectionId)));
  return OfSalt(salt).Sign(id);
}

InitialKeys DeriveInitialKeys(const InitialSecret& secret, const Labels& labels, Sender sender) {
  ++derived;
  Digest traffic{};
  ExpandLabel(Hmac(secret), sender == Sender::kClient ? "client in" : "server in", traffic);
  const Hmac expand(traffic);
  InitialKeys keys;
  ExpandLabel(expand, labels.key, keys.key);
  ExpandLabel(expand, labels.iv, keys.iv);
  ExpandLabel(expand, labels.hp, keys.hp);
  return keys;
}

InitialKeys DeriveInitialKeys(const VersionRow& version, Bytes client_destination, Sender sender) {
  return DeriveInitialKeys(ExtractInitialSecret(version.salt, client_destination), *version.labels,
                           sender);
}

std::uint64_t InitialKeysDerived() { return derived; }

}  // namespace unopened::classify::quic
