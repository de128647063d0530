#include "classify/bittorrent/utp.h"

namespace unopened::classify::bittorrent {

using base::ByteReader;
using base::NotThis;

base::Parsed<UtpPacket> ParseUtp(const Datagram& datagram) {
  constexpr std::uint8_t kVersion = 1;
  // 1: selective acknowledgement, 2: extension bits, 3: reason of a close.
  constexpr std::uint8_t kLastExtension = 3;
  constexpr int kMaxExtensions = 3;
  ByteReader reader(datagram.bytes);
  std::uint8_t first = 0;
  std::uint8_t extension = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t difference = 0;
  std::uint32_t window = 0;
  UtpPacket packet;
  if (!reader.ReadU8(first) || (first & 0x0f) != kVersion ||
      first >> 4 > static_cast<std::uint8_t>(UtpType::kSyn)) {
    return NotThis{"utp: type"};
  }
  packet.type = static_cast<UtpType>(first >> 4);
  if (!reader.ReadU8(extension) || extension > kLastExtension) return NotThis{"utp: extension"};
  if (!reader.ReadU16(packet.connection) || !reader.ReadU32(timestamp) ||
      !reader.ReadU32(difference) || !reader.ReadU32(window) || !reader.ReadU16(packet.sequence) ||
      !reader.ReadU16(packet.acknowledgement)) {
    return NotThis{"utp: cut"};
  }
  for (int i = 0; extension != 0; ++i) {
    ByteReader body;
    if (i == kMaxExtensions || !reader.ReadU8(extension) || extension > kLastExtension ||
        !reader.ReadPrefixed8(body) || body.empty() || body.size() % 4 != 0) {
      return NotThis{"utp: extension"};
    }
  }
  packet.payload = reader.rest();
  // A beginning measures nothing yet and carries nothing; only data has a payload.
  if (packet.type == UtpType::kSyn && difference != 0) return NotThis{"utp: syn"};
  if (packet.type == UtpType::kData ? packet.payload.empty() : !packet.payload.empty()) {
    return NotThis{"utp: payload"};
  }
  return packet;
}

}  // namespace unopened::classify::bittorrent
