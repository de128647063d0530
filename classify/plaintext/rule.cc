#include "classify/plaintext/rule.h"

#include <algorithm>
#include <utility>

namespace unopened::classify::plaintext {
namespace {

Head HeadOf(const base::ByteReader& reader) {
  Head head;
  head.bytes = reader.rest().first(std::min(reader.size(), kHeadSize));
  head.more = reader.open() && reader.size() < kHeadSize;
  head.wire_length = static_cast<std::uint32_t>(reader.size());
  return head;
}

Head HeadOf(const FlowView& flow, bool from_client) {
  for (const Datagram& datagram : flow.datagrams) {
    if (datagram.from_client != from_client) continue;
    Head head;
    head.bytes = datagram.bytes.first(std::min(datagram.bytes.size(), kHeadSize));
    head.wire_length = datagram.wire_length;
    return head;
  }
  return {};
}

}  // namespace

Heads HeadsOf(const FlowView& flow) {
  Heads heads;
  if (flow.transport == capture::Transport::kTcp) {
    heads.client = HeadOf(flow.client);
    heads.server = HeadOf(flow.server);
    heads.client_may_come = flow.client.open();
    heads.server_may_come = flow.server.open();
  } else {
    heads.client = HeadOf(flow, true);
    heads.server = HeadOf(flow, false);
    heads.client_may_come = flow.datagrams_open;
    heads.server_may_come = flow.datagrams_open;
  }
  heads.client.port = heads.server.peer_port = flow.client_port;
  heads.server.port = heads.client.peer_port = flow.server_port;
  return heads;
}

Heads Exchanged(const Heads& heads) {
  return {heads.server, heads.client, heads.server_may_come, heads.client_may_come};
}

Judgement Judge(const Rule& rule, const Heads& heads) {
  const bool client_seen = !heads.client.empty();
  const bool server_seen = !heads.server.empty();
  if (!client_seen && !server_seen) {
    const bool may_come = heads.client_may_come || heads.server_may_come;
    return {may_come ? Ruling::kWait : Ruling::kNo};
  }
  const Fit client = client_seen ? rule.client(heads.client) : Fit::kPrefix;
  const Fit server = server_seen ? rule.server(heads.server) : Fit::kPrefix;
  if (client == Fit::kNo || server == Fit::kNo) return {};
  const bool named = client == Fit::kYes || server == Fit::kYes;
  if (client_seen && server_seen) {
    if (client == Fit::kPrefix || server == Fit::kPrefix) return {Ruling::kWait};
    if (rule.echoes == nullptr) {
      if (!named && !rule.pair_suffices) return {};
      // One of the two may be loosely written, as some are.
      constexpr int kEnough = 3;
      const bool lines =
          !rule.of_lines || LineWeight(heads.client) + LineWeight(heads.server) >= kEnough;
      const bool strong = named && lines;
      return {Ruling::kClaim, SidesSeen::kBoth, strong ? Evidence::kStrong : Evidence::kWeak};
    }
    const bool echoed = rule.echoes(heads.client, heads.server);
    if (!echoed && !named) return {};
    return {Ruling::kClaim, SidesSeen::kBoth, echoed ? Evidence::kStrong : Evidence::kWeak};
  }
  const bool other_may_come = client_seen ? heads.server_may_come : heads.client_may_come;
  const Fit seen = client_seen ? client : server;
  if (seen == Fit::kPrefix || other_may_come) return {Ruling::kWait};
  if (!named) return {};
  return {Ruling::kClaim, client_seen ? SidesSeen::kClientOnly : SidesSeen::kServerOnly,
          Evidence::kWeak};
}

HandshakeFacts FactsOf(const Rule& rule, const Judgement& judgement) {
  HandshakeFacts facts;
  facts.protocol = rule.protocol;
  facts.variant = rule.variant;
  facts.key_exchange = KeyExchange::kNone;
  facts.resumption = Resumption::kNone;
  facts.sides = judgement.sides;
  facts.evidence = judgement.evidence;
  facts.plaintext = true;
  return facts;
}

}  // namespace unopened::classify::plaintext
