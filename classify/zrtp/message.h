// ZRTP packets as far as an observer needs them (RFC 6189 §5): the message's kind, whose it is, and
// in a Commit the key agreement. Pure. Threads: any.
#pragma once

#include <array>
#include <cstdint>

#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::zrtp {

enum class Type : std::uint8_t {
  kHello,
  kHelloAck,
  kCommit,
  kDhPart1,
  kDhPart2,
  kConfirm1,
  kConfirm2,
  kConf2Ack,
  kOther,  // Error, GoClear, SASrelay, Ping and their answers
};

struct Message {
  Type type = Type::kOther;
  std::uint32_t ssrc = 0;
  std::array<char, 4> key_agreement{};  // of a Commit: "EC25", "X255" (RFC 6189 §5.1.5)
};

// The first four bits and the magic cookie: cheap, and no proof.
bool HasCookie(base::Bytes bytes);

// Reads one datagram, whole: its CRC-32C is checked, so one that the snap length cut is NotThis.
// Never NeedMore.
base::Parsed<Message> ParsePacket(const Datagram& datagram);

// RFC 9260 appendix A, as ZRTP has it on the wire (RFC 6189 §5).
std::uint32_t Crc32c(base::Bytes bytes);

}  // namespace unopened::classify::zrtp
