// The one key of both directions of a flow.
#pragma once

#include <cstdint>

#include "capture/segment.h"

namespace unopened::capture {

struct DirectedFlow {
  FlowKey key;
  Side from = Side::kLow;
};

// Sorts the two endpoints by address, then port, as unsigned bytes. Where both are equal (a host
// that talks to itself on one port) both directions are kLow.
constexpr DirectedFlow MakeDirectedFlow(const Address& source, std::uint16_t source_port,
                                        const Address& destination, std::uint16_t destination_port,
                                        Transport transport, IpVersion version,
                                        std::uint8_t ip_protocol) {
  const bool swap = source == destination ? source_port > destination_port : source > destination;
  DirectedFlow flow;
  flow.from = swap ? Side::kHigh : Side::kLow;
  flow.key.low = swap ? destination : source;
  flow.key.high = swap ? source : destination;
  flow.key.low_port = swap ? destination_port : source_port;
  flow.key.high_port = swap ? source_port : destination_port;
  flow.key.transport = transport;
  flow.key.ip_version = version;
  flow.key.ip_protocol = ip_protocol;
  return flow;
}

}  // namespace unopened::capture
