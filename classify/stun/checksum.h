// The CRC-32 of STUN's FINGERPRINT (RFC 8489 §14.7: that of ITU V.42, as in Ethernet). Pure.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"

namespace unopened::classify::stun {

std::uint32_t Crc32(base::Bytes bytes);
// The same with one entry of its table short of two digits, as Microsoft's clients compute it
// ([MS-ICE2]).
std::uint32_t Crc32AsMicrosoft(base::Bytes bytes);

}  // namespace unopened::classify::stun
