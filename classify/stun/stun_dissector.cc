#include "classify/stun/stun_dissector.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "classify/stun/message.h"
#include "classify/stun/multiplex.h"

namespace unopened::classify::stun {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

// As many as a flow keeps of its datagrams, both directions together.
constexpr std::size_t kMaxMessages = 24;
constexpr Method kZoomsAnswer = 0x002;

struct Seen {
  Message message;
  bool from_client = false;
};

// What the messages of a flow say together, whatever their order.
class Exchange {
 public:
  void Add(const Message& message, bool from_client) {
    if (count_ == seen_.size()) return;
    const Seen added = {message, from_client};
    for (const Seen& other : std::span(seen_).first(count_)) {
      Hold(added, other);
      Hold(other, added);
    }
    seen_[count_++] = added;
    classic_ = classic_ && message.classic;
    const std::size_t side = from_client ? 0 : 1;
    by_[side] = true;
    named_ = named_ || message.named;
    speaks_[side] = speaks_[side] || (message.named && !message.answers());
    turn_by_[side] = turn_by_[side] || message.turn;
    allocated_ = allocated_ || (message.method == kAllocate && message.type == Class::kSuccess);
    // The server's word for itself, the first it says; a client repeats it.
    if (!message.realm.empty() && (realm_.empty() || (message.answers() && !servers_realm_))) {
      realm_ = message.realm;
      servers_realm_ = message.answers();
    }
  }

  std::size_t count() const { return count_; }
  bool answered() const { return answered_; }
  // A relay that has said whose it is, or that it serves: nothing more to learn.
  bool settled() const { return turn_answered_ && (allocated_ || !realm_.empty()); }

  Parsed<HandshakeFacts> Facts(bool over_tcp) const;

 private:
  void Hold(const Seen& answer, const Seen& question) {
    if (answer.from_client == question.from_client) return;
    if (IsAnswerTo(answer.message, question.message)) {
      answered_ = true;
      turn_answered_ = turn_answered_ || question.message.turn || answer.message.turn;
      return;
    }
    // Zoom's servers answer a Binding of the old form with a type of their own.
    dialect_ =
        dialect_ || (question.message.classic && answer.message.classic &&
                     question.message.method == kBinding && question.message.asks() &&
                     answer.message.method == kZoomsAnswer && !answer.message.attributes.empty() &&
                     std::ranges::equal(question.message.transaction, answer.message.transaction));
  }
  SidesSeen Sides() const;
  bool IsTurn() const;

