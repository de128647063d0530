// The headers between a frame's first one and IP, whichever frame they stand in.
#pragma once

#include <cstdint>

#include "capture/link.h"
#include "capture/place.h"

namespace unopened::capture {

// The header that stands at a place.
enum class Header : std::uint8_t {
  kEthernet,
  kEtherType,
  kLlc,
  kPpp,
  kPppoe,
  kMpls,
  kWireless,
  kIp
};

// What stands behind a header that was read.
using Step = Layer<Header>;

// Walks from that header to IP, at most kMaxLinkHeaders of them. `type`: of what stands behind, for
// kEtherType.
Layer<LinkPayload> Walk(Header header, std::uint16_t type, Place place);

}  // namespace unopened::capture
