// Threema's chat server protocol over TCP.
//
// Everything in it is random but the sizes (libthreema, csp/handshake.rs):
//   client  hello 48 (public key, cookie) | login 144 and more | frames
//   server  hello 80 (cookie, box)        | login ack 32       | frames
// A frame is a length in two bytes, little-endian, and a box: 16 bytes of tag, at least 4 inside.
// The server ends the messages it had kept with an empty one, a frame of 20 bytes, so that length
// is among its first. Evidence is never above weak: lengths prove nothing.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::threema {

const Dissector& ThreemaDissector();

}  // namespace unopened::classify::threema
