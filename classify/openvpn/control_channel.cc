#include "classify/openvpn/control_channel.h"

#include <algorithm>

namespace unopened::classify::openvpn {
namespace {

bool CarriesStream(const Packet& packet, std::uint64_t session_id) {
  return (packet.opcode == Opcode::kControl || packet.opcode == Opcode::kControlWkc) &&
         packet.key_id == 0 && packet.session_id == session_id;
}

}  // namespace

std::optional<base::Bytes> JoinStream(std::span<const Packet> packets, std::uint64_t session_id,
                                      std::span<std::uint8_t, kMaxStreamBytes> out) {
  std::size_t size = 0;
  // Ends since each turn uses up one packet's id.
  for (std::uint32_t next = 1; next <= packets.size(); ++next) {
    const Packet* found = nullptr;
    for (const Packet& packet : packets) {
      if (!CarriesStream(packet, session_id) || packet.message_id != next) continue;
      if (found == nullptr) {
        found = &packet;
      } else if (!std::ranges::equal(found->payload, packet.payload)) {
        return std::nullopt;
      }
    }
    if (found == nullptr || found->payload.size() > out.size() - size) break;
    std::ranges::copy(found->payload, out.begin() + static_cast<std::ptrdiff_t>(size));
    size += found->payload.size();
  }
  return base::Bytes(out).first(size);
}

}  // namespace unopened::classify::openvpn
