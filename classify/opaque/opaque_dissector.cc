#include "classify/opaque/opaque_dissector.h"

#include <algorithm>

#include "classify/opaque/looks_opaque.h"
#include "classify/opaque/random_start.h"

namespace unopened::classify::opaque {
namespace {

using base::Bytes;
using base::NeedMore;
using base::NotThis;

HandshakeFacts Facts(SidesSeen sides) {
  HandshakeFacts facts;
  facts.sides = sides;
  facts.evidence = Evidence::kWeak;
  return facts;
}

// What a side said that is too short for the rule may still be plain text, or fields.
bool Contradicts(Bytes answer) {
  if (answer.size() >= kSampleSize) return !LooksOpaque(answer);
  if (!MayBeRandom(answer)) return true;
  return !answer.empty() && std::all_of(answer.begin(), answer.end(), [](std::uint8_t c) {
    return (c >= 0x20 && c <= 0x7e) || c == '\r' || c == '\n' || c == '\t';
  });
}

base::Parsed<HandshakeFacts> DissectTcp(const FlowView& flow) {
  const auto lacks = [](const base::ByteReader& reader) {
    return reader.open() && reader.size() < kSampleSize;
  };
  if (lacks(flow.client)) return NeedMore{kSampleSize - flow.client.size()};
  if (!LooksOpaque(flow.client.rest())) return NotThis{"opaque: structured"};
  if (lacks(flow.server)) return NeedMore{kSampleSize - flow.server.size()};
  const Bytes answer = flow.server.rest().first(std::min(flow.server.size(), kSampleSize));
  if (Contradicts(answer)) return NotThis{"opaque: structured"};
  return Facts(answer.empty() ? SidesSeen::kClientOnly : SidesSeen::kBoth);
}

base::Parsed<HandshakeFacts> DissectUdp(const FlowView& flow) {
  const auto first = [&](bool from_client) {
    return std::find_if(flow.datagrams.begin(), flow.datagrams.end(),
                        [&](const Datagram& d) { return d.from_client == from_client; });
  };
  const auto client = first(true);
  const auto server = first(false);
  const auto end = flow.datagrams.end();
  if (client != end && !LooksOpaque(client->bytes)) return NotThis{"opaque: structured"};
  if (client == end || server == end) {
    if (flow.datagrams_open) return NeedMore{1};
    return NotThis{"opaque: one side"};
  }
  if (server->bytes.empty() || Contradicts(server->bytes) ||
      server->bytes.front() == client->bytes.front()) {
    return NotThis{"opaque: structured"};
  }
  return Facts(SidesSeen::kBoth);
}

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  return flow.transport == capture::Transport::kTcp ? DissectTcp(flow) : DissectUdp(flow);
}

}  // namespace

const Dissector& OpaqueDissector() {
  static constexpr Dissector kDissector{.name = "opaque",
                                        .over_tcp = true,
                                        .over_udp = true,
                                        .dissect = &Dissect,
                                        .kind = DissectorKind::kOpaque};
  return kDissector;
}

}  // namespace unopened::classify::opaque
