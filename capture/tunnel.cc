#include "capture/tunnel.h"

#include <algorithm>

#include "capture/link.h"

namespace unopened::capture {
namespace {

using base::ByteReader;
using base::Bytes;

// What a tunnel's header is read from: a payload, and how long it was on the wire.
struct Body {
  ByteReader reader;
  std::uint32_t captured = 0;
  std::uint32_t wire_length = 0;

  Body(Bytes bytes, std::uint32_t on_the_wire)
      : reader(bytes),
        captured(static_cast<std::uint32_t>(bytes.size())),
        wire_length(on_the_wire) {}

  Bytes rest() const { return reader.rest(); }
  // Of the rest, on the wire.
  std::uint32_t left() const {
    return wire_length - (captured - static_cast<std::uint32_t>(reader.size()));
  }
};

std::optional<Tunnel> Whole(TunnelKind kind, Bytes ip, std::uint32_t wire_length) {
  if (!HoldsIp(ip, wire_length)) return std::nullopt;
  return Tunnel{kind, ip, wire_length};
}

std::optional<Tunnel> Ip(TunnelKind kind, const Body& body) {
  return Whole(kind, body.rest(), body.left());
}
std::optional<Tunnel> Ip(TunnelKind kind, const Body& body, IpVersion version) {
  if (!HoldsIp(body.rest(), body.left(), version)) return std::nullopt;
  return Tunnel{kind, body.rest(), body.left()};
}
// A tunnel or label inside the frame is further in than `kind`.
std::optional<Tunnel> Inside(TunnelKind kind, const Layer<LinkPayload>& link) {
  if (!link) return std::nullopt;
  return Whole(link->tunnel == TunnelKind::kNone ? kind : link->tunnel, link->ip,
               link->wire_length);
}
std::optional<Tunnel> Ethernet(TunnelKind kind, const Body& body) {
  return Inside(kind, ParseEthernet(body.rest(), body.left()));
}
std::optional<Tunnel> Ppp(TunnelKind kind, const Body& body) {
  return Inside(kind, ParsePpp(body.rest(), body.left()));
}
std::optional<Tunnel> EtherType(TunnelKind kind, std::uint16_t type, const Body& body) {
  if (type == ether_type::kIpv4) return Ip(kind, body, IpVersion::kV4);
  if (type == ether_type::kIpv6) return Ip(kind, body, IpVersion::kV6);
  return Inside(kind, ParseEtherType(type, body.rest(), body.left()));
}

// ERSPAN: type I has no header of its own and no sequence number in GRE's.
std::optional<Tunnel> Erspan(Body body, bool sequenced) {
  if (!sequenced) return Ethernet(TunnelKind::kGre, body);
  std::uint8_t version_and_vlan = 0;
  if (!body.reader.ReadU8(version_and_vlan) || version_and_vlan >> 4 != 1 || !body.reader.Skip(7)) {
    return std::nullopt;
  }
  return Ethernet(TunnelKind::kGre, body);
}

std::optional<Tunnel> Erspan3(Body body) {
  constexpr std::uint16_t kFrameType = 0x7c00;
  constexpr std::uint16_t kSubheader = 0x0001;
  std::uint8_t version_and_vlan = 0;
  std::uint16_t flags = 0;
  if (!body.reader.ReadU8(version_and_vlan) || version_and_vlan >> 4 != 2 || !body.reader.Skip(9) ||
      !body.reader.ReadU16(flags) || ((flags & kSubheader) != 0 && !body.reader.Skip(8))) {
    return std::nullopt;
  }
  switch ((flags & kFrameType) >> 10) {
    case 0:
      return Ethernet(TunnelKind::kGre, body);
    case 2:
      return Ip(TunnelKind::kGre, body);
    default:
      return std::nullopt;
  }
}

// GRE version 1 (RFC 2637 §4.1): PPP, its length in the key's upper half.
std::optional<Tunnel> Pptp(Body body, std::uint16_t flags, std::uint16_t protocol) {
  constexpr std::uint16_t kKey = 0x2000;
  constexpr std::uint16_t kSequence = 0x1000;
  constexpr std::uint16_t kAcknowledgment = 0x0080;
  constexpr std::uint16_t kPpp = 0x880b;
  std::uint16_t length = 0;
  if ((flags & ~(kSequence | kAcknowledgment)) != (kKey | 1) || protocol != kPpp ||
      !body.reader.ReadU16(length) || !body.reader.Skip(2) ||
      ((flags & kSequence) != 0 && !body.reader.Skip(4)) ||
      ((flags & kAcknowledgment) != 0 && !body.reader.Skip(4)) || length > body.left()) {
    return std::nullopt;
  }
  return Ppp(TunnelKind::kGre,
             Body(body.rest().first(std::min<std::size_t>(body.rest().size(), length)), length));
}

std::optional<Tunnel> Gre(Body body) {
  constexpr std::uint16_t kVersion = 0x0007;
  constexpr std::uint16_t kChecksum = 0x8000;
  constexpr std::uint16_t kKey = 0x2000;
  constexpr std::uint16_t kSequence = 0x1000;
  constexpr std::uint16_t kPpp = 0x880b;
  constexpr std::uint16_t kErspan = 0x88be;
  constexpr std::uint16_t kErspan3 = 0x22eb;
  constexpr std::uint16_t kWccp = 0x883e;
  std::uint16_t flags = 0;
  std::uint16_t protocol = 0;
  if (!body.reader.ReadU16(flags) || !body.reader.ReadU16(protocol)) return std::nullopt;
  if ((flags & kVersion) == 1) return Pptp(body, flags, protocol);
  // Source routes (RFC 1701) and reserved bits that are set belong to no GRE of today.
  if ((flags & ~(kChecksum | kKey | kSequence)) != 0 ||
      ((flags & kChecksum) != 0 && !body.reader.Skip(4)) ||
      ((flags & kKey) != 0 && !body.reader.Skip(4)) ||
      ((flags & kSequence) != 0 && !body.reader.Skip(4))) {
    return std::nullopt;
  }
  switch (protocol) {
    case kPpp:
      return Ppp(TunnelKind::kGre, body);
    case kErspan:
      return Erspan(body, (flags & kSequence) != 0);
    case kErspan3:
      return Erspan3(body);
    case kWccp: {
      // Version 2 has a redirect header of four bytes, version 1 none.
      if (const auto first = Ip(TunnelKind::kGre, body, IpVersion::kV4)) return first;
      if (!body.reader.Skip(4)) return std::nullopt;
      return Ip(TunnelKind::kGre, body, IpVersion::kV4);
    }
    default:
      return EtherType(TunnelKind::kGre, protocol, body);
  }
}

std::optional<Tunnel> EtherIp(Body body) {
  std::uint16_t version = 0;
  if (!body.reader.ReadU16(version) || version != 0x3000) return std::nullopt;
  return Ethernet(TunnelKind::kOther, body);
}

std::optional<Tunnel> Mpls(const Body& body) {
  return EtherType(TunnelKind::kMpls, ether_type::kMplsUnicast, body);
}

// RFC 7348 §5; with the group policy extension the first reserved bits and bytes are in use.
std::optional<Tunnel> Vxlan(Body body) {
  constexpr std::uint8_t kVniIsValid = 0x08;
  constexpr std::uint8_t kGroupPolicy = 0x80;
  std::uint8_t flags = 0;
  std::uint32_t reserved = 0;
  std::uint8_t last = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU24(reserved) || !body.reader.Skip(3) ||
      !body.reader.ReadU8(last) || last != 0) {
    return std::nullopt;
  }
  const bool plain = flags == kVniIsValid && reserved == 0;
  if (!plain && flags != (kVniIsValid | kGroupPolicy)) return std::nullopt;
  return Ethernet(TunnelKind::kVxlan, body);
}

std::optional<Tunnel> VxlanGpe(Body body) {
  constexpr std::uint8_t kVniAndProtocol = 0x0c;
  std::uint8_t flags = 0;
  std::uint16_t reserved = 0;
  std::uint8_t protocol = 0;
  std::uint8_t last = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU16(reserved) ||
      !body.reader.ReadU8(protocol) || !body.reader.Skip(3) || !body.reader.ReadU8(last) ||
      flags != kVniAndProtocol || reserved != 0 || last != 0) {
    return std::nullopt;
  }
  switch (protocol) {
    case 1:
      return Ip(TunnelKind::kVxlan, body, IpVersion::kV4);
    case 2:
      return Ip(TunnelKind::kVxlan, body, IpVersion::kV6);
    case 3:
      return Ethernet(TunnelKind::kVxlan, body);
    default:
      return std::nullopt;
  }
}

