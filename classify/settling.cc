#include "classify/settling.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/container/static_vector.hpp>
#include <limits>
#include <variant>

namespace unopened::classify {
namespace {

using capture::Side;

constexpr std::uint32_t Bit(std::size_t index) { return std::uint32_t{1} << index; }

// What dissectors see of a flow; owns the datagrams' list.
struct Exhibit {
  FlowView view;
  boost::container::static_vector<Datagram, std::size_t{2} * TrackedFlow::kMaxDatagrams> datagrams;
};

base::ByteReader ReaderOf(const Direction& direction, PrefixPool& pool, std::uint32_t cap,
                          bool last) {
  base::Bytes bytes = direction.prefix.bytes(pool);
  const bool final = last || direction.prefix.final() || bytes.size() >= cap;
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), cap));
  return base::ByteReader(bytes, final ? base::End::kFinal : base::End::kOpen);
}

void ShowDatagrams(const TrackedFlow& flow, PrefixPool& pool, std::uint32_t cap, Exhibit& out) {
  const std::array<base::Bytes, 2> bytes = {flow.directions[0].prefix.bytes(pool),
                                            flow.directions[1].prefix.bytes(pool)};
  out.datagrams.clear();
  for (std::size_t i = 0; i < flow.datagram_count; ++i) {
    const KeptDatagram& kept = flow.datagrams[i];
    const std::uint32_t begin = std::min(kept.offset, cap);
    const std::uint32_t end = std::min(kept.offset + kept.size, cap);
    const Side from = flow.sender_of(i);
    out.datagrams.push_back({bytes[static_cast<std::size_t>(from)].subspan(begin, end - begin),
                             kept.wire_length, from == flow.client});
  }
  out.view.datagrams = {out.datagrams.data(), out.datagrams.size()};
}

void Show(const TrackedFlow& flow, PrefixPool& pool, std::uint32_t cap, bool last,
          const DissectOptions& options, Exhibit& out) {
  const bool client_is_low = flow.client == Side::kLow;
  out.view.transport = flow.transport;
  out.view.client_port = client_is_low ? flow.low_port : flow.high_port;
  out.view.server_port = client_is_low ? flow.high_port : flow.low_port;
  out.view.start_seen = flow.start_seen();
  out.view.options = options;
  if (flow.transport == capture::Transport::kTcp) {
    out.view.client = ReaderOf(flow.from(flow.client), pool, cap, last);
    out.view.server = ReaderOf(flow.from(Opposite(flow.client)), pool, cap, last);
    out.view.datagrams_open = false;
  } else {
    ShowDatagrams(flow, pool, cap, out);
    out.view.datagrams_open = !last;
  }
}

// At the end a dissector may have nothing to say of what is complete (a final reader that stops
// short is NotThis by the parsers' laws), and yet something of what is there.
base::Parsed<HandshakeFacts> Consult(const Dissector& dissector, const FlowView& view, bool last) {
  // Each answer is made where it is wanted: facts are large.
  if (!last) return dissector.dissect(view);
  auto answer = dissector.dissect(view);
  if (base::Value(answer) != nullptr) return answer;
  if (dissector.partial != nullptr) answer = dissector.partial(view);
  if (base::IsNeedMore(answer)) answer = base::NotThis{"ended before its handshake"};
  return answer;
}

Session Begin(const TrackedFlow& flow) {
  Session session;
  session.transport = flow.transport;
  session.ip_version = flow.ip_version;
  session.tunnel = flow.tunnel;
  return session;
}

}  // namespace

Panel::Panel(std::span<const Dissector* const> dissectors, std::uint32_t prefix_cap_bytes,
             std::uint32_t plaintext_cap_bytes, const DissectOptions& options)
    : dissectors_(dissectors.first(std::min(dissectors.size(), kMaxDissectors))),
      prefix_cap_bytes_(prefix_cap_bytes),
      plaintext_cap_bytes_(std::min(plaintext_cap_bytes, prefix_cap_bytes)),
      options_(options) {
  for (std::size_t i = 0; i < dissectors_.size(); ++i) {
    const Dissector& dissector = *dissectors_[i];
    if (dissector.over_tcp) over_tcp_ |= Bit(i);
    if (dissector.over_udp) over_udp_ |= Bit(i);
    switch (dissector.kind) {
      case DissectorKind::kHandshake:
        handshake_ |= Bit(i);
        break;
      case DissectorKind::kPlaintext:
        plaintext_ |= Bit(i);
        break;
      case DissectorKind::kOpaque:
        opaque_ |= Bit(i);
        break;
    }
  }
}

std::uint32_t Panel::Over(capture::Transport transport) const {
  return transport == capture::Transport::kTcp ? over_tcp_ : over_udp_;
}

std::uint32_t Panel::CapFor(std::uint32_t possible) const {
  return (possible & handshake_) != 0 ? prefix_cap_bytes_ : plaintext_cap_bytes_;
}

// Whose turn it is: the first kind of which somebody is still possible.
std::uint32_t Panel::Stage(const TrackedFlow& flow) const {
  if ((flow.possible & handshake_) != 0) return flow.possible & handshake_;
  if (!flow.start_seen()) return 0;
  if ((flow.possible & plaintext_) != 0) return flow.possible & plaintext_;
  return flow.possible & opaque_;
}

