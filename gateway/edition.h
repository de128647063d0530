// Edition: the catalogue as one load of the configuration gave it, with what is compiled from it;
// and the change from one edition to the next, within a live run.
//
// Immutable once made. Whoever made it keeps it until nobody uses it any more
// (gateway/editions.h); workers and the log's writer hold pointers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "base/clock.h"
#include "classify/endpoint_matcher.h"

namespace unopened::gateway {

struct Edition {
  audit::Catalogue catalogue;
  classify::EndpointMatcher matcher;
  std::string configuration_digest;
  // By an endpoint's place in the edition before: that of the same id in this one, kNoEndpoint
  // where it is gone. Sessions that were settled before the change go on under their endpoint.
  std::vector<classify::EndpointId> from_previous;
};

// The places of `previous`' endpoints in `next`, by id.
std::vector<classify::EndpointId> PlacesOf(const audit::Catalogue& previous,
                                           const audit::Catalogue& next);

struct EditionChange {
  std::uint32_t generation = 0;  // 1 for the first change of a run
  base::TimeNs at = 0;           // the end of the last window before it
  const Edition* edition = nullptr;
};

}  // namespace unopened::gateway
