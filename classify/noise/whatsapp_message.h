// The first frames of WhatsApp's client-to-server channel, Noise over TCP, as views of their bytes.
//
// There is no published specification. The prologue 'W' 'A' 6 3 is that of the open client
// whatsmeow (socket/constants.go), and 6 2, 5 2 and 4 0 those of clients before it; the routing
// preamble and 'W' 'A' 1 5 are in nDPI's whatsapp.c; version 2.1, and the fields of the two hellos,
// were read off public captures. Every version from 2 to 6 has begun with the same two hellos.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::classify::noise {

inline constexpr std::size_t kEphemeralKeySize = 32;     // X25519
inline constexpr std::size_t kSealedStaticKeySize = 48;  // the key and its tag
inline constexpr std::size_t kTagSize = 16;
// Of one hello's frame. Those seen are below 300 bytes; a certificate chain or a post-quantum key
// may make them longer.
inline constexpr std::size_t kMaxHelloFrame = 8 * 1024;
inline constexpr std::size_t kMaxRoutingInfo = 1024;

// What a client sends first: an optional preamble for routing at the edge ('E' 'D' 0 1, a length in
// three bytes, that many bytes), the prologue, and its first frame.
struct WhatsAppClientStart {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  bool has_routing_info = false;
  // 1.x speaks the encryption before Noise: its first frame is no hello and says nothing more.
  bool before_noise = false;
  bool has_static_key = false;  // the client knew the server's key (Noise IK, else XX)
};

struct WhatsAppServerHello {
  bool has_static_key = false;
};

// `stream` begins at the first byte of its direction. Bytes after the first frame are ignored.
base::Parsed<WhatsAppClientStart> ParseWhatsAppClientStart(base::ByteReader stream);
base::Parsed<WhatsAppServerHello> ParseWhatsAppServerHello(base::ByteReader stream);
// The server's first frame before Noise (1.5): a length in three bytes and a list's tag.
base::Parsed<WhatsAppServerHello> ParseWhatsAppServerBeforeNoise(base::ByteReader stream);

}  // namespace unopened::classify::noise
