// Worker: one classifier with its counts. Segments in; at a window's end its share of the tally
// out.
//
// Thread: its own; AddTo may be called from any.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "audit/tally.h"
#include "base/clock.h"
#include "base/counter.h"
#include "capture/flow_hash.h"
#include "capture/segment.h"
#include "classify/classifier.h"
#include "exporters/prometheus/operational.h"
#include "gateway/edition.h"
#include "gateway/shape_counter.h"

namespace unopened::gateway {

class Worker {
 public:
  Worker(const classify::ClassifierOptions& options, const std::array<std::uint8_t, 16>& hash_key,
         const classify::EndpointMatcher& matcher);

  void SetLiveStart(base::TimeNs start) { classifier_.SetLiveStart(start); }

  void OnSegment(const capture::Segment& segment) {
    packets_.Add(segment.packets);
    bytes_.Add(segment.wire_length);
    classifier_.OnSegment(segment);
  }
  // The same for each in turn. `hashes` may be empty, or hold that of each segment.
  void OnSegments(std::span<const capture::Segment> segments,
                  std::span<const capture::FlowHash> hashes);

  // Goes on with another edition of the catalogue, which outlives the worker's use of it. The
  // caller took the window's share before.
  void TakeUp(const Edition& edition) {
    classifier_.SetMatcher(edition.matcher);
    counter_.Remap(edition.from_previous);
  }

  // Settles what is due before `now`.
  void Sweep(base::TimeNs now) { classifier_.Sweep(now); }
  void Finish(base::TimeNs now) { classifier_.Finish(now); }

  // Adds the window's share so far. The caller swept to the window's end before it takes.
  void CopyInto(audit::TallyDelta& delta) const;
  // The same, and begins the next window.
  void TakeInto(audit::TallyDelta& delta);

  void AddTo(exporters::Operational& operational) const;

 private:
  void Describe(audit::TallyDelta& delta) const;

  ShapeCounter counter_;
  classify::Classifier classifier_;
  base::Counter packets_;
  base::Counter bytes_;

  // What the last window had already told.
  struct Told {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t evicted_settled = 0;
    std::uint64_t evicted_tracked = 0;
    std::uint64_t prefix_pool = 0;
    std::uint64_t reassembly = 0;
  };
  Told told_;
};

}  // namespace unopened::gateway
