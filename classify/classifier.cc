#include "classify/classifier.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "capture/flow_hash.h"
#include "classify/dissectors.h"
#include "classify/flow_prefix.h"
#include "classify/flow_table.h"
#include "classify/settling.h"
#include "classify/tracked_flows.h"

namespace unopened::classify {
namespace {

using base::TimeNs;
using capture::Segment;
using capture::Side;
using capture::TcpFlags;
using capture::Transport;
using Slot = FlowTable::Slot;
using Index = TrackedFlow::Index;

constexpr std::uint32_t kMaxUdpPayload = 0xffff;

bool IsPureSyn(const Segment& segment) {
  return segment.key.transport == Transport::kTcp &&
         (segment.tcp_flags & (TcpFlags::kSyn | TcpFlags::kAck)) == TcpFlags::kSyn;
}
bool IsSynAck(const Segment& segment) {
  return segment.key.transport == Transport::kTcp &&
         (segment.tcp_flags & (TcpFlags::kSyn | TcpFlags::kAck)) ==
             (TcpFlags::kSyn | TcpFlags::kAck);
}
bool HasPorts(Transport transport) {
  return transport == Transport::kTcp || transport == Transport::kUdp;
}

// The sequence number of the segment's first payload byte: a SYN takes one itself.
std::uint32_t FirstSequence(const Segment& segment) {
  return segment.tcp_sequence + ((segment.tcp_flags & TcpFlags::kSyn) != 0 ? 1 : 0);
}

}  // namespace

class Classifier::Impl {
 public:
  Impl(const ClassifierOptions& options, const std::array<std::uint8_t, 16>& hash_key,
       const EndpointMatcher& matcher, SessionSink& sink)
      : options_(options),
        panel_(options.dissectors.empty() ? Dissectors() : options.dissectors,
               options.prefix_cap_bytes, options.plaintext_cap_bytes, options.dissect),
        hasher_(hash_key),
        matcher_(&matcher),
        sink_(sink),
        table_(options.flow_capacity),
        tracked_(options.tracked_capacity),
        pool_(options.prefix_pool_bytes, options.prefix_cap_bytes) {
    SetMatcher(matcher);
  }

  void KeepKeys() {
    keep_keys_ = true;
    tracked_.KeepKeys();
  }
  void SetLiveStart(TimeNs start) { at_start_until_ = start + options_.idle_limit_ns; }
  void SetMatcher(const EndpointMatcher& matcher) {
    matcher_ = &matcher;
    if (matcher.HasFingerprints()) panel_.WantFingerprints();
  }

  void OnSegment(const Segment& segment) {
    const capture::FlowHash hash = hasher_(segment.key);
    OnSegment(segment, hash, table_.Find(hash));
  }

  static constexpr std::size_t kAhead = 32;

  void OnSegments(std::span<const Segment> segments) {
    std::array<capture::FlowHash, kAhead> hashes;
    while (!segments.empty()) {
      const std::size_t count = std::min(kAhead, segments.size());
      for (std::size_t i = 0; i < count; ++i) hashes[i] = hasher_(segments[i].key);
      LookAhead(segments.first(count), std::span(hashes).first(count));
      segments = segments.subspan(count);
    }
  }
  void OnSegments(std::span<const Segment> segments, std::span<const capture::FlowHash> hashes) {
    while (!segments.empty()) {
      const std::size_t count = std::min(kAhead, segments.size());
      LookAhead(segments.first(count), hashes.first(count));
      segments = segments.subspan(count);
      hashes = hashes.subspan(count);
    }
  }

  // Looks a few packets ahead, so that their flows are in the cache by the time they are handled.
  void LookAhead(std::span<const Segment> segments, std::span<const capture::FlowHash> hashes) {
    std::array<Slot, kAhead> slots;
    for (const capture::FlowHash& hash : hashes) table_.PrefetchControls(hash);
    for (const capture::FlowHash& hash : hashes) table_.PrefetchEntries(hash);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      slots[i] = table_.Find(hashes[i]);
      if (slots[i] != FlowTable::kNoSlot && table_.tracked(slots[i])) {
        tracked_.Prefetch(table_.entry(slots[i]).ref);
      }
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
      // A packet before it may have opened its flow, or cost it its place.
      const bool holds = slots[i] != FlowTable::kNoSlot && table_.Holds(slots[i], hashes[i]);
      OnSegment(segments[i], hashes[i], holds ? slots[i] : table_.Find(hashes[i]));
    }
  }

