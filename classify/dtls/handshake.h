// What the two directions of a DTLS flow say before keys are in use: hellos put together from their
// fragments, cookies, and what tells a full handshake from a resumed one.
//
// Fragments may come in any order, overlap and repeat (RFC 6347 §4.2.3); a message is known by its
// type and its message_seq. Copies that differ are a conflict. Allocates nothing.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_reader.h"
#include "classify/dissector.h"
#include "classify/dtls/record.h"
#include "classify/tls/message.h"

namespace unopened::classify::dtls {

// One message as its fragments arrive.
class Assembly {
 public:
  // Takes a fragment of the message. Ignores what is longer than a hello may be.
  void Add(const Fragment& fragment);
  bool complete() const { return begun_ && have_ == length_; }
  // Copies of the same bytes, or lengths, differ.
  bool conflict() const { return conflict_; }
  // The message's body; only where complete().
  base::ByteReader body() const { return base::ByteReader(base::Bytes(bytes_).first(length_)); }

 private:
  bool begun_ = false;
  bool conflict_ = false;
  std::size_t length_ = 0;
  std::size_t have_ = 0;
  std::bitset<tls::kMaxHelloSize> covered_;
  std::array<std::uint8_t, tls::kMaxHelloSize> bytes_;
};

// Of one direction. A client says hello a second time after a cookie or a retry, a server after it
// has asked for that: message_seq 0, then 1.
struct Side {
  std::array<Assembly, 2> hellos;
  bool says_client_hello = false;  // or the beginning of one
  bool says_server_hello = false;
  // RFC 6347 §4.2.1: of HelloVerifyRequests, each time one was sent.
  std::array<base::Bytes, 4> cookies;
  std::size_t cookie_count = 0;
  tls::NamedGroup curve = 0;         // of ServerKeyExchange (RFC 8422 §5.4)
  bool in_full = false;              // a message that only a full handshake has
  bool changed_cipher_spec = false;  // the end of what can be read, up to DTLS 1.2

  bool speaks_as_server() const { return says_server_hello || cookie_count > 0; }
  bool conflict() const { return hellos[0].conflict() || hellos[1].conflict(); }
};

struct Handshake {
  Side by_opener;  // who sent the flow's first packet
  Side by_other;

  // Both sides' hellos are there, the server's perhaps a HelloRetryRequest.
  bool has_both_hellos() const;
};

// Whether the flow may be DTLS by its first datagram: a look at a few bytes, since every flow is
// asked.
bool MayBegin(base::Bytes first);

// Reads one datagram into `out`; `first`: it is the flow's first with a payload. The literal says
// why the flow cannot be DTLS; empty: it may be.
std::string_view ReadDatagram(const Datagram& datagram, bool first, Handshake& out);

}  // namespace unopened::classify::dtls
