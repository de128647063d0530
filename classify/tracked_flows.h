// TrackedFlows: the flows whose handshake lasts, at most a fixed number of them.
//
// Two orders are kept beside the records, so that no sweep looks at a flow that is not due: by time
// last seen (idle deadlines) and by first payload byte (handshake deadlines). Times never go back,
// so both grow at their end only. Memory is taken at construction, resident once a record is used,
// and zero while none is. Thread: its owner's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/quiet_memory.h"
#include "capture/segment.h"
#include "classify/flow_prefix.h"
#include "classify/flow_table.h"

namespace unopened::classify {

// Where a kept datagram's bytes are in its direction's prefix. A UDP payload fits 16 bits.
struct KeptDatagram {
  std::uint32_t offset = 0;
  std::uint16_t size = 0;
  std::uint16_t wire_length = 0;
};

// One direction. `prefix` holds TCP's ordered bytes, or UDP's kept datagrams one after the other.
struct Direction {
  FlowPrefix prefix;
  std::uint32_t base = 0;   // TCP: sequence number of the first byte, if base_known
  bool base_known = false;  // a SYN or payload was seen
  bool start_seen = false;  // it was a SYN
  bool payload = false;     // payload was seen
  bool fin = false;         // FIN was seen, and the prefix ends at it
  std::uint8_t datagrams = 0;
};

struct TrackedFlow {
  using Index = std::uint32_t;
  static constexpr Index kNone = 0xffffffff;
  static constexpr std::uint8_t kMaxDatagrams = 12;  // kept of one direction

  FlowTable::Slot slot = FlowTable::kNoSlot;
  base::TimeNs first_seen = 0;
  base::TimeNs last_seen = 0;
  base::TimeNs first_payload = 0;  // if either direction has payload
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::string_view reason;  // why the last dissector refused; a literal

  std::uint32_t possible = 0;   // bit i: dissector i may still be it
  std::uint32_t unasked = 0;    // bit i: possible, and not asked for another one's sake
  std::uint32_t ask_after = 0;  // bytes that must arrive before asking again can matter
  std::uint32_t grown = 0;      // bytes that arrived since
  std::uint32_t payload_packets_without_progress = 0;
  bool ambiguous = false;

  capture::Transport transport = capture::Transport::kTcp;
  capture::IpVersion ip_version = capture::IpVersion::kV4;
  capture::TunnelKind tunnel = capture::TunnelKind::kNone;
  capture::Side client = capture::Side::kLow;
  std::uint16_t low_port = 0;
  std::uint16_t high_port = 0;

  std::uint32_t datagrams_from_high = 0;  // bit i: Side::kHigh sent datagram i
  std::uint8_t datagram_count = 0;
  std::uint8_t datagrams_asked = 0;     // how many there were when the dissectors were last asked
  std::array<Direction, 2> directions;  // by Side
  std::array<KeptDatagram, 2 * kMaxDatagrams> datagrams;  // the last member: TrackedFlows::Give

  Direction& from(capture::Side side) { return directions[static_cast<std::size_t>(side)]; }
  const Direction& from(capture::Side side) const {
    return directions[static_cast<std::size_t>(side)];
  }
  capture::Side sender_of(std::size_t datagram) const {
    return (datagrams_from_high >> datagram & 1) != 0 ? capture::Side::kHigh : capture::Side::kLow;
  }
  bool has_payload() const { return directions[0].payload || directions[1].payload; }
  // Both directions start where their bytes were seen to start.
  bool start_seen() const {
    if (transport != capture::Transport::kTcp) return true;
    return (directions[0].start_seen || directions[1].start_seen) &&
           (directions[0].start_seen || !directions[0].payload) &&
           (directions[1].start_seen || !directions[1].payload);
  }
};

class TrackedFlows {
 public:
  using Index = TrackedFlow::Index;
  static constexpr Index kNone = TrackedFlow::kNone;

  explicit TrackedFlows(std::uint32_t capacity);

  // The 5-tuples are kept as well (inspect). Allocates.
  void KeepKeys() { keys_.resize(capacity_); }

  // A record at its defaults, last in the idle order; kNone if all are taken.
  Index Take(base::TimeNs now);
  void Give(Index index);

  TrackedFlow& operator[](Index index) { return flows_[index]; }
  // Brings what a packet of the flow needs into the cache.
  void Prefetch(Index index) const;
  // Null unless keys are kept.
  capture::FlowKey* key(Index index) { return keys_.empty() ? nullptr : &keys_[index]; }

  // Heard of at `now`: last in the idle order.
  void Touch(Index index, base::TimeNs now);
  // First payload byte at `now`: last in the handshake order.
  void StartHandshake(Index index, base::TimeNs now);

  // The flow that comes first in an order; kNone if there is none.
  Index LongestIdle() const { return idle_.first; }
  Index LongestHandshake() const { return handshake_.first; }
  std::uint32_t size() const { return size_; }

 private:
  struct Links {
    Index previous = kNone;
    Index next = kNone;
  };
  struct Order {
    Index first = kNone;
    Index last = kNone;
    std::vector<Links> links;

    void Append(Index index);
    void Remove(Index index);
  };

  std::uint32_t capacity_;
  base::QuietMemory memory_;
  std::span<TrackedFlow> flows_;
  std::vector<capture::FlowKey> keys_;
  std::vector<Index> free_;
  Order idle_;
  Order handshake_;
  std::uint32_t size_ = 0;
};

}  // namespace unopened::classify
