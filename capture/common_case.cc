#include "capture/common_case.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "capture/ip.h"
#include "capture/link.h"
#include "capture/tunnel.h"

namespace unopened::capture {
namespace {

using base::Bytes;

constexpr std::size_t kEthernetSize = 14;
constexpr std::size_t kTaggedSize = 18;
constexpr std::size_t kTcpSize = 20;
constexpr std::size_t kUdpSize = 8;
constexpr std::uint16_t kVlan = 0x8100;

// `at` and what is read there lie inside `bytes`: each caller has compared sizes.
std::uint16_t U16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
std::uint32_t U32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(U16(bytes, at)) << 16 | U16(bytes, at + 2);
}

// Where the IP payload stands in a frame, and its length by the IP header.
struct Where {
  std::size_t payload = 0;
  std::size_t length = 0;
  std::uint8_t protocol = 0;
};

bool FindIpv4(Bytes frame, std::size_t ip, Where& where) {
  constexpr std::size_t kSize = 20;
  constexpr std::uint8_t kVersionAndWords = 0x45;
  constexpr std::uint16_t kMoreAndOffset = 0x3fff;
  if (frame.size() < ip + kSize || frame[ip] != kVersionAndWords ||
      (U16(frame, ip + 6) & kMoreAndOffset) != 0) {
    return false;
  }
  const std::size_t total = U16(frame, ip + 2);
  if (total < kSize) return false;
  where = {ip + kSize, total - kSize, frame[ip + 9]};
  return true;
}

bool FindIpv6(Bytes frame, std::size_t ip, Where& where) {
  constexpr std::size_t kSize = 40;
  if (frame.size() < ip + kSize || frame[ip] >> 4 != 6) return false;
  where = {ip + kSize, U16(frame, ip + 4), frame[ip + 6]};
  return where.length > 0;
}

bool FindTcp(Bytes frame, const Where& where, Segment& segment) {
  if (frame.size() < where.payload + kTcpSize) return false;
  const std::size_t header = (frame[where.payload + 12] >> 4) * 4U;
  if (header < kTcpSize || header > where.length || frame.size() < where.payload + header) {
    return false;
  }
  segment.key.transport = Transport::kTcp;
  segment.tcp_sequence = U32(frame, where.payload + 4);
  segment.tcp_flags = frame[where.payload + 13];
  segment.payload_wire_length = static_cast<std::uint32_t>(where.length - header);
  segment.payload = frame.subspan(where.payload + header);
  return true;
}

bool FindUdp(Bytes frame, const Where& where, Segment& segment) {
  if (frame.size() < where.payload + kUdpSize ||
      MayCarryTunnel(U16(frame, where.payload), U16(frame, where.payload + 2))) {
    return false;
  }
  const std::size_t length = U16(frame, where.payload + 4);
  if (length < kUdpSize || length > where.length) return false;
  segment.key.transport = Transport::kUdp;
  segment.tcp_sequence = 0;
  segment.tcp_flags = 0;
  segment.payload_wire_length = static_cast<std::uint32_t>(length - kUdpSize);
  segment.payload = frame.subspan(where.payload + kUdpSize);
  return true;
}

// As MakeDirectedFlow (flow_key.h), of addresses of `kSize` bytes that stand one behind the other.
template <std::size_t kSize>
void SetEnds(Bytes addresses, std::uint16_t source_port, std::uint16_t destination_port,
             Segment& segment) {
  const Bytes source = addresses.first(kSize);
  const Bytes destination = addresses.subspan(kSize, kSize);
  int order = 0;
  if constexpr (kSize == 4) {
    const std::uint32_t a = U32(source, 0);
    const std::uint32_t b = U32(destination, 0);
    order = a == b ? 0 : a > b ? 1 : -1;
  } else {
    order = std::memcmp(source.data(), destination.data(), kSize);
  }
  const bool swap = order > 0 || (order == 0 && source_port > destination_port);
  FlowKey& key = segment.key;
  key.low = {};
  key.high = {};
  std::copy_n((swap ? destination : source).begin(), kSize, key.low.begin());
  std::copy_n((swap ? source : destination).begin(), kSize, key.high.begin());
  key.low_port = swap ? destination_port : source_port;
  key.high_port = swap ? source_port : destination_port;
  segment.from = swap ? Side::kHigh : Side::kLow;
}

}  // namespace

bool DecodeCommonCase(const Packet& packet, Segment& segment) {
  const Bytes frame = packet.bytes;
  if (packet.link != LinkType::kEthernet || frame.size() < kTaggedSize) return false;
  std::size_t ip = kEthernetSize;
  std::uint16_t type = U16(frame, kEthernetSize - 2);
  if (type == kVlan) {
    type = U16(frame, kTaggedSize - 2);
    ip = kTaggedSize;
  }
  Where where;
  const bool v4 = type == ether_type::kIpv4;
  if (!v4 && type != ether_type::kIpv6) return false;
  if (v4 ? !FindIpv4(frame, ip, where) : !FindIpv6(frame, ip, where)) return false;
  if (where.protocol == ip_protocol::kTcp) {
    if (!FindTcp(frame, where, segment)) return false;
  } else if (where.protocol != ip_protocol::kUdp || !FindUdp(frame, where, segment)) {
    return false;
  }
  if (segment.payload.size() > segment.payload_wire_length) {
    segment.payload =
        segment.payload.first(segment.payload_wire_length);  // what follows is padding
  }
  const std::uint16_t source_port = U16(frame, where.payload);
  const std::uint16_t destination_port = U16(frame, where.payload + 2);
  if (v4) {
    SetEnds<4>(frame.subspan(ip + 12, 8), source_port, destination_port, segment);
    segment.key.ip_version = IpVersion::kV4;
  } else {
    SetEnds<16>(frame.subspan(ip + 8, 32), source_port, destination_port, segment);
    segment.key.ip_version = IpVersion::kV6;
  }
  segment.key.ip_protocol = where.protocol;
  segment.time = packet.time;
  return true;
}

}  // namespace unopened::capture
