// What a datagram is by its first byte, where STUN, ZRTP, DTLS, TURN's channels and media share one
// flow (RFC 7983 §7, RFC 9443 §3). A first byte proves nothing: it says whom to ask. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "classify/dissector.h"

namespace unopened::classify::stun {

enum class Multiplexed : std::uint8_t { kStun, kZrtp, kDtls, kChannel, kMedia, kStranger };

constexpr Multiplexed MultiplexedAs(base::Bytes datagram) {
  if (datagram.empty()) return Multiplexed::kStranger;
  const int first = datagram[0];
  if (first <= 3) return Multiplexed::kStun;
  if (first >= 16 && first <= 19) return Multiplexed::kZrtp;
  if (first >= 20 && first <= 63) return Multiplexed::kDtls;
  if (first >= 64 && first <= 79) return Multiplexed::kChannel;
  if (first >= 128 && first <= 191) return Multiplexed::kMedia;
  return Multiplexed::kStranger;
}

// The datagrams that ICE carries over TCP, each after its length in two bytes (RFC 4571 §2, RFC
// 6544 §3): whole ones alone, first the client's, then the server's.
class FramedDatagrams {
 public:
  static constexpr std::size_t kMaxOfOneSide = 12;

  explicit FramedDatagrams(const FlowView& flow) {
    Cut(flow.client, true);
    Cut(flow.server, false);
  }
  std::span<const Datagram> list() const { return std::span(datagrams_).first(count_); }

 private:
  void Cut(base::ByteReader stream, bool from_client) {
    base::ByteReader frame;
    for (std::size_t i = 0; i < kMaxOfOneSide && stream.ReadPrefixed16(frame); ++i) {
      datagrams_[count_++] = {frame.rest(), static_cast<std::uint32_t>(frame.size()), from_client};
    }
  }

  std::array<Datagram, 2 * kMaxOfOneSide> datagrams_;
  std::size_t count_ = 0;
};

}  // namespace unopened::classify::stun
