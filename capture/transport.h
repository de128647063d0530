// The transport layer: from an IP payload to ports, TCP's flags and sequence, and the payload.
//
// TCP (RFC 9293), UDP (RFC 768). ESP, AH, SCTP, ICMP and every other protocol are flows without
// ports, told apart by their addresses and protocol number. Pure; allocates nothing.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "capture/ip.h"
#include "capture/reject.h"
#include "capture/segment.h"

namespace unopened::capture {

struct TransportPayload {
  Transport transport = Transport::kOtherIp;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t tcp_flags = 0;
  std::uint32_t tcp_sequence = 0;
  base::Bytes bytes;              // as much of the payload as was captured
  std::uint32_t wire_length = 0;  // by the headers, >= bytes.size()
};

// TCP options that the snap length cut are no reject: flags, sequence and lengths are known.
Layer<TransportPayload> ParseTransport(const IpPayload& ip);

}  // namespace unopened::capture