// RFC 8926 §3.4, §3.5: the options fill their announced length exactly.
std::optional<Tunnel> Geneve(Body body) {
  constexpr std::uint8_t kReservedFlags = 0x3f;
  std::uint8_t version_and_words = 0;
  std::uint8_t flags = 0;
  std::uint16_t protocol = 0;
  std::uint8_t reserved = 0;
  ByteReader options;
  if (!body.reader.ReadU8(version_and_words) || !body.reader.ReadU8(flags) ||
      !body.reader.ReadU16(protocol) || !body.reader.Skip(3) || !body.reader.ReadU8(reserved) ||
      version_and_words >> 6 != 0 || (flags & kReservedFlags) != 0 || reserved != 0 ||
      !body.reader.ReadReader((version_and_words & 0x3fU) * 4, options)) {
    return std::nullopt;
  }
  while (!options.empty()) {
    std::uint8_t words = 0;
    if (!options.Skip(3) || !options.ReadU8(words) || !options.Skip((words & 0x1fU) * 4)) {
      return std::nullopt;
    }
  }
  return EtherType(TunnelKind::kOther, protocol, body);
}

// TS 29.281 §5.1, §5.2: user data, and the chain of extension headers before it.
std::optional<Tunnel> GtpU(Body body) {
  constexpr std::uint8_t kVersionAndType = 0xf8;  // with the reserved bit, which is 0
  constexpr std::uint8_t kVersion1 = 0x30;
  constexpr std::uint8_t kOptional = 0x07;
  constexpr std::uint8_t kExtension = 0x04;
  constexpr std::uint8_t kUserData = 0xff;
  constexpr int kMaxExtensions = 8;
  std::uint8_t flags = 0;
  std::uint8_t type = 0;
  std::uint16_t length = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU8(type) || !body.reader.ReadU16(length) ||
      !body.reader.Skip(4) || (flags & kVersionAndType) != kVersion1 || type != kUserData ||
      length != body.left()) {
    return std::nullopt;
  }
  std::uint8_t next = 0;
  if ((flags & kOptional) != 0 && (!body.reader.Skip(3) || !body.reader.ReadU8(next))) {
    return std::nullopt;
  }
  if ((flags & kExtension) == 0) next = 0;
  for (int count = 0; next != 0; ++count) {
    std::uint8_t words = 0;
    if (count == kMaxExtensions || !body.reader.ReadU8(words) || words == 0 ||
        !body.reader.Skip(words * 4U - 2) || !body.reader.ReadU8(next)) {
      return std::nullopt;
    }
  }
  return Ip(TunnelKind::kGtp, body);
}

