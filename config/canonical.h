// The canonical form of what was read: one `key value` line after another in a fixed order, so that
// its SHA-256 depends on the facts alone and not on comments, spacing, or the order of files and
// tables.
#pragma once

#include <string>
#include <string_view>

#include "audit/catalogue.h"
#include "config/config.h"

namespace unopened::config {

// Every value of the catalogue but its digest.
std::string CanonicalForm(const audit::Catalogue& catalogue);
std::string CanonicalForm(const GatewayConfig& gateway);

// Lower-case hex. Empty where the library fails, which callers report.
std::string Sha256Hex(std::string_view text);

}  // namespace unopened::config
