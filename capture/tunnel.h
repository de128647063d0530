// Tunnels: from an outer flow's packet to the IP packet that it carries.
//
// By IP protocol: IP in IP (RFC 2003), IPv6 in IPv4 and their like (RFC 2473, RFC 4213), GRE
// (RFC 2784, 2890; PPTP's of RFC 2637) with Ethernet (NVGRE, RFC 7637), ERSPAN I to III, PPP or
// MPLS inside, MPLS in IP (RFC 4023), EtherIP (RFC 3378); and the authentication header (RFC 4302),
// which hides nothing. By UDP port: VXLAN (RFC 7348) and its GPE form, Geneve (RFC 8926), GTP-U
// (3GPP TS 29.281), Teredo (RFC 4380), L2TPv2 (RFC 2661), GRE in UDP (RFC 8086), MPLS in UDP
// (RFC 7510), AYIYA, CAPWAP (RFC 5415).
//
// An outer flow is given up only where every law of the tunnel's header holds and an IP header of
// the announced version, whose lengths fit, follows. All else (control messages, other protocols
// inside, what a snap length cut) stays the outer flow. Pure; allocates nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "capture/ip.h"
#include "capture/segment.h"
#include "capture/transport.h"

namespace unopened::capture {

inline constexpr int kMaxTunnels = 8;  // one in another; more is a loss with a name

struct Tunnel {
  TunnelKind kind = TunnelKind::kNone;
  base::Bytes ip;  // the IP packet inside
  std::uint32_t wire_length = 0;
};

// Of an IP payload that is whole. None for TCP and UDP.
std::optional<Tunnel> OpenIpTunnel(const IpPayload& ip);
// Of a UDP datagram.
std::optional<Tunnel> OpenUdpTunnel(const TransportPayload& udp);

// The payload behind an authentication header that protects a transport (RFC 4302 §3.1.1).
std::optional<IpPayload> SkipAuthentication(const IpPayload& ip);

// Whether OpenUdpTunnel would look at a datagram between these ports at all.
constexpr bool MayCarryTunnel(std::uint16_t source_port, std::uint16_t destination_port) {
  switch (destination_port) {
    case 1701:  // L2TP
    case 2152:  // GTP-U
    case 3544:  // Teredo
    case 4754:  // GRE in UDP
    case 4789:  // VXLAN
    case 4790:  // VXLAN-GPE
    case 5072:  // AYIYA
    case 5247:  // CAPWAP
    case 6081:  // Geneve
    case 6635:  // MPLS in UDP
    case 8472:  // VXLAN before it had a port of its own; Linux's default
      return true;
    default:
      return source_port == 1701 || source_port == 2152 || source_port == 3544 ||
             source_port == 5072 || source_port == 5247;
  }
}

}  // namespace unopened::capture
