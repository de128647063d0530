// What a decoder counts. Thread: the worker's writes, any reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "capture/reject.h"

namespace unopened::capture {

// Packets of the tap, and their bytes on the wire, that share one fate: one packet, or the
// fragments of one datagram.
struct Load {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// Conservation, in packets and in bytes on the wire: what came in is what was decoded, plus each
// reject, plus what is held.
struct DecoderStats {
  base::Counter decoded_packets;
  base::Counter decoded_bytes;
  std::array<base::Counter, kRejectNames.size()> rejected_packets;  // by Reject
  std::array<base::Counter, kRejectNames.size()> rejected_bytes;
  base::Counter held_packets;  // gauge: fragments that wait for the rest of their datagram
  base::Counter held_bytes;    // gauge

  void Refuse(Reject reject, const Load& load) {
    rejected_packets[static_cast<std::size_t>(reject)].Add(load.packets);
    rejected_bytes[static_cast<std::size_t>(reject)].Add(load.bytes);
  }
  void Hold(const Load& load) {
    held_packets.Add(load.packets);
    held_bytes.Add(load.bytes);
  }
  void LetGo(const Load& load) {
    held_packets.Set(held_packets.Get() - load.packets);
    held_bytes.Set(held_bytes.Get() - load.bytes);
  }
};

}  // namespace unopened::capture
