#include "classify/openvpn/openvpn_dissector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <variant>

#include "classify/openvpn/control_channel.h"
#include "classify/openvpn/packet.h"
#include "classify/tls/tls_dissector.h"

namespace unopened::classify::openvpn {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxPackets = 24;  // looked at, of one direction

// One direction's packets, in the order they came.
struct Direction {
  std::array<Packet, kMaxPackets> seen;
  std::size_t count = 0;
  std::optional<Datagram> reset;  // the first packet that is no data

  std::span<const Packet> packets() const { return std::span(seen).first(count); }
};

struct Frames {
  std::array<Datagram, 2 * kMaxPackets> all;
  std::size_t count = 0;
  std::size_t at_least = 1;  // bytes until the next frame is whole
  bool open = false;         // more may come

  std::span<const Datagram> frames() const { return std::span(all).first(count); }
};

bool BeginsWithReset(std::uint8_t first_byte) {
  const auto parsed = ReadOpcode(first_byte);
  return base::Value(parsed) != nullptr && IsReset(*base::Value(parsed)) && (first_byte & 7) == 0;
}

// Over TCP each packet stands behind its length in two bytes. False where the direction does not
// begin with a reset.
bool ReadFrames(ByteReader stream, bool from_client, Frames& out) {
  const bool open = stream.open();
  std::size_t missing = 0;
  for (std::size_t i = 0; i < kMaxPackets; ++i) {
    std::uint16_t length = 0;
    ByteReader probe = stream;
    if (!probe.ReadU16(length)) {
      missing = 2 - stream.size();
      if (i == 0 && !stream.empty() && stream.rest()[0] > kMaxWrappedKeySize >> 8) return false;
      break;
    }
    std::uint8_t first = 0;
    if (i == 0 && (length < kMinResetSize || length >> 8 > kMaxWrappedKeySize >> 8 ||
                   (probe.ReadU8(first) && !BeginsWithReset(first)))) {
      return false;
    }
    ByteReader frame;
    if (!stream.ReadPrefixed16(frame)) {
      missing = length + 2U - stream.size();
      break;
    }
    out.all[out.count++] = {frame.rest(), length, from_client};
  }
  if (open && missing != 0) {
    out.at_least = out.open ? std::min(out.at_least, missing) : missing;
    out.open = true;
  }
  return true;
}

// Takes what is no data. False where a direction does not begin with a reset, or goes on with what
// is no OpenVPN.
bool Sort(std::span<const Datagram> datagrams, Direction& client, Direction& server) {
  std::array<Direction*, 2> by_side = {nullptr, nullptr};
  for (const Datagram& datagram : datagrams) {
    if (datagram.bytes.empty()) continue;
    const auto parsed = ReadOpcode(datagram.bytes[0]);
    const Opcode* opcode = base::Value(parsed);
    if (opcode == nullptr) return false;
    Direction*& side = by_side[datagram.from_client ? 0 : 1];
    if (side != nullptr) continue;
    // An old session's data may still come from the one who has not heard of the new one.
    if (IsData(*opcode) && by_side[datagram.from_client ? 1 : 0] != nullptr) continue;
    if (!IsReset(*opcode)) return false;
    side = IsClientReset(*opcode) ? &client : &server;
    if (side->reset) return false;  // two clients, or two servers
    side->reset = datagram;
  }
  return true;
}

// Reads all control packets of the direction that `reset` began.
void ReadPackets(std::span<const Datagram> datagrams, const Wrapping& wrapping,
                 Direction& direction) {
  if (!direction.reset) return;
  for (const Datagram& datagram : datagrams) {
    if (datagram.from_client != direction.reset->from_client || datagram.bytes.empty()) continue;
    if (direction.count == kMaxPackets) break;
    const auto opcode = ReadOpcode(datagram.bytes[0]);
    if (base::Value(opcode) == nullptr || IsData(*base::Value(opcode))) continue;
    const auto parsed = ParsePacket(datagram, wrapping);
    if (const Packet* packet = base::Value(parsed)) direction.seen[direction.count++] = *packet;
  }
}

struct Exchange {
  Wrapping wrapping;
  Direction client;
  Direction server;
  std::uint64_t client_session = 0;
  std::uint64_t server_session = 0;
  bool server_echoes = false;
  bool client_echoes = false;
};

// The sessions that name each other; else the first ones.
void FindSessions(Exchange& exchange) {
  for (const Packet& server : exchange.server.packets()) {
    if (!server.has_peer) continue;
    const auto clients = exchange.client.packets();
    const auto asked = std::ranges::find_if(clients, [&](const Packet& client) {
      return IsClientReset(client.opcode) && client.session_id == server.peer_session_id;
    });
    if (asked == clients.end()) continue;
    const bool both = std::ranges::any_of(clients, [&](const Packet& client) {
      return client.session_id == asked->session_id && client.has_peer &&
             client.peer_session_id == server.session_id;
    });
    if (exchange.server_echoes && !both) continue;
    exchange.client_session = asked->session_id;
    exchange.server_session = server.session_id;
    exchange.server_echoes = true;
    exchange.client_echoes = both;
    if (both) return;
  }
}

// Nearly all flows of another protocol are refused here, before an Exchange is made.
bool BeginsWithReset(std::span<const Datagram> datagrams) {
  const auto first = std::ranges::find_if(
      datagrams, [](const Datagram& datagram) { return !datagram.bytes.empty(); });
  if (first == datagrams.end()) return true;
  const auto parsed = ReadOpcode(first->bytes[0]);
  return base::Value(parsed) != nullptr && IsReset(*base::Value(parsed));
}

Parsed<Exchange> ReadExchange(std::span<const Datagram> datagrams) {
  if (!BeginsWithReset(datagrams)) return NotThis{"openvpn: no reset first"};
  Exchange exchange;
  if (!Sort(datagrams, exchange.client, exchange.server)) return NotThis{"openvpn: no reset first"};
  const auto& first = exchange.client.reset ? exchange.client.reset : exchange.server.reset;
  if (!first) return exchange;
  const Parsed<Wrapping> wrapping = WrappingOf(*first);
  if (base::Value(wrapping) == nullptr) return std::get<NotThis>(wrapping);
  exchange.wrapping = *base::Value(wrapping);
  if (exchange.client.reset && exchange.server.reset) {
    const Parsed<Wrapping> other = WrappingOf(*exchange.server.reset);
    if (base::Value(other) == nullptr) return std::get<NotThis>(other);
    Wrapping expected = exchange.wrapping;
    if (expected.variant == Variant::kTlsCryptV2) expected.variant = Variant::kTlsCrypt;
    if (*base::Value(other) != expected) return NotThis{"openvpn: wrappings differ"};
  }
  ReadPackets(datagrams, exchange.wrapping, exchange.client);
  ReadPackets(datagrams, exchange.wrapping, exchange.server);
  FindSessions(exchange);
  return exchange;
}

bool IsEncrypted(const Wrapping& wrapping) {
  return wrapping.variant == Variant::kTlsCrypt || wrapping.variant == Variant::kTlsCryptV2;
}

// One direction alone: its reset and another packet of the same session. Of tls-crypt also the same
// time and a replay id that advances.
bool GoesOn(const Direction& direction) {
  const auto packets = direction.packets();
  for (std::size_t i = 1; i < packets.size(); ++i) {
    if (packets[i].session_id == packets[0].session_id &&
        packets[i].replay_time == packets[0].replay_time &&
        (packets[i].replay_time == 0 || packets[i].replay_id > packets[0].replay_id)) {
      return true;
    }
  }
  return false;
}

HandshakeFacts FactsOf(const Exchange& exchange) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kOpenVpn;
  facts.variant = exchange.wrapping.variant;
  if (exchange.client.reset && exchange.server.reset) {
    facts.sides = SidesSeen::kBoth;
    if (exchange.client_echoes) {
      facts.evidence = Evidence::kProof;
    } else if (IsEncrypted(exchange.wrapping)) {
      // Nobody is seen to answer: that each side goes on with what it drew must do.
      const bool go_on = GoesOn(exchange.client) && GoesOn(exchange.server);
      facts.evidence = go_on ? Evidence::kStrong : Evidence::kWeak;
    } else {
      facts.evidence = Evidence::kStrong;
    }
    return facts;
  }
  facts.sides = exchange.client.reset ? SidesSeen::kClientOnly : SidesSeen::kServerOnly;
  facts.evidence = Evidence::kWeak;
  return facts;
}

