// JA3: the MD5 of a ClientHello's version, suites, extensions, groups and point formats, as decimal
// numbers in the order sent, without GREASE (https://github.com/salesforce/ja3).
#pragma once

#include "classify/facts.h"
#include "classify/tls/message.h"

namespace unopened::classify::fingerprint {

// 32 hex digits. Empty for a hello in SSL 2.0's form, for which JA3 is not defined. No allocation.
InlineText<64> Ja3(const tls::ClientHelloView& hello);

}  // namespace unopened::classify::fingerprint
