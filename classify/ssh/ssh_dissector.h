// SSH over TCP: identification strings, then both KEXINITs (RFC 4253).
//
// Complete with both KEXINITs (evidence proof: each end's structure was read and the negotiated
// method follows from the two), or with both identification strings where they agree on SSH-1. What
// less shows is said by `partial`: both identification strings are strong, since each end named the
// protocol to the other; one alone is weak. Reads nothing behind the KEXINITs.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::ssh {

const Dissector& SshDissector();

}  // namespace unopened::classify::ssh
