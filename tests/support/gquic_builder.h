// Builds the packets of Google QUIC's own handshake as an endpoint sends them: messages, frames,
// and packets of Q024 to Q043 and Q046 with their hash. For tests and fuzz seeds. Allocates freely.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace unopened::tests {

// The 128 bits of FNV-1a, most significant byte first.
std::array<std::uint8_t, 16> Fnv1a128(const std::vector<std::uint8_t>& bytes);

// `entries` in the order they shall stand in, which an endpoint sorts by tag. Tags of three letters
// end in a zero byte.
using GquicEntries = std::vector<std::pair<std::string_view, std::vector<std::uint8_t>>>;
std::vector<std::uint8_t> GquicMessage(std::string_view tag, const GquicEntries& entries);
// A first CHLO: what a client sends that knows nothing of the server.
std::vector<std::uint8_t> GquicInchoateChlo(std::string_view host);
// One with the client's public value, after a REJ or with a server config it kept.
std::vector<std::uint8_t> GquicFullChlo(std::string_view host);

struct GquicPacket {
  unsigned version = 43;  // 24 to 43, and 46
  bool from_client = true;
  bool names_version = true;                  // Q046 always does
  std::vector<std::uint8_t> connection_id{};  // eight bytes, or none
  std::uint64_t packet_number = 1;
  std::size_t packet_number_size = 1;  // 1, 2, 4, 6
  std::vector<std::uint8_t> frames{};
  std::size_t size = 0;  // padding up to this
};
std::vector<std::uint8_t> SealGquic(const GquicPacket& packet);

// Frames in `version`'s way of writing.
std::vector<std::uint8_t> GquicStreamFrame(unsigned version, std::uint32_t offset,
                                           const std::vector<std::uint8_t>& data);
std::vector<std::uint8_t> GquicAckFrame(unsigned version);
std::vector<std::uint8_t> GquicStopWaitingFrame(unsigned version);
std::vector<std::uint8_t> GquicCloseFrame(unsigned version, std::string_view reason);

// A server's list of the versions it speaks.
std::vector<std::uint8_t> GquicVersionNegotiation(const std::vector<std::uint8_t>& connection_id,
                                                  const std::vector<std::string_view>& versions);

}  // namespace unopened::tests
