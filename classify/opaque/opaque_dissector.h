// The last dissector: flows whose first bytes look uniformly random, of no protocol that is known.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::opaque {

// Kind kOpaque, behind all others. Facts name no protocol; evidence is never above weak, because
// statistics prove nothing. Over UDP both sides must have spoken, with different first bytes: a
// header that both share (RTP) is structure, however random the rest.
const Dissector& OpaqueDissector();

}  // namespace unopened::classify::opaque
