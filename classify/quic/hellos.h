// Where a connection's hellos stand, and what they say of their flow.
#pragma once

#include <optional>
#include <string_view>

#include "classify/dissector.h"
#include "classify/gquic/message.h"
#include "classify/quic/connection.h"
#include "classify/tls/message.h"

namespace unopened::classify::quic {

// Views of `connection`'s streams: valid until it reads or clears.
struct Hellos {
  std::optional<tls::ClientHelloView> client;
  std::optional<tls::ServerHelloView> server;
  std::optional<gquic::MessageView> chlo;  // of Q050, whose handshake is no TLS
  std::string_view refused;                // authenticated, yet no handshake that belongs together

  // Nothing that comes later can add to them.
  bool complete = false;
  bool has_client() const { return client.has_value() || chlo.has_value(); }
};

Hellos ReadHellos(const Connection& connection);

// `answered`: the server was heard, by an Initial, a Retry or a Version Negotiation.
HandshakeFacts FactsOf(const Connection& connection, const Hellos& hellos, bool answered,
                       const DissectOptions& options);

}  // namespace unopened::classify::quic
