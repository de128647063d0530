// Builds the hellos of TLS byte by byte. For tests, and for captures of handshakes that no local
// software makes (named services' SNI). Everything is fixed unless set, so bytes repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace unopened::tests {

using TlsBytes = std::vector<std::uint8_t>;

// Sizes of X25519MLKEM768's shares (RFC 10024).
inline constexpr std::size_t kPqClientShare = 1216;
inline constexpr std::size_t kPqServerShare = 1120;

// Extensions appear on the wire in the order in which they were added.
class TlsClientHello {
 public:
  TlsClientHello();  // TLS 1.2 suites, no extension

  // What a browser of 2025 sends: TLS 1.3 and 1.2, GREASE, X25519MLKEM768 and X25519, h2 and
  // http/1.1, ECH GREASE. `host` empty: no SNI.
  static TlsClientHello Browser(std::string_view host);
  // TLS 1.3 and 1.2 with X25519 and one name: what OpenSSL's s_client offers, roughly.
  static TlsClientHello Tls13(std::string_view host);
  // TLS 1.2 and nothing above.
  static TlsClientHello Tls12(std::string_view host);

  TlsClientHello& LegacyVersion(std::uint16_t version);
  TlsClientHello& SessionId(TlsBytes id);
  TlsClientHello& Suites(std::vector<std::uint16_t> suites);
  TlsClientHello& Extension(std::uint16_t type, TlsBytes body);
  TlsClientHello& Without(std::uint16_t type);
  TlsClientHello& Sni(std::string_view host);
  TlsClientHello& Alpn(const std::vector<std::string_view>& names);
  TlsClientHello& SupportedVersions(const std::vector<std::uint16_t>& versions);
  TlsClientHello& SupportedGroups(const std::vector<std::uint16_t>& groups);
  TlsClientHello& SignatureAlgorithms(const std::vector<std::uint16_t>& algorithms);
  // Group and size of each share; the shares' bytes are filler.
  TlsClientHello& KeyShares(const std::vector<std::pair<std::uint16_t, std::size_t>>& shares);
  TlsClientHello& SessionTicket(std::size_t size);  // 0: the empty offer of support
  TlsClientHello& PreSharedKey();                   // one identity; RFC 8446 §4.2.11: add it last
  TlsClientHello& EarlyData();
  TlsClientHello& Ech();

  TlsBytes Message() const;  // with the handshake header

 private:
  std::uint16_t legacy_version_ = 0x0303;
  TlsBytes session_id_;
  std::vector<std::uint16_t> suites_;
  std::vector<std::pair<std::uint16_t, TlsBytes>> extensions_;
  bool no_extensions_ = true;
};

class TlsServerHello {
 public:
  TlsServerHello();  // TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, no extension

  // TLS 1.3 with TLS_AES_128_GCM_SHA256 and a share of `group`.
  static TlsServerHello Tls13(std::uint16_t group, std::size_t share_size);
  // Asks for `group` (RFC 8446 §4.1.4).
  static TlsServerHello HelloRetryRequest(std::uint16_t group);

  TlsServerHello& LegacyVersion(std::uint16_t version);
  TlsServerHello& SessionId(TlsBytes id);
  TlsServerHello& Suite(std::uint16_t suite);
  TlsServerHello& Extension(std::uint16_t type, TlsBytes body);
  TlsServerHello& Without(std::uint16_t type);
  TlsServerHello& SelectedVersion(std::uint16_t version);
  TlsServerHello& KeyShare(std::uint16_t group, std::size_t share_size);
  TlsServerHello& PreSharedKey();
  TlsServerHello& Alpn(std::string_view name);

  TlsBytes Message() const;

 private:
  std::uint16_t legacy_version_ = 0x0303;
  TlsBytes random_;
  TlsBytes session_id_;
  std::uint16_t suite_ = 0xc02f;
  std::vector<std::pair<std::uint16_t, TlsBytes>> extensions_;
};

// One record of `type` around `fragment`.
TlsBytes TlsRecord(std::uint8_t type, const TlsBytes& fragment, std::uint16_t version = 0x0303);
// Handshake records of at most `max_fragment` bytes each around `messages`.
TlsBytes TlsRecords(const TlsBytes& messages, std::size_t max_fragment = 1 << 14,
                    std::uint16_t version = 0x0303);
// A message of `type` with a body of `size` bytes of filler.
TlsBytes TlsMessage(std::uint8_t type, std::size_t size);
TlsBytes TlsChangeCipherSpec();
TlsBytes TlsAlert(std::uint8_t level, std::uint8_t description);

TlsBytes Joined(const std::vector<TlsBytes>& parts);

}  // namespace unopened::tests
