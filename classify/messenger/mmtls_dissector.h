// WeChat's mmtls over TCP, its long link, any port: TLS 1.3's messages in records of another
// version (citizenlab.ca, "Should We Chat, Too?", 2024). A record is a type (0x15 alert, 0x16
// handshake, 0x17 data, 0x19 early data), the version f1 03 or f1 04, a length in two bytes.
//
// Weak, from both sides: each begins with a record of the same version that another may follow. The
// types are known from one source and were checked against no capture of our own. The channel is
// between client and server; WeChat has no end-to-end encryption.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::messenger {

const Dissector& MmtlsDissector();

}  // namespace unopened::classify::messenger
