// Builds OpenVPN's control packets byte by byte. For tests and fuzz seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "classify/protocol.h"

namespace unopened::tests {

// One side of a session: its wrapping and its counters. Filler stands for MACs and ciphertext.
class OpenVpnSide {
 public:
  // `hmac_size` is of kTlsAuth.
  OpenVpnSide(std::uint64_t session_id, classify::Variant variant, std::size_t hmac_size = 20)
      : session_id_(session_id), variant_(variant), hmac_size_(hmac_size) {}

  // The packets of this side acknowledge `peer`'s from now on.
  OpenVpnSide& Acknowledge(std::uint64_t peer) {
    peer_ = peer;
    return *this;
  }
  // Replay ids count from `base`.
  OpenVpnSide& CountFrom(std::uint32_t base) {
    replay_id_ = base;
    return *this;
  }
  std::vector<std::uint8_t> ClientReset();
  // With a wrapped key of `wrapped_key_size` bytes.
  std::vector<std::uint8_t> ClientResetV3(std::size_t wrapped_key_size = 377);
  std::vector<std::uint8_t> ServerReset();
  std::vector<std::uint8_t> Ack();
  // The next message of the reliable stream.
  std::vector<std::uint8_t> Control(const std::vector<std::uint8_t>& payload);

 private:
  std::vector<std::uint8_t> Build(std::uint8_t opcode, std::optional<std::uint32_t> message_id,
                                  const std::vector<std::uint8_t>& payload);

  std::uint64_t session_id_;
  classify::Variant variant_;
  std::size_t hmac_size_;
  std::optional<std::uint64_t> peer_;
  std::uint32_t replay_id_ = 0;
  std::uint32_t next_message_ = 1;
};

// One packet as TCP carries it: behind its length.
std::vector<std::uint8_t> OpenVpnOverTcp(const std::vector<std::uint8_t>& packet);

}  // namespace unopened::tests
