// Telegram's MTProto over TCP, any port, in clear framing or behind its obfuscation without a
// secret.
//
// Proof is a server that repeats the client's nonce or names the client's key. Strong is a tag or a
// checksum of 32 bits that an answer of the right form follows. One side is weak; a lone 0xef with
// a length behind it is nothing. With a proxy's secret it is not told from random bytes. The
// channel is between client and server: which chats on it are end-to-end encrypted no handshake
// shows.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::mtproto {

const Dissector& MtprotoDissector();

}  // namespace unopened::classify::mtproto
