// The names in a server's certificate, where TLS up to 1.2 shows it in clear (RFC 5246 §7.4.2, RFC
// 5280 §4.1): who it was issued to and by whom. Nothing is verified: names pick an endpoint, and no
// claim rests on a signature that was not checked.
//
// A walk over DER with ByteReader: definite lengths in their shortest form, tags of one byte, no
// recursion, named caps. Pure; allocates nothing.
#pragma once

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/facts.h"

namespace unopened::classify::tls {

// Views of the certificate's bytes, as they are. An empty one is absent, or of a string type that
// is no ASCII.
struct CertificateNames {
  base::Bytes dns_name;  // the first dNSName of subjectAltName
  base::Bytes common_name;
  base::Bytes issuer_organisation;
  base::Bytes issuer_common_name;
  bool issuer_has_organisation = false;
};

// `certificate` is one whole certificate in DER. Never NeedMore.
base::Parsed<CertificateNames> ParseCertificateNames(base::ByteReader certificate);

// The first certificate of a Certificate message, given with its handshake header. Never NeedMore:
// NotThis also where the list is empty.
base::Parsed<base::ByteReader> LeafOf(base::ByteReader message);

// Keeps what facts.h promises: the first DNS name or else the common name, lower-cased, and the
// issuer's organisation or else its common name; dropped whole where it does not fit or is not
// printable ASCII.
void KeepNames(const CertificateNames& names, TransientFacts& transient);

// Tor's link certificates up to TLS 1.2 are made anew every two hours for names drawn at random:
// www.<8 to 20 letters of base32>.net, issued by www.<the like>.com, and nothing else in either
// name (tor, src/lib/tls/tortls.c; crypto_random_hostname). Other software may imitate that.
bool LooksLikeTorLink(const CertificateNames& names);

}  // namespace unopened::classify::tls
