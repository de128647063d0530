// Builds X.509 certificates in DER (RFC 5280 §4.1) whose names are real and whose keys and
// signature are filler: enough for whoever reads names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/tls_builder.h"

namespace unopened::tests {

// One element: tag, length in its shortest form, contents.
TlsBytes Der(std::uint8_t tag, const TlsBytes& contents);

struct CertificateText {
  std::string common_name;
  std::string organisation = {};
  std::string issuer_common_name = {};
  std::string issuer_organisation = {};
  std::vector<std::string> dns_names = {};
  std::uint8_t string_tag = 0x0c;  // UTF8String
  std::size_t key_bytes = 270;
};
TlsBytes Certificate(const CertificateText& text);

// The handshake messages of TLS up to 1.2, with their headers.
TlsBytes TlsCertificateMessage(const std::vector<TlsBytes>& certificates);
TlsBytes TlsEcdheKeys(std::uint16_t group, std::size_t signature = 260);
TlsBytes TlsHandshakeMessage(std::uint8_t type, const TlsBytes& body);

}  // namespace unopened::tests
