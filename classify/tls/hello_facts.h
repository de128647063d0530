// What the hellos of a TLS or QUIC handshake say about their flow.
#pragma once

#include <string_view>

#include "classify/dissector.h"
#include "classify/facts.h"
#include "classify/tls/message.h"

namespace unopened::classify::tls {

// Facts of a handshake of which `client`, `server` or both were seen; null: not seen. `server` is
// the ServerHello, never a HelloRetryRequest: that one negotiated nothing yet. After a
// HelloRetryRequest `client` is the first ClientHello.
//
// protocol is kTls or, where `quic`, kQuic; version is that of TLS in both: a QUIC dissector puts
// its own. evidence is kProof with both (Contradiction() must have found none), else kWeak.
// - key_exchange and cipher come from the server's side alone: an offer is no negotiation.
// - In TLS 1.3 key_exchange is that of the key_share's group also where a PSK was accepted, since
//   the group decides forward secrecy; resumption says kResumed beside it. psk_only: a PSK and no
//   key_share (psk_ke).
// - Up to TLS 1.2 resumption is kUnknown where the answer is in what follows the ServerHello;
//   ResumptionNeedsNext() says when.
// - plaintext: the suite has no cipher (TLS_*_WITH_NULL_*), so anyone can read the payload.
// - variant is what ALPN says; ports are the dissector's to know.
HandshakeFacts FactsOf(const ClientHelloView* client, const ServerHelloView* server,
                       const DissectOptions& options, bool quic);

// Why `server` cannot be an answer to `client`: its suite, version or group was not offered. Empty
// where it can. `server` may be a HelloRetryRequest.
std::string_view Contradiction(const ClientHelloView& client, const ServerHelloView& server);

// TLS <= 1.2: the server repeats the client's session id, or was given a ticket: what follows its
// hello shows whether it resumed (RFC 5246 §7.3, RFC 5077 §3.4).
bool ResumptionNeedsNext(const ClientHelloView& client, const ServerHelloView& server);

}  // namespace unopened::classify::tls
