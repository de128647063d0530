#include "capture/tunnel.h"

#include "capture/tunnel_body.h"

namespace unopened::capture {
namespace {

using base::ByteReader;
using tunnel::Body;
using tunnel::Ethernet;
using tunnel::Gre;
using tunnel::Ip;
using tunnel::Mpls;

std::optional<Tunnel> EtherIp(Body body) {
  std::uint16_t version = 0;
  if (!body.reader.ReadU16(version) || version != 0x3000) return std::nullopt;
  return Ethernet(TunnelKind::kOther, body);
}

// RFC 4302 §2. What stands behind the header, and its protocol.
struct Authenticated {
  std::uint8_t next = 0;
  Body body;
};
std::optional<Authenticated> Authentication(const IpPayload& ip) {
  Authenticated inside{0, Body(ip.bytes, ip.wire_length)};
  std::uint8_t words = 0;
  std::uint16_t reserved = 0;
  ByteReader& reader = inside.body.reader;
  if (!reader.ReadU8(inside.next) || !reader.ReadU8(words) || !reader.ReadU16(reserved) ||
      reserved != 0 || words < 2 || !reader.Skip((words + 2U) * 4 - 4)) {
    return std::nullopt;
  }
  return inside;
}

}  // namespace

std::optional<Tunnel> OpenIpTunnel(const IpPayload& ip) {
  const Body body(ip.bytes, ip.wire_length);
  switch (ip.protocol) {
    case ip_protocol::kIpv4:
      return Ip(TunnelKind::kIpInIp, body, IpVersion::kV4);
    case ip_protocol::kIpv6:
      return Ip(TunnelKind::kIpInIp, body, IpVersion::kV6);
    case ip_protocol::kGre:
      return Gre(body);
    case ip_protocol::kEtherIp:
      return EtherIp(body);
    case ip_protocol::kMpls:
      return Mpls(body);
    default:
      return std::nullopt;
  }
}

std::optional<IpPayload> SkipAuthentication(const IpPayload& ip) {
  if (ip.protocol != ip_protocol::kAh) return std::nullopt;
  const auto inside = Authentication(ip);
  if (!inside) return std::nullopt;
  switch (inside->next) {
    case ip_protocol::kIpv4:
    case ip_protocol::kTcp:
    case ip_protocol::kUdp:
    case ip_protocol::kIpv6:
    case ip_protocol::kGre:
    case ip_protocol::kEsp:
    case ip_protocol::kSctp:
      break;
    default:
      return std::nullopt;
  }
  IpPayload payload = ip;
  payload.protocol = inside->next;
  payload.bytes = inside->body.rest();
  payload.wire_length = inside->body.left();
  return payload;
}

}  // namespace unopened::capture
