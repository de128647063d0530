// The bytes of TLS handshakes as a client and server of a given year send them, for the built
// captures. They stand apart from tests/support's builders on purpose: these files are committed,
// so their bytes must not move.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unopened::tests {

struct TlsClient {
  std::string server_name;        // "": no server_name extension
  std::vector<std::string> alpn;  // empty: no extension
  bool tls13 = true;              // offers 1.3 (RFC 8446) beside 1.2 (RFC 5246)
  bool hybrid = false;            // offers X25519MLKEM768 as well (draft-ietf-tls-ecdhe-mlkem)
  std::uint64_t seed = 1;         // of everything random
};

// One record with the ClientHello.
std::vector<std::uint8_t> ClientFirstFlight(const TlsClient& client);
// TLS 1.3: ServerHello, change_cipher_spec, one encrypted record. TLS 1.2: ServerHello,
// Certificate, ServerKeyExchange, ServerHelloDone.
std::vector<std::uint8_t> ServerFirstFlight(const TlsClient& client);
// TLS 1.3: change_cipher_spec and Finished. TLS 1.2: ClientKeyExchange as well.
std::vector<std::uint8_t> ClientSecondFlight(const TlsClient& client);
// TLS 1.2: change_cipher_spec and Finished. TLS 1.3: a record of session tickets.
std::vector<std::uint8_t> ServerSecondFlight(const TlsClient& client);
// A record of application data whose content is `count` random-looking bytes.
std::vector<std::uint8_t> ApplicationData(std::size_t count, std::uint64_t seed);

}  // namespace unopened::tests
