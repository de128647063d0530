// Protocols of binary messages whose first exchange asks for TLS.
//
// PostgreSQL (protocol 3.0, §55.2.10 "SSL Session Encryption", §55.2.11), MySQL (client/server
// protocol, HandshakeV10 and SSLRequest), RDP ([MS-RDPBCGR] §2.2.1.1-2 over X.224), LDAP (RFC 4511
// §4.14). Pure; no allocation.
#pragma once

#include "classify/upgrade/upgrade.h"

namespace unopened::classify::upgrade {

// SSLRequest, perhaps after a declined GSSENCRequest; the answer is one byte.
base::Parsed<Upgrade> FindPostgresql(base::ByteReader client, base::ByteReader server);
// The server greets; the client answers with an SSLRequest, or with its login, which is clear:
// kStartTlsUnused where the server could have done better.
base::Parsed<Upgrade> FindMysql(base::ByteReader client, base::ByteReader server);
// A negotiation request (or a cookie) in X.224's Connection Request names RDP; without one the same
// bytes are other protocols' as well. kOther: RDP's own encryption, or a refusal.
base::Parsed<Upgrade> FindRdp(base::ByteReader client, base::ByteReader server);
// An extended request of the StartTLS name, among the first messages, and its success.
base::Parsed<Upgrade> FindLdap(base::ByteReader client, base::ByteReader server);

}  // namespace unopened::classify::upgrade
