#include "classify/wireguard/wireguard_dissector.h"

#include <algorithm>
#include <array>
#include <utility>

#include "classify/wireguard/message.h"

namespace unopened::classify::wireguard {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

// A peer repeats an unanswered initiation every 5 s, with a new index each time.
constexpr std::size_t kMaxMessages = 32;
// Path discovery of Tailscale, which runs WireGuard on the same socket.
constexpr std::array<std::uint8_t, 6> kDiscoMagic = {0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac};

bool IsDisco(base::Bytes bytes) {
  return bytes.size() >= kDiscoMagic.size() &&
         std::equal(kDiscoMagic.begin(), kDiscoMagic.end(), bytes.begin());
}

struct Seen {
  Message message;
  bool from_client = false;
};

struct Exchange {
  std::array<Seen, kMaxMessages> seen;
  std::size_t count = 0;
  bool response_matches = false;
  bool cookie_matches = false;
  bool answered = false;  // by a response or a cookie reply, matching or not
};

bool Answers(const Seen& answer, const Seen& question) {
  const Type asked = question.message.type;
  const Type answered = answer.message.type;
  // A cookie reply may also answer a response, from an initiator under load.
  const bool fits = (asked == Type::kInitiation &&
                     (answered == Type::kResponse || answered == Type::kCookieReply)) ||
                    (asked == Type::kResponse && answered == Type::kCookieReply);
  return fits && question.from_client != answer.from_client &&
         question.message.sender == answer.message.receiver;
}

// Adds a message and holds it against all before it, as question and as answer, so that the order
// in which the two directions reached the tap does not matter.
void Add(Exchange& exchange, const Seen& added) {
  for (std::size_t i = 0; i < exchange.count; ++i) {
    for (const auto& [answer, question] :
         {std::pair(added, exchange.seen[i]), std::pair(exchange.seen[i], added)}) {
      if (!Answers(answer, question)) continue;
      (answer.message.type == Type::kResponse ? exchange.response_matches
                                              : exchange.cookie_matches) = true;
    }
  }
  exchange.answered |=
      added.message.type == Type::kResponse || added.message.type == Type::kCookieReply;
  exchange.seen[exchange.count++] = added;
}

// Every datagram up to the match must be a message: one stranger among them, and the flow is
// another protocol.
Parsed<Exchange> ReadExchange(const FlowView& flow) {
  Exchange exchange;
  for (const Datagram& datagram : flow.datagrams) {
    if (exchange.count == exchange.seen.size() || exchange.response_matches) break;
    if (datagram.wire_length == 0 || IsDisco(datagram.bytes)) continue;
    const Parsed<Message> parsed = ParseMessage(datagram);
    const Message* message = base::Value(parsed);
    if (message == nullptr) return std::get<NotThis>(parsed);
    // Transport messages need keys, which need a handshake: it happened before the capture.
    if (exchange.count == 0 && message->type == Type::kTransport) {
      return NotThis{"wireguard: transport first"};
    }
    Add(exchange, {*message, datagram.from_client});
  }
  return exchange;
}

HandshakeFacts FactsOf(SidesSeen sides, Evidence evidence, KeyExchange key_exchange) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kWireGuard;
  facts.sides = sides;
  facts.evidence = evidence;
  facts.key_exchange = key_exchange;
  facts.resumption = Resumption::kNone;
  return facts;
}

Parsed<HandshakeFacts> DissectWireGuard(const FlowView& flow) {
  const Parsed<Exchange> parsed = ReadExchange(flow);
  const Exchange* exchange = base::Value(parsed);
  if (exchange == nullptr) return std::get<NotThis>(parsed);
  if (exchange->response_matches) {
    return FactsOf(SidesSeen::kBoth, Evidence::kProof, KeyExchange::kNoiseDh);
  }
  // A cookie reply proves the protocol, but asks for another initiation before any key is agreed.
  if (flow.datagrams_open && exchange->count < kMaxMessages) return NeedMore{};
  if (exchange->cookie_matches) {
    return FactsOf(SidesSeen::kBoth, Evidence::kProof, KeyExchange::kUnknown);
  }
  if (exchange->answered) return NotThis{"wireguard: index mismatch"};
  const auto last = exchange->seen.begin() + exchange->count;
  const auto initiation = std::find_if(exchange->seen.begin(), last, [](const Seen& seen) {
    return seen.message.type == Type::kInitiation && !seen.message.vendor_size;
  });
  if (initiation == last) return NotThis{"wireguard: no initiation"};
  return FactsOf(initiation->from_client ? SidesSeen::kClientOnly : SidesSeen::kServerOnly,
                 Evidence::kWeak, KeyExchange::kUnknown);
}

Parsed<HandshakeFacts> PartialWireGuard(const FlowView& flow) {
  FlowView last = flow;
  last.datagrams_open = false;
  return DissectWireGuard(last);
}

constexpr Dissector kDissector = {.name = "wireguard",
                                  .over_tcp = false,
                                  .over_udp = true,
                                  .dissect = DissectWireGuard,
                                  .partial = PartialWireGuard,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& WireGuardDissector() { return kDissector; }

}  // namespace unopened::classify::wireguard
