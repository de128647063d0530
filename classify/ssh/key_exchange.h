// Which key exchange two SSH ends agree on, and what kind it is.
#pragma once

#include <string_view>

#include "base/byte_reader.h"
#include "classify/protocol.h"

namespace unopened::classify::ssh {

inline constexpr int kMaxNames = 256;  // of one name-list; what comes after is not looked at

// Steps through a name-list. False at its end.
bool NextName(std::string_view& list, std::string_view& name);

// A signal in kex_algorithms that names no algorithm: ext-info-c/s (RFC 8308 §2.1),
// kex-strict-c/s-v00@openssh.com, kexguess2@matt.ucc.asn.au.
bool IsMarker(std::string_view name);

// The first of the client's kex_algorithms that the server lists too (RFC 4253 §7.1), empty if
// there is none. That the host key fits the method is not looked at: it is inside what both sides
// chose to offer.
std::string_view NegotiatedKex(base::Bytes client_list, base::Bytes server_list);

// By name: RFC 4253, 4419, 5656, 8731, 8732, 10042. An unknown name is kUnknown.
KeyExchange KindOf(std::string_view kex_algorithm);

}  // namespace unopened::classify::ssh
