// IKEv1, IKEv2 and ESP behind the markers of RFC 3948, over UDP and TCP (RFC 9329).
//
// Proof is an answer that repeats the initiator's SPI, and after the first exchange the
// responder's. The key exchange is that of the group in the responder's SA payload. ESP in UDP has
// no handshake of its own: two counters that advance are weak.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::ike {

const Dissector& IkeDissector();

}  // namespace unopened::classify::ike
