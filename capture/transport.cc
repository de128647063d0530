#include "capture/transport.h"

#include <algorithm>

namespace unopened::capture {
namespace {

using base::ByteReader;

constexpr std::uint32_t kTcpHeaderSize = 20;
constexpr std::uint32_t kUdpHeaderSize = 8;

Layer<TransportPayload> ParseTcp(const IpPayload& ip) {
  if (ip.wire_length < kTcpHeaderSize) return tl::unexpected(Reject::kBadTcpHeader);
  ByteReader reader(ip.bytes);
  TransportPayload tcp;
  tcp.transport = Transport::kTcp;
  std::uint32_t acknowledgment = 0;
  std::uint8_t words = 0;
  // Window, checksum and urgent pointer end the fixed header.
  if (!reader.ReadU16(tcp.source_port) || !reader.ReadU16(tcp.destination_port) ||
      !reader.ReadU32(tcp.tcp_sequence) || !reader.ReadU32(acknowledgment) ||
      !reader.ReadU8(words) || !reader.ReadU8(tcp.tcp_flags) || !reader.Skip(6)) {
    return tl::unexpected(Reject::kTruncatedTransport);
  }
  const std::uint32_t header_length = (words >> 4) * 4U;
  if (header_length < kTcpHeaderSize || header_length > ip.wire_length) {
    return tl::unexpected(Reject::kBadTcpHeader);
  }
  tcp.wire_length = ip.wire_length - header_length;
  if (reader.Skip(header_length - kTcpHeaderSize)) tcp.bytes = reader.rest();
  return tcp;
}

Layer<TransportPayload> ParseUdp(const IpPayload& ip) {
  if (ip.wire_length < kUdpHeaderSize) return tl::unexpected(Reject::kBadUdpLength);
  ByteReader reader(ip.bytes);
  TransportPayload udp;
  udp.transport = Transport::kUdp;
  std::uint16_t length_field = 0;
  if (!reader.ReadU16(udp.source_port) || !reader.ReadU16(udp.destination_port) ||
      !reader.ReadU16(length_field) || !reader.Skip(2)) {
    return tl::unexpected(Reject::kTruncatedTransport);
  }
  // RFC 2675 §4, and senders that leave segmentation to their network card: the IP length counts.
  const std::uint32_t length = length_field == 0 ? ip.wire_length : length_field;
  if (length < kUdpHeaderSize || length > ip.wire_length) {
    return tl::unexpected(Reject::kBadUdpLength);
  }
  udp.wire_length = length - kUdpHeaderSize;
  udp.bytes = reader.rest().first(std::min<std::size_t>(reader.size(), udp.wire_length));
  return udp;
}

Transport WithoutPorts(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kEsp:
      return Transport::kEsp;
    case ip_protocol::kAh:
      return Transport::kAh;
    case ip_protocol::kSctp:
      return Transport::kSctp;
    case ip_protocol::kIcmp:
    case ip_protocol::kIcmpV6:
      return Transport::kIcmp;
    default:
      return Transport::kOtherIp;
  }
}

}  // namespace

Layer<TransportPayload> ParseTransport(const IpPayload& ip) {
  if (ip.protocol == ip_protocol::kTcp) return ParseTcp(ip);
  if (ip.protocol == ip_protocol::kUdp) return ParseUdp(ip);
  TransportPayload other;
  other.transport = WithoutPorts(ip.protocol);
  other.bytes = ip.bytes;
  other.wire_length = ip.wire_length;
  return other;
}

}  // namespace unopened::capture
