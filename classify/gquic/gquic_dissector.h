// Google QUIC Q024 to Q043 and Q046 over UDP, from the packets of its handshake that are not
// encrypted. (Q050 and what has TLS in it protect theirs as IETF QUIC does: classify/quic.)
//
// The hash decides: without one client's packet whose hash is right there is no Google QUIC.
// Complete with a CHLO and any packet of the server whose hash is right; a server that accepts the
// first CHLO answers encrypted at once, and is not known to have been heard. Datagrams that the
// snap length cut have no hash that could be checked. Threads: any; each has its own scratch.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::gquic {

const Dissector& GquicDissector();

}  // namespace unopened::classify::gquic
