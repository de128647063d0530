// Reject: why a packet belongs to no flow. Each is a loss the log names, so the list is closed and
// a name never changes its meaning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "base/enum_names.h"

namespace unopened::capture {

enum class Reject : std::uint8_t {
  kTruncatedLink,       // fewer bytes than the link header
  kUnknownLink,         // a cooked capture of a device whose protocol field is no Ethernet type
  kTooManyVlans,        // more than kMaxVlanTags
  kArp,                 // ARP and RARP
  kLlc,                 // an IEEE 802.3 length instead of a type: LLC (STP, IS-IS...)
  kMpls,                // labels; what they carry is not looked at yet
  kPppoe,               // likewise
  kNotIp,               // any other Ethernet type or address family
  kTruncatedIp,         // the capture ends inside the IP header or its extension headers
  kBadIpHeader,         // a version other than 4 and 6, or lengths that contradict each other
  kTooManyExtensions,   // more than kMaxIpv6Extensions
  kIpFragment,          // a first or later fragment: fragments are not reassembled yet
  kTruncatedTransport,  // the capture ends inside the fixed TCP or UDP header
  kBadTcpHeader,        // a TCP header that its own or the IP length contradicts
  kBadUdpLength,        // a UDP length that its own header or the IP length contradicts
};
inline constexpr std::array<std::string_view, 15> kRejectNames = {"truncated_link",
                                                                  "unknown_link",
                                                                  "too_many_vlans",
                                                                  "arp",
                                                                  "llc",
                                                                  "mpls",
                                                                  "pppoe",
                                                                  "not_ip",
                                                                  "truncated_ip",
                                                                  "bad_ip_header",
                                                                  "too_many_extensions",
                                                                  "ip_fragment",
                                                                  "truncated_transport",
                                                                  "bad_tcp_header",
                                                                  "bad_udp_length"};

constexpr std::string_view Name(Reject v) { return kRejectNames[static_cast<std::size_t>(v)]; }

// What one layer makes of a packet: its view of it, or why there is none.
template <class T>
using Layer = tl::expected<T, Reject>;

}  // namespace unopened::capture
