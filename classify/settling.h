// Settling: what the dissectors say of a tracked flow, while it lasts and at its end.
//
// Pure but for the flow's own record of who has refused. Handshake dissectors are asked as long as
// one is possible; then, where the start of the flow was seen, plaintext ones; then the opaque
// rule. Thread: the worker's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "classify/dissector.h"
#include "classify/endpoint_matcher.h"
#include "classify/session.h"
#include "classify/tracked_flows.h"

namespace unopened::classify {

// The list of dissectors with what the classifier needs to know of it, and the caps.
class Panel {
 public:
  static constexpr std::size_t kMaxDissectors = 32;  // bits of TrackedFlow::possible

  Panel(std::span<const Dissector* const> dissectors, std::uint32_t prefix_cap_bytes,
        std::uint32_t plaintext_cap_bytes, const DissectOptions& options);

  // A catalogue has rules for fingerprints.
  void WantFingerprints() { options_.fingerprints = true; }

  // All that may speak over `transport`.
  std::uint32_t Over(capture::Transport transport) const;
  // How many bytes of a direction may be kept while `possible` are asked.
  std::uint32_t CapFor(std::uint32_t possible) const;

  enum class Answer : std::uint8_t {
    kWait,    // somebody needs more
    kFacts,   // settled: `facts` and `kind` are filled
    kNobody,  // all have refused
  };
  // Asks those possible, in order. Drops from `flow.possible` who refuses.
  Answer Ask(TrackedFlow& flow, PrefixPool& pool, HandshakeFacts& facts, DissectorKind& kind) const;
  // The same, now that nothing more will come: never kWait.
  Answer AskForLast(TrackedFlow& flow, PrefixPool& pool, HandshakeFacts& facts,
                    DissectorKind& kind) const;

 private:
  std::uint32_t Stage(const TrackedFlow& flow) const;
  Answer AskAll(TrackedFlow& flow, PrefixPool& pool, bool last, HandshakeFacts& facts,
                DissectorKind& kind) const;

  std::span<const Dissector* const> dissectors_;
  std::uint32_t handshake_ = 0;  // bits, by kind
  std::uint32_t plaintext_ = 0;
  std::uint32_t opaque_ = 0;
  std::uint32_t over_tcp_ = 0;
  std::uint32_t over_udp_ = 0;
  std::uint32_t prefix_cap_bytes_;
  std::uint32_t plaintext_cap_bytes_;
  DissectOptions options_;
};

// The session of a flow that `facts` of a dissector of `kind` were found for.
Session SessionOf(const TrackedFlow& flow, const HandshakeFacts& facts, DissectorKind kind,
                  const EndpointMatcher& matcher);
// The session of a flow that nobody recognised. `at_start`: it was first seen within one idle
// period after a live start.
Session SessionOfNobody(const TrackedFlow& flow, bool at_start);
// The session of a flow without ports (ESP, AH, SCTP, ICMP, others): its IP header says all.
Session SessionWithoutPorts(const capture::Segment& segment);

}  // namespace unopened::classify
