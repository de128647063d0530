// What stands on an IPsec flow: IKE messages, bare or behind the non-ESP marker, ESP packets and
// keepalives (RFC 3948 §2), or all of them behind their lengths over TCP (RFC 9329 §3). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "classify/dissector.h"
#include "classify/ike/message.h"

namespace unopened::classify::ike {

inline constexpr std::uint16_t kNatTraversalPort = 4500;
inline constexpr std::size_t kMaxFrames = 48;  // looked at, of both directions

struct EspPacket {
  std::uint32_t spi = 0;
  std::uint32_t sequence = 0;
};

struct Frame {
  enum class Kind : std::uint8_t { kMessage, kEsp, kKeepalive };
  Kind kind = Kind::kKeepalive;
  bool from_client = false;
  bool marked = false;  // a message behind the non-ESP marker
  Message message;      // of kMessage
  EspPacket esp;        // of kEsp
};

// Reads one datagram. ESP and keepalives exist where the flow has the port of NAT traversal alone.
base::Parsed<Frame> ReadFrame(const Datagram& datagram, bool nat_traversal_port);

// The frames of a TCP connection, whose opener begins with a magic word. NeedMore while that word
// may still come whole.
struct TcpFrames {
  std::array<Datagram, kMaxFrames> all;
  std::size_t count = 0;
  std::size_t at_least = 1;  // bytes until the next is whole
  bool open = false;         // more may come

  std::span<const Datagram> frames() const { return std::span(all).first(count); }
};
base::Parsed<TcpFrames> ReadTcpFrames(const FlowView& flow);

}  // namespace unopened::classify::ike
