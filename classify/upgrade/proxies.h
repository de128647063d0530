// What stands before a stream that goes through a proxy: SOCKS 4, 4a and 5 (RFC 1928, RFC 1929),
// HTTP CONNECT (RFC 9110 §9.3.6), and HAProxy's PROXY protocol, version 1 and 2. Addresses, hosts
// and user names are stepped over by their lengths. Pure; no allocation.
#pragma once

#include "classify/upgrade/upgrade.h"

namespace unopened::classify::upgrade {

base::Parsed<Upgrade> FindSocks(base::ByteReader client, base::ByteReader server);
// Requests that are answered 407 may be repeated on the connection (RFC 9110 §15.5.8). A request
// that is refused for good leaves HTTP in clear.
base::Parsed<Upgrade> FindConnect(base::ByteReader client, base::ByteReader server);
// Only the side that opened the connection sends one.
base::Parsed<Upgrade> FindProxyProtocol(base::ByteReader client, base::ByteReader server);

}  // namespace unopened::classify::upgrade
