#include "tests/support/flow_builder.h"

#include <algorithm>
#include <array>
#include <string>

namespace unopened::tests {
namespace {

using base::NeedMore;
using base::NotThis;
using classify::FlowView;
using classify::HandshakeFacts;
using Answer = base::Parsed<HandshakeFacts>;

std::size_t g_most_bytes_in_clear = 0;

// Reads one side of "toy": its body's size, or what a prefix of it says.
Answer ReadToySide(base::ByteReader reader, char first) {
  std::uint8_t byte = 0;
  if (!reader.ReadU8(byte)) return base::Short<HandshakeFacts>(reader, "toy: empty", 2);
  if (byte != static_cast<std::uint8_t>(first)) return NotThis{"toy: first byte"};
  std::uint8_t length = 0;
  if (!reader.ReadU8(length)) return base::Short<HandshakeFacts>(reader, "toy: length", 1);
  if (!reader.Skip(length)) {
    return base::Short<HandshakeFacts>(reader, "toy: body", length - reader.size());
  }
  return HandshakeFacts{};
}

HandshakeFacts ToyFacts(classify::SidesSeen sides) {
  HandshakeFacts facts;
  facts.protocol = classify::Protocol::kTls;
  facts.version = classify::Version::kTls13;
  facts.offered_only = sides != classify::SidesSeen::kBoth;
  facts.key_exchange = classify::KeyExchange::kEcdhe;
  facts.sides = sides;
  facts.evidence = classify::Evidence::kProof;
  facts.transient.sni.Set("toy.example");
  return facts;
}

Answer DissectToy(const FlowView& flow) {
  const Answer client = ReadToySide(flow.client, 'T');
  if (base::IsNotThis(client)) return client;
  const Answer server = ReadToySide(flow.server, 't');
  const bool silent = flow.server.empty() && !flow.server.open();
  if (base::IsNotThis(server) && !silent) return server;
  if (const auto* need = std::get_if<NeedMore>(&client)) return *need;
  if (silent) return ToyFacts(classify::SidesSeen::kClientOnly);
  if (const auto* need = std::get_if<NeedMore>(&server)) return *need;
  return ToyFacts(classify::SidesSeen::kBoth);
}

Answer PartialToy(const FlowView& flow) {
  if (base::Value(ReadToySide(flow.client, 'T')) != nullptr) {
    return ToyFacts(classify::SidesSeen::kClientOnly);
  }
  return NotThis{"toy: no whole hello"};
}

void NoteClear(const FlowView& flow) {
  g_most_bytes_in_clear = std::max({g_most_bytes_in_clear, flow.client.size(), flow.server.size()});
}

Answer DissectPlain(const FlowView& flow) {
  NoteClear(flow);
  constexpr std::string_view kWord = "PLAIN";
  const base::Bytes bytes = flow.client.rest();
  for (std::size_t i = 0; i < std::min(bytes.size(), kWord.size()); ++i) {
    if (bytes[i] != static_cast<std::uint8_t>(kWord[i])) return NotThis{"plain: word"};
  }
  if (bytes.size() < kWord.size()) {
    return base::Short<HandshakeFacts>(flow.client, "plain: word", kWord.size() - bytes.size());
  }
  HandshakeFacts facts;
  facts.protocol = classify::Protocol::kSmtp;
  facts.key_exchange = classify::KeyExchange::kNone;
  facts.evidence = classify::Evidence::kStrong;
  facts.sides = classify::SidesSeen::kBoth;
  facts.plaintext = true;
  return facts;
}

Answer DissectBlob(const FlowView& flow) {
  NoteClear(flow);
  for (const base::ByteReader& side : {flow.client, flow.server}) {
    const base::Bytes bytes = side.rest().first(std::min<std::size_t>(16, side.size()));
    if (!std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x80; })) {
      return NotThis{"blob: low byte"};
    }
    if (bytes.size() == 16) return HandshakeFacts{};
  }
  if (!flow.client.open() && !flow.server.open()) return NotThis{"blob: short"};
  return NeedMore{1};
}

Answer DissectDgram(const FlowView& flow) {
  bool client = false;
  bool server = false;
  for (const classify::Datagram& datagram : flow.datagrams) {
    const std::uint8_t expected = datagram.from_client ? std::uint8_t{'U'} : std::uint8_t{'u'};
    if (datagram.bytes.empty() || datagram.bytes[0] != expected) {
      return NotThis{"dgram: first byte"};
    }
    (datagram.from_client ? client : server) = true;
  }
  if (client && server) {
    HandshakeFacts facts = ToyFacts(classify::SidesSeen::kBoth);
    facts.protocol = classify::Protocol::kQuic;
    return facts;
  }
  if (flow.datagrams_open) return NeedMore{1};
  return NotThis{"dgram: one side"};
}

Answer PartialDgram(const FlowView& flow) {
  if (flow.datagrams.empty()) return NotThis{"dgram: nothing"};
  HandshakeFacts facts = ToyFacts(flow.datagrams[0].from_client ? classify::SidesSeen::kClientOnly
                                                                : classify::SidesSeen::kServerOnly);
  facts.protocol = classify::Protocol::kQuic;
  return facts;
}

