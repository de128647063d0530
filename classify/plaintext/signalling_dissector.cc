// SMB ([MS-SMB2] §2.1, §2.2.1) and NetBIOS sessions (RFC 1002 §4.3.1): in clear, before something
// that may be encrypted.
#include <array>

#include "classify/plaintext/plaintext_dissector.h"
#include "classify/plaintext/rule.h"

namespace unopened::classify::plaintext {
namespace {

using base::NeedMore;
using base::NotThis;

HandshakeFacts Facts(Protocol protocol, SidesSeen sides, Evidence evidence) {
  HandshakeFacts facts;
  facts.protocol = protocol;
  facts.sides = sides;
  facts.evidence = evidence;
  return facts;
}

// A message behind the session header that SMB over TCP has kept: zero, then the length.
Fit Smb(const Head& head) {
  using namespace std::string_view_literals;
  if (head.bytes.front() != 0) return Fit::kNo;
  if (head.bytes.size() < 8) return TooShort(head);
  const std::string_view magic = head.text().substr(4, 4);
  return magic == "\xffSMB"sv || magic == "\xfeSMB"sv ? Fit::kYes : Fit::kNo;
}

Fit NetbiosSessionRequest(const Head& head) {
  // Two encoded names of 34 bytes; a scope would lengthen them and is not used.
  using namespace std::string_view_literals;
  return StartsWith(head, "\x81\0\0\x44\x20"sv);
}
Fit NetbiosSessionResponse(const Head& head) {
  using namespace std::string_view_literals;
  return Best(StartsWith(head, "\x82\0\0\0"sv), StartsWith(head, "\x83\0\0\1"sv));
}

constexpr std::array<Rule, 2> kTcpRules = {{
    {Protocol::kSmb, &Smb, &Smb},
    {Protocol::kNetbios, &NetbiosSessionRequest, &NetbiosSessionResponse},
}};

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  if (!flow.start_seen) return NotThis{"signalling: start not seen"};
  const Heads heads = HeadsOf(flow);
  bool waiting = false;
  for (const Rule& rule : kTcpRules) {
    const Judgement judgement = Judge(rule, heads);
    if (judgement.ruling == Ruling::kClaim) {
      return Facts(rule.protocol, judgement.sides, judgement.evidence);
    }
    waiting = waiting || judgement.ruling == Ruling::kWait;
  }
  if (waiting) return NeedMore{1};
  return NotThis{"signalling: none known"};
}

}  // namespace

const Dissector& SignallingDissector() {
  static constexpr Dissector kDissector{
      .name = "signalling", .over_tcp = true, .dissect = &Dissect};
  return kDissector;
}

}  // namespace unopened::classify::plaintext
