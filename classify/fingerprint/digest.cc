#include "classify/fingerprint/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace unopened::classify::fingerprint {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

struct Context {
  explicit Context(const char* algorithm)
      : digest(EVP_MD_fetch(nullptr, algorithm, nullptr), &EVP_MD_free),
        state(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {}

  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state;
};

Context& ContextOf(DigestKind kind) {
  thread_local Context md5("MD5");
  thread_local Context sha256("SHA256");
  return kind == DigestKind::kMd5 ? md5 : sha256;
}

}  // namespace

Digest::Digest(DigestKind kind) : kind_(kind) {
  const Context& context = ContextOf(kind_);
  ok_ = context.digest != nullptr && context.state != nullptr &&
        EVP_DigestInit_ex2(context.state.get(), context.digest.get(), nullptr) == 1;
}

Digest& Digest::Text(std::string_view text) {
  while (!text.empty()) {
    if (size_ == buffer_.size()) Flush();
    const std::size_t count = std::min(text.size(), buffer_.size() - size_);
    text.copy(buffer_.data() + size_, count);
    size_ += count;
    text.remove_prefix(count);
  }
  return *this;
}

Digest& Digest::Decimal(std::uint32_t value) {
  std::array<char, 10> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return Text({text.data(), static_cast<std::size_t>(end - text.data())});
}

Digest& Digest::Hex16(std::uint16_t value) {
  const std::array<char, 4> text = {kHexDigits[value >> 12], kHexDigits[value >> 8 & 0xf],
                                    kHexDigits[value >> 4 & 0xf], kHexDigits[value & 0xf]};
  return Text({text.data(), text.size()});
}

void Digest::Flush() {
  ok_ = ok_ && EVP_DigestUpdate(ContextOf(kind_).state.get(), buffer_.data(), size_) == 1;
  size_ = 0;
}

std::string_view Digest::Finish() {
  Flush();
  std::array<unsigned char, kMaxDigestSize> raw;
  unsigned int raw_size = 0;
  if (!ok_ || EVP_DigestFinal_ex(ContextOf(kind_).state.get(), raw.data(), &raw_size) != 1) {
    return {};
  }
  for (unsigned int i = 0; i < raw_size; ++i) {
    hex_[2 * i] = kHexDigits[raw[i] >> 4];
    hex_[2 * i + 1] = kHexDigits[raw[i] & 0xf];
  }
  return {hex_.data(), std::size_t{2} * raw_size};
}

}  // namespace unopened::classify::fingerprint