Panel::Answer Panel::AskAll(TrackedFlow& flow, PrefixPool& pool, bool last, HandshakeFacts& facts,
                            DissectorKind& kind) const {
  Exhibit exhibit;
  std::size_t asked = flow.datagrams_asked;
  // Only those of this stage have been asked before.
  for (;; asked = 0) {
    const std::uint32_t stage = Stage(flow);
    if (stage == 0) return Answer::kNobody;
    Show(flow, pool, CapFor(flow.possible), last, options_, exhibit);
    std::size_t at_least = std::numeric_limits<std::uint32_t>::max();
    bool waiting = false;
    for (std::uint32_t left = stage; left != 0; left &= left - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(left));
      // Whoever has waited for another one's sake remembers nothing.
      const bool unasked = (flow.unasked & Bit(i)) != 0;
      exhibit.view.datagrams_asked = unasked ? 0 : asked;
      flow.unasked &= ~Bit(i);
      auto answer = Consult(*dissectors_[i], exhibit.view, last);
      // In the middle of an encrypted connection some bytes look like a word in clear.
      if (const auto* found = base::Value(answer);
          found != nullptr && found->plaintext && !flow.start_seen()) {
        answer = base::NotThis{"plaintext: its start was not seen"};
      }
      if (const auto* found = base::Value(answer); found != nullptr) {
        facts = *found;
        kind = dissectors_[i]->kind;
        return Answer::kFacts;
      }
      if (const auto* no = std::get_if<base::NotThis>(&answer); no != nullptr) {
        flow.possible &= ~Bit(i);
        // Why the one they waited for has refused says more.
        if (!unasked) flow.reason = no->why;
        if (no->why == kAmbiguousReason) {
          flow.ambiguous = true;
          return Answer::kNobody;
        }
      } else {
        const auto& need = std::get<base::NeedMore>(answer);
        waiting = true;
        if (need.sole) {
          at_least = need.at_least;
          flow.unasked |= left & (left - 1);
          break;
        }
        at_least = std::min(at_least, need.at_least);
      }
    }
    if (waiting) {
      flow.ask_after = static_cast<std::uint32_t>(at_least);
      flow.grown = 0;
      flow.datagrams_asked = flow.datagram_count;
      return Answer::kWait;
    }
  }
}

Panel::Answer Panel::Ask(TrackedFlow& flow, PrefixPool& pool, HandshakeFacts& facts,
                         DissectorKind& kind) const {
  return AskAll(flow, pool, false, facts, kind);
}

Panel::Answer Panel::AskForLast(TrackedFlow& flow, PrefixPool& pool, HandshakeFacts& facts,
                                DissectorKind& kind) const {
  return AskAll(flow, pool, true, facts, kind);
}

Session SessionOf(const TrackedFlow& flow, const HandshakeFacts& facts, DissectorKind kind,
                  const EndpointMatcher& matcher) {
  Session session = Begin(flow);
  session.protocol = facts.protocol;
  session.variant = facts.variant;
  session.version = facts.version;
  session.offered_only = facts.offered_only;
  session.key_exchange = facts.key_exchange;
  session.resumption = facts.resumption;
  session.early_data = facts.early_data;
  session.name_visibility = facts.name_visibility;
  session.sides = facts.sides;
  session.evidence = facts.evidence;
  if (kind == DissectorKind::kOpaque) {
    session.outcome = Outcome::kOpaque;
    return session;
  }
  session.outcome = kind == DissectorKind::kPlaintext || facts.plaintext ? Outcome::kPlaintext
                                                                         : Outcome::kIdentified;
  // RFC 9849 §6.1: with ECH the visible name is the front's, not the host that is meant.
  const std::string_view sni = facts.transient.sni.view();
  if (!sni.empty() && matcher.IsKnownFront(sni)) {
    session.name_visibility = NameVisibility::kKnownFront;
  }
  const EndpointMatch match = matcher.Match(facts);
  if (match.endpoint != kNoEndpoint) {
    session.endpoint = match.endpoint;
    session.evidence = std::min(session.evidence, match.evidence);
  }
  // One side alone may be anyone's invention.
  if (session.sides != SidesSeen::kBoth) {
    session.evidence = std::min(session.evidence, Evidence::kWeak);
  }
  return session;
}

Session SessionOfNobody(const TrackedFlow& flow, bool at_start) {
  Session session = Begin(flow);
  if (flow.ambiguous) {
    session.outcome = Outcome::kAmbiguous;
  } else if (!flow.has_payload()) {
    session.outcome = Outcome::kNoPayload;
  } else if (!flow.start_seen()) {
    session.outcome = at_start ? Outcome::kMidstreamAtStart : Outcome::kMidstream;
  } else {
    session.outcome = Outcome::kUnrecognised;
  }
  return session;
}

Session SessionWithoutPorts(const capture::Segment& segment) {
  Session session;
  session.transport = segment.key.transport;
  session.ip_version = segment.key.ip_version;
  session.tunnel = segment.tunnel;
  switch (segment.key.transport) {
    case capture::Transport::kEsp:
    case capture::Transport::kAh:
      // The key exchange was IKE's, in another flow. AH encrypts nothing, and says so by its name.
      session.protocol =
          segment.key.transport == capture::Transport::kEsp ? Protocol::kEsp : Protocol::kAh;
      session.outcome = Outcome::kIdentified;
      session.evidence = Evidence::kWeak;
      break;
    case capture::Transport::kIcmp:
      session.protocol = Protocol::kIcmp;
      session.outcome = Outcome::kPlaintext;
      session.key_exchange = KeyExchange::kNone;
      session.resumption = Resumption::kNone;
      session.evidence = Evidence::kWeak;
      break;
    case capture::Transport::kSctp:
      session.protocol = Protocol::kSctp;
      session.outcome = Outcome::kUnrecognised;
      break;
    default:
      session.protocol = Protocol::kOtherIp;
      session.outcome = Outcome::kUnrecognised;
      break;
  }
  return session;
}

}  // namespace unopened::classify
