// What differs between versions of QUIC in a packet an observer can open: one row a version.
//
// A version with the same packet layout and its own salt (the IETF drafts from 29 on) is one more
// row.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "classify/protocol.h"

namespace unopened::classify::quic {

enum class PacketType : std::uint8_t { kInitial, kZeroRtt, kHandshake, kRetry };

struct VersionRow {
  std::uint32_t number;  // the long header's version field
  Version version;
  std::array<std::uint8_t, 20> salt;  // of HKDF-Extract
  // Labels of HKDF-Expand-Label, without the "tls13 " every label begins with.
  std::string_view key_label;
  std::string_view iv_label;
  std::string_view hp_label;
  // PacketType by the two type bits of a long header's first byte.
  std::array<PacketType, 4> types;
  std::array<std::uint8_t, 16> retry_key;
  std::array<std::uint8_t, 12> retry_nonce;
};

inline constexpr std::uint32_t kVersionNegotiation = 0;
inline constexpr std::uint32_t kVersion1 = 0x00000001;
inline constexpr std::uint32_t kVersion2 = 0x6b3343cf;

// Sources: RFC 9000 §17.2, RFC 9001 §5.1, §5.2, §5.8; RFC 9369 §3.2, §3.3.
inline constexpr std::array<VersionRow, 2> kVersions = {{
    {.number = kVersion1,
     .version = Version::kQuic1,
     .salt = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
              0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     .key_label = "quic key",
     .iv_label = "quic iv",
     .hp_label = "quic hp",
     .types = {PacketType::kInitial, PacketType::kZeroRtt, PacketType::kHandshake,
               PacketType::kRetry},
     .retry_key = {0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3,
                   0x68, 0xc8, 0x4e},
     .retry_nonce = {0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb}},
    {.number = kVersion2,
     .version = Version::kQuic2,
     .salt = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
              0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     .key_label = "quicv2 key",
     .iv_label = "quicv2 iv",
     .hp_label = "quicv2 hp",
     .types = {PacketType::kRetry, PacketType::kInitial, PacketType::kZeroRtt,
               PacketType::kHandshake},
     .retry_key = {0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad,
                   0x7c, 0xcc, 0x92},
     .retry_nonce = {0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a}},
}};

// Index into kVersions, or kVersions.size() for a version without a row.
constexpr std::size_t FindVersion(std::uint32_t number) {
  std::size_t i = 0;
  while (i < kVersions.size() && kVersions[i].number != number) ++i;
  return i;
}

// RFC 9000 §15: 0x?a?a?a?a, sent on purpose to be answered with a Version Negotiation.
constexpr bool IsReserved(std::uint32_t number) { return (number & 0x0f0f0f0f) == 0x0a0a0a0a; }

}  // namespace unopened::classify::quic
