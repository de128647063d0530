#include "classify/wireguard/message.h"

namespace unopened::classify::wireguard {

using base::NotThis;

base::Parsed<Message> ParseMessage(const Datagram& datagram) {
  base::ByteReader reader(datagram.bytes);
  std::uint32_t head = 0;
  // The type's byte and three reserved zero bytes are one little-endian word.
  if (!reader.ReadU32LE(head) || head < 1 || head > 4) return NotThis{"wireguard: type"};
  Message message;
  message.type = static_cast<Type>(head);
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
      if (size < kMinTransportSize) return NotThis{"wireguard: transport size"};
      indices = reader.ReadU32LE(message.receiver);
      break;
  }
  if (!indices) return NotThis{"wireguard: cut"};
  return message;
}

}  // namespace unopened::classify::wireguard
