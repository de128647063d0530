// Protocols in clear, told by the first 64 bytes of each side. Ports are at most a hint: only NTP,
// DHCP, syslog, NetBIOS datagrams and the multicast kin of DNS, whose bytes name nothing, are asked
// for theirs.
//
// Three dissectors, listed behind those of every cryptographic handshake:
//   SignallingDissector  STUN, SMB, NetBIOS sessions: clear themselves, but what follows on the
//                        flow may not be (DTLS-SRTP, SMB 3), so the flow is identified, and not
//                        plaintext
//   AccessDissector      VNC and LDAP that may be sealed: named, and not plaintext
//   PlaintextDissector   the rest: kind kPlaintext, asked once no handshake is possible
// Dialogues that may go over to TLS (SMTP, POP3, IMAP, FTP, IRC, NNTP, ManageSieve, XMPP, HTTP
// CONNECT) are upgrade::UpgradeDissector's, listed behind the first; PlaintextDissector knows none
// of their words, so nothing calls one that went over clear.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::plaintext {

const Dissector& SignallingDissector();
const Dissector& AccessDissector();
const Dissector& PlaintextDissector();

}  // namespace unopened::classify::plaintext
