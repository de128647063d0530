// Decoder: one packet to the segment of a flow, or the name of why there is none.
//
// Link, then IP, then transport, each a file of its own; nearly all packets take a short way
// (common_case.h) to the same. Fragments are made whole (fragments.h),
// tunnels opened to the innermost flow (tunnel.h), each tunnel's fragments too; docs/capture.md
// says how a packet is read.
#pragma once

#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "capture/decoder_stats.h"
#include "capture/fragments.h"
#include "capture/packet.h"
#include "capture/reject.h"
#include "capture/segment.h"

namespace unopened::capture {

struct DecoderOptions {
  FragmentOptions fragments;
};

// Thread: the worker's; stats() may be read by any. Memory is taken at construction.
class Decoder {
 public:
  explicit Decoder(const DecoderOptions& options = {}) : fragments_(options.fragments, stats_) {}

  // The segment borrows the packet's bytes, or those of a datagram of several fragments, which stay
  // until the next call. kFragmentHeld is no loss: the packet is counted when its fate is known.
  Layer<Segment> Decode(const Packet& packet);
  // The same into `segment`, for batches: false where there is none, and it is of no meaning.
  bool Decode(const Packet& packet, Segment& segment);
  // The last segment's bytes are the decoder's own, not the packet's: gone with the next call.
  bool lends() const { return fragments_.lends(); }

  // Gives up datagrams whose time was over before `now`. Decode() does so only as fragments come,
  // so call it before a window is closed.
  void Sweep(base::TimeNs now) { fragments_.Sweep(now); }
  // The input has ended: gives up all that is held, and begins anew.
  void Finish() {
    fragments_.Finish();
    now_ = kBeginning;
  }

  const DecoderStats& stats() const { return stats_; }

 private:
  static constexpr base::TimeNs kBeginning = std::numeric_limits<base::TimeNs>::min();

  bool DecodeShort(const Packet& packet, Segment& segment);
  Layer<Segment> DecodeLong(const Packet& packet);
  Layer<Segment> DecodeLayers(const Packet& packet, Load& load);
  Layer<IpPayload> WholePayload(base::Bytes ip, std::uint32_t wire_length, Load& load);

  DecoderStats stats_;
  FragmentTable fragments_;
  base::TimeNs now_ = kBeginning;
};

}  // namespace unopened::capture
