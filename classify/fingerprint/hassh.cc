#include "classify/fingerprint/hassh.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

namespace unopened::classify::fingerprint {
namespace {

struct Free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

struct Md5 {
  std::unique_ptr<EVP_MD, Free> md{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

}  // namespace

void Hassh(base::Bytes kex, base::Bytes encryption, base::Bytes mac, base::Bytes compression,
           InlineText<64>& out) {
  constexpr std::size_t kDigestSize = 16;
  thread_local const Md5 md5;
  out.Set(std::string_view{});
  if (md5.md == nullptr || md5.context == nullptr) return;
  EVP_MD_CTX* const context = md5.context.get();
  std::array<unsigned char, kDigestSize> digest{};
  bool done = EVP_DigestInit_ex2(context, md5.md.get(), nullptr) == 1;
  bool first = true;
  for (const base::Bytes list : {kex, encryption, mac, compression}) {
    if (!first) done = done && EVP_DigestUpdate(context, ";", 1) == 1;
    done = done && EVP_DigestUpdate(context, list.data(), list.size()) == 1;
    first = false;
  }
  if (!done || EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1) return;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<char, 2 * kDigestSize> text{};
  for (std::size_t i = 0; i < kDigestSize; ++i) {
    text[2 * i] = kHex[digest[i] >> 4];
    text[2 * i + 1] = kHex[digest[i] & 0xf];
  }
  out.Set({text.data(), text.size()});
}

}  // namespace unopened::classify::fingerprint
