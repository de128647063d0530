#include "tests/support/openvpn_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {

using classify::Variant;

std::vector<std::uint8_t> OpenVpnSide::Build(std::uint8_t opcode,
                                             std::optional<std::uint32_t> message_id,
                                             const std::vector<std::uint8_t>& payload) {
  constexpr std::uint32_t kTime = 0x66000000;
  Wire inside;
  inside.U8(peer_ ? 1 : 0);
  if (peer_) inside.U32(0).U64(*peer_);
  if (message_id) inside.U32(*message_id);
  inside.Append(payload);
  Wire wire;
  wire.U8(opcode << 3).U64(session_id_);
  ++replay_id_;
  switch (variant_) {
    case Variant::kTlsAuth:
      wire.Fill(hmac_size_, 0xa7).U32(replay_id_).U32(kTime).Append(inside.bytes());
      break;
    case Variant::kTlsCrypt:
    case Variant::kTlsCryptV2:
      wire.U32(replay_id_).U32(kTime).Fill(32, 0xa7).Fill(inside.size(), 0xc3);
      break;
    default:
      wire.Append(inside.bytes());
      break;
  }
  return wire.bytes();
}

std::vector<std::uint8_t> OpenVpnSide::ClientReset() { return Build(7, 0, {}); }

std::vector<std::uint8_t> OpenVpnSide::ClientResetV3(std::size_t wrapped_key_size) {
  return Wire()
      .Append(Build(10, 0, {}))
      .Fill(wrapped_key_size - 2, 0x5d)
      .U16(wrapped_key_size)
      .bytes();
}

std::vector<std::uint8_t> OpenVpnSide::ServerReset() { return Build(8, 0, {}); }
std::vector<std::uint8_t> OpenVpnSide::Ack() { return Build(5, std::nullopt, {}); }
std::vector<std::uint8_t> OpenVpnSide::Control(const std::vector<std::uint8_t>& payload) {
  return Build(4, next_message_++, payload);
}

std::vector<std::uint8_t> OpenVpnOverTcp(const std::vector<std::uint8_t>& packet) {
  return Wire().U16(packet.size()).Append(packet).bytes();
}

}  // namespace unopened::tests
