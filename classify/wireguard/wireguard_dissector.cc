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

// Magic, the sender's key, nonce, and a sealed box of type, version and next to nothing.
constexpr std::uint32_t kMinDiscoSize = 6 + 32 + 24 + 16 + 2;

// Of one direction, before transport messages without a handshake may be called WireGuard.
constexpr int kMinAdvancesBoth = 1;
constexpr int kMinAdvancesAlone = 3;
constexpr std::uint64_t kMaxAdvance = 64;  // lost or reordered messages between two

bool IsDisco(const Datagram& datagram) {
  return datagram.wire_length >= kMinDiscoSize && datagram.bytes.size() >= kDiscoMagic.size() &&
         std::equal(kDiscoMagic.begin(), kDiscoMagic.end(), datagram.bytes.begin());
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
  bool client_disco = false;
  bool server_disco = false;
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
  // Nearly all flows of another protocol are refused here, before an Exchange is made.
  for (const Datagram& first : flow.datagrams) {
    if (first.wire_length == 0) continue;
    if (IsDisco(first)) break;
    const Parsed<Message> parsed = ParseMessage(first);
    if (const auto* no = std::get_if<NotThis>(&parsed)) return *no;
    break;
  }
  Exchange exchange;
  for (const Datagram& datagram : flow.datagrams) {
    if (exchange.count == exchange.seen.size() || exchange.response_matches) break;
    if (datagram.wire_length == 0) continue;
    if (IsDisco(datagram)) {
      (datagram.from_client ? exchange.client_disco : exchange.server_disco) = true;
      continue;
    }
    const Parsed<Message> parsed = ParseMessage(datagram);
    const Message* message = base::Value(parsed);
    if (message == nullptr) return std::get<NotThis>(parsed);
    Add(exchange, {*message, datagram.from_client});
  }
  return exchange;
}

// How often a transport message of this direction is followed by one a little further on, for the
// same receiver.
int Advances(const Exchange& exchange, bool from_client) {
  int advances = 0;
  const Message* last = nullptr;
  for (std::size_t i = 0; i < exchange.count; ++i) {
    const Message& message = exchange.seen[i].message;
    if (exchange.seen[i].from_client != from_client || message.type != Type::kTransport ||
        message.reserved_set) {
      continue;
    }
    if (last != nullptr && last->receiver == message.receiver) {
      const std::uint64_t by = message.counter - last->counter;
      advances += by >= 1 && by <= kMaxAdvance ? 1 : 0;
    }
    last = &message;
  }
  return advances;
}

// Which directions show counters that advance: data whose handshake was before the capture.
SidesSeen SidesInTheMiddle(const Exchange& exchange) {
  const int client = Advances(exchange, true);
  const int server = Advances(exchange, false);
  if (client >= kMinAdvancesBoth && server >= kMinAdvancesBoth) return SidesSeen::kBoth;
  if (client >= kMinAdvancesAlone) return SidesSeen::kClientOnly;
  if (server >= kMinAdvancesAlone) return SidesSeen::kServerOnly;
  return SidesSeen::kNone;
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

// Path discovery alone names the software and no handshake.
HandshakeFacts DiscoFacts(const Exchange& exchange) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kTailscaleDisco;
  const bool both = exchange.client_disco && exchange.server_disco;
  facts.sides = both                    ? SidesSeen::kBoth
                : exchange.client_disco ? SidesSeen::kClientOnly
                                        : SidesSeen::kServerOnly;
  facts.evidence = both ? Evidence::kStrong : Evidence::kWeak;
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
    return seen.message.type == Type::kInitiation && !seen.message.vendor_size &&
           !seen.message.reserved_set;
  });
  if (initiation == last) {
    const SidesSeen sides = SidesInTheMiddle(*exchange);
    if (sides != SidesSeen::kNone) return FactsOf(sides, Evidence::kWeak, KeyExchange::kUnknown);
    if (exchange->client_disco || exchange->server_disco) return DiscoFacts(*exchange);
    return NotThis{"wireguard: no initiation"};
  }
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
