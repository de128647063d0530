// What differs between versions of QUIC in a packet an observer can open: one row a version.
//
// All rows share the packet layout of RFC 9000 §17.2, which the drafts have had since 22: a version
// with that layout and its own salt is one more row. Constants only. Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "classify/protocol.h"

namespace unopened::classify::quic {

enum class PacketType : std::uint8_t { kInitial, kZeroRtt, kHandshake, kRetry };

// Salts of HKDF-Extract, in the order of kSalts.
enum class Salt : std::uint8_t { kDraft22, kDraft23, kDraft29, kV1, kV2, kQ050, kT050, kT051 };

// How a Retry proves that it answers a client's Initial.
enum class RetryProof : std::uint8_t {
  kNone,      // not at all, as far as is published
  kEchoedId,  // repeats the client's first Destination Connection ID (drafts up to 24, §17.2.5)
  kTag,       // an integrity tag (RFC 9001 §5.8, and the drafts from 25 on)
};

// Whose frames and whose handshake the Initials carry.
enum class Framing : std::uint8_t {
  kIetf,        // RFC 9000's frames and TLS
  kGoogleTls,   // Google's frames and TLS
  kGoogleChlo,  // Google's frames and handshake
};

// Labels of HKDF-Expand-Label, without the "tls13 " every label begins with.
struct Labels {
  std::string_view key;
  std::string_view iv;
  std::string_view hp;
};

struct RetrySecret {
  std::array<std::uint8_t, 16> key;
  std::array<std::uint8_t, 12> nonce;
};

// PacketType by the two type bits of a long header's first byte.
using TypeBits = std::array<PacketType, 4>;

struct VersionRow {
  std::uint32_t number;  // the long header's version field
  Version version;
  Salt salt;
  const Labels* labels;
  const TypeBits* types;
  RetryProof retry;
  const RetrySecret* retry_secret;  // of RetryProof::kTag
  Framing framing;
};

inline constexpr std::uint32_t kVersionNegotiation = 0;
inline constexpr std::uint32_t kVersion1 = 0x00000001;
inline constexpr std::uint32_t kVersion2 = 0x6b3343cf;
// 0xff0000nn: what implements draft-ietf-quic-transport-nn (RFC 9000 §15).
constexpr std::uint32_t DraftVersion(std::uint32_t draft) { return 0xff000000 + draft; }

inline constexpr std::size_t kSaltSize = 20;
// Sources: draft-ietf-quic-tls-22, -23 and -29 §5.2, RFC 9001 §5.2 (also draft 33), RFC 9369
// §3.3.1; Chromium's crypto_utils.cc for Q050, T050 and T051.
inline constexpr std::array<std::array<std::uint8_t, kSaltSize>, 8> kSalts = {{
    {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
     0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
    {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
     0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
    {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
    {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
    {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
     0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
    {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
     0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
    {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
     0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
    {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
     0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
}};

inline constexpr Labels kLabels1 = {"quic key", "quic iv", "quic hp"};
inline constexpr Labels kLabels2 = {"quicv2 key", "quicv2 iv", "quicv2 hp"};  // RFC 9369 §3.3.2

inline constexpr TypeBits kTypes1 = {PacketType::kInitial, PacketType::kZeroRtt,
                                     PacketType::kHandshake, PacketType::kRetry};
inline constexpr TypeBits kTypes2 = {PacketType::kRetry, PacketType::kInitial, PacketType::kZeroRtt,
                                     PacketType::kHandshake};

// draft-ietf-quic-tls-25 and -29 §5.8, RFC 9001 §5.8, RFC 9369 §3.3.3.
inline constexpr RetrySecret kRetryDraft25 = {
    {0x4d, 0x32, 0xec, 0xdb, 0x2a, 0x21, 0x33, 0xc8, 0x41, 0xe4, 0x04, 0x3d, 0xf2, 0x7d, 0x44,
     0x30},
    {0x4d, 0x16, 0x11, 0xd0, 0x55, 0x13, 0xa5, 0x52, 0xc5, 0x87, 0xd5, 0x75}};
inline constexpr RetrySecret kRetryDraft29 = {
    {0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0, 0x57, 0x28, 0x15, 0x5a, 0x6c, 0xb9, 0x6b,
     0xe1},
    {0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21, 0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c}};
inline constexpr RetrySecret kRetryV1 = {
    {0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8,
     0x4e},
    {0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb}};
inline constexpr RetrySecret kRetryV2 = {
    {0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c, 0xcc,
     0x92},
    {0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a}};

constexpr VersionRow IetfRow(std::uint32_t number, Version version, Salt salt, RetryProof retry,
                             const RetrySecret* secret) {
  return {number, version, salt, &kLabels1, &kTypes1, retry, secret, Framing::kIetf};
}
constexpr VersionRow DraftRow(std::uint32_t draft) {
  const Salt salt = draft <= 22   ? Salt::kDraft22
                    : draft <= 28 ? Salt::kDraft23
                    : draft <= 32 ? Salt::kDraft29
                                  : Salt::kV1;
  const RetrySecret* secret = draft <= 24   ? nullptr
                              : draft <= 28 ? &kRetryDraft25
                              : draft <= 32 ? &kRetryDraft29
                                            : &kRetryV1;
  return IetfRow(DraftVersion(draft), Version::kQuicDraft, salt,
                 draft <= 24 ? RetryProof::kEchoedId : RetryProof::kTag, secret);
}
// Meta's numbers for draft 22, draft 27 (its default whatever the number) and version 1.
constexpr VersionRow MvfstRow(std::uint32_t number, Salt salt) {
  return IetfRow(number, Version::kMvfst, salt, RetryProof::kTag,
                 salt == Salt::kV1 ? &kRetryV1 : &kRetryDraft29);
}
constexpr VersionRow GoogleRow(std::uint32_t number, Version version, Salt salt, Framing framing) {
  return {number, version, salt, &kLabels1, &kTypes1, RetryProof::kNone, nullptr, framing};
}

// Frequent versions first. The last two are for any reserved number, see IsReserved: a client
// protects such an Initial as it would one of the version it prefers.
inline constexpr std::array<VersionRow, 30> kVersions = {{
    IetfRow(kVersion1, Version::kQuic1, Salt::kV1, RetryProof::kTag, &kRetryV1),
    {kVersion2, Version::kQuic2, Salt::kV2, &kLabels2, &kTypes2, RetryProof::kTag, &kRetryV2,
     Framing::kIetf},
    DraftRow(29),
    MvfstRow(0xfaceb002, Salt::kDraft23),
    DraftRow(34),
    DraftRow(33),
    DraftRow(32),
    DraftRow(31),
    DraftRow(30),
    DraftRow(28),
    DraftRow(27),
    DraftRow(26),
    DraftRow(25),
    DraftRow(24),
    DraftRow(23),
    DraftRow(22),
    MvfstRow(0xfaceb001, Salt::kDraft22),
    MvfstRow(0xfaceb003, Salt::kV1),
    MvfstRow(0xfaceb004, Salt::kV1),
    MvfstRow(0xfaceb00d, Salt::kDraft23),
    MvfstRow(0xfaceb00e, Salt::kDraft23),
    MvfstRow(0xfaceb010, Salt::kDraft23),
    MvfstRow(0xfaceb011, Salt::kDraft23),
    MvfstRow(0xfaceb013, Salt::kDraft23),
    MvfstRow(0xfaceb014, Salt::kDraft23),
    GoogleRow(0x51303530, Version::kGquicQ, Salt::kQ050, Framing::kGoogleChlo),
    GoogleRow(0x54303530, Version::kGquicT, Salt::kT050, Framing::kGoogleTls),
    GoogleRow(0x54303531, Version::kGquicT, Salt::kT051, Framing::kGoogleTls),
    IetfRow(0x0a0a0a0a, Version::kNone, Salt::kV1, RetryProof::kNone, nullptr),
    IetfRow(0x0a0a0a0a, Version::kNone, Salt::kDraft29, RetryProof::kNone, nullptr),
}};
inline constexpr std::size_t kFirstReservedRow = kVersions.size() - 2;

// RFC 9000 §15: 0x?a?a?a?a, sent on purpose to be answered with a Version Negotiation.
constexpr bool IsReserved(std::uint32_t number) { return (number & 0x0f0f0f0f) == 0x0a0a0a0a; }

// Index into kVersions, kFirstReservedRow for a reserved number, or kVersions.size() for a version
// without a row.
constexpr std::size_t FindVersion(std::uint32_t number) {
  std::size_t i = 0;
  while (i < kFirstReservedRow && kVersions[i].number != number) ++i;
  if (i < kFirstReservedRow) return i;
  return IsReserved(number) ? kFirstReservedRow : kVersions.size();
}

// Whether a server may answer an Initial of row `first` in `answer` without asking for another one
// (RFC 9368 §2.3, RFC 9369 §4).
constexpr bool AreCompatible(std::size_t first, std::size_t answer) {
  if (first == answer) return true;
  const auto either = [](std::size_t row) {
    return kVersions[row].number == kVersion1 || kVersions[row].number == kVersion2;
  };
  return either(first) && either(answer);
}

}  // namespace unopened::classify::quic
