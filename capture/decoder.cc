#include "capture/decoder.h"

#include <algorithm>
#include <optional>

#include "capture/common_case.h"
#include "capture/flow_key.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "capture/transport.h"
#include "capture/tunnel.h"

namespace unopened::capture {

// The payload of an IP packet, of all its fragments where it is one.
Layer<IpPayload> Decoder::WholePayload(base::Bytes ip, std::uint32_t wire_length, Load& load) {
  Layer<IpPayload> payload = ParseIp(ip, wire_length);
  if (!payload || !payload->fragment) return payload;
  Layer<IpPayload> whole = fragments_.Add(*payload, load, now_);
  if (!whole || whole->version == IpVersion::kV4) return whole;
  whole = SkipExtensions(*whole);
  if (whole && whole->fragment) return tl::unexpected(Reject::kBadIpHeader);
  return whole;
}

Layer<Segment> Decoder::DecodeLayers(const Packet& packet, Load& load) {
  const auto link = ParseLink(packet);
  if (!link) return tl::unexpected(link.error());
  auto ip = WholePayload(link->ip, link->wire_length, load);
  if (!ip) return tl::unexpected(ip.error());

  TunnelKind kind = link->tunnel;
  Layer<TransportPayload> transport = tl::unexpected(Reject::kTunnelTooDeep);
  for (int tunnels = 0;; ++tunnels) {
    if (const auto authenticated = SkipAuthentication(*ip)) ip = *authenticated;
    transport = ParseTransport(*ip);
    if (!transport) return tl::unexpected(transport.error());
    std::optional<Tunnel> tunnel;
    if (transport->transport == Transport::kUdp) {
      if (!MayCarryTunnel(transport->source_port, transport->destination_port)) break;
      tunnel = OpenUdpTunnel(*transport);
    } else if (transport->transport == Transport::kOtherIp) {
      tunnel = OpenIpTunnel(*ip);
    }
    if (!tunnel) break;
    if (tunnels == kMaxTunnels) return tl::unexpected(Reject::kTunnelTooDeep);
    kind = tunnel->kind;
    ip = WholePayload(tunnel->ip, tunnel->wire_length, load);
    if (!ip) return tl::unexpected(ip.error());
  }

  const DirectedFlow flow = MakeDirectedFlow(ip->source, transport->source_port, ip->destination,
                                             transport->destination_port, transport->transport,
                                             ip->version, ip->protocol);
  Segment segment;
  segment.key = flow.key;
  segment.from = flow.from;
  segment.tunnel = kind;
  segment.tcp_flags = transport->tcp_flags;
  segment.tcp_sequence = transport->tcp_sequence;
  segment.payload_wire_length = transport->wire_length;
  segment.payload = transport->bytes;
  segment.time = packet.time;
  return segment;
}

bool Decoder::DecodeShort(const Packet& packet, Segment& segment) {
  if (!DecodeCommonCase(packet, segment)) return false;
  segment.tunnel = TunnelKind::kNone;
  segment.packets = 1;
  segment.wire_length =
      static_cast<std::uint32_t>(std::max<std::size_t>(packet.wire_length, packet.bytes.size()));
  stats_.decoded_packets.Add();
  stats_.decoded_bytes.Add(segment.wire_length);
  return true;
}

Layer<Segment> Decoder::DecodeLong(const Packet& packet) {
  Load load{1, std::max<std::uint64_t>(packet.wire_length, packet.bytes.size())};
  Layer<Segment> segment = DecodeLayers(packet, load);
  if (segment) {
    segment->packets = static_cast<std::uint32_t>(load.packets);
    segment->wire_length = static_cast<std::uint32_t>(load.bytes);
    stats_.decoded_packets.Add(load.packets);
    stats_.decoded_bytes.Add(load.bytes);
  } else if (segment.error() != Reject::kFragmentHeld) {
    stats_.Refuse(segment.error(), load);
  }
  return segment;
}

bool Decoder::Decode(const Packet& packet, Segment& segment) {
  fragments_.Forget();
  now_ = std::max(now_, packet.time);
  if (DecodeShort(packet, segment)) return true;
  const Layer<Segment> decoded = DecodeLong(packet);
  if (!decoded) return false;
  segment = *decoded;
  return true;
}

Layer<Segment> Decoder::Decode(const Packet& packet) {
  fragments_.Forget();
  now_ = std::max(now_, packet.time);
  Segment segment;
  if (DecodeShort(packet, segment)) return segment;
  return DecodeLong(packet);
}

}  // namespace unopened::capture
