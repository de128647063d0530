#include "classify/rtp/packet.h"

#include <cstddef>

namespace unopened::classify::rtp {
namespace {

using base::ByteReader;
using base::NotThis;

constexpr std::uint8_t kFirstControl = 192;  // RFC 5761 §4: reports in use are 200 to 207
constexpr std::uint8_t kFirstReport = 200;
constexpr std::uint8_t kLastReport = 207;
constexpr std::uint8_t kLastControl = 223;
constexpr std::size_t kFixedHeader = 12;
constexpr std::size_t kWord = 4;

// RFC 3551 §6 and RFC 5761 §4: the assigned static ones, and where dynamic ones are taken from.
constexpr bool IsPayloadType(std::uint8_t type) { return type < 64 || type >= 96; }

}  // namespace

base::Parsed<Header> ParseHeader(const Datagram& datagram) {
  ByteReader reader(datagram.bytes);
  std::uint8_t first = 0;
  std::uint8_t second = 0;
  std::uint16_t third = 0;
  if (!reader.ReadU8(first) || first >> 6 != 2) return NotThis{"rtp: version"};
  Header header;
  if (!reader.ReadU8(second) || !reader.ReadU16(third)) return NotThis{"rtp: header"};
  if (second >= kFirstControl && second <= kLastControl) {
    header.control = true;
    header.payload_type = second;
    const std::size_t size = (std::size_t{third} + 1) * kWord;
    if (second < kFirstReport || second > kLastReport || size < 2 * kWord ||
        size > datagram.wire_length || !reader.ReadU32(header.ssrc)) {
      return NotThis{"rtp: rtcp header"};
    }
    return header;
  }
  header.payload_type = second & 0x7f;
  header.sequence = third;
  if (!reader.ReadU32(header.timestamp) || !reader.ReadU32(header.ssrc) ||
      !IsPayloadType(header.payload_type) || header.ssrc == 0) {
    return NotThis{"rtp: header"};
  }
  std::size_t size = kFixedHeader + (first & 0x0f) * kWord;
  const bool extended = (first & 0x10) != 0;
  std::uint16_t words = 0;
  if (extended && reader.Skip((first & 0x0f) * kWord + 2) && reader.ReadU16(words)) {
    size += kWord + words * kWord;
  }
  if (size > datagram.wire_length) return NotThis{"rtp: header length"};
  return header;
}

}  // namespace unopened::classify::rtp
