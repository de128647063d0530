// BitTorrent's own transport over UDP, uTP (BEP 29), any port.
//
// Proof is a STATE that repeats the connection id and acknowledges the sequence number of a SYN
// from the other side. Without a SYN, data on ids that differ by one, with an acknowledgement of
// the other side's sequence number, is strong. The first data tells whether the peers speak in
// clear or have encrypted the stream (MSE), which alone proves nothing and is never named.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::bittorrent {

const Dissector& UtpDissector();

}  // namespace unopened::classify::bittorrent
