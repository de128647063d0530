// RTP's and RTCP's headers (RFC 3550 §5.1, §6.4; on one port RFC 5761 §4). SRTP has the same, in
// clear. Pure. Threads: any.
#pragma once

#include <cstdint>

#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::rtp {

struct Header {
  bool control = false;  // RTCP: no sequence number, no timestamp
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
};

// Reads the header of one datagram; its lengths must fit the datagram's. Never NeedMore.
base::Parsed<Header> ParseHeader(const Datagram& datagram);

}  // namespace unopened::classify::rtp
