// What files and interfaces share of libpcap. Included by capture/pcap_*.cc alone.
#pragma once

#include <pcap/pcap.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "capture/packet.h"

namespace unopened::capture {

struct PcapCloser {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

// None for a link type that link.h does not read.
inline std::optional<LinkType> LinkTypeOf(int dlt) {
  switch (dlt) {
    case DLT_EN10MB:
      return LinkType::kEthernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return LinkType::kRawIp;
    case DLT_LINUX_SLL:
      return LinkType::kLinuxCooked1;
    case DLT_LINUX_SLL2:
      return LinkType::kLinuxCooked2;
    case DLT_NULL:
      return LinkType::kNull;
    case DLT_LOOP:
      return LinkType::kLoop;
    default:
      return std::nullopt;
  }
}

// "IEEE802_11 (105)".
inline std::string DescribeDlt(int dlt) {
  const char* name = pcap_datalink_val_to_name(dlt);
  return std::string(name == nullptr ? "unnamed" : name) + " (" + std::to_string(dlt) + ")";
}

// A file may state any time: one out of range becomes the nearest that fits.
inline base::TimeNs TimeOf(std::int64_t seconds, std::int64_t nanoseconds) {
  std::int64_t time = 0;
  if (__builtin_mul_overflow(seconds, base::kNsPerSecond, &time) ||
      __builtin_add_overflow(time, nanoseconds, &time)) {
    return seconds < 0 ? std::numeric_limits<base::TimeNs>::min()
                       : std::numeric_limits<base::TimeNs>::max();
  }
  return time;
}

// A view of what libpcap hands out. `tick_ns`: nanoseconds in a unit of tv_usec.
inline Packet MakePacket(const pcap_pkthdr& header, const u_char* data, LinkType link,
                         std::int64_t tick_ns) {
  Packet packet;
  packet.bytes = base::Bytes(data, header.caplen);
  packet.wire_length = std::max(header.len, header.caplen);
  packet.time = TimeOf(header.ts.tv_sec, header.ts.tv_usec * tick_ns);
  packet.link = link;
  return packet;
}

}  // namespace unopened::capture
