#include "classify/upgrade/upgrade_dissector.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <variant>

#include "classify/plaintext/rule.h"
#include "classify/ssh/ssh_dissector.h"
#include "classify/tls/tls_dissector.h"
#include "classify/upgrade/binary_upgrades.h"
#include "classify/upgrade/dialogue.h"
#include "classify/upgrade/proxies.h"
#include "classify/upgrade/upgrade.h"

namespace unopened::classify::upgrade {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;
using Then = Upgrade::Then;

constexpr std::array<Find, 7> kFinders = {
    &FindSocks, &FindConnect, &FindProxyProtocol, &FindPostgresql, &FindMysql, &FindRdp, &FindLdap};

ByteReader Behind(const ByteReader& reader, std::size_t skip) {
  return ByteReader(reader.rest().subspan(std::min(skip, reader.size())), reader.end());
}

SidesSeen SidesOf(const FlowView& flow) {
  if (flow.client.empty()) return SidesSeen::kServerOnly;
  return flow.server.empty() ? SidesSeen::kClientOnly : SidesSeen::kBoth;
}

HandshakeFacts FactsOfOuter(const FlowView& flow, const Upgrade& upgrade, bool clear) {
  HandshakeFacts facts;
  facts.protocol = upgrade.before;
  facts.variant = upgrade.then == Then::kTls ? Variant::kNone : upgrade.variant;
  facts.sides = SidesOf(flow);
  facts.evidence = facts.sides == SidesSeen::kBoth ? Evidence::kStrong : Evidence::kWeak;
  facts.plaintext = clear;
  if (clear) {
    facts.key_exchange = KeyExchange::kNone;
    facts.resumption = Resumption::kNone;
  }
  return facts;
}

Parsed<HandshakeFacts> AskInside(const Dissector& dissector, const FlowView& inside, bool last) {
  auto answer = dissector.dissect(inside);
  if (!last || base::Value(answer) != nullptr || dissector.partial == nullptr) return answer;
  return dissector.partial(inside);
}

// What runs behind the place that was found.
Parsed<HandshakeFacts> ReadBehind(const FlowView& flow, const Upgrade& upgrade) {
  FlowView inside = flow;
  inside.client = Behind(flow.client, upgrade.client_skip);
  inside.server = Behind(flow.server, upgrade.server_skip);
  const bool last = !flow.client.open() && !flow.server.open();
  bool waiting = false;
  std::size_t at_least = std::numeric_limits<std::size_t>::max();
  const std::array<const Dissector*, 2> all = {&tls::TlsDissector(), &ssh::SshDissector()};
  const std::size_t count = upgrade.then == Then::kTunnel ? all.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    auto answer = AskInside(*all[i], inside, last);
    if (const auto* found = base::Value(answer)) {
      HandshakeFacts facts = *found;
      facts.variant = upgrade.variant;
      return facts;
    }
    if (const auto* need = std::get_if<NeedMore>(&answer)) {
      waiting = true;
      at_least = std::min(at_least, need->at_least);
    }
  }
  if (waiting && !last) return NeedMore{at_least};
  // Behind the PROXY protocol there is no protocol to name.
  if (upgrade.before == Protocol::kUnknown) return NotThis{"upgrade: nothing known behind it"};
  // A few bytes of one side alone are anyone's.
  if (upgrade.before == Protocol::kSocks && SidesOf(flow) != SidesSeen::kBoth) {
    return NotThis{"socks: one side"};
  }
  return FactsOfOuter(flow, upgrade, false);
}

Parsed<HandshakeFacts> FactsOfUpgrade(const FlowView& flow, const Upgrade& upgrade) {
  switch (upgrade.then) {
    case Then::kTls:
    case Then::kTunnel:
      return ReadBehind(flow, upgrade);
    case Then::kClear:
      return FactsOfOuter(flow, upgrade, true);
    case Then::kOther:
      break;
  }
  return FactsOfOuter(flow, upgrade, false);
}

// Waits of all that are possible: the shortest.
class Waits {
 public:
  void Add(std::size_t at_least) { at_least_ = std::min(at_least_, at_least); }
  bool any() const { return at_least_ != std::numeric_limits<std::size_t>::max(); }
  NeedMore need() const { return NeedMore{at_least_}; }

 private:
  std::size_t at_least_ = std::numeric_limits<std::size_t>::max();
};

// The answer of a dialogue that its rule recognised, with the rule's evidence.
Parsed<HandshakeFacts> FollowDialogue(const FlowView& flow, const Script& script,
                                      const plaintext::Judgement& judgement) {
  const auto found = Follow(script, flow.client, flow.server);
  if (const auto* need = std::get_if<NeedMore>(&found)) return *need;
  if (const auto* refused = std::get_if<NotThis>(&found)) return *refused;
  auto answer = FactsOfUpgrade(flow, *base::Value(found));
  auto* facts = std::get_if<HandshakeFacts>(&answer);
  if (facts != nullptr && facts->protocol == script.rule.protocol) {
    facts->sides = judgement.sides;
    facts->evidence = judgement.evidence;
  }
  return answer;
}

Parsed<HandshakeFacts> DissectUpgrade(const FlowView& flow) {
  Waits waits;
  for (const Find find : kFinders) {
    const auto found = find(flow.client, flow.server);
    if (const auto* upgrade = base::Value(found)) return FactsOfUpgrade(flow, *upgrade);
    if (const auto* need = std::get_if<NeedMore>(&found)) waits.Add(need->at_least);
  }
  if (flow.start_seen) {
    const plaintext::Heads heads = plaintext::HeadsOf(flow);
    for (const Script& script : Scripts()) {
      const plaintext::Judgement judgement = plaintext::Judge(script.rule, heads);
      if (judgement.ruling == plaintext::Ruling::kClaim) {
        return FollowDialogue(flow, script, judgement);
      }
      if (judgement.ruling == plaintext::Ruling::kWait) waits.Add(1);
    }
  }
  if (waits.any()) return waits.need();
  return NotThis{"upgrade: none known"};
}

}  // namespace

const Dissector& UpgradeDissector() {
  static constexpr Dissector kDissector{
      .name = "upgrade", .over_tcp = true, .over_udp = false, .dissect = &DissectUpgrade};
  return kDissector;
}

}  // namespace unopened::classify::upgrade