  // `slot`: the flow's, if the table knows it.
  void OnSegment(const Segment& segment, const capture::FlowHash& hash, Slot slot) {
    if (slot != FlowTable::kNoSlot) {
      if (!table_.tracked(slot) && !IsPureSyn(segment) &&
          segment.time <= table_.entry(slot).last_seen + options_.idle_limit_ns) {
        CountLater(slot, segment);
        return;
      }
      slot = Continue(slot, segment);
    }
    if (slot == FlowTable::kNoSlot) {
      slot = OpenSlot(hash, segment);
      if (!HasPorts(segment.key.transport)) {
        SettleWithoutPorts(slot, segment);
        return;
      }
      Track(slot, segment);
    }
    if (table_.tracked(slot)) {
      Follow(slot, segment);
    } else {
      CountLater(slot, segment);
    }
  }

  void Sweep(TimeNs now) {
    SettleDue(now);
    ForgetIdle(now);
    stats_.flows_in_table.Set(table_.size());
  }

  void Finish(TimeNs now) {
    SettleDue(now);
    while (tracked_.LongestIdle() != TrackedFlow::kNone) {
      Settle(tracked_.LongestIdle(), SettleCause::kEndOfInput, now);
    }
    table_.EraseIdle(0, table_.buckets(), std::numeric_limits<TimeNs>::max());
    stats_.flows_in_table.Set(table_.size());
  }

  const ClassifierStats& stats() const { return stats_; }

 private:
  // ---- settled flows

  void CountLater(Slot slot, const Segment& segment) {
    FlowTable::Entry& entry = table_.entry(slot);
    entry.last_seen = segment.time;
    bool becomes_conversation = false;
    if (segment.payload_wire_length > 0) {
      std::uint8_t& flags = table_.flags(slot);
      const std::uint8_t from = FlowTable::PayloadFrom(segment.from);
      if ((flags & from) == 0) {
        flags |= from;
        becomes_conversation = (flags & FlowTable::kPayloadBoth) == FlowTable::kPayloadBoth;
      }
    }
    sink_.OnTraffic(entry.ref, segment.packets, segment.wire_length, becomes_conversation);
  }

  // ---- which flow a segment belongs to

  // Decides whether the flow known under the segment's key goes on with it; kNoSlot if it does not:
  // then it is settled and forgotten.
  Slot Continue(Slot slot, const Segment& segment) {
    if (table_.tracked(slot)) {
      const Index index = table_.entry(slot).ref;
      const TimeNs idle = tracked_[index].last_seen + options_.idle_limit_ns;
      if (DeadlineOf(index) < segment.time) SettleAtDeadline(index);
      if (idle < segment.time) {
        Forget(slot);
        return FlowTable::kNoSlot;
      }
    } else if (table_.entry(slot).last_seen + options_.idle_limit_ns < segment.time) {
      Forget(slot);
      return FlowTable::kNoSlot;
    }
    if (!IsPureSyn(segment)) return slot;
    if (!OpensAnother(slot, segment)) {
      // The SYN of a flow that its SYN-ACK opened, late on its way and now known.
      if (!table_.tracked(slot)) NoteIsn(slot, segment);
      return slot;
    }
    if (table_.tracked(slot)) {
      Settle(table_.entry(slot).ref, SettleCause::kFinOrRst, segment.time);
    }
    Forget(slot);
    return FlowTable::kNoSlot;
  }

  // Whether a SYN opens another connection on ports used before (RFC 9293 §3.6.1), rather than
  // being a copy, the other half of a simultaneous open, or late on its way.
  bool OpensAnother(Slot slot, const Segment& segment) {
    const FlowTable::Entry& entry = table_.entry(slot);
    const std::uint8_t flags = table_.flags(slot);
    const bool isn_known = (flags & FlowTable::kIsnKnown) != 0;
    const bool same_sender = ((flags & FlowTable::kIsnHigh) != 0) == (segment.from == Side::kHigh);
    if (isn_known && same_sender && entry.isn == segment.tcp_sequence) return false;
    if (!table_.tracked(slot)) return isn_known || (flags & FlowTable::kSynAck) == 0;

    TrackedFlow& flow = tracked_[entry.ref];
    const Direction& direction = flow.from(segment.from);
    if (!direction.base_known || direction.base == FirstSequence(segment)) return false;
    return !flow.has_payload() || !flow.start_seen();
  }

