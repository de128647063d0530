// Live interfaces through libpcap: a TPACKET_V3 ring, never in immediate mode, which would fall
// back to TPACKET_V2 and drop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/packet.h"

namespace unopened::capture {

struct LiveOptions {
  std::string interface;
  std::uint32_t snap_length = 65'535;
  std::uint32_t buffer_bytes = 64U << 20;  // of the ring, per source
  bool promiscuous = true;
  std::string filter;    // checked again here (filter.h): no way around it leads to an interface
  int timeout_ms = 100;  // after which an unfinished block is handed over, and Dispatch is idle
  std::uint16_t interface_index = 0;  // becomes Packet::interface
  // With a size above 1 the source is one member of the kernel's fanout group: the group's members
  // share the interface's packets by flow, IPv4 fragments joined before. One number per interface,
  // not used by another process on this host.
  std::uint16_t fanout_group = 0;
  std::uint32_t fanout_size = 1;
};

// Starts capturing; both directions of the interface. The loopback's packets, which the kernel
// shows going out and coming in, are delivered once. Refuses a filter (kUsage), an interface that
// does not exist, is down, or has a link type that link.h does not read (kInput), or a want of
// privilege (kPermission), each with what to do about it.
//
// Stop() closes the kernel's door to new packets at the next Dispatch; the calls that follow
// deliver what the ring still holds, its unfinished block included, then return kEnd. After
// opening, the source needs poll, read, getsockopt and setsockopt on its own descriptors and no
// privilege.
base::Result<std::unique_ptr<PacketSource>> OpenLive(const LiveOptions& options);

struct Interface {
  std::string name;
  std::string description;  // the operating system's; often empty
  bool up = false;
  bool running = false;
  bool loopback = false;
};

// The network interfaces of this host, in the system's order, and "any" last. Whether one may be
// captured is only known on opening.
base::Result<std::vector<Interface>> ListInterfaces();

}  // namespace unopened::capture
