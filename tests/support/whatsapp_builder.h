// Builds the first frames of WhatsApp's Noise channel byte by byte, for tests and made captures.
// Keys and sealed fields are filler: nobody could finish the handshake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace unopened::tests {

struct WhatsAppClient {
  std::uint8_t major = 6;
  std::uint8_t minor = 3;
  std::size_t routing_info = 0;  // bytes of it; 0: no preamble
  std::size_t ephemeral = 32;
  std::size_t sealed_static = 0;  // 48 for Noise IK
  std::size_t payload = 0;
};
std::vector<std::uint8_t> WhatsAppClientStart(const WhatsAppClient& client);

struct WhatsAppServer {
  std::size_t ephemeral = 32;
  std::size_t sealed_static = 48;  // 0 for Noise IK
  std::size_t payload = 180;
};
std::vector<std::uint8_t> WhatsAppServerHello(const WhatsAppServer& server);

}  // namespace unopened::tests
