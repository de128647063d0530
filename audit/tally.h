// Tally: what one worker counted since the last hand-over. Filled on the packet path without
// allocation once a shape is known; handed over by value at a window's end.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/shape.h"
#include "base/clock.h"

namespace unopened::audit {

// A named loss: packets and bytes (wire) that reached the tap and are in no shape, or may have.
struct Loss {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Loss&, const Loss&) = default;
};

// Causes of packets that no worker saw: the kernel's ring was full, the interface dropped. They are
// counted with no bytes; the log's `seen.dropped` is their sum.
inline constexpr std::string_view kDroppedKernel = "dropped_kernel";
inline constexpr std::string_view kDroppedInterface = "dropped_interface";

// One worker's share of one window. Merging is commutative, so that the order of workers does not
// matter. Conservation, for packets and bytes alike: what was pending at the end of the window
// before
// + packets = those of shapes + pending + losses.
struct TallyDelta {
  std::map<Shape, Counts> shapes;
  std::map<std::string, Loss>
      losses;                 // key: a literal of the source (decoder reject, "kernel_drop"...)
  std::uint64_t packets = 0;  // all that reached the tap in this window, losses included
  std::uint64_t bytes = 0;
  std::uint64_t pending_packets = 0;  // in tracked flows at the window's end, in no shape yet
  std::uint64_t pending_bytes = 0;
  std::map<std::string, std::uint64_t>
      bounds;  // limits met: "flow_table", "tracked", "prefix_pool", "shapes", "interface_merge"

  void Merge(const TallyDelta& other);
};

}  // namespace unopened::audit
