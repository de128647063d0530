// The TLS stream of one direction of a control channel, put together from its packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/byte_reader.h"
#include "classify/openvpn/packet.h"

namespace unopened::classify::openvpn {

inline constexpr std::size_t kMaxStreamBytes = 16 * 1024;

// Joins the payloads of `session_id`'s first key in the order of their message ids, from 1 on (0 is
// the reset), up to the first that is missing, into `out`. Null where two packets with one id
// differ: a retransmission never does. The result borrows `out`.
std::optional<base::Bytes> JoinStream(std::span<const Packet> packets, std::uint64_t session_id,
                                      std::span<std::uint8_t, kMaxStreamBytes> out);

}  // namespace unopened::classify::openvpn
