// Any frame of any link type: the decoder stays inside it and its lengths never contradict.
//
// Input: the link type, two bytes by which the wire was longer than the capture, the frame.
#include <cstdint>
#include <functional>

#include "base/byte_reader.h"
#include "capture/decoder.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool Inside(Bytes part, Bytes whole) {
  if (part.empty()) return true;
  const std::less_equal<const std::uint8_t*> not_after;
  return not_after(whole.data(), part.data()) && not_after(&part.back(), &whole.back());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(Bytes(data, size));
  std::uint8_t link = 0;
  std::uint16_t cut = 0;
  if (!reader.ReadU8(link) || !reader.ReadU16(cut)) return 0;

  unopened::capture::Packet packet;
  packet.bytes = reader.rest();
  packet.wire_length = static_cast<std::uint32_t>(reader.size()) + cut;
  packet.link = static_cast<unopened::capture::LinkType>(link % 7);  // one more than there are
  unopened::capture::Decoder decoder;
  const auto segment = decoder.Decode(packet);
  const auto& stats = decoder.stats();
  std::uint64_t packets = stats.decoded_packets.Get();
  for (const auto& counter : stats.rejected_packets) packets += counter.Get();
  Require(packets == 1);
  if (!segment) {
    Require(static_cast<std::size_t>(segment.error()) < unopened::capture::kRejectNames.size());
    return 0;
  }
  Require(segment->wire_length == packet.wire_length);
  Require(Inside(segment->payload, packet.bytes));
  Require(segment->payload.size() <= segment->payload_wire_length);
  const auto& key = segment->key;
  Require(key.low < key.high || (key.low == key.high && key.low_port <= key.high_port));
  return 0;
}