  Slot OpenSlot(const capture::FlowHash& hash, const Segment& segment) {
    const Slot slot = MakeRoom(hash, segment.time);
    table_.Occupy(slot, hash);
    table_.entry(slot).last_seen = segment.time;
    stats_.opened.Add();
    stats_.flows_in_table.Set(table_.size());
    return slot;
  }

  void Track(Slot slot, const Segment& segment) {
    const Index index = TakeTracked(segment.time);
    table_.flags(slot) = FlowTable::kTracked;
    table_.entry(slot).ref = index;
    TrackedFlow& flow = tracked_[index];
    stats_.flows_tracked.Set(tracked_.size());
    flow.slot = slot;
    flow.possible = panel_.Over(segment.key.transport);
    flow.transport = segment.key.transport;
    flow.ip_version = segment.key.ip_version;
    flow.tunnel = segment.tunnel;
    flow.low_port = segment.key.low_port;
    flow.high_port = segment.key.high_port;
    flow.client = IsSynAck(segment) ? Opposite(segment.from) : segment.from;
    for (Direction& direction : flow.directions) {
      direction.prefix.Open(panel_.CapFor(flow.possible));
    }
    if (keep_keys_) *tracked_.key(index) = segment.key;
  }

  Slot MakeRoom(const capture::FlowHash& hash, TimeNs now) {
    Slot slot = table_.FreeSlot(hash, now - options_.idle_limit_ns);
    if (slot == FlowTable::kNoSlot) {
      // Whoever is due is settled first, so that nobody is evicted for being swept late.
      SettleDue(now);
      slot = table_.FreeSlot(hash, now - options_.idle_limit_ns);
    }
    if (slot == FlowTable::kNoSlot) {
      slot = table_.Victim(hash);
      if (table_.tracked(slot)) {
        stats_.evicted_tracked.Add();
        Settle(table_.entry(slot).ref, SettleCause::kEvicted, now);
      }
      stats_.evicted_settled.Add();
      Forget(slot);
    }
    return slot;
  }

  Index TakeTracked(TimeNs now) {
    Index index = tracked_.Take(now);
    if (index == TrackedFlow::kNone) {
      SettleDue(now);
      index = tracked_.Take(now);
    }
    if (index == TrackedFlow::kNone) {
      stats_.evicted_tracked.Add();
      Settle(tracked_.LongestIdle(), SettleCause::kEvicted, now);
      index = tracked_.Take(now);
    }
    return index;
  }

  // ---- tracked flows

  void Follow(Slot slot, const Segment& segment) {
    const Index index = table_.entry(slot).ref;
    TrackedFlow& flow = tracked_[index];
    table_.entry(slot).last_seen = segment.time;
    tracked_.Touch(index, segment.time);
    flow.packets += segment.packets;
    flow.bytes += segment.wire_length;
    stats_.pending_packets.Add(segment.packets);
    stats_.pending_bytes.Add(segment.wire_length);

    const std::uint32_t before = SizeOf(flow);
    const int was_final = Final(flow);
    const bool reset =
        flow.transport == Transport::kTcp && (segment.tcp_flags & TcpFlags::kRst) != 0;
    if (reset) {
      // A reset's payload is a diagnostic, no byte of the stream (RFC 9293 §3.5.2).
      Settle(index, SettleCause::kFinOrRst, segment.time);
      return;
    }
    TakeAndAsk(index, slot, segment, before, was_final);
    if (table_.tracked(slot) && tracked_[index].from(segment.from).prefix.Borrows()) {
      Keep(index, segment.from, segment.time);
    }
  }

  // What of the segment is new, and what the dissectors say of it.
  void TakeAndAsk(Index index, Slot slot, const Segment& segment, std::uint32_t before,
                  int was_final) {
    TrackedFlow& flow = tracked_[index];
    const bool tcp = flow.transport == Transport::kTcp;
    const bool counts = tcp ? TakeTcp(index, segment) : TakeUdp(index, segment);
    // A pool without room may have cost this flow its own place.
    if (!table_.tracked(slot)) return;
    if (flow.ambiguous) {
      Settle(index, SettleCause::kRefused, segment.time);
      return;
    }
    const std::uint32_t grown = SizeOf(flow) - before;
    flow.grown += grown;
    // A NeedMore says how many bytes of a stream it takes; of datagrams it cannot know.
    const std::uint32_t enough = tcp ? std::max(1U, flow.ask_after) : 1;
    const bool ask = Final(flow) != was_final || flow.grown >= enough;
    if (ask && flow.has_payload() && Ask(index, segment.time)) return;
    if (counts) {
      flow.payload_packets_without_progress =
          grown > 0 ? 0 : flow.payload_packets_without_progress + 1;
    }
    SettleIfStuck(index, segment.time);
  }

