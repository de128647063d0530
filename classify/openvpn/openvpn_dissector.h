// OpenVPN over UDP and TCP, any port.
//
// A session begins with hard resets that name a random session id each; whoever acknowledges names
// the other's. Proof is both ids named by the other side; it cannot be had of tls-crypt, whose
// acknowledgements are encrypted: two well-formed resets are strong. Where the control channel is
// readable, the TLS handshake inside it says version and key exchange.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::openvpn {

const Dissector& OpenVpnDissector();

}  // namespace unopened::classify::openvpn
