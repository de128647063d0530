// What an observer sees of Tox's datagrams (toktok.ltd/spec, "DHT", "Onion", "net_crypto"): a kind,
// for many kinds a size, and for some the sender's public key in clear. Pure. Threads: any.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::tox {

enum class Kind : std::uint8_t {
  kPingRequest = 0x00,
  kPingResponse = 0x01,
  kNodesRequest = 0x02,
  kNodesResponse = 0x04,
  kCookieRequest = 0x18,
  kCookieResponse = 0x19,
  kHandshake = 0x1a,
  kCryptoData = 0x1b,
  kDhtRequest = 0x20,
  kLanDiscovery = 0x21,
  kOnion,  // 0x80 to 0x8e: onion layers, announcements, data through them
};

struct Packet {
  Kind kind = Kind::kPingRequest;
  base::Bytes sender_key;  // 32 bytes, or empty where the kind has none in clear
};

// Never NeedMore. Sizes are those on the wire.
base::Parsed<Packet> ParsePacket(const Datagram& datagram);

// Whether `answer` is the kind that answers `question`.
bool Answers(Kind answer, Kind question);

}  // namespace unopened::classify::tox
