// What a cipher suite's name says (IANA, "TLS Cipher Suites"): its key exchange, and whether it
// encrypts at all.
#pragma once

#include "classify/protocol.h"
#include "classify/tls/code_points.h"

namespace unopened::classify::tls {

// The key exchange of a suite up to TLS 1.2. kUnknown where the name fixes none (TLS 1.3), where
// the suite is not known, and where our terms have no true word for it: static DH and ECDH (as
// readable with the server's key as static RSA, but not that), Kerberos, GOST, SRP, ECCPWD.
KeyExchange KeyExchangeOf(CipherSuite suite);

// The suite leaves the payload readable (NULL encryption, RFC 5246 §A.5, RFC 9150).
bool IsNullCipher(CipherSuite suite);

// The key exchange that a group of TLS 1.3 stands for (RFC 8446 §4.2.7, RFC 10024). kUnknown for a
// code point outside the curves and the few ranges known: what it is worth nobody can say yet.
KeyExchange KeyExchangeOfGroup(NamedGroup group);

}  // namespace unopened::classify::tls
