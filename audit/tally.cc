#include "audit/tally.h"

namespace unopened::audit {

void TallyDelta::Merge(const TallyDelta& other) {
  for (const auto& [shape, counts] : other.shapes) shapes[shape] += counts;
  for (const auto& [cause, loss] : other.losses) {
    Loss& sum = losses[cause];
    sum.packets += loss.packets;
    sum.bytes += loss.bytes;
  }
  packets += other.packets;
  bytes += other.bytes;
  pending_packets += other.pending_packets;
  pending_bytes += other.pending_bytes;
  for (const auto& [bound, met] : other.bounds) bounds[bound] += met;
}

}  // namespace unopened::audit
