// Builds datagrams of DTLS from the hellos of tls_builder.h. For tests and fuzz seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/support/tls_builder.h"

namespace unopened::tests {

inline constexpr std::uint16_t kDtls10 = 0xfeff;
inline constexpr std::uint16_t kDtls12 = 0xfefd;
inline constexpr std::uint16_t kDtls13 = 0xfefc;

// The body of a ClientHello of DTLS: TLS's with a cookie behind the session id (RFC 6347 §4.3.2).
TlsBytes DtlsClientBody(const TlsClientHello& hello, const TlsBytes& cookie = {});
TlsBytes DtlsServerBody(const TlsServerHello& hello);
// RFC 6347 §4.3.2.
TlsBytes DtlsHelloVerifyBody(const TlsBytes& cookie);

struct DtlsRecordOptions {
  std::uint16_t version = kDtls12;
  std::uint16_t epoch = 0;
  std::uint64_t sequence = 0;
};
TlsBytes DtlsRecord(std::uint8_t type, const TlsBytes& fragment, DtlsRecordOptions options = {});

// A record with one fragment: `size` bytes of `body` from `offset`, or what there is.
TlsBytes DtlsFragment(std::uint8_t type, std::uint16_t message_sequence, const TlsBytes& body,
                      std::size_t offset = 0, std::size_t size = ~std::size_t{0},
                      DtlsRecordOptions options = {});
// One datagram a fragment of at most `max` bytes of `body`.
std::vector<TlsBytes> DtlsFragments(std::uint8_t type, std::uint16_t message_sequence,
                                    const TlsBytes& body, std::size_t max);

}  // namespace unopened::tests