// What the TLS handshake inside says. The names and fingerprints in it are of the tunnel's software
// and are not the flow's own.
void AddInside(const HandshakeFacts& inside, HandshakeFacts& facts) {
  facts.version = inside.version;
  facts.offered_only = inside.offered_only;
  facts.key_exchange = inside.key_exchange;
  facts.resumption = inside.resumption;
  facts.early_data = inside.early_data;
  facts.transient.cipher = inside.transient.cipher;
  facts.transient.group = inside.transient.group;
}

// `last`: nothing more will come.
Parsed<HandshakeFacts> WithInside(const Exchange& exchange, bool last, std::size_t at_least) {
  std::array<std::uint8_t, kMaxStreamBytes> client_bytes;
  std::array<std::uint8_t, kMaxStreamBytes> server_bytes;
  const auto session = [](const Direction& direction, std::uint64_t chosen) {
    if (chosen != 0 || direction.count == 0) return chosen;
    return direction.seen[0].session_id;
  };
  const auto client = JoinStream(exchange.client.packets(),
                                 session(exchange.client, exchange.client_session), client_bytes);
  const auto server = JoinStream(exchange.server.packets(),
                                 session(exchange.server, exchange.server_session), server_bytes);
  if (!client || !server) return NotThis{kAmbiguousReason};
  FlowView inside;
  inside.start_seen = true;
  const base::End end = last ? base::End::kFinal : base::End::kOpen;
  inside.client = ByteReader(*client, end);
  inside.server = ByteReader(*server, end);
  const auto parsed = tls::TlsDissector().dissect(inside);
  if (base::IsNeedMore(parsed) && !last) return NeedMore{at_least};
  HandshakeFacts facts = FactsOf(exchange);
  if (const auto* found = base::Value(parsed)) AddInside(*found, facts);
  return facts;
}

