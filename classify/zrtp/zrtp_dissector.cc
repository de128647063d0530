#include "classify/zrtp/zrtp_dissector.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "classify/stun/message.h"
#include "classify/stun/multiplex.h"
#include "classify/zrtp/message.h"

namespace unopened::classify::zrtp {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

// What one side has said.
struct Side {
  bool spoke = false;
  bool accepted = false;  // a DHPart1 or Confirm1: it takes the other's Commit
  bool committed = false;
  bool undecided = false;  // Commits of two kinds
  std::array<char, 4> key_agreement{};
};

struct Exchange {
  std::array<Side, 2> sides;  // the client's, the server's
  bool both() const { return sides[0].spoke && sides[1].spoke; }
};

KeyExchange KeyExchangeOf(const std::array<char, 4>& name) {
  const std::string_view text(name.data(), name.size());
  if (text == "DH2k" || text == "DH3k") return KeyExchange::kFfdhe;
  if (text == "EC25" || text == "EC38" || text == "EC52" || text == "X255" || text == "X448") {
    return KeyExchange::kEcdhe;
  }
  if (text == "Prsh") return KeyExchange::kPskOnly;
  // "Mult" takes its key from another stream's agreement; newer names are not settled yet.
  return KeyExchange::kUnknown;
}

void Take(const Message& message, Side& side) {
  side.spoke = true;
  if (message.type == Type::kDhPart1 || message.type == Type::kConfirm1) side.accepted = true;
  if (message.type != Type::kCommit) return;
  side.undecided =
      side.undecided || (side.committed && side.key_agreement != message.key_agreement);
  side.committed = true;
  side.key_agreement = message.key_agreement;
}

// RFC 6189 §4.2: where both commit, one gives way and answers the other's with DHPart1.
const Side* Initiator(const Exchange& exchange) {
  const auto& [client, server] = exchange.sides;
  const bool by_client = client.committed && server.accepted;
  const bool by_server = server.committed && client.accepted;
  if (by_client == by_server) return nullptr;
  return by_client ? &client : &server;
}

HandshakeFacts FactsOf(const Exchange& exchange) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kZrtp;
  facts.sides = exchange.sides[0].spoke ? SidesSeen::kClientOnly : SidesSeen::kServerOnly;
  facts.evidence = Evidence::kWeak;
  facts.offered_only = true;
  if (!exchange.both()) return facts;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = Evidence::kProof;
  const Side* initiator = Initiator(exchange);
  facts.offered_only = initiator == nullptr;
  if (initiator != nullptr && !initiator->undecided) {
    facts.key_exchange = KeyExchangeOf(initiator->key_agreement);
    const bool multistream = std::string_view(initiator->key_agreement.data(),
                                              initiator->key_agreement.size()) == "Mult";
    facts.resumption = multistream ? Resumption::kResumed : Resumption::kNone;
  }
  return facts;
}

Parsed<HandshakeFacts> DissectZrtp(const FlowView& flow) {
  Exchange exchange;
  bool first = true;
  for (const Datagram& datagram : flow.datagrams) {
    if (datagram.bytes.empty()) continue;
    const stun::Multiplexed kind = stun::MultiplexedAs(datagram.bytes);
    // Media may flow in clear before the keys are agreed, and ICE may have looked for the path.
    const bool neighbour = kind == stun::Multiplexed::kMedia || stun::HasCookie(datagram.bytes);
    if (!neighbour) {
      const auto parsed = ParsePacket(datagram);
      const Message* message = base::Value(parsed);
      if (message != nullptr) Take(*message, exchange.sides[datagram.from_client ? 0 : 1]);
      if (message == nullptr && (first || kind == stun::Multiplexed::kStranger)) {
        return std::get<NotThis>(parsed);
      }
    }
    first = false;
    if (exchange.both() && Initiator(exchange) != nullptr) return FactsOf(exchange);
  }
  if (flow.datagrams_open) return NeedMore{1};
  if (!exchange.sides[0].spoke && !exchange.sides[1].spoke) return NotThis{"zrtp: none"};
  return FactsOf(exchange);
}

}  // namespace

const Dissector& ZrtpDissector() {
  static constexpr Dissector kDissector{.name = "zrtp", .over_udp = true, .dissect = &DissectZrtp};
  return kDissector;
}

}  // namespace unopened::classify::zrtp
