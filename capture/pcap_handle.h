// libpcap, as live interfaces use it. Included by capture/pcap_live.cc and filter.cc alone.
#pragma once

#include <pcap/pcap.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "capture/packet.h"
#include "capture/packet_time.h"

namespace unopened::capture {

struct PcapCloser {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

// kUnsupported for a link type that link.h does not read.
inline LinkType LinkTypeOfInterface(int dlt) {
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
    case DLT_IEEE802_11:
      return LinkType::kWireless;
    case DLT_IEEE802_11_RADIO:
      return LinkType::kRadiotap;
    default:
      return LinkType::kUnsupported;
  }
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
