// Intake: packets that are in no flow, by cause: the decoder's rejects, and what the kernel or the
// card dropped; and fragments that wait for the rest of their datagram. Belongs to whoever reads
// packets. Thread: the reader's; AddTo any.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "audit/tally.h"
#include "base/counter.h"
#include "capture/decoder.h"
#include "capture/packet.h"
#include "exporters/prometheus/operational.h"

namespace unopened::gateway {

class Intake {
 public:
  // `decoder` counts what it refuses, and outlives the intake.
  explicit Intake(const capture::Decoder& decoder) : decoder_(decoder) {}

  // What a source says it lost since it was opened. Those packets count as seen by the tap and
  // lost; their bytes are not known.
  void OnSourceStats(const capture::SourceStats& stats, capture::SourceStats& last) {
    dropped_kernel_.Add(stats.dropped_kernel - last.dropped_kernel);
    dropped_interface_.Add(stats.dropped_interface - last.dropped_interface);
    last = stats;
  }

  // Adds what came since the last Take.
  void CopyInto(audit::TallyDelta& delta) const;
  void TakeInto(audit::TallyDelta& delta);
  void AddTo(exporters::Operational& operational) const;

 private:
  static constexpr std::size_t kRejects = capture::kRejectNames.size();
  const capture::Decoder& decoder_;
  base::Counter dropped_kernel_;
  base::Counter dropped_interface_;

  struct Told {
    std::array<audit::Loss, kRejects> rejects{};
    audit::Loss held;
    std::uint64_t dropped_kernel = 0;
    std::uint64_t dropped_interface = 0;
  };
  Told told_;
};

}  // namespace unopened::gateway
