// Builds IKE messages and ESP packets byte by byte. For tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace unopened::tests {

// Type and body of each payload, in order. The last of an encrypted message is of type 46 or 53.
using IkePayloads = std::vector<std::pair<std::uint8_t, std::vector<std::uint8_t>>>;

struct IkeHeader {
  std::uint64_t initiator_spi = 0x0101010101010101;
  std::uint64_t responder_spi = 0;
  std::uint8_t version = 0x20;
  std::uint8_t exchange = 34;
  std::uint8_t flags = 0x08;
  std::uint32_t message_id = 0;
};

// `first_inside` is what the next payload field of an SK or SKF payload says.
std::vector<std::uint8_t> IkeMessage(const IkeHeader& header, const IkePayloads& payloads,
                                     std::uint8_t first_inside = 0);

// An IKEv2 SA payload with one proposal a list; each transform a type and an id.
using IkeTransforms = std::vector<std::pair<std::uint8_t, std::uint16_t>>;
std::vector<std::uint8_t> IkeSa(const std::vector<IkeTransforms>& proposals);
// An IKEv1 SA payload with one proposal and one transform a group.
std::vector<std::uint8_t> Ike1Sa(const std::vector<std::uint16_t>& groups);

std::vector<std::uint8_t> Esp(std::uint32_t spi, std::uint32_t sequence);
// Behind the non-ESP marker.
std::vector<std::uint8_t> Marked(const std::vector<std::uint8_t>& message);

}  // namespace unopened::tests
