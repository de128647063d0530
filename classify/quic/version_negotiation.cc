#include "classify/quic/version_negotiation.h"

#include <algorithm>
#include <optional>

#include "classify/quic/packet.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::size_t kVersionSize = 4;

std::optional<LongHeader> ReadFirst(const Datagram& datagram) {
  const bool cut = datagram.bytes.size() < datagram.wire_length;
  ByteReader reader(datagram.bytes, cut ? base::End::kOpen : base::End::kFinal);
  const auto parsed = ReadLongHeader(reader);
  const LongHeader* header = base::Value(parsed);
  if (header == nullptr) return std::nullopt;
  return *header;
}

bool Lists(Bytes versions, std::uint32_t number) {
  ByteReader list(versions);
  for (std::uint32_t each = 0; list.ReadU32(each);) {
    if (each == number) return true;
  }
  return false;
}

bool Answers(const LongHeader& answer, const LongHeader& first) {
  return std::ranges::equal(answer.destination, first.source) &&
         std::ranges::equal(answer.source, first.destination) &&
         // RFC 9000 §6.2: a client discards one that lists what it asked for.
         !Lists(answer.token, first.number);
}

}  // namespace

bool SawVersionNegotiation(std::span<const Datagram> datagrams) {
  for (const Datagram& datagram : datagrams) {
    const auto answer = ReadFirst(datagram);
    if (!answer || answer->number != kVersionNegotiation || answer->token.empty() ||
        answer->token.size() % kVersionSize != 0 || answer->source.size() < kMinFirstConnectionId) {
      continue;
    }
    for (const Datagram& other : datagrams) {
      if (other.from_client == datagram.from_client || other.wire_length < kMinClientDatagram) {
        continue;
      }
      const auto first = ReadFirst(other);
      if (first && first->number != kVersionNegotiation && Answers(*answer, *first)) return true;
    }
  }
  return false;
}

HandshakeFacts FactsOfVersionNegotiation() {
  HandshakeFacts facts;
  facts.protocol = Protocol::kQuic;
  facts.offered_only = true;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = Evidence::kProof;
  return facts;
}

}  // namespace unopened::classify::quic
