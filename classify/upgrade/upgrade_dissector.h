// TLS that begins within a flow: behind STARTTLS and its kin, behind a request for it in another
// protocol, or through a proxy; and the dialogues in clear that could have gone over to it.
#pragma once

#include "classify/dissector.h"

namespace unopened::classify::upgrade {

// Facts are those of TLS, read from where both directions go over to it, with the variant of what
// was spoken before. Else:
// - a dialogue that went on in clear is plaintext, with Variant::kStartTlsUnused where its server
//   had offered TLS;
// - a tunnel may carry SSH, which is read as well; what carries neither is identified as the
// proxy's
//   protocol alone, never as clear;
// - a dialogue that agreed on TLS of which no hello was seen, or of which one side alone was seen,
//   is identified as itself, not clear, key exchange unknown.
// Refuses dialogues whose start was not seen: the middle of a flow may be anybody's text.
const Dissector& UpgradeDissector();

}  // namespace unopened::classify::upgrade
