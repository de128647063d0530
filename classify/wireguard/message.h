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
// One vendor (TunnelBear) sends longer handshakes with the same head.
inline constexpr std::size_t kVendorInitiationSize = 204;
inline constexpr std::size_t kVendorResponseSize = 100;

struct Message {
  Type type = Type::kInitiation;
  bool vendor_size = false;
  std::uint32_t sender = 0;    // initiation and response
  std::uint32_t receiver = 0;  // all but the initiation
};

// Reads one datagram. Sizes are those on the wire, so a snapped datagram serves as long as it holds
// the indices. Never NeedMore.
base::Parsed<Message> ParseMessage(const Datagram& datagram);

}  // namespace unopened::classify::wireguard
