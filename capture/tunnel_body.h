// What tunnels' headers are read from, and what may stand behind them. For capture/tunnel*.cc.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "capture/tunnel.h"

namespace unopened::capture::tunnel {

// What a tunnel's header is read from: a payload, and how long it was on the wire.
struct Body {
  base::ByteReader reader;
  std::uint32_t captured = 0;
  std::uint32_t wire_length = 0;

  Body(base::Bytes bytes, std::uint32_t on_the_wire)
      : reader(bytes),
        captured(static_cast<std::uint32_t>(bytes.size())),
        wire_length(on_the_wire) {}

  base::Bytes rest() const { return reader.rest(); }
  // Of the rest, on the wire.
  std::uint32_t left() const {
    return wire_length - (captured - static_cast<std::uint32_t>(reader.size()));
  }
};

inline std::optional<Tunnel> Whole(TunnelKind kind, base::Bytes ip, std::uint32_t wire_length) {
  if (!HoldsIp(ip, wire_length)) return std::nullopt;
  return Tunnel{kind, ip, wire_length};
}

inline std::optional<Tunnel> Ip(TunnelKind kind, const Body& body) {
  return Whole(kind, body.rest(), body.left());
}
inline std::optional<Tunnel> Ip(TunnelKind kind, const Body& body, IpVersion version) {
  if (!HoldsIp(body.rest(), body.left(), version)) return std::nullopt;
  return Tunnel{kind, body.rest(), body.left()};
}
// A tunnel or label inside the frame is further in than `kind`.
inline std::optional<Tunnel> Inside(TunnelKind kind, const Layer<LinkPayload>& link) {
  if (!link) return std::nullopt;
  return Whole(link->tunnel == TunnelKind::kNone ? kind : link->tunnel, link->ip,
               link->wire_length);
}
inline std::optional<Tunnel> Ethernet(TunnelKind kind, const Body& body) {
  return Inside(kind, ParseEthernet(body.rest(), body.left()));
}
inline std::optional<Tunnel> Ppp(TunnelKind kind, const Body& body) {
  return Inside(kind, ParsePpp(body.rest(), body.left()));
}
inline std::optional<Tunnel> EtherType(TunnelKind kind, std::uint16_t type, const Body& body) {
  if (type == ether_type::kIpv4) return Ip(kind, body, IpVersion::kV4);
  if (type == ether_type::kIpv6) return Ip(kind, body, IpVersion::kV6);
  return Inside(kind, ParseEtherType(type, body.rest(), body.left()));
}

inline std::optional<Tunnel> Mpls(const Body& body) {
  return EtherType(TunnelKind::kMpls, ether_type::kMplsUnicast, body);
}

// GRE, whichever it is (tunnel_gre.cc).
std::optional<Tunnel> Gre(Body body);

}  // namespace unopened::capture::tunnel