constexpr classify::Dissector kToy{
    .name = "toy", .over_tcp = true, .dissect = DissectToy, .partial = PartialToy};
// A dialogue that might have gone over to TLS: watched like a handshake, and clear in the end.
Answer DissectTalk(const FlowView& flow) {
  const base::Bytes bytes = flow.client.rest();
  if (!bytes.empty() && bytes[0] != '#') return NotThis{"talk: first byte"};
  if (bytes.empty()) return base::Short<HandshakeFacts>(flow.client, "talk: empty");
  HandshakeFacts facts;
  facts.protocol = classify::Protocol::kImap;
  facts.sides = classify::SidesSeen::kBoth;
  facts.evidence = classify::Evidence::kStrong;
  facts.plaintext = true;
  return facts;
}

constexpr classify::Dissector kTalk{.name = "talk", .over_tcp = true, .dissect = DissectTalk};
constexpr classify::Dissector kDgram{
    .name = "dgram", .over_udp = true, .dissect = DissectDgram, .partial = PartialDgram};
constexpr classify::Dissector kPlain{.name = "plain",
                                     .over_tcp = true,
                                     .dissect = DissectPlain,
                                     .kind = classify::DissectorKind::kPlaintext};
constexpr classify::Dissector kBlob{.name = "blob",
                                    .over_tcp = true,
                                    .dissect = DissectBlob,
                                    .kind = classify::DissectorKind::kOpaque};

void SetEnds(OwnedSegment& owned, std::uint32_t id, capture::Transport transport, By by,
             base::TimeNs time, std::string_view payload) {
  owned.segment.key = KeyOf(id, transport);
  owned.segment.from = by == By::kClient ? capture::Side::kLow : capture::Side::kHigh;
  owned.segment.time = time;
  owned.payload.assign(payload.begin(), payload.end());
  owned.segment.payload_wire_length = static_cast<std::uint32_t>(payload.size());
  owned.segment.wire_length = kHeaderBytes + owned.segment.payload_wire_length;
}

}  // namespace

capture::FlowKey KeyOf(std::uint32_t id, capture::Transport transport) {
  capture::FlowKey key;
  key.transport = transport;
  key.ip_protocol = transport == capture::Transport::kTcp ? 6 : 17;
  key.low = {10, static_cast<std::uint8_t>(id >> 16), static_cast<std::uint8_t>(id >> 8),
             static_cast<std::uint8_t>(id)};
  key.high = {192, 0, 2, 1};
  key.low_port = static_cast<std::uint16_t>(1024 + id % 60000);
  key.high_port = 443;
  return key;
}

OwnedSegment Tcp(std::uint32_t id, base::TimeNs time, By by, std::uint8_t flags,
                 std::uint32_t sequence, std::string_view payload) {
  OwnedSegment owned;
  SetEnds(owned, id, capture::Transport::kTcp, by, time, payload);
  owned.segment.tcp_flags = flags;
  owned.segment.tcp_sequence = sequence;
  return owned;
}

OwnedSegment Udp(std::uint32_t id, base::TimeNs time, By by, std::string_view payload) {
  OwnedSegment owned;
  SetEnds(owned, id, capture::Transport::kUdp, by, time, payload);
  return owned;
}

std::span<const classify::Dissector* const> ToyDissectors() {
  static constexpr std::array<const classify::Dissector*, 5> kAll = {&kToy, &kTalk, &kDgram,
                                                                     &kPlain, &kBlob};
  return kAll;
}

std::size_t MostBytesShownInClear() { return g_most_bytes_in_clear; }

std::string ToyHello(char first, std::size_t length) {
  std::string hello{first, static_cast<char>(length)};
  for (std::size_t i = 0; i < length; ++i) hello += static_cast<char>('a' + i % 26);
  return hello;
}

classify::CountSlot RecordingSink::OnSettled(const classify::SettledFlow& flow) {
  Settled settled;
  settled.session = flow.session;
  settled.traffic = flow.traffic;
  settled.first_time = flow.first_time;
  settled.settled_at = flow.settled_at;
  settled.cause = flow.cause;
  settled.reason = flow.reason;
  settled.client = flow.client;
  settled.has_key = flow.key != nullptr;
  if (flow.key != nullptr) settled.key = *flow.key;
  sessions.push_back(settled);
  return static_cast<classify::CountSlot>(sessions.size() - 1);
}

void RecordingSink::OnTraffic(classify::CountSlot slot, std::uint32_t packets,
                              std::uint32_t wire_length, bool becomes_conversation) {
  Settled& settled = sessions.at(slot);
  settled.later_packets += packets;
  settled.later_bytes += wire_length;
  if (becomes_conversation) settled.became_conversation = true;
}

std::uint64_t RecordingSink::packets() const {
  std::uint64_t sum = 0;
  for (const Settled& s : sessions) sum += s.traffic.packets + s.later_packets;
  return sum;
}
std::uint64_t RecordingSink::bytes() const {
  std::uint64_t sum = 0;
  for (const Settled& s : sessions) sum += s.traffic.bytes + s.later_bytes;
  return sum;
}

}  // namespace unopened::tests
