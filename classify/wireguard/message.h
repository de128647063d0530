// WireGuard's four messages as far as an observer needs them: type, and the indices that tie an
// answer to its question (wireguard.com/papers/wireguard.pdf §5.4). Pure. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::wireguard {

enum class Type : std::uint8_t { kInitiation = 1, kResponse = 2, kCookieReply = 3, kTransport = 4 };

inline constexpr std::size_t kInitiationSize = 148;
inline constexpr std::size_t kResponseSize = 92;
inline constexpr std::size_t kCookieReplySize = 64;
inline constexpr std::size_t kMinTransportSize = 32;  // a keepalive
inline constexpr std::size_t kTransportUnit = 16;
// One vendor (TunnelBear) sends longer handshakes with the same head.
inline constexpr std::size_t kVendorInitiationSize = 204;
inline constexpr std::size_t kVendorResponseSize = 100;

struct Message {
  Type type = Type::kInitiation;
  bool vendor_size = false;
  // Another vendor (Cloudflare WARP) writes an account's id into the three bytes that must be zero.
  bool reserved_set = false;
  std::uint32_t sender = 0;    // initiation and response
  std::uint32_t receiver = 0;  // all but the initiation
  std::uint64_t counter = 0;   // transport
};

// Reads one datagram. Sizes are those on the wire, so a snapped datagram serves as long as it holds
// the indices, and a transport message its counter. Never NeedMore.
base::Parsed<Message> ParseMessage(const Datagram& datagram);

}  // namespace unopened::classify::wireguard
