// Packet: one frame as a source delivers it, a view that is valid until the sink returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::capture {

// How a frame begins. The values are ours; capture_format.h maps those of files onto them,
// pcap_handle.h those of live interfaces.
enum class LinkType : std::uint8_t {
  kEthernet,
  kRawIp,         // the version nibble decides
  kLinuxCooked1,  // LINKTYPE_LINUX_SLL
  kLinuxCooked2,  // LINKTYPE_LINUX_SLL2
  kNull,          // LINKTYPE_NULL: address family in the writer's byte order
  kLoop,          // LINKTYPE_LOOP: address family in network byte order
  kPpp,           // with or without HDLC's address and control, or a direction (RFC 1662)
  kPppoe,         // LINKTYPE_PPP_ETHER: a PPPoE header and PPP
  kCiscoHdlc,
  kWireless,          // IEEE 802.11, without a header of the radio
  kRadiotap,          // a radio's header before it
  kPrism,             // likewise
  kAvs,               // likewise
  kPpi,               // a header that names the link type behind it
  kNetfilterLog,      // LINKTYPE_NFLOG: the packet is an attribute
  kIpOverInfiniband,  // LINKTYPE_IPOIB
  kUnsupported,       // of a file whose other interfaces can be read: each packet is a loss
};

struct Packet {
  base::Bytes bytes;              // captured bytes, borrowed from the source
  std::uint32_t wire_length = 0;  // bytes on the wire, >= bytes.size() where the snap length cut
  base::TimeNs time = 0;
  LinkType link = LinkType::kEthernet;
  std::uint16_t interface = 0;  // index into the tap's interfaces
};

class PacketSink {
 public:
  virtual ~PacketSink() = default;
  // Must not keep `packet` or its bytes.
  virtual void OnPacket(const Packet& packet) = 0;
  // How many packets the sink wishes to see at once. A source that can keep their bytes in place
  // hands over up to so many, at most kMostAhead; others call OnPacket.
  static constexpr std::size_t kMostAhead = 64;
  virtual std::size_t looks_ahead() const { return 1; }
  virtual void OnPackets(std::span<const Packet> packets) {
    for (const Packet& packet : packets) OnPacket(packet);
  }
};

// What a source saw and missed, since it was opened. 64 bits: a 32-bit kernel counter is unwrapped
// on each reading.
struct SourceStats {
  std::uint64_t received = 0;           // packets handed to the sink
  std::uint64_t dropped_kernel = 0;     // no room in the ring
  std::uint64_t dropped_interface = 0;  // by the network card or its driver
  std::uint64_t bytes_read = 0;         // of a file, for progress; 0 live
};

// One interface or one file. Constructors open nothing: factory functions in pcap_file.h and
// pcap_live.h return a started source or say why not.
class PacketSource {
 public:
  enum class State : std::uint8_t { kMore, kIdle, kEnd };

  virtual ~PacketSource() = default;

  // Hands up to `max` packets to `sink`, in the order of arrival. kIdle: nothing came within the
  // source's time-out (live only). kEnd: the input is at its end, or Stop() was called and the ring
  // is drained. Damage in a file is an error only where nothing further can be read; what was
  // readable has been delivered before. Thread: the worker's. Allocates nothing.
  virtual base::Result<State> Dispatch(std::size_t max, PacketSink& sink) = 0;

  // Ends a live capture: the next Dispatch calls deliver what the kernel already holds, then return
  // kEnd. Thread: any; safe in a signal handler.
  virtual void Stop() = 0;

  // Thread: the worker's.
  virtual SourceStats Stats() = 0;

  virtual const std::string& name() const = 0;  // interface or path, for messages only
};

}  // namespace unopened::capture
