#include "classify/tox/tox_dissector.h"

#include <algorithm>
#include <array>
#include <optional>

#include "classify/opaque/frame_chain.h"
#include "classify/opaque/random_start.h"
#include "classify/tox/packet.h"

namespace unopened::classify::tox {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxPackets = 24;

struct Seen {
  Packet packet;
  bool from_client = false;
};

struct Exchange {
  std::array<Seen, kMaxPackets> seen;
  std::size_t count = 0;
  bool answered = false;
  bool handshake = false;     // a cookie was asked for and given
  bool key_repeated = false;  // by one side, in two kinds
};

void Add(Exchange& exchange, const Seen& added) {
  for (const Seen& other : std::span(exchange.seen).first(exchange.count)) {
    const Kind kind = added.packet.kind;
    const Kind other_kind = other.packet.kind;
    if (added.from_client != other.from_client) {
      exchange.answered |= Answers(kind, other_kind) || Answers(other_kind, kind);
      exchange.handshake |= (kind == Kind::kCookieResponse && other_kind == Kind::kCookieRequest) ||
                            (kind == Kind::kCookieRequest && other_kind == Kind::kCookieResponse);
    } else if (kind != other_kind && !added.packet.sender_key.empty()) {
      exchange.key_repeated |= std::ranges::equal(added.packet.sender_key, other.packet.sender_key);
    }
  }
  exchange.seen[exchange.count++] = added;
}

HandshakeFacts FactsOf(Evidence evidence, bool tcp) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kTox;
  if (tcp) facts.variant = Variant::kTcp;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = evidence;
  return facts;
}

// Every datagram must be one of Tox's: one stranger among them, and the flow is another protocol.
Parsed<HandshakeFacts> DissectUdp(const FlowView& flow) {
  // Nearly all flows of another protocol are refused here, before an Exchange is made.
  for (const Datagram& first : flow.datagrams) {
    if (first.wire_length == 0) continue;
    const Parsed<Packet> parsed = ParsePacket(first);
    if (const auto* no = std::get_if<NotThis>(&parsed)) return *no;
    break;
  }
  Exchange exchange;
  for (const Datagram& datagram : flow.datagrams) {
    if (datagram.wire_length == 0) continue;
    if (exchange.count == kMaxPackets || (exchange.answered && exchange.key_repeated)) break;
    const Parsed<Packet> parsed = ParsePacket(datagram);
    const Packet* packet = base::Value(parsed);
    if (packet == nullptr) return std::get<NotThis>(parsed);
    // Kinds without a law on their size begin nothing.
    const bool loose = packet->kind == Kind::kOnion || packet->kind == Kind::kCryptoData ||
                       packet->kind == Kind::kDhtRequest || packet->kind == Kind::kLanDiscovery;
    if (exchange.count == 0 && loose) return NotThis{"tox: start"};
    Add(exchange, {*packet, datagram.from_client});
  }
  if (exchange.answered && exchange.key_repeated) return FactsOf(Evidence::kStrong, false);
  if (flow.datagrams_open && exchange.count < kMaxPackets) return NeedMore{};
  if (exchange.answered) return FactsOf(Evidence::kWeak, false);
  return NotThis{"tox: unanswered"};
}

// The relay's channel (toktok.ltd/spec, "TCP server"): hellos of 32 + 24 + 72 and 24 + 72 bytes,
// then frames of a length in two bytes and a box with its tag of 16.
constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kClientHello = 128;
constexpr std::size_t kServerHello = 96;
constexpr opaque::FrameLaw kFrames = {.smallest = 17, .largest = 2048 + 16};
constexpr std::uint16_t kNoMarker = 0;
// Random bytes keep the law of one length in 32: of all of these together in 2^30.
constexpr std::size_t kEnoughFrames = 3;

Parsed<HandshakeFacts> DissectTcp(const FlowView& flow) {
  if (!flow.start_seen) return NotThis{"tox: start not seen"};
  const Bytes client = flow.client.rest();
  if (!opaque::MayBeRandom(client) || !opaque::MayBeRandom(flow.server.rest()) ||
      (client.size() >= kPublicKeySize && (client[kPublicKeySize - 1] & 0x80) != 0)) {
    return NotThis{"tox: hello"};
  }
  bool enough = true;
  for (const auto& [stream, hello] :
       {std::pair(flow.client, kClientHello), std::pair(flow.server, kServerHello)}) {
    ByteReader frames = stream;
    opaque::FrameChain chain;
    if (frames.Skip(hello))
      chain = FollowFrames(frames, kFrames, kNoMarker, kEnoughFrames, kEnoughFrames);
    if (chain.broken) return NotThis{"tox: frame length"};
    if (chain.headers >= kEnoughFrames) continue;
    if (!stream.open()) return NotThis{"tox: frames"};
    enough = false;
  }
  if (enough) return FactsOf(Evidence::kWeak, true);
  return NeedMore{};
}

Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  return flow.transport == capture::Transport::kTcp ? DissectTcp(flow) : DissectUdp(flow);
}

Parsed<HandshakeFacts> Partial(const FlowView& flow) {
  FlowView last = flow;
  last.datagrams_open = false;
  return Dissect(last);
}

constexpr Dissector kDissector = {
    .name = "tox", .over_tcp = true, .over_udp = true, .dissect = &Dissect, .partial = &Partial};

}  // namespace

const Dissector& ToxDissector() { return kDissector; }

}  // namespace unopened::classify::tox
