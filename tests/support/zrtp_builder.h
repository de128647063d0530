// Builds ZRTP packets (RFC 6189 §5). For tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unopened::tests {

using ZrtpBytes = std::vector<std::uint8_t>;

// A packet of `type` (eight characters) with `body` behind it, and its CRC-32C.
ZrtpBytes ZrtpPacket(std::string_view type, const ZrtpBytes& body, std::uint32_t ssrc);

ZrtpBytes ZrtpHello(std::uint32_t ssrc);
ZrtpBytes ZrtpHelloAck(std::uint32_t ssrc);
ZrtpBytes ZrtpCommit(std::uint32_t ssrc, std::string_view key_agreement);
ZrtpBytes ZrtpDhPart1(std::uint32_t ssrc);
ZrtpBytes ZrtpConfirm1(std::uint32_t ssrc);

}  // namespace unopened::tests
