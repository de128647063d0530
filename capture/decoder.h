// Decoder: one packet to the segment of a flow, or the name of why there is none.
//
// Link, then IP, then transport, each a file of its own. An IP packet inside another one (GRE,
// IP-in-IP, VXLAN) is not opened yet: the outer flow is what it says, kOtherIp or UDP.
#pragma once

#include <array>
#include <cstdint>

#include "base/counter.h"
#include "capture/packet.h"
#include "capture/reject.h"
#include "capture/segment.h"

namespace unopened::capture {

// Conservation: what came in is what was decoded plus each reject, in packets and in bytes on the
// wire.
struct DecoderStats {
  base::Counter decoded_packets;
  base::Counter decoded_bytes;
  std::array<base::Counter, kRejectNames.size()> rejected_packets;  // by Reject
  std::array<base::Counter, kRejectNames.size()> rejected_bytes;
};

// Thread: the worker's; stats() may be read by any. Allocates nothing.
class Decoder {
 public:
  // The segment borrows the packet's bytes.
  Layer<Segment> Decode(const Packet& packet);

  const DecoderStats& stats() const { return stats_; }

 private:
  DecoderStats stats_;
};

}  // namespace unopened::capture
