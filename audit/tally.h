// Tally: what one worker counted since the last hand-over. Filled on the packet path without
// allocation once a shape is known; handed over by value at a window's end.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "audit/shape.h"
#include "base/clock.h"

namespace unopened::audit {

// A named loss: packets and bytes (wire) that reached the tap and are in no shape, or may have.
struct Loss {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// One worker's share of one window. Merging is commutative, so that the order of workers does not
// matter.
struct TallyDelta {
  std::map<Shape, Counts> shapes;
  std::map<std::string, Loss>
      losses;                 // key: a literal of the source (decoder reject, "kernel_drop"...)
  std::uint64_t packets = 0;  // all that reached the worker in this window
  std::uint64_t bytes = 0;
  std::uint64_t pending_packets = 0;  // in tracked flows at the window's end, in no shape yet
  std::uint64_t pending_bytes = 0;
  std::map<std::string, std::uint64_t>
      bounds;  // limits met: "flow_table", "tracked", "prefix_pool", "shapes"

  void Merge(const TallyDelta& other);
};

}  // namespace unopened::audit
