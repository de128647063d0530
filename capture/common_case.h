// The packets that nearly all are, decoded at one go: TCP or UDP in IPv4 without options or IPv6
// without extension headers, in Ethernet with one VLAN tag or none, neither fragment nor tunnel.
//
// Says nothing that the layers (link.h, ip.h, transport.h) would not say, and leaves to them what
// it is not sure of. Pure; allocates nothing.
#pragma once

#include "capture/packet.h"
#include "capture/segment.h"

namespace unopened::capture {

// False where the layers must be asked; `segment` is then of no meaning. Sets all but its packets,
// wire_length and tunnel.
bool DecodeCommonCase(const Packet& packet, Segment& segment);

}  // namespace unopened::capture
