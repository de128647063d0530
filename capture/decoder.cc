#include "capture/decoder.h"

#include <algorithm>

#include "capture/flow_key.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "capture/transport.h"

namespace unopened::capture {
namespace {

Layer<Segment> DecodeLayers(const Packet& packet) {
  const auto link = ParseLink(packet);
  if (!link) return tl::unexpected(link.error());
  const auto ip = ParseIp(link->ip, link->wire_length);
  if (!ip) return tl::unexpected(ip.error());
  const auto transport = ParseTransport(*ip);
  if (!transport) return tl::unexpected(transport.error());

  const DirectedFlow flow = MakeDirectedFlow(ip->source, transport->source_port, ip->destination,
                                             transport->destination_port, transport->transport,
                                             ip->version, ip->protocol);
  Segment segment;
  segment.key = flow.key;
  segment.from = flow.from;
  segment.tcp_flags = transport->tcp_flags;
  segment.tcp_sequence = transport->tcp_sequence;
  segment.payload_wire_length = transport->wire_length;
  segment.payload = transport->bytes;
  segment.time = packet.time;
  return segment;
}

}  // namespace

Layer<Segment> Decoder::Decode(const Packet& packet) {
  const auto wire_length =
      std::max(packet.wire_length, static_cast<std::uint32_t>(packet.bytes.size()));
  Layer<Segment> segment = DecodeLayers(packet);
  if (segment) {
    segment->wire_length = wire_length;
    stats_.decoded_packets.Add();
    stats_.decoded_bytes.Add(wire_length);
  } else {
    const auto reject = static_cast<std::size_t>(segment.error());
    stats_.rejected_packets[reject].Add();
    stats_.rejected_bytes[reject].Add(wire_length);
  }
  return segment;
}

}  // namespace unopened::capture
