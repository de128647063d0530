#include "classify/gquic/packet.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace unopened::classify::gquic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

// The public header's flags.
constexpr std::uint8_t kHasVersion = 0x01;
constexpr std::uint8_t kReset = 0x02;
constexpr std::uint8_t kHasConnectionId = 0x08;
constexpr std::uint8_t kNeverSet = 0xc0;
// The long header's.
constexpr std::uint8_t kLongForm = 0x80;

constexpr std::size_t kVersionSize = 4;
constexpr VersionNumber kLongHeaderSince = 44;
constexpr VersionNumber kSenderHashedSince = 37;
constexpr VersionNumber kBigEndianSince = 39;
constexpr VersionNumber kNewAckSince = 34;

// "Q0" and two digits; 0 for another.
VersionNumber NumberOf(std::uint32_t tag) {
  if (tag >> 16 != 0x5130) return 0;
  const std::uint32_t tens = (tag >> 8 & 0xff) - '0';
  const std::uint32_t ones = (tag & 0xff) - '0';
  if (tens > 9 || ones > 9) return 0;
  const VersionNumber number = tens * 10 + ones;
  return number >= kFirstVersion && number <= kLastVersion ? number : 0;
}

__extension__ using Uint128 = unsigned __int128;

class Fnv1a128 {
 public:
  void Update(Bytes bytes) {
    constexpr Uint128 kPrime = Uint128{1} << 88 | 0x13b;
    for (const std::uint8_t byte : bytes) state_ = (state_ ^ byte) * kPrime;
  }
  // What is sent: the lower 96 bits, little endian.
  bool Is(Bytes hash) const {
    for (std::size_t i = 0; i < kHashSize; ++i) {
      if (hash[i] != static_cast<std::uint8_t>(state_ >> (8 * i))) return false;
    }
    return true;
  }

 private:
  Uint128 state_ = Uint128{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
};

Fnv1a128 HashOf(const Packet& packet) {
  Fnv1a128 hash;
  hash.Update(packet.header);
  hash.Update(packet.payload);
  return hash;
}

Fnv1a128 WithSender(Fnv1a128 hash, Sender sender) {
  const std::string_view name = sender == Sender::kClient ? "Client" : "Server";
  hash.Update(Bytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  return hash;
}

bool ReadRest(ByteReader& reader, Bytes datagram, Packet& packet) {
  if (!reader.Skip(packet.packet_number_size)) return false;
  packet.header = datagram.first(datagram.size() - reader.size());
  if (!reader.ReadBytes(kHashSize, packet.hash)) return false;
  packet.payload = reader.rest();
  return !packet.payload.empty();
}

// One byte holds both lengths of connection ids; one of the two ids is there.
bool ReadLongIds(ByteReader& reader, Packet& packet) {
  std::uint8_t lengths = 0;
  if (!reader.ReadU8(lengths)) return false;
  if (lengths != 0x50 && lengths != 0x05) return false;
  return reader.ReadBytes(kConnectionIdSize, packet.connection_id);
}

Parsed<Packet> ParseLong(Bytes datagram) {
  ByteReader reader(datagram);
  Packet packet;
  std::uint8_t first = 0;
  std::uint32_t tag = 0;
  if (!reader.ReadU8(first) || !reader.ReadU32(tag)) return NotThis{"gquic: header cut"};
  packet.version = NumberOf(tag);
  if (packet.version != kLastVersion) return NotThis{"gquic: version"};
  packet.packet_number_size = (first & 0x3U) + 1;
  if (!ReadLongIds(reader, packet) || !ReadRest(reader, datagram, packet)) {
    return NotThis{"gquic: header cut"};
  }
  return packet;
}

}  // namespace

Parsed<Packet> ParsePacket(Bytes datagram) {
  ByteReader reader(datagram);
  std::uint8_t flags = 0;
  if (!reader.ReadU8(flags)) return NotThis{"gquic: header cut"};
  if ((flags & kLongForm) != 0) return ParseLong(datagram);
  if ((flags & (kNeverSet | kReset)) != 0) return NotThis{"gquic: flags"};
  constexpr std::array<std::size_t, 4> kNumberSizes = {1, 2, 4, 6};
  Packet packet;
  packet.packet_number_size = kNumberSizes[flags >> 4 & 0x3];
  const bool has_version = (flags & kHasVersion) != 0;
  const bool has_id = (flags & kHasConnectionId) != 0;
  if (has_version && !has_id) return NotThis{"gquic: no connection id"};
  if (has_id && !reader.ReadBytes(kConnectionIdSize, packet.connection_id)) {
    return NotThis{"gquic: header cut"};
  }
  if (has_version) {
    std::uint32_t tag = 0;
    if (!reader.ReadU32(tag)) return NotThis{"gquic: header cut"};
    packet.version = NumberOf(tag);
    if (packet.version == 0 || packet.version >= kLongHeaderSince) {
      return NotThis{"gquic: version"};
    }
    packet.other_versions = reader.rest();
  }
  // A list of versions has neither hash nor payload.
  if (!ReadRest(reader, datagram, packet) && !has_version) return NotThis{"gquic: header cut"};
  return packet;
}

bool IsVersionNegotiation(const Packet& packet) {
  if (packet.version == 0 || packet.version >= kLongHeaderSince) return false;
  ByteReader list(packet.other_versions);
  if (list.size() % kVersionSize != 0) return false;
  for (std::uint32_t tag = 0; list.ReadU32(tag);) {
    const std::uint32_t family = tag >> 16;
    if (family != 0x5130 && family != 0x5430) return false;  // "Q0", "T0"
  }
  return true;
}

bool HashIsValid(const Packet& packet, VersionNumber version, Sender sender) {
  if (packet.hash.size() != kHashSize) return false;
  const Fnv1a128 hash = HashOf(packet);
  return (version < kSenderHashedSince ? hash : WithSender(hash, sender)).Is(packet.hash);
}

bool HashIsValidInAny(const Packet& packet, Sender sender) {
  if (packet.hash.size() != kHashSize) return false;
  const Fnv1a128 hash = HashOf(packet);
  return hash.Is(packet.hash) || WithSender(hash, sender).Is(packet.hash);
}

FrameLayout LayoutOf(VersionNumber version, const Packet& packet) {
  return {.big_endian = version >= kBigEndianSince,
          .missing_packets = version < kNewAckSince,
          .packet_number_size = packet.packet_number_size};
}

Bytes FramesOf(VersionNumber version, const Packet& packet) {
  return version < kNewAckSince ? packet.payload.subspan(1) : packet.payload;
}

}  // namespace unopened::classify::gquic
