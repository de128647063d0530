#include "classify/ike/ike_dissector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <variant>

#include "classify/ike/framing.h"
#include "classify/ike/message.h"

namespace unopened::classify::ike {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

// Of one direction with one SPI, before two directions or one may be called ESP.
constexpr int kMinAdvancesBoth = 1;
constexpr int kMinAdvancesAlone = 3;
constexpr std::uint32_t kMaxAdvance = 64;  // lost or reordered packets between two

struct Flow {
  std::array<Frame, kMaxFrames> all;
  std::size_t count = 0;
  bool has_message = false;
  bool has_esp = false;

  std::span<const Frame> frames() const { return std::span(all).first(count); }
};

// Every datagram must be one of the three: one stranger among them, and the flow is another
// protocol's. Once a message was read the flow is IKE's, whatever comes.
Parsed<Flow> ReadFlow(std::span<const Datagram> datagrams, bool nat_traversal_port) {
  // Nearly all flows of another protocol are refused here, before a Flow is made.
  for (const Datagram& first : datagrams) {
    if (first.wire_length == 0) continue;
    const Parsed<Frame> parsed = ReadFrame(first, nat_traversal_port);
    if (const auto* no = std::get_if<NotThis>(&parsed)) return *no;
    break;
  }
  Flow flow;
  for (const Datagram& datagram : datagrams) {
    if (datagram.wire_length == 0 || flow.count == kMaxFrames) continue;
    const Parsed<Frame> parsed = ReadFrame(datagram, nat_traversal_port);
    const Frame* frame = base::Value(parsed);
    if (frame == nullptr) {
      if (flow.has_message) continue;
      return std::get<NotThis>(parsed);
    }
    flow.has_message |= frame->kind == Frame::Kind::kMessage;
    flow.has_esp |= frame->kind == Frame::Kind::kEsp;
    flow.all[flow.count++] = *frame;
  }
  return flow;
}

// `answer` goes the other way with the question's initiator SPI, and with its responder's where
// that was drawn already. In IKEv2 it also says that it is an answer, with the same message id.
bool Answers(const Frame& answer, const Frame& question) {
  const Message& a = answer.message;
  const Message& q = question.message;
  if (!a.well_formed || !q.well_formed) return false;
  if (answer.from_client == question.from_client || a.version != q.version ||
      a.initiator_spi != q.initiator_spi) {
    return false;
  }
  if (q.responder_spi != 0 && a.responder_spi != q.responder_spi) return false;
  if (a.version == Version::kIke2) {
    return a.response && !q.response && a.initiator != q.initiator &&
           a.message_id == q.message_id && a.exchange == q.exchange;
  }
  return a.responder_spi != 0;
}

// The answer that chooses the group of the first exchange.
bool Chooses(const Frame& answer, const Frame& question) {
  const Message& a = answer.message;
  const bool first_exchange = a.version == Version::kIke2 ? a.exchange == Exchange::kSaInit
                                                          : (a.exchange == Exchange::kMainMode ||
                                                             a.exchange == Exchange::kAggressive);
  return first_exchange && a.exchange == question.message.exchange && a.has_sa &&
         a.responder_spi != 0 && question.message.has_sa && question.message.responder_spi == 0;
}

// An exchange that may open an SA, or one in its middle.
bool Opens(const Message& message) {
  return message.responder_spi == 0 && message.message_id == 0 &&
         (message.exchange == Exchange::kSaInit || message.exchange == Exchange::kMainMode ||
          message.exchange == Exchange::kAggressive || message.exchange == Exchange::kBase ||
          message.exchange == Exchange::kSessionResume);
}

bool IsInformational(const Message& message) {
  return message.exchange == Exchange::kInformational ||
         message.exchange == Exchange::kInformationalV1;
}

struct Found {
  const Frame* any = nullptr;     // the first message
  const Frame* answer = nullptr;  // the first that answers another
  const Frame* choice = nullptr;
};

Found Search(const Flow& flow) {
  Found found;
  for (const Frame& answer : flow.frames()) {
    if (answer.kind != Frame::Kind::kMessage) continue;
    if (found.any == nullptr) found.any = &answer;
    for (const Frame& question : flow.frames()) {
      if (question.kind != Frame::Kind::kMessage || !Answers(answer, question)) continue;
      if (found.answer == nullptr) found.answer = &answer;
      if (found.choice == nullptr && Chooses(answer, question)) found.choice = &answer;
    }
  }
  return found;
}

KeyExchange KeyExchangeChosen(const Message& choice) {
  const KeyExchange kind = KeyExchangeOf(choice.group);
  if (!choice.additional_ml_kem) return kind;
  // ML-KEM beside a group nobody knows is a hybrid of something.
  return kind == KeyExchange::kPq ? KeyExchange::kPq : KeyExchange::kPqHybrid;
}

HandshakeFacts IkeFacts(const FlowView& view, const Flow& flow, const Found& found) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kIke;
  facts.version = found.any->message.version;
  if (view.transport == capture::Transport::kTcp) {
    facts.variant = Variant::kTcp;
  } else if (found.any->marked || flow.has_esp) {
    facts.variant = Variant::kNatTraversal;
  }
  if (found.answer == nullptr) {
    facts.sides = found.any->from_client ? SidesSeen::kClientOnly : SidesSeen::kServerOnly;
    const bool other_side = std::ranges::any_of(flow.frames(), [&](const Frame& frame) {
      return frame.kind == Frame::Kind::kMessage && frame.from_client != found.any->from_client;
    });
    if (other_side) facts.sides = SidesSeen::kBoth;
    facts.offered_only = true;
    facts.evidence = Evidence::kWeak;
    return facts;
  }
  facts.sides = SidesSeen::kBoth;
  facts.evidence = Evidence::kProof;
  if (found.choice != nullptr) facts.key_exchange = KeyExchangeChosen(found.choice->message);
  return facts;
}

