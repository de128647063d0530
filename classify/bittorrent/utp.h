// uTP's packets as far as an observer needs them (BEP 29): type, connection id, sequence and
// acknowledgement numbers, and where the payload begins. Pure. Threads: any.
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/dissector.h"

namespace unopened::classify::bittorrent {

enum class UtpType : std::uint8_t { kData = 0, kFin = 1, kState = 2, kReset = 3, kSyn = 4 };

struct UtpPacket {
  UtpType type = UtpType::kData;
  std::uint16_t connection = 0;
  std::uint16_t sequence = 0;
  std::uint16_t acknowledgement = 0;
  base::Bytes payload;
};

// Never NeedMore.
base::Parsed<UtpPacket> ParseUtp(const Datagram& datagram);

}  // namespace unopened::classify::bittorrent
