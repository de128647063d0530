// Version Negotiation packets (RFC 9000 §17.2.1, RFC 8999 §6): which answer which Initial.
//
// Nothing in one is authenticated, but its sender repeats both connection ids of a packet that it
// must have seen, crosswise: at least eight random bytes. That proves a peer which speaks QUIC's
// invariants, no version, and no key exchange. Pure. Threads: any.
#pragma once

#include <span>

#include "classify/dissector.h"

namespace unopened::classify::quic {

// Whether one of `datagrams` answers another, from the other side, that may be a client's first.
bool SawVersionNegotiation(std::span<const Datagram> datagrams);

// Of a flow of which nothing else is known.
HandshakeFacts FactsOfVersionNegotiation();

}  // namespace unopened::classify::quic
