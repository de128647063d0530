// QUIC over UDP, from its Initial packets (RFC 9000, 9001, 9368, 9369): every version in version.h,
// Google's Q050, T050 and T051 among them.
//
// The AEAD tag decides: without one valid client Initial there is no QUIC, and with one the
// evidence is proof. The one other proof is a Version Negotiation that repeats a client's ids.
// Complete with both hellos; with the client's alone `partial` says what was offered. Who is the
// client is proved too: only the client's own connection id opens its Initial.
//
// A client Initial counts from a datagram of at least 1200 bytes (RFC 9000 §14.1). A shorter one
// is not yet a refusal, since a server's may reach the tap before the client's. Packets that the
// snap length cut cannot be authenticated and count for nothing. Decrypted bytes are overwritten
// before the call returns. Threads: any; each has its own scratch of about 160 KiB.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::quic {

const Dissector& QuicDissector();

}  // namespace unopened::classify::quic