  static std::uint32_t SizeOf(const TrackedFlow& flow) {
    return flow.directions[0].prefix.size() + flow.directions[1].prefix.size();
  }
  // Directions whose bytes are all there: 0, 1 or 2.
  static int Final(const TrackedFlow& flow) {
    return static_cast<int>(flow.directions[0].prefix.final()) +
           static_cast<int>(flow.directions[1].prefix.final());
  }

  void SettleIfStuck(Index index, TimeNs now) {
    const TrackedFlow& flow = tracked_[index];
    if (Final(flow) == 2) {
      const bool both_fin = flow.directions[0].fin && flow.directions[1].fin;
      Settle(index, both_fin ? SettleCause::kFinOrRst : SettleCause::kPrefixCap, now);
    } else if (flow.payload_packets_without_progress >= options_.payload_packets_without_progress) {
      Settle(index,
             Final(flow) > 0 || DatagramsFull(flow) ? SettleCause::kPrefixCap
                                                    : SettleCause::kNoProgress,
             now);
    }
  }

  // Takes what a TCP segment brings. True if its payload may count as a step of the handshake.
  bool TakeTcp(Index index, const Segment& segment) {
    TrackedFlow& flow = tracked_[index];
    Direction& direction = flow.from(segment.from);
    const std::uint32_t sequence = FirstSequence(segment);
    if ((segment.tcp_flags & TcpFlags::kSyn) != 0) NoteSyn(flow, segment);
    const bool fin = (segment.tcp_flags & TcpFlags::kFin) != 0;
    if (segment.payload_wire_length == 0 && !fin) return false;
    if (!direction.base_known) {
      direction.base_known = true;
      direction.base = sequence;
    }
    // Sequence numbers wrap, their distance does not (RFC 9293 §3.4).
    const auto offset = static_cast<std::int32_t>(sequence - direction.base);
    const std::int64_t end = std::int64_t{offset} + segment.payload_wire_length;
    if (fin && end >= 0) NoteFin(direction, end);
    // A keep-alive probe, or a copy of what came before the start (RFC 9293 §3.8.4).
    if (segment.payload_wire_length == 0 || end <= 0) return false;
    NotePayload(index, segment);
    const auto skipped = static_cast<std::size_t>(std::max<std::int32_t>(0, -offset));
    const base::Bytes captured = segment.payload.subspan(std::min(skipped, segment.payload.size()));
    const auto start = static_cast<std::uint32_t>(std::max<std::int32_t>(0, offset));
    Place(index, segment.from, start, captured, segment.time);
    if (table_.tracked(flow.slot) && segment.payload.size() < segment.payload_wire_length) {
      // Snapped: a hole follows, and what fills it would be snapped as well.
      const auto captured_end = start + static_cast<std::uint32_t>(captured.size());
      direction.prefix.Limit(pool_, std::max(captured_end, direction.prefix.size()));
    }
    return true;
  }

  void NoteSyn(TrackedFlow& flow, const Segment& segment) {
    Direction& direction = flow.from(segment.from);
    const std::uint32_t sequence = FirstSequence(segment);
    if (!direction.base_known) {
      direction.base_known = true;
      direction.base = sequence;
    }
    if (direction.base != sequence) return;
    direction.start_seen = true;
    std::uint8_t& flags = table_.flags(flow.slot);
    if (IsSynAck(segment)) {
      flags |= FlowTable::kSynAck;
      if ((flags & FlowTable::kIsnKnown) == 0) flow.client = Opposite(segment.from);
    } else if ((flags & FlowTable::kIsnKnown) == 0) {
      flow.client = segment.from;
      NoteIsn(flow.slot, segment);
    }
  }

