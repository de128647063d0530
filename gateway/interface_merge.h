// InterfaceMerge: the packets of several interfaces of one tap in the order of their times.
//
// Each direction of an optical tap comes in blocks of a ring of its own. Read one after the other,
// a block with a whole short conversation of one direction, its FIN included, would be classified
// before the other direction's first packet. So packets wait, copied, in a queue of fixed size for
// each interface until no other interface can still deliver an earlier one, `hold` at the longest;
// their bytes are not looked at and are overwritten when handed on. A full queue hands on its
// oldest before that is known, and counts it. Memory is taken at construction. Thread: the
// worker's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "capture/packet.h"

namespace unopened::gateway {

struct InterfaceMergeOptions {
  std::size_t interfaces = 2;
  std::size_t queue_bytes = 16U << 20;    // of captured bytes, for each interface
  std::size_t queue_packets = 32 * 1024;  // for each interface
  // An interface that has delivered nothing for so long has nothing earlier: above the time-out
  // after which a ring's unfinished block is read.
  base::TimeNs hold = base::kNsPerSecond / 4;
};

class InterfaceMerge {
 public:
  // `out` gets the packets and outlives this.
  InterfaceMerge(const InterfaceMergeOptions& options, capture::PacketSink& out);
  ~InterfaceMerge();
  InterfaceMerge(const InterfaceMerge&) = delete;
  InterfaceMerge& operator=(const InterfaceMerge&) = delete;

  // Where that interface's source delivers.
  capture::PacketSink& inlet(std::size_t interface);
  // That interface delivers no more.
  void End(std::size_t interface);
  // Hands on all that is due. `now`: the wall clock.
  void Release(base::TimeNs now);
  // Hands on everything, in order.
  void ReleaseAll();

  // Packets handed on before their turn was certain, since a queue was full.
  std::uint64_t early() const { return early_; }

 private:
  class Queue;
  class Inlet;
  // The queue whose front is earliest, or null.
  Queue* Earliest();
  void HandOn(Queue& queue);
  void Accept(Queue& queue, const capture::Packet& packet);

  const InterfaceMergeOptions options_;
  capture::PacketSink& out_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::vector<std::unique_ptr<Inlet>> inlets_;
  std::uint64_t early_ = 0;
};

}  // namespace unopened::gateway
