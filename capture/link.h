// The link layer: from a frame to the IP packet inside.
//
// Frames of Ethernet (IEEE 802.3), raw IP, PPP (RFC 1661, RFC 1662) and PPPoE, Cisco HDLC, IEEE
// 802.11 with or without a radio's header (wireless.h), Linux cooked v1 and v2, the BSD loopback
// headers, PPI, netfilter's log, IP over InfiniBand (RFC 4391), as the tcpdump group's list of
// link-layer header types describes them. Behind an Ethernet type (link_headers.h): VLAN tags
// (802.1Q, 802.1ad), provider backbone tags (802.1ah), MPLS labels (RFC 3032) over IP or an
// Ethernet pseudowire (RFC 4448), PPPoE sessions (RFC 2516), LLC with SNAP (802.2, RFC 1042), and
// the tags of Cisco's metadata and VN-Tag. Pure; allocates nothing.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "capture/packet.h"
#include "capture/reject.h"
#include "capture/segment.h"

namespace unopened::capture {

inline constexpr int kMaxVlanTags = 4;  // one provider tag and one customer tag is the usual case
inline constexpr int kMaxLinkHeaders =
    16;  // Ethernet, a tag that is no VLAN, labels, PPPoE, PPP...
inline constexpr int kMaxMplsLabels = 16;

struct LinkPayload {
  base::Bytes ip;                 // from the IP header to the end of the capture, padding included
  std::uint32_t wire_length = 0;  // the same on the wire, >= ip.size()
  TunnelKind tunnel = TunnelKind::kNone;  // kMpls or kPppoe, whichever is further in
};

// Whether it is IPv4 or IPv6 is the version nibble's to say, also behind an Ethernet type.
Layer<LinkPayload> ParseLink(const Packet& packet);

// The same of what a tunnel carries. `wire_length`: of `bytes` on the wire, >= bytes.size().
Layer<LinkPayload> ParseEthernet(base::Bytes bytes, std::uint32_t wire_length);
// 802.11, whose frame control controllers and access points send in either byte order.
Layer<LinkPayload> ParseWireless(base::Bytes bytes, std::uint32_t wire_length);
Layer<LinkPayload> ParsePpp(base::Bytes bytes, std::uint32_t wire_length);
// What follows an Ethernet type.
Layer<LinkPayload> ParseEtherType(std::uint16_t type, base::Bytes bytes, std::uint32_t wire_length);

namespace ether_type {
inline constexpr std::uint16_t kIpv4 = 0x0800;
inline constexpr std::uint16_t kIpv6 = 0x86dd;
inline constexpr std::uint16_t kTransparentEthernet = 0x6558;
inline constexpr std::uint16_t kMplsUnicast = 0x8847;
}  // namespace ether_type

}  // namespace unopened::capture
