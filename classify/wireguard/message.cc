#include "classify/wireguard/message.h"

namespace unopened::classify::wireguard {

using base::NotThis;

namespace {

bool ReadU64LE(base::ByteReader& reader, std::uint64_t& out) {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  if (!reader.ReadU32LE(low) || !reader.ReadU32LE(high)) return false;
  out = std::uint64_t{high} << 32 | low;
  return true;
}

}  // namespace

base::Parsed<Message> ParseMessage(const Datagram& datagram) {
  base::ByteReader reader(datagram.bytes);
  std::uint8_t type = 0;
  std::uint32_t reserved = 0;
  if (!reader.ReadU8(type) || type < 1 || type > 4 || !reader.ReadU24(reserved)) {
    return NotThis{"wireguard: type"};
  }
  Message message;
  message.type = static_cast<Type>(type);
  message.reserved_set = reserved != 0;
  const std::size_t size = datagram.wire_length;
  bool indices = false;
  switch (message.type) {
    case Type::kInitiation:
      if (size != kInitiationSize && size != kVendorInitiationSize) {
        return NotThis{"wireguard: initiation size"};
      }
      message.vendor_size = size == kVendorInitiationSize;
      indices = reader.ReadU32LE(message.sender);
      break;
    case Type::kResponse:
      if (size != kResponseSize && size != kVendorResponseSize) {
        return NotThis{"wireguard: response size"};
      }
      message.vendor_size = size == kVendorResponseSize;
      indices = reader.ReadU32LE(message.sender) && reader.ReadU32LE(message.receiver);
      break;
    case Type::kCookieReply:
      if (size != kCookieReplySize) return NotThis{"wireguard: cookie reply size"};
      indices = reader.ReadU32LE(message.receiver);
      break;
    case Type::kTransport:
      // The plaintext is padded to 16 bytes (§5.4.6).
      if (size < kMinTransportSize || size % kTransportUnit != 0) {
        return NotThis{"wireguard: transport size"};
      }
      indices = reader.ReadU32LE(message.receiver) && ReadU64LE(reader, message.counter);
      break;
  }
  if (!indices) return NotThis{"wireguard: cut"};
  if (message.reserved_set && message.vendor_size) return NotThis{"wireguard: reserved"};
  return message;
}

}  // namespace unopened::classify::wireguard
