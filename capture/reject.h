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
  kUnsupportedLink,     // an interface of a file, whose link type link.h does not read
  kWireless,            // 802.11 without a packet: management, control, no data, a part of a frame
  kEncryptedLink,       // 802.11 data that the radio link encrypts
  kTooManyVlans,        // more than kMaxVlanTags
  kArp,                 // ARP and RARP
  kLlc,                 // an IEEE 802.3 length instead of a type: LLC without IP (STP, IS-IS...)
  kMpls,                // labels over what is not provably IP
  kPppoe,               // PPPoE discovery, or a session header that contradicts itself
  kPpp,                 // PPP of another protocol than IP: negotiation, compression, encryption
  kNotIp,               // any other Ethernet type or address family
  kTruncatedIp,         // the capture ends inside the IP header or its extension headers
  kBadIpHeader,         // a version other than 4 and 6, or lengths that contradict each other
  kTooManyExtensions,   // more than kMaxIpv6Extensions
  kTunnelTooDeep,       // more headers than kMaxLinkHeaders, or tunnels than kMaxTunnels
  kBadFragment,         // a fragment that is empty, unaligned, or reaches beyond 65,535 bytes
  kFragmentConflict,    // copies of the same bytes, or ends of one datagram, that differ
  kFragmentIncomplete,  // the rest did not come in time, or before the input ended
  kFragmentEvicted,     // the oldest of too many incomplete datagrams
  kFragmentLimit,       // a datagram in too many parts, or with too many holes
  kTruncatedTransport,  // the capture ends inside the fixed TCP or UDP header
  kBadTcpHeader,        // a TCP header that its own or the IP length contradicts
  kBadUdpLength,        // a UDP length that its own header or the IP length contradicts
  // Not a loss: a fragment that waits for the rest of its datagram. It is counted when that is
  // known, as decoded or as another reject.
  kFragmentHeld,
};
inline constexpr std::array<std::string_view, 25> kRejectNames = {"truncated_link",
                                                                  "unknown_link",
                                                                  "unsupported_link",
                                                                  "wireless",
                                                                  "encrypted_link",
                                                                  "too_many_vlans",
                                                                  "arp",
                                                                  "llc",
                                                                  "mpls",
                                                                  "pppoe",
                                                                  "ppp",
                                                                  "not_ip",
                                                                  "truncated_ip",
                                                                  "bad_ip_header",
                                                                  "too_many_extensions",
                                                                  "tunnel_too_deep",
                                                                  "bad_fragment",
                                                                  "fragment_conflict",
                                                                  "fragment_incomplete",
                                                                  "fragment_evicted",
                                                                  "fragment_limit",
                                                                  "truncated_transport",
                                                                  "bad_tcp_header",
                                                                  "bad_udp_length",
                                                                  "fragment_held"};

constexpr std::string_view Name(Reject v) { return kRejectNames[static_cast<std::size_t>(v)]; }

// What one layer makes of a packet: its view of it, or why there is none.
template <class T>
using Layer = tl::expected<T, Reject>;

}  // namespace unopened::capture
