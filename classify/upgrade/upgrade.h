// Where, in both directions of a flow, another protocol gives way to a new stream: STARTTLS and its
// kin, and proxies. A finder steps over lengths and command words; it keeps nothing of what it
// steps over, neither a name nor an address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/protocol.h"

namespace unopened::classify::upgrade {

struct Upgrade {
  enum class Then : std::uint8_t {
    kTls,     // TLS was agreed on, and comes next
    kTunnel,  // anything may come next
    kClear,   // it goes on in clear, and can no longer go over to TLS
    kOther,   // it goes on protected by means of its own, or nobody can tell how
  };
  Then then = Then::kTls;
  Protocol before = Protocol::kUnknown;  // what was spoken until here
  Variant variant = Variant::kNone;      // of the session, where `then` comes true
  // Where the new stream begins. Of a direction of which nothing was seen: its end.
  std::size_t client_skip = 0;
  std::size_t server_skip = 0;
  friend bool operator==(const Upgrade&, const Upgrade&) = default;
};

// `client` and `server` are the two directions from their start. NeedMore while more may come that
// could make it an upgrade; where a direction has ended, the answer is made from what there is. The
// answer does not change with later bytes.
using Find = base::Parsed<Upgrade> (*)(base::ByteReader client, base::ByteReader server);

}  // namespace unopened::classify::upgrade
