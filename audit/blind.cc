#include "audit/blind.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <span>

#include "audit/merkle/hash.h"

namespace unopened::audit {
namespace {

constexpr std::size_t kBlindSize = 16;
constexpr std::string_view kMember = R"(,"blind":")";
static_assert(kBlindBytes == kMember.size() + 2 * kBlindSize + 1);

}  // namespace

bool IsBody(std::string_view body) {
  return body.size() > 2 && body.front() == '{' && body.back() == '}' &&
         body.find('\n') == std::string_view::npos;
}

std::string WithBlind(std::string_view body, const LogSecret& secret, std::uint64_t index) {
  std::array<std::uint8_t, 8> message;
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<std::uint8_t>(index >> (8 * (7 - i)));
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), message.data(),
           message.size(), digest.data(), &size) == nullptr ||
      size < kBlindSize) {
    std::abort();  // an entry without its blind would be laid open
  }
  std::string entry(body.substr(0, body.size() - 1));
  entry += kMember;
  entry += merkle::Hex(std::span(digest).first(kBlindSize));
  entry += "\"}";
  return entry;
}

}  // namespace unopened::audit
