// WhatsApp's Noise channel over TCP, on any port. The channel is between client and server: it is
// not the end-to-end layer, which no handshake on this channel shows.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::noise {

// Complete once the prologue with the client's hello and the server's hello were read: evidence
// kStrong. One direction is kWeak, and so is what speaks the encryption before Noise (1.5), whose
// frames have too little structure; its key exchange stays kUnknown. The client's start is needed
// in any case: a server's hello alone names nobody. What answers a client's start with something
// else leaves kWeak.
const Dissector& WhatsAppNoiseDissector();

}  // namespace unopened::classify::noise
