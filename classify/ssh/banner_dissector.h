// A server that names SSH to a client that speaks something else in clear: no handshake takes
// place, so the dialogue is plaintext, and named by the server's word alone.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::ssh {

const Dissector& SshBannerDissector();

}  // namespace unopened::classify::ssh
