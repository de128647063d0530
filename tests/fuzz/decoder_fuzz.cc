// Any frames of any link type, through one decoder: it stays inside them, its lengths never
// contradict, and no packet and no byte is lost in its counters.
//
// Input: for each frame the link type, two bytes by which the wire was longer than the capture, two
// of its captured length (the last frame takes what is left), a byte of quarter seconds since the
// frame before, the frame.
#include <cstdint>

#include "base/byte_reader.h"
#include "capture/common_case.h"
#include "capture/decoder.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::capture::Decoder;
using unopened::capture::Reject;

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

// The short way says what the layers say.
void RequireCommonCase(const unopened::capture::Packet& packet) {
  unopened::capture::Segment segment;
  if (!unopened::capture::DecodeCommonCase(packet, segment)) return;
  const std::size_t ip = packet.bytes[12] == 0x81 ? 18 : 14;
  static Decoder layers;
  unopened::capture::Packet raw = packet;
  raw.link = unopened::capture::LinkType::kRawIp;
  raw.bytes = packet.bytes.subspan(ip);
  raw.wire_length -= static_cast<std::uint32_t>(ip);
  const auto expected = layers.Decode(raw);
  Require(expected.has_value() && expected->key == segment.key && expected->from == segment.from &&
          expected->tcp_flags == segment.tcp_flags &&
          expected->tcp_sequence == segment.tcp_sequence &&
          expected->payload_wire_length == segment.payload_wire_length &&
          expected->payload.size() == segment.payload.size());
}

struct Sum {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

void RequireConserved(const Decoder& decoder, const Sum& taken) {
  const auto& stats = decoder.stats();
  std::uint64_t packets = stats.decoded_packets.Get() + stats.held_packets.Get();
  std::uint64_t bytes = stats.decoded_bytes.Get() + stats.held_bytes.Get();
  for (const auto& counter : stats.rejected_packets) packets += counter.Get();
  for (const auto& counter : stats.rejected_bytes) bytes += counter.Get();
  Require(packets == taken.packets && bytes == taken.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(Bytes(data, size));
  unopened::capture::DecoderOptions options;
  options.fragments.datagrams = 16;
  options.fragments.parts = 8;
  Decoder decoder(options);
  Sum taken;
  unopened::base::TimeNs time = 0;
  std::uint8_t link = 0;
  std::uint16_t cut = 0;
  std::uint16_t captured = 0;
  std::uint8_t quarters = 0;
  while (reader.ReadU8(link) && reader.ReadU16(cut) && reader.ReadU16(captured) &&
         reader.ReadU8(quarters)) {
    unopened::capture::Packet packet;
    if (!reader.ReadBytes(captured, packet.bytes)) {
      packet.bytes = reader.rest();
      reader = ByteReader();
    }
    packet.wire_length = static_cast<std::uint32_t>(packet.bytes.size()) + cut;
    packet.link = static_cast<unopened::capture::LinkType>(link % 24);  // more than there are
    packet.time = time += quarters * (unopened::base::kNsPerSecond / 4);
    RequireCommonCase(packet);
    const auto segment = decoder.Decode(packet);
    ++taken.packets;
    taken.bytes += packet.wire_length;
    RequireConserved(decoder, taken);
    if (!segment) {
      Require(static_cast<std::size_t>(segment.error()) < unopened::capture::kRejectNames.size());
      continue;
    }
    Require(segment->packets > 0);
    Require(segment->packets > 1 || segment->wire_length == packet.wire_length);
    Require(segment->payload.size() <= segment->payload_wire_length);
    std::size_t sum = 0;  // each byte may be read
    for (const std::uint8_t byte : segment->payload) sum += byte;
    Require(sum <= 255 * segment->payload.size());
    const auto& key = segment->key;
    Require(key.low < key.high || (key.low == key.high && key.low_port <= key.high_port));
  }
  decoder.Finish();
  RequireConserved(decoder, taken);
  Require(decoder.stats().held_packets.Get() == 0 && decoder.stats().held_bytes.Get() == 0);
  return 0;
}
