// The link layer: from a frame to the IP packet inside.
//
// Ethernet (IEEE 802.3, VLAN tags of 802.1Q and 802.1ad), raw IP, Linux cooked v1 and v2
// (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2), and the BSD loopback headers (LINKTYPE_NULL,
// LINKTYPE_LOOP), as the tcpdump group's list of link-layer header types describes them. Pure;
// allocates nothing.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "capture/packet.h"
#include "capture/reject.h"

namespace unopened::capture {

inline constexpr int kMaxVlanTags = 4;  // one provider tag and one customer tag is the usual case

struct LinkPayload {
  base::Bytes ip;                 // from the IP header to the end of the capture, padding included
  std::uint32_t wire_length = 0;  // the same on the wire, >= ip.size()
};

// Whether it is IPv4 or IPv6 is the version nibble's to say, also behind an Ethernet type.
Layer<LinkPayload> ParseLink(const Packet& packet);

}  // namespace unopened::capture