  void NoteIsn(Slot slot, const Segment& segment) {
    table_.entry(slot).isn = segment.tcp_sequence;
    table_.flags(slot) |= FlowTable::kIsnKnown;
    if (segment.from == Side::kHigh) table_.flags(slot) |= FlowTable::kIsnHigh;
  }

  // The side has said all: its bytes end at `end`, or where it already went beyond.
  void NoteFin(Direction& direction, std::int64_t end) {
    if (direction.fin || end > direction.prefix.limit()) return;
    direction.fin = true;
    direction.prefix.Limit(pool_,
                           std::max(static_cast<std::uint32_t>(end), direction.prefix.size()));
  }

  bool TakeUdp(Index index, const Segment& segment) {
    if (segment.payload_wire_length == 0) return false;
    NotePayload(index, segment);
    TrackedFlow& flow = tracked_[index];
    Direction& direction = flow.from(segment.from);
    const std::uint32_t room = direction.prefix.limit() - direction.prefix.size();
    const bool clear = panel_.CapFor(flow.possible) < options_.prefix_cap_bytes;
    // Of a datagram in clear its first bytes say what it is; half of an encrypted one says nothing.
    const base::Bytes kept =
        clear ? segment.payload.first(std::min<std::size_t>(room, segment.payload.size()))
              : segment.payload;
    if (direction.datagrams == TrackedFlow::kMaxDatagrams || kept.empty() ||
        kept.size() > std::min(room, kMaxUdpPayload)) {
      return true;
    }
    const std::uint32_t offset = direction.prefix.size();
    Place(index, segment.from, offset, kept, segment.time);
    if (!table_.tracked(flow.slot)) return true;
    if (segment.from == Side::kHigh) flow.datagrams_from_high |= 1U << flow.datagram_count;
    flow.datagrams[flow.datagram_count++] = {
        offset, static_cast<std::uint16_t>(kept.size()),
        static_cast<std::uint16_t>(std::min(segment.payload_wire_length, kMaxUdpPayload))};
    ++direction.datagrams;
    return true;
  }

  static bool DatagramsFull(const TrackedFlow& flow) {
    return flow.directions[0].datagrams == TrackedFlow::kMaxDatagrams ||
           flow.directions[1].datagrams == TrackedFlow::kMaxDatagrams;
  }

  void NotePayload(Index index, const Segment& segment) {
    TrackedFlow& flow = tracked_[index];
    if (!flow.has_payload()) tracked_.StartHandshake(index, segment.time);
    flow.from(segment.from).payload = true;
    table_.flags(flow.slot) |= FlowTable::PayloadFrom(segment.from);
  }

  // Tries `place` until the pool has room: those due are settled, then whoever has held a block the
  // longest, which may be the flow of `slot` itself.
  template <class PlaceBytes>
  FlowPrefix::Placed WithRoom(Slot slot, std::uint32_t needed, TimeNs now, PlaceBytes place) {
    FlowPrefix::Placed placed = place();
    if (placed == FlowPrefix::Placed::kNoBlock) {
      SettleDue(now);
      placed = place();
    }
    while (placed == FlowPrefix::Placed::kNoBlock) {
      stats_.prefix_pool_exhausted.Add();
      Settle(pool_.LongestHolder(needed), SettleCause::kEvicted, now);
      if (!table_.tracked(slot)) break;
      placed = place();
    }
    return placed;
  }

  // Borrowed bytes whose packet ends: the flow waits for more.
  void Keep(Index index, Side from, TimeNs now) {
    FlowPrefix& prefix = tracked_[index].from(from).prefix;
    WithRoom(tracked_[index].slot, prefix.size(), now, [&] { return prefix.Keep(pool_, index); });
  }

  // Places bytes in a direction's prefix.
  void Place(Index index, Side from, std::uint32_t offset, base::Bytes bytes, TimeNs now) {
    TrackedFlow& flow = tracked_[index];
    const Slot slot = flow.slot;
    FlowPrefix& prefix = flow.from(from).prefix;
    if (offset == 0 && prefix.Borrow(bytes)) return;
    const auto needed =
        static_cast<std::uint32_t>(std::min<std::size_t>(offset + bytes.size(), prefix.limit()));
    const FlowPrefix::Placed placed =
        WithRoom(slot, needed, now, [&] { return prefix.Place(pool_, index, offset, bytes); });
    if (placed == FlowPrefix::Placed::kTooManyHoles) stats_.reassembly_limit.Add();
    if (placed == FlowPrefix::Placed::kConflict) {
      stats_.overlap_conflicts.Add();
      flow.ambiguous = true;
    }
  }

