// GRE (RFC 2784, RFC 2890), PPTP's (RFC 2637), and ERSPAN (draft-foschiano-erspan) in it.
#include <algorithm>

#include "capture/tunnel_body.h"

namespace unopened::capture::tunnel {
namespace {

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

}  // namespace

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

}  // namespace unopened::capture::tunnel
