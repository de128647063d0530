// STUN and TURN over UDP and TCP, any port (RFC 8489, RFC 8656, RFC 6062; over TCP also as ICE
// frames it, RFC 4571), and STUN before its magic cookie (RFC 3489).
//
// Proof is an answer that repeats the transaction of a request that went the other way: 96 random
// bits, 128 before the cookie. A call's path checks are STUN first and DTLS or ZRTP a moment later
// on the same flow, so nothing settles while that may still come: theirs is then the flow.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::stun {

const Dissector& StunDissector();

}  // namespace unopened::classify::stun
