// The long header of a QUIC packet as anybody can read it, before header protection is removed (RFC
// 9000 §17.2). Pure; every view borrows the datagram's bytes. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/quic/version.h"

namespace unopened::classify::quic {

inline constexpr std::size_t kMaxConnectionId = 20;      // RFC 9000 §17.2, for version 1 and 2
inline constexpr std::size_t kMinFirstConnectionId = 8;  // RFC 9000 §7.2
inline constexpr std::size_t kMinClientDatagram = 1200;  // RFC 9000 §14.1
inline constexpr std::size_t kRetryTagSize = 16;

// A variable-length integer (RFC 9000 §16).
bool ReadVarint(base::ByteReader& reader, std::uint64_t& out);

struct LongHeader {
  std::uint32_t number = 0;  // the version field
  std::size_t version = 0;   // its row in kVersions; kVersions.size() where it has none
  PacketType type = PacketType::kInitial;  // only of a version with a row
  base::Bytes destination;
  base::Bytes source;
  // Initial: the client's; Retry: the server's; Version Negotiation: the versions, four bytes each.
  base::Bytes token;
  base::Bytes original_destination;      // Retry up to draft 24: the id it repeats
  base::Bytes packet;                    // from the first byte to the packet's end, still protected
  std::size_t packet_number_offset = 0;  // into `packet`; 0 for Retry
};

// Reads one packet; `reader`, the rest of a datagram, is moved behind it on success. A version
// without a row, Version Negotiation and Retry reach to the datagram's end. Versions that are
// reserved are read as version 1. NotThis for a short header. NeedMore only on an open reader,
// which stands for a datagram that the snap length cut.
base::Parsed<LongHeader> ReadLongHeader(base::ByteReader& reader);

}  // namespace unopened::classify::quic
