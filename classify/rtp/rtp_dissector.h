// RTP over UDP, any port, by what its headers count (RFC 3550). Never more than weak: the header
// proves no protocol. RTP and SRTP look alike, and where a signalling channel has handed over keys
// (SDES, RFC 4568) no packet of this flow shows it, so nothing is said of encryption either way.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::rtp {

const Dissector& RtpDissector();

}  // namespace unopened::classify::rtp
