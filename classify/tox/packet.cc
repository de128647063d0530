#include "classify/tox/packet.h"

#include "classify/opaque/random_start.h"

namespace unopened::classify::tox {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;

constexpr std::size_t kKey = 32;
constexpr std::size_t kNonce = 24;
constexpr std::size_t kTag = 16;
constexpr std::size_t kCookie = 112;
constexpr std::size_t kKeyed = 1 + kKey + kNonce + kTag;  // around what is sealed
constexpr std::size_t kPing = kKeyed + 9;
constexpr std::size_t kNodesRequestSize = kKeyed + kKey + 8;
constexpr std::size_t kNoNodes = kKeyed + 1 + 8;
constexpr std::size_t kIpv4Node = 39;
constexpr std::size_t kIpv6Node = 51;
constexpr std::size_t kMostNodes = 4;
constexpr std::size_t kCookieRequestSize = kKeyed + 2 * kKey + 8;
constexpr std::size_t kCookieResponseSize = 1 + kNonce + kCookie + 8 + kTag;
constexpr std::size_t kHandshakeSize = 1 + kCookie + kNonce + kNonce + kKey + 64 + kCookie + kTag;
constexpr std::size_t kLanDiscoverySize = 1 + kKey;
constexpr std::size_t kSmallestCryptoData = 1 + 2 + kTag;
constexpr std::size_t kSmallestOnion = 1 + kNonce + kTag;
constexpr std::size_t kLargest = 2048;

bool IsNodesResponse(std::size_t size) {
  for (std::size_t v6 = 0; v6 <= kMostNodes; ++v6) {
    for (std::size_t v4 = 0; v4 + v6 <= kMostNodes; ++v4) {
      if (size == kNoNodes + v4 * kIpv4Node + v6 * kIpv6Node) return true;
    }
  }
  return false;
}

bool HasRightSize(Kind kind, std::size_t size) {
  switch (kind) {
    case Kind::kPingRequest:
    case Kind::kPingResponse:
      return size == kPing;
    case Kind::kNodesRequest:
      return size == kNodesRequestSize;
    case Kind::kNodesResponse:
      return IsNodesResponse(size);
    case Kind::kCookieRequest:
      return size == kCookieRequestSize;
    case Kind::kCookieResponse:
      return size == kCookieResponseSize;
    case Kind::kHandshake:
      return size == kHandshakeSize;
    case Kind::kLanDiscovery:
      return size == kLanDiscoverySize;
    case Kind::kCryptoData:
      return size >= kSmallestCryptoData && size <= kLargest;
    case Kind::kDhtRequest:
      return size >= kKeyed + kKey && size <= kLargest;
    case Kind::kOnion:
      return size >= kSmallestOnion && size <= kLargest;
  }
  return false;
}

bool HasSenderKey(Kind kind) {
  return kind == Kind::kPingRequest || kind == Kind::kPingResponse || kind == Kind::kNodesRequest ||
         kind == Kind::kNodesResponse || kind == Kind::kCookieRequest;
}

}  // namespace

base::Parsed<Packet> ParsePacket(const Datagram& datagram) {
  ByteReader reader(datagram.bytes);
  std::uint8_t first = 0;
  if (!reader.ReadU8(first)) return NotThis{"tox: empty"};
  Packet packet;
  if (first >= 0x80 && first <= 0x8e) {
    packet.kind = Kind::kOnion;
  } else if (first <= 0x02 || first == 0x04 || (first >= 0x18 && first <= 0x1b) || first == 0x20 ||
             first == 0x21) {
    packet.kind = static_cast<Kind>(first);
  } else {
    return NotThis{"tox: kind"};
  }
  if (!HasRightSize(packet.kind, datagram.wire_length)) return NotThis{"tox: size"};
  if (!HasSenderKey(packet.kind)) return packet;
  // The highest bit of a public key is never set; what follows it is a nonce.
  if (!reader.ReadBytes(kKey, packet.sender_key) || (packet.sender_key.back() & 0x80) != 0 ||
      !opaque::MayBeRandom(datagram.bytes.subspan(1))) {
    return NotThis{"tox: key"};
  }
  return packet;
}

bool Answers(Kind answer, Kind question) {
  return (question == Kind::kPingRequest && answer == Kind::kPingResponse) ||
         (question == Kind::kNodesRequest && answer == Kind::kNodesResponse) ||
         (question == Kind::kCookieRequest && answer == Kind::kCookieResponse);
}

}  // namespace unopened::classify::tox