  // Asks the dissectors. True if the flow was settled by their answer.
  bool Ask(Index index, TimeNs now) {
    TrackedFlow& flow = tracked_[index];
    const std::uint32_t cap = panel_.CapFor(flow.possible);
    HandshakeFacts facts;
    DissectorKind kind = DissectorKind::kHandshake;
    switch (panel_.Ask(flow, pool_, facts, kind)) {
      case Panel::Answer::kFacts:
        Conclude(index, SessionOf(flow, facts, kind, *matcher_), facts.transient,
                 SettleCause::kComplete, now);
        return true;
      case Panel::Answer::kNobody:
        Conclude(index, Nobody(flow), TransientFacts(), SettleCause::kRefused, now);
        return true;
      case Panel::Answer::kWait:
        break;
    }
    if (panel_.CapFor(flow.possible) < cap) Shorten(flow);
    return false;
  }

  // No handshake is possible any more: what lies beyond the plaintext cap is not ours to keep.
  void Shorten(TrackedFlow& flow) {
    const std::uint32_t cap = panel_.CapFor(flow.possible);
    for (Direction& direction : flow.directions) direction.prefix.Limit(pool_, cap);
    for (KeptDatagram& kept : std::span(flow.datagrams).first(flow.datagram_count)) {
      const std::uint32_t end = std::min(kept.offset + kept.size, cap);
      kept.offset = std::min(kept.offset, cap);
      kept.size = static_cast<std::uint16_t>(end - kept.offset);
    }
  }

  // ---- settling

  TimeNs DeadlineOf(Index index) {
    const TrackedFlow& flow = tracked_[index];
    const TimeNs idle = flow.last_seen + options_.idle_limit_ns;
    return flow.has_payload() ? std::min(idle, flow.first_payload + options_.handshake_limit_ns)
                              : idle;
  }

  void SettleAtDeadline(Index index) {
    const TimeNs deadline = DeadlineOf(index);
    const bool idle = deadline == tracked_[index].last_seen + options_.idle_limit_ns;
    Settle(index, idle ? SettleCause::kIdle : SettleCause::kHandshakeTimeout, deadline);
  }

  // Settles all whose deadline is before `now`, earliest first.
  void SettleDue(TimeNs now) {
    while (true) {
      const Index by_idle = tracked_.LongestIdle();
      if (by_idle == TrackedFlow::kNone) return;
      const Index by_handshake = tracked_.LongestHandshake();
      const bool handshake_first =
          by_handshake != TrackedFlow::kNone && DeadlineOf(by_handshake) < DeadlineOf(by_idle);
      const Index first = handshake_first ? by_handshake : by_idle;
      if (DeadlineOf(first) >= now) return;
      SettleAtDeadline(first);
    }
  }

  // Settles a flow for another reason than its dissectors' answer.
  void Settle(Index index, SettleCause cause, TimeNs at) {
    TrackedFlow& flow = tracked_[index];
    HandshakeFacts facts;
    DissectorKind kind = DissectorKind::kHandshake;
    if (flow.has_payload() && !flow.ambiguous &&
        panel_.AskForLast(flow, pool_, facts, kind) == Panel::Answer::kFacts) {
      Conclude(index, SessionOf(flow, facts, kind, *matcher_), facts.transient, cause, at);
    } else {
      Conclude(index, Nobody(flow), TransientFacts(), cause, at);
    }
  }

  Session Nobody(const TrackedFlow& flow) const {
    return SessionOfNobody(flow, flow.first_seen <= at_start_until_);
  }

  // The one way out of tracking.
  void Conclude(Index index, const Session& session, const TransientFacts& transient,
                SettleCause cause, TimeNs at) {
    TrackedFlow& flow = tracked_[index];
    const Slot slot = flow.slot;
    const FlowTraffic traffic{flow.packets, flow.bytes,
                              flow.directions[0].payload && flow.directions[1].payload};
    const bool named =
        session.outcome == Outcome::kIdentified || session.outcome == Outcome::kPlaintext;
    const std::string_view reason =
        flow.ambiguous ? "copies of the same bytes differ" : (named ? "" : flow.reason);
    const CountSlot count =
        sink_.OnSettled({session, traffic, transient, keep_keys_ ? tracked_.key(index) : nullptr,
                         flow.client, flow.first_seen, at, cause, reason});
    stats_.settled[static_cast<std::size_t>(cause)].Add();
    stats_.pending_packets.Set(stats_.pending_packets.Get() - traffic.packets);
    stats_.pending_bytes.Set(stats_.pending_bytes.Get() - traffic.bytes);
    for (Direction& direction : flow.directions) direction.prefix.Close(pool_);
    tracked_.Give(index);
    stats_.flows_tracked.Set(tracked_.size());
    table_.flags(slot) &= static_cast<std::uint8_t>(~FlowTable::kTracked);
    table_.entry(slot).ref = count;
  }

