// ShapeCounter: a worker's counts by shape. The classifier's sink in `watch`: it sees sessions,
// never identifiers.
//
// A shape keeps its slot for the whole run, so that a settled flow's later packets cost one indexed
// add. Thread: the worker's.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <cstdint>
#include <vector>

#include "audit/shape.h"
#include "audit/tally.h"
#include "classify/classifier.h"

namespace unopened::gateway {

// For tables of shapes in memory only: never written, so it may change between builds.
struct ShapeHash {
  std::size_t operator()(const audit::Shape& shape) const {
    const classify::Session& s = shape.facts;
    return absl::HashOf(s.transport, s.ip_version, s.tunnel, s.protocol, s.variant, s.version,
                        s.offered_only, s.key_exchange, s.resumption, s.early_data,
                        s.name_visibility, s.sides, s.outcome, s.evidence, s.endpoint);
  }
};

class ShapeCounter final : public classify::SessionSink {
 public:
  // `capacity`: shapes kept apart in a run. Beyond it sessions count in the shape of nothing known,
  // and the bound is told.
  explicit ShapeCounter(std::uint32_t capacity = 16'384);

  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override;
  void OnTraffic(classify::CountSlot slot, std::uint32_t packets, std::uint32_t wire_length,
                 bool becomes_conversation) override;

  // Another catalogue: shape's endpoints are its, by their places in the one before. Nothing is
  // counted since the last Take.
  void Remap(const std::vector<classify::EndpointId>& places);

  // Adds what was counted since the last Take to `delta`.
  void CopyInto(audit::TallyDelta& delta) const;
  // The same, and begins anew.
  void TakeInto(audit::TallyDelta& delta);

 private:
  std::uint32_t capacity_;
  std::vector<audit::Shape> shapes_;  // by slot; [0] is the overflow shape
  std::vector<audit::Counts> counts_;
  absl::flat_hash_map<audit::Shape, classify::CountSlot, ShapeHash> slots_;
  std::uint64_t overflowed_ = 0;
};

}  // namespace unopened::gateway
