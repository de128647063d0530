// gateway.toml, read into a GatewayConfig.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/document.h"

namespace unopened::config {

// Absent keys keep the struct's defaults. The digest is left empty.
GatewayConfig ReadGateway(const Value& document, const std::string& file,
                          std::vector<Problem>& problems);

}  // namespace unopened::config
