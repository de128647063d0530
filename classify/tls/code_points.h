// The code points of TLS that the parser reads, by their IANA names. All are open: an unknown value
// is a value.
#pragma once

#include <cstdint>

namespace unopened::classify::tls {

using ProtocolVersion = std::uint16_t;
using CipherSuite = std::uint16_t;
using NamedGroup = std::uint16_t;
using ExtensionType = std::uint16_t;

// RFC 8446 §5.1
enum class ContentType : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
};

// RFC 8446 §4, RFC 5246 §7.4
enum class HandshakeType : std::uint8_t {
  kHelloRequest = 0,
  kClientHello = 1,
  kServerHello = 2,
  kHelloVerifyRequest = 3,  // DTLS up to 1.2 (RFC 6347 §4.2.1)
  kNewSessionTicket = 4,
  kDraftHelloRetryRequest = 6,  // a message of its own until draft 21
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateStatus = 22,  // RFC 6066 §8
  kSupplementalData = 23,   // RFC 4680
};

inline constexpr ProtocolVersion kSsl30 = 0x0300;
inline constexpr ProtocolVersion kTls10 = 0x0301;
inline constexpr ProtocolVersion kTls11 = 0x0302;
inline constexpr ProtocolVersion kTls12 = 0x0303;
inline constexpr ProtocolVersion kTls13 = 0x0304;

// Of the drafts of TLS 1.3: 0x7f and the draft's number; Google's and Facebook's trials of the same
// protocol have numbers of their own. All are 1.3 to whoever asks what a handshake protects.
constexpr bool IsTls13Draft(ProtocolVersion version) {
  const int major = version >> 8;
  return major == 0x7f || major == 0x7e || major == 0xfb;
}

// DTLS counts down (RFC 6347 §4.1, RFC 9147 §5.3). OpenSSL spoke a draft with a number of its own
// before the standard, and so did VPN products built on it.
inline constexpr ProtocolVersion kDtls10 = 0xfeff;
inline constexpr ProtocolVersion kDtls12 = 0xfefd;
inline constexpr ProtocolVersion kDtls13 = 0xfefc;
inline constexpr ProtocolVersion kDtlsPrestandard = 0x0100;
constexpr bool IsDtls(ProtocolVersion version) {
  return version >> 8 == 0xfe || version == kDtlsPrestandard;
}

constexpr bool IsTls13(ProtocolVersion version) {
  return version == kTls13 || version == kDtls13 || IsTls13Draft(version);
}

inline constexpr ExtensionType kServerName = 0;
inline constexpr ExtensionType kSupportedGroups = 10;
inline constexpr ExtensionType kEcPointFormats = 11;
inline constexpr ExtensionType kSignatureAlgorithms = 13;
inline constexpr ExtensionType kUseSrtp = 14;  // RFC 5764 §4.1.1
inline constexpr ExtensionType kAlpn = 16;
inline constexpr ExtensionType kSessionTicket = 35;
inline constexpr ExtensionType kDraftKeyShare = 40;  // until draft 22
inline constexpr ExtensionType kPreSharedKey = 41;
inline constexpr ExtensionType kEarlyData = 42;
inline constexpr ExtensionType kSupportedVersions = 43;
inline constexpr ExtensionType kKeyShare = 51;
inline constexpr ExtensionType kEncryptedClientHello = 0xfe0d;  // RFC 9849

// RFC 8701 §2: 0x0a0a, 0x1a1a ... 0xfafa, in every 16-bit registry.
constexpr bool IsGrease(std::uint16_t value) {
  return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

}  // namespace unopened::classify::tls
