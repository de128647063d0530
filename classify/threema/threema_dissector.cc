#include "classify/threema/threema_dissector.h"

#include <algorithm>

#include "classify/opaque/frame_chain.h"
#include "classify/opaque/random_start.h"

namespace unopened::classify::threema {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kClientHello = 48;
constexpr std::size_t kSmallestLogin = 144;
constexpr std::size_t kServerHello = 80;
constexpr std::size_t kLoginAck = 32;
constexpr std::size_t kFramesAt = kServerHello + kLoginAck;
constexpr std::uint16_t kQueueEnd = 20;
constexpr opaque::FrameLaw kFrames = {.little_endian = true, .smallest = 20, .largest = 2048};
// The chance that random bytes keep the law, where the frame of 20 bytes is among the lengths:
// 2^-16 for it, 2^-5 for each other length. The customary port stands for one of them.
constexpr std::uint16_t kCustomaryPort = 5222;
constexpr std::size_t kHeadersOnPort = 2;
constexpr std::size_t kHeadersElsewhere = 4;
constexpr std::size_t kMostFrames = 16;

// libsodium's public keys are below 2^255.
bool MayBeHello(Bytes client) {
  return opaque::MayBeRandom(client.first(std::min(client.size(), kClientHello))) &&
         (client.size() < kPublicKeySize || (client[kPublicKeySize - 1] & 0x80) == 0);
}

HandshakeFacts Facts() {
  HandshakeFacts facts;
  facts.protocol = Protocol::kThreemaCsp;
  facts.key_exchange = KeyExchange::kOtherDh;
  facts.resumption = Resumption::kNone;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = Evidence::kWeak;
  return facts;
}

Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  if (!flow.start_seen) return NotThis{"threema: start not seen"};
  if (!MayBeHello(flow.client.rest()) || !opaque::MayBeRandom(flow.server.rest())) {
    return NotThis{"threema: hello"};
  }
  const std::size_t enough =
      flow.server_port == kCustomaryPort ? kHeadersOnPort : kHeadersElsewhere;
  ByteReader frames = flow.server;
  opaque::FrameChain chain;
  if (frames.Skip(kFramesAt)) {
    chain = FollowFrames(frames, kFrames, kQueueEnd, enough, kMostFrames);
  }
  if (chain.broken) return NotThis{"threema: frame length"};
  const bool logged_in = flow.client.size() >= kClientHello + kSmallestLogin;
  if (logged_in && chain.has_marker && chain.headers >= enough) return Facts();
  if ((!logged_in && flow.client.open()) || (flow.server.open() && chain.whole < kMostFrames)) {
    return NeedMore{};
  }
  // A short session ends where a frame does, which counts for another length.
  const bool ended = chain.at_end && chain.headers + 1 >= enough;
  if (logged_in && chain.has_marker && ended) return Facts();
  return NotThis{"threema: frames"};
}

constexpr Dissector kDissector = {
    .name = "threema", .over_tcp = true, .dissect = &Dissect, .partial = &Dissect};

}  // namespace

const Dissector& ThreemaDissector() { return kDissector; }

}  // namespace unopened::classify::threema
