// WireGuard over UDP, any port.
//
// Proof is an answer that names its question: a response whose receiver index is the sender index
// of an initiation that went the other way, or a cookie reply that does. Transport messages prove
// nothing, and neither does a type byte.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::wireguard {

const Dissector& WireGuardDissector();

}  // namespace unopened::classify::wireguard
