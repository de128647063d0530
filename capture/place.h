// Place: a cursor in a frame that knows how much of what follows was on the wire. For the files of
// the link layer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "capture/link.h"
#include "capture/segment.h"

namespace unopened::capture {

struct Place {
  base::ByteReader reader;
  std::uint32_t wire_length = 0;
  TunnelKind tunnel = TunnelKind::kNone;
  bool padded = false;        // an 802.11 header here is filled up to four bytes
  bool either_order = false;  // its frame control may be in network byte order

  bool Skip(std::size_t count) {
    if (!reader.Skip(count)) return false;
    wire_length -= static_cast<std::uint32_t>(count);
    return true;
  }
  bool ReadU8(std::uint8_t& out) {
    if (!reader.ReadU8(out)) return false;
    wire_length -= 1;
    return true;
  }
  bool ReadU16(std::uint16_t& out) {
    if (!reader.ReadU16(out)) return false;
    wire_length -= 2;
    return true;
  }
  bool ReadU32(std::uint32_t& out) {
    if (!reader.ReadU32(out)) return false;
    wire_length -= 4;
    return true;
  }
  bool ReadU16LE(std::uint16_t& out) {
    if (!ReadU16(out)) return false;
    out = __builtin_bswap16(out);
    return true;
  }
  bool ReadU32LE(std::uint32_t& out) {
    if (!ReadU32(out)) return false;
    out = __builtin_bswap32(out);
    return true;
  }
  // A length field's word: what lies beyond `length` is padding.
  bool Trim(std::uint32_t length) {
    if (length > wire_length) return false;
    wire_length = length;
    if (reader.size() > length) reader = base::ByteReader(reader.rest().first(length));
    return true;
  }
};

inline Place PlaceAt(base::Bytes bytes, std::uint32_t wire_length) {
  return {base::ByteReader(bytes), std::max(wire_length, static_cast<std::uint32_t>(bytes.size()))};
}

inline LinkPayload Ip(const Place& place) {
  return {place.reader.rest(), place.wire_length, place.tunnel};
}

}  // namespace unopened::capture