Parsed<HandshakeFacts> Conclude(std::span<const Datagram> datagrams, bool last,
                                std::size_t at_least) {
  const Parsed<Exchange> parsed = ReadExchange(datagrams);
  const Exchange* exchange = base::Value(parsed);
  if (exchange == nullptr) return std::get<NotThis>(parsed);
  if (!exchange->client.reset && !exchange->server.reset) {
    if (last) return NotThis{"openvpn: no reset"};
    return NeedMore{at_least};
  }
  const bool both = exchange->client.reset && exchange->server.reset;
  if (last && !both && !GoesOn(exchange->client) && !GoesOn(exchange->server)) {
    return NotThis{"openvpn: one reset"};
  }
  if (IsEncrypted(exchange->wrapping)) {
    const bool go_on = both && GoesOn(exchange->client) && GoesOn(exchange->server);
    if (!go_on && !last) return NeedMore{at_least};
    return FactsOf(*exchange);
  }
  if (both && last && !exchange->server_echoes) return NotThis{"openvpn: session ids"};
  if (!last && !exchange->client_echoes) return NeedMore{at_least};
  return WithInside(*exchange, last, at_least);
}

Parsed<HandshakeFacts> Read(const FlowView& flow, bool last) {
  if (flow.transport == capture::Transport::kUdp) {
    return Conclude(flow.datagrams, last || !flow.datagrams_open, 1);
  }
  Frames frames;
  if (!ReadFrames(flow.client, true, frames) || !ReadFrames(flow.server, false, frames)) {
    return NotThis{"openvpn: no reset first"};
  }
  return Conclude(frames.frames(), last || !frames.open, frames.at_least);
}

Parsed<HandshakeFacts> DissectOpenVpn(const FlowView& flow) { return Read(flow, false); }
Parsed<HandshakeFacts> PartialOpenVpn(const FlowView& flow) { return Read(flow, true); }

constexpr Dissector kDissector = {.name = "openvpn",
                                  .over_tcp = true,
                                  .over_udp = true,
                                  .dissect = DissectOpenVpn,
                                  .partial = PartialOpenVpn,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& OpenVpnDissector() { return kDissector; }

}  // namespace unopened::classify::openvpn
