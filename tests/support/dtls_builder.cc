#include "tests/support/dtls_builder.h"

#include <algorithm>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

constexpr std::size_t kTlsHeader = 4;
constexpr std::size_t kBeforeSessionId = 2 + 32;

}  // namespace

TlsBytes DtlsClientBody(const TlsClientHello& hello, const TlsBytes& cookie) {
  const TlsBytes message = hello.Message();
  TlsBytes body(message.begin() + kTlsHeader, message.end());
  const auto at = static_cast<std::ptrdiff_t>(kBeforeSessionId + 1 + body[kBeforeSessionId]);
  TlsBytes field = {static_cast<std::uint8_t>(cookie.size())};
  field.insert(field.end(), cookie.begin(), cookie.end());
  body.insert(body.begin() + at, field.begin(), field.end());
  return body;
}

TlsBytes DtlsServerBody(const TlsServerHello& hello) {
  const TlsBytes message = hello.Message();
  return {message.begin() + kTlsHeader, message.end()};
}

TlsBytes DtlsHelloVerifyBody(const TlsBytes& cookie) {
  return Wire().U16(kDtls10).Prefixed8([&](Wire& w) { w.Append(cookie); }).bytes();
}

TlsBytes DtlsRecord(std::uint8_t type, const TlsBytes& fragment, DtlsRecordOptions options) {
  return Wire()
      .U8(type)
      .U16(options.version)
      .U16(options.epoch)
      .U16(options.sequence >> 32)
      .U32(options.sequence & 0xffffffff)
      .Prefixed16([&](Wire& w) { w.Append(fragment); })
      .bytes();
}

TlsBytes DtlsFragment(std::uint8_t type, std::uint16_t message_sequence, const TlsBytes& body,
                      std::size_t offset, std::size_t size, DtlsRecordOptions options) {
  const std::size_t end = offset + std::min(size, body.size() - offset);
  const auto begin = body.begin();
  const TlsBytes part(begin + static_cast<std::ptrdiff_t>(offset),
                      begin + static_cast<std::ptrdiff_t>(end));
  constexpr std::uint8_t kHandshake = 22;
  return DtlsRecord(kHandshake,
                    Wire()
                        .U8(type)
                        .U24(body.size())
                        .U16(message_sequence)
                        .U24(offset)
                        .Prefixed24([&](Wire& w) { w.Append(part); })
                        .bytes(),
                    options);
}

std::vector<TlsBytes> DtlsFragments(std::uint8_t type, std::uint16_t message_sequence,
                                    const TlsBytes& body, std::size_t max) {
  std::vector<TlsBytes> datagrams;
  for (std::size_t at = 0; at < body.size(); at += max) {
    datagrams.push_back(DtlsFragment(type, message_sequence, body, at, max));
  }
  return datagrams;
}

}  // namespace unopened::tests
