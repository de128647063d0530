// What each protocol folder offers: a pure function from the first bytes of a flow to its facts.
//
// A dissector keeps nothing between calls: it is asked again with the whole prefix each time
// something arrived, and the answer depends on the bytes alone, not on how they were cut or which
// side came first.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "base/parsed.h"
#include "capture/segment.h"
#include "classify/facts.h"

namespace unopened::classify {

struct DissectOptions {
  bool fingerprints =
      false;  // compute JA3, JA4, HASSH (inspect, or a catalogue with fingerprint rules)
};

// One UDP datagram of the flow, in order of arrival. Bounded by FlowOptions::datagram_cap.
struct Datagram {
  base::Bytes bytes;  // payload; shorter than wire_length where the snap length cut
  std::uint32_t wire_length = 0;
  bool from_client = false;
};

// The first bytes of one flow. `client` is who opened it: the SYN's sender, or the sender of the
// first packet seen. A dissector that can tell from the bytes that the roles are swapped (capture
// begun at the answer) says so by its facts' `sides`, never by guessing.
struct FlowView {
  capture::Transport transport = capture::Transport::kTcp;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  bool start_seen = false;  // TCP: a SYN was seen. UDP: not midstream by the table's rules
  // TCP: the ordered bytes from each side's start. Open while more may come, final after FIN or at
  // a cap.
  base::ByteReader client;
  base::ByteReader server;
  // UDP: what was kept, oldest first. More may come while `datagrams_open`.
  std::span<const Datagram> datagrams;
  bool datagrams_open = true;
  // Of `datagrams`, how many there were when this dissector last said NeedMore of this flow; 0
  // where it was not asked yet, or nobody remembers. It changes no answer: it only spares finding
  // the same one again.
  std::size_t datagrams_asked = 0;
  DissectOptions options;
};

// T: settled, these are the facts (even where one side is still missing and can no longer come).
// NeedMore: possible so far (with `sole`, so plainly that those after it are not asked meanwhile);
// facts may be asked for with Partial below when the flow settles for another cause. NotThis: never
// this protocol; not asked again for this flow.
using Dissect = base::Parsed<HandshakeFacts> (*)(const FlowView& flow);

// The best that can be said when no more will come: called once at settling for a dissector that
// last said NeedMore. Returns NotThis where what was seen proves nothing. `flow`'s readers are
// final.
using DissectPartial = base::Parsed<HandshakeFacts> (*)(const FlowView& flow);

// How much of a flow a dissector may read, and what its facts make of the flow.
enum class DissectorKind : std::uint8_t {
  kHandshake,  // a cryptographic handshake: up to the prefix cap; the flow is identified, or
               // plaintext where the facts say so
  kPlaintext,  // a protocol in clear: at most 64 bytes of each direction, asked only once no
               // handshake is possible, never of a TCP flow whose start was not seen
  kOpaque,  // the rule for fully random first bytes: as kPlaintext, once nothing else is possible
};

// A NotThis with this reason: the flow is of this protocol, but copies of the same handshake bytes
// disagree, so the session's outcome is ambiguous.
inline constexpr std::string_view kAmbiguousReason = "ambiguous";

struct Dissector {
  std::string_view name;
  bool over_tcp = false;
  bool over_udp = false;
  Dissect dissect = nullptr;
  DissectPartial partial = nullptr;  // null: a final answer of `dissect` is all there is
  DissectorKind kind = DissectorKind::kHandshake;
};

}  // namespace unopened::classify
