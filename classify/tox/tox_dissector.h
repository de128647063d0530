// Tox over UDP (DHT and handshake datagrams) and over TCP (a relay's channel), any port.
//
// Strong is a question with an answer of the right kind and size, where one side repeated its
// public key in datagrams of different kinds. The question and answer alone are weak, and so are
// the relay's frames behind hellos of 128 and 96 random bytes. Tox encrypts end to end; the DHT and
// the relays carry what is encrypted.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::tox {

const Dissector& ToxDissector();

}  // namespace unopened::classify::tox
