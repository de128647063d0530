// Protocols whose beginning is in clear and whose rest may not be: named, and not called clear.
#include <array>

#include "classify/plaintext/binary_protocols_access.h"
#include "classify/plaintext/plaintext_dissector.h"
#include "classify/plaintext/rule.h"

namespace unopened::classify::plaintext {
namespace {

// What PlaintextDissector calls clear where it stays so is asked there, later.
constexpr std::array<Rule, 2> kUnlessClear = {{
    {Protocol::kVnc, &VncVersion, &VncServer},
    {Protocol::kLdap, &LdapOtherRequest, &LdapResponse},
}};
constexpr std::array<Recognise, 2> kClear = {&VncChoiceInClear, &LdapSimpleBind};

HandshakeFacts Facts(const Rule& rule, const Judgement& judgement) {
  HandshakeFacts facts;
  facts.protocol = rule.protocol;
  facts.sides = judgement.sides;
  facts.evidence = judgement.evidence;
  return facts;
}

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  if (!flow.start_seen) return base::NotThis{"access: start not seen"};
  const Heads heads = HeadsOf(flow);
  bool waiting = false;
  for (std::size_t i = 0; i < kUnlessClear.size(); ++i) {
    const Judgement judgement = Judge(kUnlessClear[i], heads);
    if (judgement.ruling == Ruling::kNo) continue;
    const Fit clear = heads.client.empty() ? Fit::kPrefix : kClear[i](heads.client);
    if (clear == Fit::kYes) continue;
    // Behind searches StartTLS may be asked for: that is seen by whoever follows the messages.
    const bool may_upgrade = CldapSearch(heads.client) == Fit::kYes && flow.client.open();
    if (judgement.ruling == Ruling::kClaim && clear == Fit::kNo && !may_upgrade) {
      return Facts(kUnlessClear[i], judgement);
    }
    waiting = true;
  }
  if (waiting) return base::NeedMore{1};
  return base::NotThis{"access: none known"};
}

}  // namespace

const Dissector& AccessDissector() {
  static constexpr Dissector kDissector{
      .name = "access", .over_tcp = true, .over_udp = false, .dissect = &Dissect};
  return kDissector;
}

}  // namespace unopened::classify::plaintext
