// What the server's messages between its hello and its part of the handshake's end add to the
// facts, up to TLS 1.2, where they are in clear (RFC 5246 §7.3): whether a session was resumed, the
// certificate's names, and the group of the key exchange.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/facts.h"
#include "classify/tls/code_points.h"
#include "classify/tls/record.h"

namespace unopened::classify::tls {

// The named curve of a ServerKeyExchange for a suite with ECDHE, anonymous ECDH or ECDHE_PSK (RFC
// 8422 §5.4, RFC 5489 §2), given with its handshake header; 0 where it has none: finite fields
// (RFC 5246 §7.4.3 names no group), explicit curves, or what does not parse to the end.
NamedGroup GroupOfServerKeyExchange(base::ByteReader message, CipherSuite suite);

// Adds to `facts`, those of the hellos of a session up to TLS 1.2, what follows the ServerHello at
// which `reader` stands. `may_be_resumed`: only these messages can tell. The answer: what is still
// wanted, while facts hold all that is there; nothing where the facts are complete or no more of
// use can follow. Reads nothing behind a change_cipher_spec, a ServerKeyExchange, or a
// ServerHelloDone.
std::optional<base::NeedMore> ReadServerFlight(HandshakeReader reader, bool may_be_resumed,
                                               HandshakeFacts& facts);

}  // namespace unopened::classify::tls
