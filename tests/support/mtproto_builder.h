// MTProto's first bytes, byte by byte from core.telegram.org/mtproto: keys, nonces and what is
// encrypted are filler, since a tap cannot read them. The obfuscation is real.
#pragma once

#include <cstdint>
#include <vector>

#include "classify/mtproto/message.h"

namespace unopened::tests {

struct MtprotoExchange {
  classify::mtproto::Framing framing = classify::mtproto::Framing::kAbridged;
  bool obfuscated = false;
  bool key_exchange = true;  // req_pq_multi and resPQ; else two encrypted messages
  std::uint64_t client_key = 0xff5d3d6948751f11;
  std::uint64_t server_key = 0xff5d3d6948751f11;
  std::uint8_t client_nonce = 0x3c;  // 16 times
  std::uint8_t server_nonce = 0x3c;
  std::int32_t error = 0;       // not 0: the server answers with it
  std::size_t encrypted = 112;  // bytes of an encrypted message behind its message key
  std::uint8_t tag = 0;         // not 0: obfuscated under another tag
  bool checksum_right = true;   // Framing::kFull
  bool quick_ack = false;       // the client asks for one, and the server sends it first
  std::uint64_t seed = 1;       // of the obfuscated start
};

struct MtprotoStreams {
  std::vector<std::uint8_t> client;
  std::vector<std::uint8_t> server;
};
MtprotoStreams BuildMtproto(const MtprotoExchange& exchange);

}  // namespace unopened::tests
