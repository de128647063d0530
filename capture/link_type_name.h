// The name of a link type, for messages.
#pragma once

#include <cstdint>
#include <string>

namespace unopened::capture {

// "BACNET_MS_TP (165)": libpcap's name of what a file or an interface numbers so.
std::string LinkTypeName(std::uint32_t link_type);

}  // namespace unopened::capture
