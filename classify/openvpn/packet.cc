#include "classify/openvpn/packet.h"

#include <array>

namespace unopened::classify::openvpn {
namespace {

using base::ByteReader;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kHeaderSize = 1 + 8;  // opcode and key id, session id
constexpr std::size_t kReplaySize = 4 + 4;  // packet id, time
constexpr std::size_t kTagSize = 32;        // of tls-crypt
// A hard reset inside: nothing acknowledged, message id 0.
constexpr std::size_t kEmptyResetSize = 1 + 4;
constexpr std::size_t kCryptResetSize = kHeaderSize + kReplaySize + kTagSize + kEmptyResetSize;
// What a server's reset holds beyond that: all it may acknowledge, the peer's session, and flags.
constexpr std::size_t kMaxCryptServerResetSize = kCryptResetSize + 4 * kMaxAcknowledged + 8 + 16;
// MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512: the digests --auth may name.
constexpr std::array<std::size_t, 6> kHmacSizes = {16, 20, 28, 32, 48, 64};
// Replay ids count from 1 by packet, retransmissions included.
constexpr std::uint32_t kMaxResetReplayId = 64;
// Clients that announce that they can resend a wrapped key say so in the id's upper half.
constexpr std::uint32_t kCounterMask = 0xffff;

// Packet id and time, as a session begins.
bool ReadFirstReplay(ByteReader& reader, std::uint32_t mask = ~std::uint32_t{0}) {
  std::uint32_t id = 0;
  std::uint32_t time = 0;
  if (!reader.ReadU32(id) || !reader.ReadU32(time) || time == 0) return false;
  return (id & mask) >= 1 && (id & mask) <= kMaxResetReplayId;
}

bool ReadReliability(ByteReader& reader, Packet& packet) {
  std::uint8_t acknowledged = 0;
  if (!reader.ReadU8(acknowledged) || acknowledged > kMaxAcknowledged ||
      !reader.Skip(4 * std::size_t{acknowledged})) {
    return false;
  }
  packet.has_peer = acknowledged != 0;
  if (packet.has_peer && !reader.ReadU64(packet.peer_session_id)) return false;
  if (packet.opcode == Opcode::kAck) return packet.has_peer && reader.empty();
  return reader.ReadU32(packet.message_id);
}

// The inside of a hard reset, to its end. A client's acknowledges nothing.
bool IsResetInside(ByteReader reader, Opcode opcode) {
  Packet packet;
  packet.opcode = opcode;
  return ReadReliability(reader, packet) && reader.empty() && packet.message_id == 0 &&
         !(packet.has_peer && IsClientReset(opcode));
}

bool IsCryptReset(ByteReader body, Opcode opcode, std::size_t size) {
  if (opcode == Opcode::kHardResetClientV2) {
    return ReadFirstReplay(body) && size == kCryptResetSize;
  }
  // Over TCP a server counts as its client did.
  return ReadFirstReplay(body, kCounterMask) && size >= kCryptResetSize &&
         size <= kMaxCryptServerResetSize;
}

// The wrapped key ends with its own length and is all that follows the reset.
bool EndsWithWrappedKey(ByteReader body, std::size_t size) {
  std::uint16_t length = 0;
  return size > kCryptResetSize && ReadFirstReplay(body, kCounterMask) &&
         body.Skip(body.size() - 2) && body.ReadU16(length) && length == size - kCryptResetSize &&
         length >= kMinWrappedKeySize && length <= kMaxWrappedKeySize;
}

}  // namespace

Parsed<Opcode> ReadOpcode(std::uint8_t first_byte) {
  const auto opcode = static_cast<std::uint8_t>(first_byte >> 3);
  if (opcode < static_cast<std::uint8_t>(Opcode::kSoftReset) ||
      opcode > static_cast<std::uint8_t>(Opcode::kControlWkc)) {
    return NotThis{"openvpn: opcode"};
  }
  return static_cast<Opcode>(opcode);
}

Parsed<Wrapping> WrappingOf(const Datagram& reset) {
  ByteReader body(reset.bytes);
  std::uint8_t first = 0;
  std::uint64_t session_id = 0;
  if (!body.ReadU8(first) || !body.ReadU64(session_id)) return NotThis{"openvpn: reset cut"};
  const Parsed<Opcode> parsed = ReadOpcode(first);
  const Opcode* opcode = base::Value(parsed);
  if (opcode == nullptr || !IsReset(*opcode) || (first & 7) != 0 || session_id == 0) {
    return NotThis{"openvpn: no reset"};
  }
  if (reset.bytes.size() != reset.wire_length) return NotThis{"openvpn: reset cut"};
  const std::size_t size = reset.bytes.size();
  if (*opcode == Opcode::kHardResetClientV3) {
    if (!EndsWithWrappedKey(body, size)) return NotThis{"openvpn: wrapped key"};
    return Wrapping{Variant::kTlsCryptV2};
  }
  // The strictest first: what is authenticated has a replay id and a time where a plain reset has
  // other things.
  for (const std::size_t hmac_size : kHmacSizes) {
    ByteReader inside = body;
    if (inside.Skip(hmac_size) && ReadFirstReplay(inside) && IsResetInside(inside, *opcode)) {
      return Wrapping{Variant::kTlsAuth, hmac_size};
    }
  }
  if (IsResetInside(body, *opcode)) return Wrapping{Variant::kPlain};
  if (IsCryptReset(body, *opcode, size)) return Wrapping{Variant::kTlsCrypt};
  return NotThis{"openvpn: reset"};
}

Parsed<Packet> ParsePacket(const Datagram& datagram, const Wrapping& wrapping) {
  ByteReader reader(datagram.bytes);
  Packet packet;
  std::uint8_t first = 0;
  if (!reader.ReadU8(first) || !reader.ReadU64(packet.session_id)) return NotThis{"openvpn: cut"};
  const Parsed<Opcode> opcode = ReadOpcode(first);
  if (base::Value(opcode) == nullptr) return std::get<NotThis>(opcode);
  packet.opcode = *base::Value(opcode);
  packet.key_id = first & 7;
  if (packet.session_id == 0) return NotThis{"openvpn: session id"};
  if (wrapping.variant == Variant::kTlsCrypt || wrapping.variant == Variant::kTlsCryptV2) {
    if (!reader.ReadU32(packet.replay_id) || !reader.ReadU32(packet.replay_time) ||
        !reader.Skip(kTagSize)) {
      return NotThis{"openvpn: tag"};
    }
    return packet;
  }
  if (datagram.bytes.size() != datagram.wire_length) return NotThis{"openvpn: cut"};
  if (wrapping.variant == Variant::kTlsAuth && !reader.Skip(wrapping.hmac_size + kReplaySize)) {
    return NotThis{"openvpn: hmac"};
  }
  if (!ReadReliability(reader, packet)) return NotThis{"openvpn: reliability"};
  packet.payload = reader.rest();
  return packet;
}

}  // namespace unopened::classify::openvpn
