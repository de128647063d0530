// TLS over TCP: from the first bytes of both directions to the facts of one handshake.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::tls {

// Complete once the negotiated hello is known: ClientHello and ServerHello, with a
// HelloRetryRequest between them as part of the same handshake (RFC 8446 §4.1.4). Up to TLS 1.2 the
// rest of the server's flight is read too (server_flight.h); what of it does not come is left out,
// and nothing else is lost. With one side alone NeedMore, until that side can no longer come; then
// the facts carry `sides`, and `offered_only` where the server's answer is the missing one. A
// server that answers a ClientHello with an alert or with anything but TLS leaves an offer.
//
// Bytes tell the roles: a capture that begun at the answer has them swapped, and is read as meant.
const Dissector& TlsDissector();

}  // namespace unopened::classify::tls
