// What Google QUIC's hello says about its flow.
#pragma once

#include "classify/facts.h"
#include "classify/gquic/message.h"

namespace unopened::classify::gquic {

// Facts of a handshake whose `chlo` was seen, and `answered` where its server was seen to go on
// with it. Who calls has held the packets against their hash or their tag: evidence is proof with
// both sides, weak with the client's alone.
// - key_exchange stays unknown: up to the server's SHLO, which is encrypted, everything hangs on
// the
//   server's long-lived key; only the SHLO may agree on a forward-secret one.
// - early_data is offered by a CHLO that holds the client's public value: what follows it is
//   protected by that long-lived key.
// - The user agent (UAID), like every tag but SNI, is left unread.
HandshakeFacts FactsOf(const MessageView& chlo, bool answered);
// The same where the client was heard, but not its CHLO.
HandshakeFacts FactsOf(bool answered);

}  // namespace unopened::classify::gquic
