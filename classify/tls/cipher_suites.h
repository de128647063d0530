// What a cipher suite's name says (IANA, "TLS Cipher Suites"): its key exchange, and whether it
// encrypts at all.
#pragma once

#include "classify/protocol.h"
#include "classify/tls/code_points.h"

namespace unopened::classify::tls {

// The key exchange of a suite up to TLS 1.2: kNullCipher and kExport where the suite's cipher makes
// the agreement worth nothing, else AgreementOf().
KeyExchange KeyExchangeOf(CipherSuite suite);

// How the keys of a suite up to TLS 1.2 are agreed, whatever its cipher's strength. kUnknown where
// the name fixes none (TLS 1.3), where the suite is not known, and where our terms have no true
// word for it: static DH and ECDH (as readable with the server's key as static RSA, but not that),
// Kerberos, GOST, SRP, ECCPWD.
KeyExchange AgreementOf(CipherSuite suite);

// Ciphers or key exchanges of export strength (RFC 2246 §A.5 and D.2, RFC 2712, and the drafts'
// 56-bit suites).
bool IsExport(CipherSuite suite);

// The suite leaves the payload readable (NULL encryption, RFC 5246 §A.5, RFC 9150).
bool IsNullCipher(CipherSuite suite);

// The key exchange that a group of TLS 1.3 stands for (RFC 8446 §4.2.7, RFC 10024). kUnknown for a
// code point outside the curves and the few ranges known: what it is worth nobody can say yet.
KeyExchange KeyExchangeOfGroup(NamedGroup group);

}  // namespace unopened::classify::tls
