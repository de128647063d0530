// HandshakeFacts: everything a dissector may say about a flow. Owned values, no pointer into a
// packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/byte_reader.h"
#include "classify/protocol.h"

namespace unopened::classify {

// A short text kept in place, so that facts allocate nothing. What does not fit is dropped whole
// and `overflowed` says so: half a host name must never match a rule.
template <std::size_t kCapacity>
class InlineText {
 public:
  void Set(std::string_view text) {
    overflowed_ = text.size() > kCapacity;
    size_ = overflowed_ ? 0 : static_cast<std::uint16_t>(text.size());
    if (size_ != 0) std::memcpy(text_.data(), text.data(), size_);  // an empty view may be null
  }
  void Set(base::Bytes bytes) { Set({reinterpret_cast<const char*>(bytes.data()), bytes.size()}); }
  std::string_view view() const { return {text_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  bool overflowed() const { return overflowed_; }
  friend bool operator==(const InlineText& a, const InlineText& b) { return a.view() == b.view(); }

 private:
  std::uint16_t size_ = 0;
  bool overflowed_ = false;
  std::array<char, kCapacity> text_;
};

// Facts that point at a service or a person's software. They pick the endpoint and die with the
// flow's handshake; only `inspect --identifiers` on a regular file prints them. No type in audit/
// or exporters/ can hold one.
struct TransientFacts {
  InlineText<255> sni;           // lower-cased ASCII host name as offered, without a trailing dot
  InlineText<128> alpn;          // offered protocols, ';' between them
  InlineText<32> alpn_selected;  // TLS <= 1.2: the server's choice
  // TLS <= 1.2, where the server's certificate is in clear: its leaf's first DNS name, else its
  // common name, lower-cased; and its issuer's organisation or common name. For matching only.
  InlineText<255> certificate_name;
  InlineText<128> certificate_issuer;
  InlineText<128> realm;  // STUN and TURN: the server's REALM
  InlineText<64> ja3;     // 32 hex digits; filled only if DissectOptions::fingerprints
  InlineText<64> ja4;
  InlineText<64> hassh;
  InlineText<64> hassh_server;
  std::uint16_t cipher = 0;  // negotiated suite; 0 unless the server's hello was seen
  std::uint16_t group = 0;   // negotiated group, likewise
  friend bool operator==(const TransientFacts&, const TransientFacts&) = default;
};

struct HandshakeFacts {
  Protocol protocol = Protocol::kUnknown;
  Variant variant = Variant::kNone;
  Version version = Version::kNone;
  bool offered_only = false;  // `version` is an offer: the server's answer was not seen
  KeyExchange key_exchange = KeyExchange::kUnknown;
  Resumption resumption = Resumption::kUnknown;
  EarlyData early_data = EarlyData::kNone;
  NameVisibility name_visibility = NameVisibility::kNotApplicable;
  SidesSeen sides = SidesSeen::kNone;
  Evidence evidence =
      Evidence::kNone;     // of the protocol; the endpoint's own evidence is the catalogue's to say
  bool plaintext = false;  // a protocol in clear
  TransientFacts transient;
  friend bool operator==(const HandshakeFacts&, const HandshakeFacts&) = default;
};

}  // namespace unopened::classify
