#include "audit/merkle/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace unopened::audit::merkle {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

void Must(int openssl_result) {
  if (openssl_result != 1) std::abort();
}

}  // namespace

void Hasher::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Hasher::FreeDigest::operator()(evp_md_st* digest) const { EVP_MD_free(digest); }

Hasher::Hasher() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  if (digest_ == nullptr || context_ == nullptr) std::abort();
}
Hasher::~Hasher() = default;

void Hasher::Start() { Must(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr)); }
void Hasher::Add(const void* bytes, std::size_t size) {
  Must(EVP_DigestUpdate(context_.get(), bytes, size));
}
Hash Hasher::Finish() {
  Hash hash;
  unsigned int size = 0;
  Must(EVP_DigestFinal_ex(context_.get(), hash.data(), &size));
  if (size != kHashSize) std::abort();
  return hash;
}

Hash Hasher::Sha256(std::string_view bytes) {
  Start();
  Add(bytes.data(), bytes.size());
  return Finish();
}

Hash Hasher::Leaf(std::string_view entry) {
  Start();
  Add(&kLeafPrefix, 1);
  Add(entry.data(), entry.size());
  return Finish();
}

Hash Hasher::Node(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * kHashSize> input;
  input[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), input.begin() + 1);
  std::copy(right.begin(), right.end(), input.begin() + 1 + kHashSize);
  Start();
  Add(input.data(), input.size());
  return Finish();
}

Hash Hasher::Root(std::span<const Hash> leaves) {
  if (leaves.empty()) return Sha256({});
  // One pass a height. A node without a sibling goes up as it is, which gives the same tree as
  // RFC 6962's split at the largest power of two.
  std::vector<Hash> row(leaves.begin(), leaves.end());
  while (row.size() > 1) {
    const std::size_t pairs = row.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) row[i] = Node(row[2 * i], row[2 * i + 1]);
    if (row.size() % 2 != 0) row[pairs] = row.back();
    row.resize(pairs + row.size() % 2);
  }
  return row[0];
}

std::string_view AsText(std::span<const Hash> hashes) {
  static_assert(sizeof(Hash) == kHashSize);
  if (hashes.empty()) return {};
  return {reinterpret_cast<const char*>(hashes.data()), hashes.size() * kHashSize};
}

std::string Hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0x0f];
  }
  return hex;
}

}  // namespace unopened::audit::merkle
