#include "capture/link_type_name.h"

#include <pcap/pcap.h>

namespace unopened::capture {

std::string LinkTypeName(std::uint32_t link_type) {
  const char* name = pcap_datalink_val_to_name(static_cast<int>(link_type));
  return std::string(name == nullptr ? "unnamed" : name) + " (" + std::to_string(link_type) + ")";
}

}  // namespace unopened::capture
