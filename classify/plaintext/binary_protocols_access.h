// Remote access and directories: what each side says first.
//
// VNC (RFC 6143 §7.1), LDAP (RFC 4511 §4; StartTLS is classify/upgrade's). Whether such a flow
// stays in clear is told here too; what may not is named, and not called clear. Pure; read the head
// alone.
#pragma once

#include "classify/plaintext/head.h"

namespace unopened::classify::plaintext {

// RFB whose security is none or a password: all of it in clear.
Fit VncChoiceInClear(const Head& head);
// RFB with whatever security was chosen.
Fit VncVersion(const Head& head);
Fit VncServer(const Head& head);

Fit LdapSimpleBind(const Head& head);
// A search or a bind by SASL, behind which the connection may be sealed.
Fit LdapOtherRequest(const Head& head);
Fit LdapResponse(const Head& head);
Fit CldapSearch(const Head& head);
Fit CldapResult(const Head& head);

}  // namespace unopened::classify::plaintext
