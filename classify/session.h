// Session: what is known of a flow once it is settled. Small, owned, copyable; crosses into audit/.
#pragma once

#include <cstdint>

#include "capture/segment.h"
#include "classify/protocol.h"

namespace unopened::classify {

// Index into the catalogue's endpoints: one service, or a declared group of services that share it.
// 0: none.
using EndpointId = std::uint16_t;
inline constexpr EndpointId kNoEndpoint = 0;

struct EndpointMatch {
  EndpointId endpoint = kNoEndpoint;
  Evidence evidence = Evidence::kNone;
};

// The closed facts of a settled flow: exactly what a Shape counts, and nothing that names a person.
struct Session {
  capture::Transport transport = capture::Transport::kTcp;
  capture::IpVersion ip_version = capture::IpVersion::kV4;
  capture::TunnelKind tunnel = capture::TunnelKind::kNone;
  Protocol protocol = Protocol::kUnknown;
  Variant variant = Variant::kNone;
  Version version = Version::kNone;
  bool offered_only = false;
  KeyExchange key_exchange = KeyExchange::kUnknown;
  Resumption resumption = Resumption::kUnknown;
  EarlyData early_data = EarlyData::kNone;
  NameVisibility name_visibility = NameVisibility::kNotApplicable;
  SidesSeen sides = SidesSeen::kNone;
  Outcome outcome = Outcome::kUnrecognised;
  // What the whole claim rests on: the weaker of the protocol's evidence and, where an endpoint is
  // named, the rule's.
  Evidence evidence = Evidence::kNone;
  EndpointId endpoint = kNoEndpoint;

  friend auto operator<=>(const Session&, const Session&) = default;
};

}  // namespace unopened::classify