  void SettleWithoutPorts(Slot slot, const Segment& segment) {
    const Session session = SessionWithoutPorts(segment);
    const SettleCause cause =
        session.outcome == Outcome::kUnrecognised ? SettleCause::kRefused : SettleCause::kComplete;
    if (segment.payload_wire_length > 0) table_.flags(slot) = FlowTable::PayloadFrom(segment.from);
    table_.entry(slot).ref = sink_.OnSettled(
        {session, FlowTraffic{segment.packets, segment.wire_length, false}, TransientFacts(),
         keep_keys_ ? &segment.key : nullptr, segment.from, segment.time, segment.time, cause, ""});
    stats_.settled[static_cast<std::size_t>(cause)].Add();
  }

  // ---- forgetting

  void Forget(Slot slot) {
    table_.Erase(slot);
    stats_.flows_in_table.Set(table_.size());
  }

  // Walks the table once in a quarter of the idle limit, however often it is called.
  void ForgetIdle(TimeNs now) {
    const std::int64_t round = std::max<std::int64_t>(1, options_.idle_limit_ns / 4);
    const std::int64_t per_bucket = std::max<std::int64_t>(1, round / table_.buckets());
    if (now - forgotten_at_ > round) forgotten_at_ = now - round;
    const auto share = static_cast<std::uint32_t>(std::min<std::int64_t>(
        table_.buckets(), std::max<std::int64_t>(0, now - forgotten_at_) / per_bucket));
    forgotten_at_ += share * per_bucket;
    const TimeNs alive_since = now - options_.idle_limit_ns;
    const std::uint32_t before_end = std::min(share, table_.buckets() - next_bucket_);
    table_.EraseIdle(next_bucket_, next_bucket_ + before_end, alive_since);
    table_.EraseIdle(0, share - before_end, alive_since);
    next_bucket_ = (next_bucket_ + share) % table_.buckets();
  }

  const ClassifierOptions options_;
  Panel panel_;
  const capture::FlowHasher hasher_;
  const EndpointMatcher* matcher_;
  SessionSink& sink_;
  FlowTable table_;
  TrackedFlows tracked_;
  PrefixPool pool_;
  ClassifierStats stats_;
  bool keep_keys_ = false;
  TimeNs at_start_until_ = std::numeric_limits<TimeNs>::min();
  TimeNs forgotten_at_ = 0;
  std::uint32_t next_bucket_ = 0;
};

Classifier::Classifier(const ClassifierOptions& options,
                       const std::array<std::uint8_t, 16>& hash_key, const EndpointMatcher& matcher,
                       SessionSink& sink)
    : impl_(std::make_unique<Impl>(options, hash_key, matcher, sink)) {}
Classifier::~Classifier() = default;

void Classifier::KeepKeys() { impl_->KeepKeys(); }
void Classifier::SetLiveStart(base::TimeNs start) { impl_->SetLiveStart(start); }
void Classifier::SetMatcher(const EndpointMatcher& matcher) { impl_->SetMatcher(matcher); }
void Classifier::OnSegment(const capture::Segment& segment) { impl_->OnSegment(segment); }
void Classifier::OnSegments(std::span<const capture::Segment> segments) {
  impl_->OnSegments(segments);
}
void Classifier::OnSegments(std::span<const capture::Segment> segments,
                            std::span<const capture::FlowHash> hashes) {
  impl_->OnSegments(segments, hashes);
}
void Classifier::Sweep(base::TimeNs now) { impl_->Sweep(now); }
void Classifier::Finish(base::TimeNs now) { impl_->Finish(now); }
const ClassifierStats& Classifier::stats() const { return impl_->stats(); }

}  // namespace unopened::classify
