// HASSH: the MD5 of what an SSH end offers, as 32 hexadecimal digits.
//
// The input is "kex;encryption;mac;compression", the lists as they stand on the wire: those of the
// client-to-server direction for a client, of server-to-client for a server
// (github.com/salesforce/hassh). MD5 here is a name, no protection.
#pragma once

#include "base/byte_reader.h"
#include "classify/facts.h"

namespace unopened::classify::fingerprint {

// Leaves `out` empty where this machine's OpenSSL offers no MD5. Allocates nothing after a thread's
// first call.
void Hassh(base::Bytes kex, base::Bytes encryption, base::Bytes mac, base::Bytes compression,
           InlineText<64>& out);

}  // namespace unopened::classify::fingerprint
