// OpenVPN's control packets as far as an observer needs them (draft openvpn-wire-protocol): opcode,
// session ids, acknowledgements, and the TLS bytes inside where they are in clear. Pure. Threads:
// any.
//
// How the packets are wrapped (--tls-auth, --tls-crypt, --tls-crypt-v2) is nowhere written; it
// follows from a hard reset, whose inside is known.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::openvpn {

enum class Opcode : std::uint8_t {
  kSoftReset = 3,
  kControl = 4,
  kAck = 5,
  kDataV1 = 6,
  kHardResetClientV2 = 7,
  kHardResetServerV2 = 8,
  kDataV2 = 9,
  kHardResetClientV3 = 10,  // with the client's wrapped key: tls-crypt-v2
  kControlWkc = 11,         // likewise
};

constexpr bool IsClientReset(Opcode opcode) {
  return opcode == Opcode::kHardResetClientV2 || opcode == Opcode::kHardResetClientV3;
}
constexpr bool IsReset(Opcode opcode) {
  return IsClientReset(opcode) || opcode == Opcode::kHardResetServerV2;
}
constexpr bool IsData(Opcode opcode) {
  return opcode == Opcode::kDataV1 || opcode == Opcode::kDataV2;
}

inline constexpr std::size_t kMaxAcknowledged = 8;  // of one packet
inline constexpr std::size_t kMinResetSize = 14;    // plain, acknowledging nothing
// A wrapped key of tls-crypt-v2: tag, key, type of metadata, its own length; and with all metadata.
inline constexpr std::size_t kMinWrappedKeySize = 32 + 256 + 2;
inline constexpr std::size_t kMaxWrappedKeySize = 1024;

// The opcode of a packet whose first byte is this. NotThis for one that no version of this decade
// sends.
base::Parsed<Opcode> ReadOpcode(std::uint8_t first_byte);

struct Wrapping {
  Variant variant = Variant::kPlain;
  std::size_t hmac_size = 0;  // of kTlsAuth
  friend bool operator==(const Wrapping&, const Wrapping&) = default;
};

// Reads how a hard reset is wrapped. A reset carries no payload, so its size and zeros say it
// exactly.
base::Parsed<Wrapping> WrappingOf(const Datagram& reset);

struct Packet {
  Opcode opcode = Opcode::kControl;
  std::uint8_t key_id = 0;
  std::uint64_t session_id = 0;
  std::uint32_t replay_id = 0;  // tls-crypt alone; the time is the same in a whole session
  std::uint32_t replay_time = 0;
  // What is encrypted by tls-crypt is absent: false, 0, empty.
  bool has_peer = false;  // it acknowledges something, so it names the peer's session
  std::uint64_t peer_session_id = 0;
  std::uint32_t message_id = 0;  // order in the reliable stream; 0 in an acknowledgement
  base::Bytes payload;           // of the TLS stream; borrows the datagram
};

// Reads one packet that is no data. Never NeedMore.
base::Parsed<Packet> ParsePacket(const Datagram& datagram, const Wrapping& wrapping);

}  // namespace unopened::classify::openvpn
