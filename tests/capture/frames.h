// Whole frames for the tests of capture/, each layer written as its specification does.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "capture/packet.h"
#include "tests/support/wire.h"

namespace unopened::capture::frames {

using Payload = std::vector<std::uint8_t>;
using tests::Wire;

inline Payload Ethernet(std::uint16_t type, const Payload& payload) {
  return Wire().Fill(6, 0x02).Fill(6, 0x04).U16(type).Append(payload).bytes();
}

// A tag of `tpid` before an Ethernet type and what follows.
inline Payload Tagged(std::uint16_t vlan, std::uint16_t type, const Payload& payload) {
  return Wire().U16(vlan).U16(type).Append(payload).bytes();
}

struct Ipv4Fields {
  std::uint8_t protocol = 6;
  std::uint8_t words = 5;
  int total_length = -1;  // -1: as it is
  std::uint16_t flags_and_offset = 0x4000;
  std::uint16_t identification = 7;
  std::uint32_t source = 0x0a000001;
  std::uint32_t destination = 0x0a000002;
};

inline Payload Ipv4(const Ipv4Fields& fields, const Payload& payload) {
  const int length = fields.total_length >= 0
                         ? fields.total_length
                         : static_cast<int>(fields.words * 4U + payload.size());
  Wire wire;
  wire.U8(0x40U | fields.words)
      .U8(0)
      .U16(length)
      .U16(fields.identification)
      .U16(fields.flags_and_offset);
  wire.U8(64).U8(fields.protocol).U16(0xbad0).U32(fields.source).U32(fields.destination);
  if (fields.words > 5) wire.Fill((fields.words - 5U) * 4, 1);
  return wire.Append(payload).bytes();
}

inline Payload Ipv6(std::uint8_t next, const Payload& payload, int payload_length = -1) {
  Wire wire;
  wire.U32(0x60000000).U16(payload_length >= 0 ? payload_length : static_cast<int>(payload.size()));
  wire.U8(next).U8(64).U16(0x2001).Fill(13, 0).U8(9).U16(0x2001).Fill(13, 0).U8(1);
  return wire.Append(payload).bytes();
}

// Hop-by-hop, routing or destination options of 8 * (1 + more) bytes.
inline Payload Extension(std::uint8_t next, std::uint8_t more, const Payload& payload) {
  return Wire().U8(next).U8(more).Fill(6 + 8U * more, 0).Append(payload).bytes();
}

inline Payload FragmentHeader(std::uint8_t next, std::uint16_t offset_and_more,
                              const Payload& payload) {
  return Wire().U8(next).U8(0).U16(offset_and_more).U32(0x1234).Append(payload).bytes();
}

struct TcpFields {
  std::uint16_t source = 40000;
  std::uint16_t destination = 443;
  std::uint32_t sequence = 0x01020304;
  std::uint8_t words = 5;
  std::uint8_t flags = 0x18;
};

inline Payload Tcp(const TcpFields& fields, const Payload& payload) {
  Wire wire;
  wire.U16(fields.source).U16(fields.destination).U32(fields.sequence).U32(0);
  wire.U8(fields.words << 4).U8(fields.flags).U16(1024).U16(0xbad0).U16(0);
  if (fields.words > 5) wire.Fill((fields.words - 5U) * 4, 1);
  return wire.Append(payload).bytes();
}

inline Payload Udp(const Payload& payload, int length = -1) {
  return Wire()
      .U16(5353)
      .U16(53)
      .U16(length >= 0 ? length : static_cast<int>(8 + payload.size()))
      .U16(0xbad0)
      .Append(payload)
      .bytes();
}

inline Packet Of(const Payload& frame, LinkType link = LinkType::kEthernet) {
  Packet packet;
  packet.bytes = frame;
  packet.wire_length = static_cast<std::uint32_t>(frame.size());
  packet.time = 17;
  packet.link = link;
  return packet;
}

}  // namespace unopened::capture::frames