  std::array<Seen, kMaxMessages> seen_;
  std::size_t count_ = 0;
  bool by_[2] = {false, false};      // the client, the server
  bool speaks_[2] = {false, false};  // with a cookie, and not in answer to anything
  bool turn_by_[2] = {false, false};
  bool named_ = false;  // a cookie was seen
  bool answered_ = false;
  bool turn_answered_ = false;
  bool dialect_ = false;
  bool classic_ = true;  // all of them
  bool allocated_ = false;
  bool servers_realm_ = false;
  Bytes realm_;
};

// Where one direction alone was seen and all it says are answers, it is the server's.
SidesSeen Exchange::Sides() const {
  if (by_[0] && by_[1]) return SidesSeen::kBoth;
  const bool all_answer = std::ranges::all_of(
      std::span(seen_).first(count_), [](const Seen& seen) { return seen.message.answers(); });
  return all_answer || !by_[0] ? SidesSeen::kServerOnly : SidesSeen::kClientOnly;
}

// One message that nobody answered does not turn what was answered into a relay's.
bool Exchange::IsTurn() const {
  const bool both = turn_by_[0] && turn_by_[1];
  return turn_answered_ || both || (!answered_ && (turn_by_[0] || turn_by_[1]));
}

// Lower-cased, without the quotes that some put around it; empty where it is no plain text.
void SetRealm(Bytes realm, InlineText<128>& out) {
  std::array<char, 128> text;
  if (realm.size() >= 2 && realm.front() == '"' && realm.back() == '"') {
    realm = realm.subspan(1, realm.size() - 2);
  }
  if (realm.size() > text.size()) return;
  std::size_t size = 0;
  for (const std::uint8_t byte : realm) {
    if (byte <= ' ' || byte >= 0x7f) return;
    const char c = static_cast<char>(byte);
    text[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  out.Set({text.data(), size});
}

Parsed<HandshakeFacts> Exchange::Facts(bool over_tcp) const {
  HandshakeFacts facts;
  facts.protocol = IsTurn() ? Protocol::kTurn : Protocol::kStun;
  facts.sides = Sides();
  if (over_tcp) facts.variant = Variant::kTcp;
  if (answered_) {
    facts.evidence = Evidence::kProof;
  } else if (dialect_ || (speaks_[0] && speaks_[1])) {
    facts.evidence = Evidence::kStrong;
  } else if (named_) {
    // An answer to what was never asked adds nothing.
    facts.evidence = Evidence::kWeak;
  } else {
    // Two bytes and lengths that fit are nothing by themselves.
    return NotThis{"stun: classic without an answer"};
  }
  if (classic_) facts.variant = Variant::kClassic;
  SetRealm(realm_, facts.transient.realm);
  return facts;
}

Parsed<HandshakeFacts> DissectUdp(const FlowView& flow) {
  const auto first = std::ranges::find_if(
      flow.datagrams, [](const Datagram& datagram) { return !datagram.bytes.empty(); });
  if (first == flow.datagrams.end()) {
    if (flow.datagrams_open) return NeedMore{1};
    return NotThis{"stun: nothing"};
  }
  const auto head = ParseDatagram(first->bytes, first->wire_length);
  if (const auto* no = std::get_if<NotThis>(&head)) return *no;
  Exchange exchange;
  bool keys = false;   // DTLS or ZRTP perhaps: theirs to say
  bool media = false;  // RTP or SRTP perhaps
  for (const Datagram& datagram : flow.datagrams) {
    const Multiplexed kind = MultiplexedAs(datagram.bytes);
    keys = keys || kind == Multiplexed::kDtls || kind == Multiplexed::kZrtp;
    media = media || kind == Multiplexed::kMedia;
    // WhatsApp's own types are beyond STUN's share of first bytes.
    if (kind == Multiplexed::kStun || HasCookie(datagram.bytes)) {
      const auto parsed = ParseDatagram(datagram.bytes, datagram.wire_length);
      const Message* message = base::Value(parsed);
      if (message != nullptr) exchange.Add(*message, datagram.from_client);
    }
    // No handshake comes after media.
    const bool enough = exchange.settled() || (exchange.answered() && media && !keys);
    if (enough) return exchange.Facts(false);
  }
  if (flow.datagrams_open) return NeedMore{1};
  return exchange.Facts(false);
}

// How the messages of a TCP flow follow each other.
enum class Framing : std::uint8_t { kNone, kRfc4571 };

// Reads one direction. Empty: all of it so far is messages, or their beginning.
std::string_view ReadStream(ByteReader stream, Framing framing, bool from_client,
                            Exchange& exchange) {
  bool first = true;
  for (std::size_t i = 0; i < kMaxMessages / 2 && !stream.empty(); ++i) {
    std::size_t size = 0;
    Parsed<Message> parsed = NeedMore{};
    ByteReader next = stream;
    if (framing == Framing::kRfc4571) {
      ByteReader frame;
      if (!next.ReadPrefixed16(frame)) break;
      parsed = ParseDatagram(frame.rest(), frame.size());
      if (const Message* message = base::Value(parsed); message != nullptr && message->classic) {
        parsed = NotThis{"stun: cookie"};
      }
    } else {
      parsed = ParseStream(ByteReader(stream.rest(), base::End::kOpen), size);
      if (base::Value(parsed) != nullptr) next.Skip(size);
    }
    if (base::IsNeedMore(parsed)) break;
    const Message* message = base::Value(parsed);
    if (message == nullptr && first) return std::get<NotThis>(parsed).why;
    // Behind messages may come channels, media, keys.
    if (message == nullptr) break;
    exchange.Add(*message, from_client);
    first = false;
    stream = next;
  }
  return {};
}

// RFC 4571 puts two bytes of length before a message: then the cookie stands two bytes further on.
bool IsFramed(Bytes stream) { return stream.size() >= 10 && HasCookie(stream.subspan(2)); }

Parsed<HandshakeFacts> DissectTcp(const FlowView& flow) {
  for (const ByteReader& side : {flow.client, flow.server}) {
    if (!side.empty() && side.rest()[0] >> 6 != 0) return NotThis{"stun: type"};
  }
  const bool framed = IsFramed(flow.client.rest()) || IsFramed(flow.server.rest());
  // Too short yet to tell how it is framed.
  constexpr std::size_t kEnough = 10;
  const bool open = flow.client.open() || flow.server.open();
  const auto longer = std::max(flow.client.size(), flow.server.size());
  if (!framed && open && longer < kEnough) return NeedMore{kEnough - longer};
  Exchange exchange;
  const Framing framing = framed ? Framing::kRfc4571 : Framing::kNone;
  for (const bool client : {true, false}) {
    const ByteReader& side = client ? flow.client : flow.server;
    if (framed && side.size() < kEnough) continue;
    const std::string_view why = ReadStream(side, framing, client, exchange);
    if (!why.empty()) return NotThis{why};
  }
  if (open && !exchange.settled()) return NeedMore{1};
  if (exchange.count() == 0) return NotThis{"stun: no message"};
  return exchange.Facts(true);
}

Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  return flow.transport == capture::Transport::kTcp ? DissectTcp(flow) : DissectUdp(flow);
}

}  // namespace

const Dissector& StunDissector() {
  static constexpr Dissector kDissector{
      .name = "stun", .over_tcp = true, .over_udp = true, .dissect = &Dissect};
  return kDissector;
}

}  // namespace unopened::classify::stun
