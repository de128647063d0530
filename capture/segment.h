// Segment: what the decoder makes of one packet: whose it is, which way it went, and its transport
// payload.
#pragma once

#include <array>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/clock.h"

namespace unopened::capture {

enum class Transport : std::uint8_t { kTcp, kUdp, kEsp, kAh, kSctp, kIcmp, kOtherIp };
inline constexpr int kTransportCount = 7;

enum class IpVersion : std::uint8_t { kV4, kV6 };

enum class TunnelKind : std::uint8_t { kNone, kGre, kVxlan, kIpInIp, kGtp, kMpls, kPppoe, kOther };

// 0: from the endpoint that sorts first in FlowKey (`low`), 1: from the other.
enum class Side : std::uint8_t { kLow = 0, kHigh = 1 };
constexpr Side Opposite(Side side) { return side == Side::kLow ? Side::kHigh : Side::kLow; }

using Address =
    std::array<std::uint8_t, 16>;  // an IPv4 address in the first four bytes, the rest zero

// The 5-tuple both ways: endpoints sorted by (address, port), so that both directions of a flow
// have one key. ESP and AH have the port 0 at both ends: an SPI names one direction only. Exists
// only while a packet is handled; the flow table keeps a keyed hash of it (flow_hash.h), never the
// key.
struct FlowKey {
  Address low{};
  Address high{};
  std::uint16_t low_port = 0;
  std::uint16_t high_port = 0;
  Transport transport = Transport::kTcp;
  IpVersion ip_version = IpVersion::kV4;
  std::uint8_t ip_protocol = 0;  // the number in the IP header, so that kOtherIp flows stay apart
  std::uint8_t reserved = 0;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

struct TcpFlags {
  static constexpr std::uint8_t kFin = 0x01;
  static constexpr std::uint8_t kSyn = 0x02;
  static constexpr std::uint8_t kRst = 0x04;
  static constexpr std::uint8_t kAck = 0x10;
};

struct Segment {
  FlowKey key;
  Side from = Side::kLow;  // who sent it
  TunnelKind tunnel = TunnelKind::kNone;
  std::uint8_t tcp_flags = 0;
  std::uint32_t tcp_sequence = 0;
  std::uint32_t packets = 1;      // more than one where it was put together from fragments
  std::uint32_t wire_length = 0;  // of the whole frames, on the wire
  std::uint32_t payload_wire_length =
      0;  // of the transport payload, by the IP length; > payload.size() where snapped
  // Transport payload without link padding, borrowed from the packet or the decoder, until its next
  // packet.
  base::Bytes payload;
  base::TimeNs time = 0;

  std::uint16_t source_port() const { return from == Side::kLow ? key.low_port : key.high_port; }
  std::uint16_t destination_port() const {
    return from == Side::kLow ? key.high_port : key.low_port;
  }
  const Address& source() const { return from == Side::kLow ? key.low : key.high; }
  const Address& destination() const { return from == Side::kLow ? key.high : key.low; }
};

}  // namespace unopened::capture
