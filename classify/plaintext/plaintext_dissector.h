// Protocols in clear, told by the first 64 bytes of each side. Ports are at most a hint: only NTP,
// DHCP, syslog, NetBIOS datagrams and the multicast kin of DNS, whose bytes name nothing, are asked
// for theirs.
//
// Three dissectors, listed in this order, behind those of every cryptographic handshake:
//   SignallingDissector  SMB, NetBIOS sessions: clear themselves, but what follows on the flow may
//                        not be (SMB 3), so the flow is identified, and not plaintext
//   DialogueDissector    SMTP, POP3, IMAP, FTP, IRC, XMPP, HTTP CONNECT: may go over to TLS, so
//   they
//                        are watched, command words only, until they have or can no longer
//   PlaintextDissector   the rest: kind kPlaintext, asked once no handshake is possible
// The order matters in one place: a dialogue that goes over to TLS is refused, and
// PlaintextDissector knows none of its words, so nothing calls it clear.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::plaintext {

const Dissector& SignallingDissector();
const Dissector& DialogueDissector();
const Dissector& PlaintextDissector();

}  // namespace unopened::classify::plaintext