// How often a packet of this direction is followed by one a little further on, with the same SPI.
int Advances(const Flow& flow, bool from_client) {
  int advances = 0;
  const Frame* last = nullptr;
  for (const Frame& frame : flow.frames()) {
    if (frame.kind != Frame::Kind::kEsp || frame.from_client != from_client) continue;
    if (last != nullptr && last->esp.spi == frame.esp.spi) {
      const std::uint32_t by = frame.esp.sequence - last->esp.sequence;
      advances += by >= 1 && by <= kMaxAdvance ? 1 : 0;
    }
    last = &frame;
  }
  return advances;
}

std::optional<HandshakeFacts> EspFacts(const Flow& flow) {
  const int client = Advances(flow, true);
  const int server = Advances(flow, false);
  const bool both = client >= kMinAdvancesBoth && server >= kMinAdvancesBoth;
  if (!both && client < kMinAdvancesAlone && server < kMinAdvancesAlone) return std::nullopt;
  HandshakeFacts facts;
  facts.protocol = Protocol::kEsp;
  facts.variant = Variant::kNatTraversal;
  facts.evidence = Evidence::kWeak;
  facts.sides = both         ? SidesSeen::kBoth
                : client > 0 ? SidesSeen::kClientOnly
                             : SidesSeen::kServerOnly;
  return facts;
}

Parsed<HandshakeFacts> Conclude(const FlowView& view, std::span<const Datagram> datagrams,
                                bool last, std::size_t at_least) {
  const bool nat_traversal_port = view.transport == capture::Transport::kTcp ||
                                  view.server_port == kNatTraversalPort ||
                                  view.client_port == kNatTraversalPort;
  const Parsed<Flow> parsed = ReadFlow(datagrams, nat_traversal_port);
  const Flow* flow = base::Value(parsed);
  if (flow == nullptr) return std::get<NotThis>(parsed);
  if (flow->has_message) {
    const Found found = Search(*flow);
    // An exchange in the middle of an SA has no choice left to wait for; but behind the farewell of
    // an old SA a new one often follows.
    const bool complete =
        found.choice != nullptr || (found.answer != nullptr && !Opens(found.any->message) &&
                                    !IsInformational(found.answer->message));
    if (!complete && !last) return NeedMore{at_least};
    if (found.answer == nullptr && !Opens(found.any->message) && !found.any->message.well_formed) {
      return NotThis{"ike: payloads"};
    }
    return IkeFacts(view, *flow, found);
  }
  if (!last) return NeedMore{at_least};
  if (const auto facts = EspFacts(*flow)) return *facts;
  return NotThis{"esp: no advancing numbers"};
}

Parsed<HandshakeFacts> Read(const FlowView& flow, bool last) {
  if (flow.transport == capture::Transport::kUdp) {
    return Conclude(flow, flow.datagrams, last || !flow.datagrams_open, 1);
  }
  const Parsed<TcpFrames> parsed = ReadTcpFrames(flow);
  const TcpFrames* frames = base::Value(parsed);
  if (frames == nullptr) {
    if (base::IsNeedMore(parsed)) return std::get<NeedMore>(parsed);
    return std::get<NotThis>(parsed);
  }
  return Conclude(flow, frames->frames(), last || !frames->open, frames->at_least);
}

Parsed<HandshakeFacts> DissectIke(const FlowView& flow) { return Read(flow, false); }
Parsed<HandshakeFacts> PartialIke(const FlowView& flow) { return Read(flow, true); }

constexpr Dissector kDissector = {.name = "ike",
                                  .over_tcp = true,
                                  .over_udp = true,
                                  .dissect = DissectIke,
                                  .partial = PartialIke,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& IkeDissector() { return kDissector; }

}  // namespace unopened::classify::ike
