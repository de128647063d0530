// Dissectors: whom the classifier asks about a flow, in order of cost and exactness.
#pragma once

#include <span>

#include "classify/dissector.h"

namespace unopened::classify {

// All there are. Static: valid for the process's life.
std::span<const Dissector* const> Dissectors();

}  // namespace unopened::classify
