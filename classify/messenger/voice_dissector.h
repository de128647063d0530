// Voice and video of messengers over UDP where a handshake in clear names them: Discord's IP
// discovery and keepalive, Zoom's media handshake. Media behind it is encrypted or not; nothing in
// these handshakes says which.
//
//   Discord  discovery: type 1, length 70, SSRC, 66 zero bytes; the answer: type 2 and the same
//            SSRC, an address as text, a port (discord.com/developers, "Voice Connections"): strong
//            keepalive: 13 37 ca fe and a counter, sent back as it was: weak
//   Zoom     1, two bytes, 16 random bytes, ...; the answer: 2, two bytes, the same 16 bytes, and
//            the time that was sent (read off public captures): strong
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::messenger {

const Dissector& VoiceDissector();

}  // namespace unopened::classify::messenger
