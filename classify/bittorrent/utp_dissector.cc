#include "classify/bittorrent/utp_dissector.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "classify/bittorrent/utp.h"

namespace unopened::classify::bittorrent {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMaxPackets = 24;
constexpr std::string_view kHandshake =
    "\x13"
    "BitTorrent protocol";

struct Seen {
  UtpPacket packet;
  bool from_client = false;
};

struct Exchange {
  std::array<Seen, kMaxPackets> seen;
  std::size_t count = 0;
  bool opened = false;        // a SYN was answered
  bool acknowledged = false;  // data was, on the ids of one connection
  bool has_data = false;
  bool in_clear = false;
};

bool AnswersSyn(const Seen& answer, const Seen& syn) {
  return answer.from_client != syn.from_client && syn.packet.type == UtpType::kSyn &&
         answer.packet.type == UtpType::kState &&
         answer.packet.connection == syn.packet.connection &&
         answer.packet.acknowledgement == syn.packet.sequence;
}

// Each side sends the id that the other receives; the opener's is one above.
bool AcknowledgesData(const Seen& answer, const Seen& data) {
  const auto above = static_cast<std::uint16_t>(answer.packet.connection - data.packet.connection);
  return answer.from_client != data.from_client && data.packet.type == UtpType::kData &&
         (above == 1 || above == 0xffff) &&
         (answer.packet.type == UtpType::kState || answer.packet.type == UtpType::kData) &&
         answer.packet.acknowledgement == data.packet.sequence;
}

void Add(Exchange& exchange, const Seen& added) {
  for (const Seen& other : std::span(exchange.seen).first(exchange.count)) {
    exchange.opened |= AnswersSyn(added, other) || AnswersSyn(other, added);
    exchange.acknowledged |= AcknowledgesData(added, other) || AcknowledgesData(other, added);
  }
  if (added.packet.type == UtpType::kData) {
    exchange.has_data = true;
    const auto& payload = added.packet.payload;
    exchange.in_clear |=
        payload.size() >= kHandshake.size() &&
        std::equal(kHandshake.begin(), kHandshake.end(), payload.begin(),
                   [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  }
  exchange.seen[exchange.count++] = added;
}

HandshakeFacts FactsOf(const Exchange& exchange) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kBitTorrent;
  facts.variant = Variant::kUtp;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = exchange.opened ? Evidence::kProof : Evidence::kStrong;
  if (exchange.in_clear) {
    facts.key_exchange = KeyExchange::kNone;
    facts.resumption = Resumption::kNone;
    facts.plaintext = true;
  }
  return facts;
}

Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  // Nearly all flows of another protocol are refused here, before an Exchange is made.
  for (const Datagram& first : flow.datagrams) {
    if (first.wire_length == 0) continue;
    const Parsed<UtpPacket> parsed = ParseUtp(first);
    if (const auto* no = std::get_if<NotThis>(&parsed)) return *no;
    break;
  }
  Exchange exchange;
  for (const Datagram& datagram : flow.datagrams) {
    if (datagram.wire_length == 0) continue;
    if (exchange.count == kMaxPackets || (exchange.opened && exchange.has_data)) break;
    const Parsed<UtpPacket> parsed = ParseUtp(datagram);
    const UtpPacket* packet = base::Value(parsed);
    if (packet == nullptr) return std::get<NotThis>(parsed);
    Add(exchange, {*packet, datagram.from_client});
  }
  if (exchange.opened && exchange.has_data) return FactsOf(exchange);
  if (flow.datagrams_open && exchange.count < kMaxPackets) return NeedMore{};
  if (exchange.opened || exchange.acknowledged) return FactsOf(exchange);
  return NotThis{"utp: unanswered"};
}

Parsed<HandshakeFacts> Partial(const FlowView& flow) {
  FlowView last = flow;
  last.datagrams_open = false;
  return Dissect(last);
}

constexpr Dissector kDissector = {
    .name = "utp", .over_udp = true, .dissect = &Dissect, .partial = &Partial};

}  // namespace

const Dissector& UtpDissector() { return kDissector; }

}  // namespace unopened::classify::bittorrent