// RFC 4380 §5.1.1: an authentication and an origin indication may stand before the IPv6 packet,
// one end of which has a Teredo address (or, in a qualification, a link-local one).
std::optional<Tunnel> Teredo(Body body) {
  constexpr std::uint16_t kOrigin = 0x0000;
  constexpr std::uint16_t kAuthentication = 0x0001;
  ByteReader probe = body.reader;
  std::uint16_t indicator = 0;
  if (!probe.ReadU16(indicator)) return std::nullopt;
  if (indicator == kAuthentication) {
    std::uint8_t id_length = 0;
    std::uint8_t secret_length = 0;
    if (!probe.ReadU8(id_length) || !probe.ReadU8(secret_length) || !probe.Skip(id_length) ||
        !probe.Skip(secret_length) || !probe.Skip(9)) {
      return std::nullopt;
    }
    body.reader = probe;
    if (!probe.ReadU16(indicator)) return std::nullopt;
  }
  if (indicator == kOrigin && !body.reader.Skip(8)) return std::nullopt;
  const auto tunnel = Ip(TunnelKind::kOther, body, IpVersion::kV6);
  if (!tunnel) return std::nullopt;
  ByteReader header(tunnel->ip);
  std::uint16_t length = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  if (!header.Skip(4) || !header.ReadU16(length) || !header.Skip(2) || !header.ReadU32(source) ||
      !header.Skip(12) || !header.ReadU32(destination) || 40U + length != tunnel->wire_length) {
    return std::nullopt;
  }
  constexpr std::uint32_t kPrefix = 0x20010000;
  constexpr std::uint32_t kLinkLocal = 0xfe800000;
  const bool named = source == kPrefix || destination == kPrefix || source == kLinkLocal;
  return named ? tunnel : std::nullopt;
}

