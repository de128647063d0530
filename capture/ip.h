// The internet layer: from an IP packet to its payload, link padding trimmed.
//
// IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200). Checksums are not looked at: a capture
// on the sending host holds packets whose checksums the network card has yet to fill in. Pure;
// allocates nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "capture/reject.h"
#include "capture/segment.h"

namespace unopened::capture {

// RFC 8200 §4.1 names six headers, each once, destination options twice.
inline constexpr int kMaxIpv6Extensions = 8;

// IP protocol numbers (IANA) that a caller tells apart.
namespace ip_protocol {
inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIpv4 = 4;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIpv6 = 41;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kGre = 47;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kAh = 51;
inline constexpr std::uint8_t kIcmpV6 = 58;
inline constexpr std::uint8_t kNoNextHeader = 59;
inline constexpr std::uint8_t kDestination = 60;
inline constexpr std::uint8_t kEtherIp = 97;
inline constexpr std::uint8_t kSctp = 132;
inline constexpr std::uint8_t kMpls = 137;
}  // namespace ip_protocol

// Which part of its datagram a fragment is (RFC 791 §3.2, RFC 8200 §4.5).
struct FragmentPart {
  std::uint32_t identification = 0;
  std::uint32_t offset = 0;  // in bytes
  bool more = false;         // it is not the last part
};

struct IpPayload {
  Address source{};
  Address destination{};
  IpVersion version = IpVersion::kV4;
  std::uint8_t protocol = 0;  // of `bytes`: behind IPv6's extension headers
  base::Bytes bytes;          // as much of the payload as was captured
  // By the IP header, whatever the frame held: > bytes.size() where the snap length cut. A header
  // without a length (segmentation offload, jumbograms) means all that the frame holds.
  std::uint32_t wire_length = 0;
  // Set where `bytes` are but a part of the payload (fragments.h makes it whole).
  std::optional<FragmentPart> fragment;
};

// `wire_length`: of `ip` on the wire, link padding included.
Layer<IpPayload> ParseIp(base::Bytes ip, std::uint32_t wire_length);

// Walks over the IPv6 extension headers at the front of `payload`; stops at a fragment's part.
Layer<IpPayload> SkipExtensions(IpPayload payload);

// Whether `ip` begins with a whole header of that version whose lengths fit into `wire_length`
// bytes: what must hold before an outer flow is given up for what it seems to carry.
bool HoldsIp(base::Bytes ip, std::uint32_t wire_length, IpVersion version);
// The same of the version that the first nibble says.
bool HoldsIp(base::Bytes ip, std::uint32_t wire_length);

}  // namespace unopened::capture
