// STUN (RFC 8489 §5, over TCP also framed by RFC 4571), SMB ([MS-SMB2] §2.1, §2.2.1) and NetBIOS
// sessions (RFC 1002 §4.3.1): in clear, before something that may be encrypted.
#include <algorithm>
#include <array>
#include <optional>

#include "classify/plaintext/plaintext_dissector.h"
#include "classify/plaintext/rule.h"

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;

constexpr std::uint32_t kStunHeaderSize = 20;

struct StunHeader {
  std::uint16_t type = 0;
  std::uint16_t length = 0;
  Bytes transaction;
  bool request() const { return (type & 0x0110) == 0x0000; }
  bool response() const { return (type & 0x0100) != 0; }
};

bool ReadStun(ByteReader reader, StunHeader& out) {
  constexpr std::uint32_t kMagicCookie = 0x2112a442;
  std::uint32_t cookie = 0;
  return reader.ReadU16(out.type) && reader.ReadU16(out.length) && reader.ReadU32(cookie) &&
         reader.ReadBytes(12, out.transaction) && (out.type & 0xc000) == 0 && out.length % 4 == 0 &&
         cookie == kMagicCookie;
}

HandshakeFacts Facts(Protocol protocol, SidesSeen sides, Evidence evidence) {
  HandshakeFacts facts;
  facts.protocol = protocol;
  facts.sides = sides;
  facts.evidence = evidence;
  return facts;
}

bool Answers(const StunHeader& request, const StunHeader& response) {
  return request.request() && response.response() &&
         std::equal(request.transaction.begin(), request.transaction.end(),
                    response.transaction.begin(), response.transaction.end());
}

// The STUN message of a datagram, whole on the wire.
std::optional<StunHeader> StunOf(const Datagram& datagram) {
  StunHeader header;
  if (!ReadStun(ByteReader(datagram.bytes), header)) return std::nullopt;
  if (datagram.wire_length != kStunHeaderSize + header.length) return std::nullopt;
  return header;
}

// Each datagram's answer is one of another's: bounded by the few datagrams that a flow keeps.
base::Parsed<HandshakeFacts> DissectUdp(const FlowView& flow) {
  if (flow.datagrams.empty()) {
    if (flow.datagrams_open) return NeedMore{1};
    return NotThis{"signalling: nothing"};
  }
  if (!StunOf(flow.datagrams.front())) return NotThis{"signalling: none known"};
  bool seen[2] = {false, false};  // by the client, by the server
  bool answered = false;
  for (const Datagram& datagram : flow.datagrams) {
    const auto header = StunOf(datagram);
    if (!header) continue;
    seen[datagram.from_client ? 0 : 1] = true;
    for (const Datagram& other : flow.datagrams) {
      const auto response = StunOf(other);
      answered = answered || (response && other.from_client != datagram.from_client &&
                              Answers(*header, *response));
    }
  }
  // What comes later on the flow may be a call: it is not waited for.
  if (flow.datagrams.size() < 2 && flow.datagrams_open) return NeedMore{1};
  if (answered) return Facts(Protocol::kStun, SidesSeen::kBoth, Evidence::kProof);
  if (seen[0] && seen[1]) return Facts(Protocol::kStun, SidesSeen::kBoth, Evidence::kStrong);
  return Facts(Protocol::kStun, seen[0] ? SidesSeen::kClientOnly : SidesSeen::kServerOnly,
               Evidence::kWeak);
}

Fit StunOverTcp(const Head& head) {
  auto reader = head.reader();
  StunHeader header;
  if (ReadStun(reader, header)) return Fit::kYes;
  std::uint16_t frame = 0;
  if (reader.ReadU16(frame) && ReadStun(reader, header) &&
      frame == kStunHeaderSize + header.length) {
    return Fit::kYes;
  }
  if (head.bytes.size() >= 2 + kStunHeaderSize || head.bytes.front() > 0x3f) return Fit::kNo;
  return TooShort(head);
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

constexpr std::array<Rule, 3> kTcpRules = {{
    {Protocol::kStun, &StunOverTcp, &StunOverTcp},
    {Protocol::kSmb, &Smb, &Smb},
    {Protocol::kNetbios, &NetbiosSessionRequest, &NetbiosSessionResponse},
}};

base::Parsed<HandshakeFacts> DissectTcp(const FlowView& flow) {
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

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  return flow.transport == capture::Transport::kTcp ? DissectTcp(flow) : DissectUdp(flow);
}

}  // namespace

const Dissector& SignallingDissector() {
  static constexpr Dissector kDissector{
      .name = "signalling", .over_tcp = true, .over_udp = true, .dissect = &Dissect};
  return kDissector;
}

}  // namespace unopened::classify::plaintext
