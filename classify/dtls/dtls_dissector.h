// DTLS 1.0, 1.2, 1.3 and the draft that OpenSSL spoke before them (RFC 4347, RFC 6347, RFC 9147),
// over UDP, any port; behind STUN on the same flow, as calls have it (RFC 5764, RFC 8842); behind
// CAPWAP's preamble (RFC 5415); and over TCP where ICE frames it (RFC 4571).
//
// Proof is both hellos that fit each other, or a cookie that a client repeats. Media over DTLS-SRTP
// is encrypted between the two ends of this handshake: a media server is an end like any other.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::dtls {

const Dissector& DtlsDissector();

}  // namespace unopened::classify::dtls
