// Classifier: segments in, settled sessions and per-session traffic out. One per worker, sharing
// nothing.
//
// A deadline is the last instant a flow may be heard of: what comes later finds it settled, as of
// the deadline. Each flow is opened once, tracked while its handshake lasts, and settled exactly
// once (architecture.md §3.3-3.4). Time is that of the segments, made monotonic by the caller;
// deadlines are computed, so the verdict and its window do not depend on when a sweep noticed them.
// Memory is taken at construction. Thread: the worker's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/counter.h"
#include "capture/flow_hash.h"
#include "capture/segment.h"
#include "classify/dissector.h"
#include "classify/endpoint_matcher.h"
#include "classify/session.h"

namespace unopened::classify {

struct ClassifierOptions {
  std::uint32_t flow_capacity = 1U << 20;      // flows in the table, tracked and settled
  std::uint32_t tracked_capacity = 1U << 16;   // flows whose handshake lasts at one time
  std::uint32_t prefix_cap_bytes = 16 * 1024;  // of one direction
  std::uint32_t prefix_pool_bytes = 128U << 20;
  std::uint32_t plaintext_cap_bytes =
      64;  // of one direction, for protocols without a cryptographic handshake
  std::uint32_t payload_packets_without_progress = 8;
  std::int64_t handshake_limit_ns = 10 * base::kNsPerSecond;  // after the first payload byte
  std::int64_t idle_limit_ns = 60 * base::kNsPerSecond;
  DissectOptions dissect;
  // Whom to ask, in order; at most 32. Empty: all of Dissectors() (dissectors.h).
  std::span<const Dissector* const> dissectors;
};

// Opaque to the caller's counting: the slot of whatever the sink returned for a settled session.
using CountSlot = std::uint32_t;

// Traffic of a flow up to its settling.
struct FlowTraffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  bool conversation = false;  // payload both ways
};

// What only `inspect` on a regular file may have: handed to OnSettled by reference, never kept by
// the classifier of a watch (its sinks take the Session alone).
struct SettledFlow {
  const Session& session;
  const FlowTraffic& traffic;
  const TransientFacts& transient;  // sni, alpn, fingerprints
  const capture::FlowKey* key;      // null unless KeepKeys() was asked for (inspect)
  capture::Side client;
  base::TimeNs first_time;
  base::TimeNs settled_at;
  SettleCause cause;
  std::string_view
      reason;  // literal: why not identified, as the last refusing dissector said; may be empty
};

class SessionSink {
 public:
  virtual ~SessionSink() = default;
  // Called once for each opened flow. The returned slot receives the flow's later traffic.
  virtual CountSlot OnSettled(const SettledFlow& flow) = 0;
  // Traffic of an already settled flow: so many packets (more than one where they were fragments)
  // and bytes. `becomes_conversation`: payload was now seen both ways for the first time.
  virtual void OnTraffic(CountSlot slot, std::uint32_t packets, std::uint32_t wire_length,
                         bool becomes_conversation) = 0;
};

struct ClassifierStats {
  std::array<base::Counter, kSettleCauseNames.size()> settled;
  base::Counter opened;
  base::Counter flows_in_table;         // gauge
  base::Counter flows_tracked;          // gauge
  base::Counter evicted_settled;        // table full: longest idle settled flow dropped
  base::Counter evicted_tracked;        // no room for another tracked flow: oldest settled early
  base::Counter prefix_pool_exhausted;  // a flow settled since no block was left
  base::Counter reassembly_limit;       // too many holes in one direction
  base::Counter overlap_conflicts;      // copies of the same bytes that differ
  base::Counter pending_packets;        // gauge: of tracked flows, not yet in any shape
  base::Counter pending_bytes;          // gauge
};

class Classifier {
 public:
  // `hash_key`: 16 random bytes, drawn per run, zeroed at destruction. `matcher` and `sink` outlive
  // the classifier.
  Classifier(const ClassifierOptions& options, const std::array<std::uint8_t, 16>& hash_key,
             const EndpointMatcher& matcher, SessionSink& sink);
  ~Classifier();
  Classifier(const Classifier&) = delete;
  Classifier& operator=(const Classifier&) = delete;

  // For inspect only: tracked flows keep their 5-tuple, and SettledFlow::key is set. Before the
  // first segment.
  void KeepKeys();
  // Sessions whose start was not seen are midstream_at_start until `start + idle_limit` (live
  // only).
  void SetLiveStart(base::TimeNs start);
  // Uses other rules from now on (a catalogue reload). `matcher` outlives the classifier.
  void SetMatcher(const EndpointMatcher& matcher);

  // `segment.time` never goes back. Settles what the segment's arrival shows to be due for its own
  // flow.
  void OnSegment(const capture::Segment& segment);
  // The same for each in turn, faster where the flow table is larger than the cache. All payloads
  // stay in place until it returns. `hashes`: of each segment's key, by a FlowHasher of `hash_key`.
  void OnSegments(std::span<const capture::Segment> segments);
  void OnSegments(std::span<const capture::Segment> segments,
                  std::span<const capture::FlowHash> hashes);
  // Settles every tracked flow whose deadline is before `now`, in the order of their deadlines: the
  // sessions of a window are complete once Sweep(its end) was called. Settled flows are no longer
  // known after last_seen + idle_limit; their pseudonyms are erased at the latest a quarter of
  // idle_limit later, some at each call. Call at window boundaries (before closing the window) and
  // at least once a second live.
  void Sweep(base::TimeNs now);
  // End of input: settles all, forgets all.
  void Finish(base::TimeNs now);

  const ClassifierStats& stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unopened::classify