// RFC 2661 §3.1, data messages only.
std::optional<Tunnel> L2tp(Body body) {
  constexpr std::uint16_t kControl = 0x8000;
  constexpr std::uint16_t kLength = 0x4000;
  constexpr std::uint16_t kSequence = 0x0800;
  constexpr std::uint16_t kOffset = 0x0200;
  constexpr std::uint16_t kReserved = 0x34f0;
  constexpr std::uint16_t kVersion = 0x000f;
  const std::uint32_t whole = body.left();
  std::uint16_t flags = 0;
  std::uint16_t length = 0;
  std::uint16_t offset = 0;
  if (!body.reader.ReadU16(flags) || (flags & (kControl | kReserved)) != 0 ||
      (flags & kVersion) != 2 ||
      ((flags & kLength) != 0 && (!body.reader.ReadU16(length) || length != whole)) ||
      !body.reader.Skip(4) || ((flags & kSequence) != 0 && !body.reader.Skip(4)) ||
      ((flags & kOffset) != 0 && (!body.reader.ReadU16(offset) || !body.reader.Skip(offset)))) {
    return std::nullopt;
  }
  return Ppp(TunnelKind::kOther, body);
}

// draft-massar-v6ops-ayiya-02 §3: an identity, a signature, an epoch, then the packet.
std::optional<Tunnel> Ayiya(Body body) {
  constexpr std::uint8_t kForward = 1;
  std::uint8_t identity = 0;
  std::uint8_t signature = 0;
  std::uint8_t operation = 0;
  std::uint8_t next = 0;
  if (!body.reader.ReadU8(identity) || !body.reader.ReadU8(signature) ||
      !body.reader.ReadU8(operation) || !body.reader.ReadU8(next) ||
      (operation & 0x0f) != kForward || next != ip_protocol::kIpv6 ||
      !body.reader.Skip(4 + (std::size_t{1} << (identity >> 4)) + (signature >> 4) * 4U)) {
    return std::nullopt;
  }
  return Ip(TunnelKind::kOther, body, IpVersion::kV6);
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

std::optional<Tunnel> OpenUdpTunnel(const TransportPayload& udp) {
  const Body body(udp.bytes, udp.wire_length);
  switch (udp.destination_port) {
    case 4754:
      return Gre(body);
    case 4789:
    case 8472:
      return Vxlan(body);
    case 4790:
      return VxlanGpe(body);
    case 6081:
      return Geneve(body);
    case 6635:
      return Mpls(body);
    default:
      break;
  }
  const auto either = [&udp](std::uint16_t port) {
    return udp.source_port == port || udp.destination_port == port;
  };
  if (either(2152)) return GtpU(body);
  if (either(3544)) return Teredo(body);
  if (either(1701)) return L2tp(body);
  if (either(5072)) return Ayiya(body);
  return std::nullopt;
}

}  // namespace unopened::capture
