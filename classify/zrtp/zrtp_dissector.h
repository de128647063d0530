// ZRTP over UDP, any port: keys agreed within the media's own flow, before or beside RTP (RFC
// 6189).
//
// Proof is a packet with its cookie and its CRC-32C right from each side. The agreement is between
// the two ends of this flow; which those are, a tap cannot see: users compare a short string by
// voice for that.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::zrtp {

const Dissector& ZrtpDissector();

}  // namespace unopened::classify::zrtp
