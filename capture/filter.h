// The filters that a live capture may have: broad by construction, because the gateway is not a
// wiretap.
//
// An operator's text is read by this grammar before libpcap sees it, and is an allow-list:
//
//   filter    := [ term { ("and" | "&&" | "or" | "||") term } ]
//   term      := { "not" | "!" } ( "(" filter ")" | primitive )
//   primitive := "ip" | "ip6" | "tcp" | "udp" | "icmp" | "icmp6" | "esp" | "ah" | "sctp"
//              | ("ip" | "ip6") "proto" NUMBER
//              | ["tcp" | "udp"] ["src" | "dst"] ("port" NUMBER | "portrange" NUMBER "-" NUMBER)
//              | ["src" | "dst"] "net" CIDR      no narrower than IPv4 /16 or IPv6 /32
//              | "vlan" [ NUMBER ]
//
// Why no composition is narrower than its narrowest network: each `net` looks at the first 16 bits
// of an IPv4 address (32 of an IPv6 one) at most, so it is true or false of a whole /16 (/32) at
// once. `and`, `or` and `not` of such answers are again one answer for all addresses of that block.
// Taking other networks away, however many, leaves at the least a whole /16 (/32); and protocols
// and ports do not look at an address at all.
//
// That argument needs `net` to look at an address. libpcap moves the offsets of everything behind
// the word `vlan` by a tag's four bytes, whether or not the packet has the tag, so `vlan or net
// ...` would compare other bytes of an untagged packet. So `vlan` begins its group or follows
// others by `and`, only `and` joins it to what follows, and behind a group or a negation that holds
// one nothing follows.
#pragma once

#include <string_view>

#include "base/result.h"

namespace unopened::capture {

// Whether a live capture may run with `text`; an empty one takes everything. The error
// (Failure::kUsage) has two lines in `where`: -f 'text', and carets under the part that is refused;
// `todo` says what is allowed. What the grammar allows is compiled for Ethernet too, so that
// libpcap's own objections come before a capture is opened.
base::Result<base::Done> CheckFilter(std::string_view text);

}  // namespace unopened::capture
