// JA4, the fingerprint of a TLS client: what the hello offers in ten characters, then the sorted
// suites and the sorted extensions with the signature algorithms, each as the first twelve digits
// of a SHA-256 (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md; JA4 for TLS clients is
// under a BSD licence, unlike the other members of its family, which are not computed here).
#pragma once

#include "classify/facts.h"
#include "classify/tls/message.h"

namespace unopened::classify::fingerprint {

// "t13d1516h2_8daaf6152771_e5627efa2ab1". Empty for a hello in SSL 2.0's form, and for one with
// more than kMaxJa4Values suites or extensions, of which none is in use. No allocation.
InlineText<64> Ja4(const tls::ClientHelloView& hello, bool quic);

inline constexpr std::size_t kMaxJa4Values = 512;

}  // namespace unopened::classify::fingerprint
