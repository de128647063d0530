// The laws that a dissector of a TCP flow keeps however the two directions were cut and whichever
// came first: once it has settled it says the same of all that follows.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "classify/dissector.h"

namespace unopened::tests {

using Octets = std::vector<std::uint8_t>;

inline classify::FlowView TcpFlow(base::Bytes client, base::Bytes server,
                                  base::End end = base::End::kOpen,
                                  std::uint16_t server_port = 443) {
  classify::FlowView flow;
  flow.transport = capture::Transport::kTcp;
  flow.client_port = 40000;
  flow.server_port = server_port;
  flow.start_seen = true;
  flow.client = base::ByteReader(client, end);
  flow.server = base::ByteReader(server, end);
  flow.datagrams_open = false;
  return flow;
}

// What `dissector` says at last of both streams, final.
inline base::Parsed<classify::HandshakeFacts> AtLast(const classify::Dissector& dissector,
                                                     base::Bytes client, base::Bytes server,
                                                     std::uint16_t server_port = 443) {
  const auto flow = TcpFlow(client, server, base::End::kFinal, server_port);
  auto answer = dissector.dissect(flow);
  if (base::Value(answer) == nullptr && dissector.partial != nullptr) {
    answer = dissector.partial(flow);
  }
  return answer;
}

// Shows both streams in pieces: every one cut of either in both orders, then random ones. All must
// end in what the whole streams say at once.
inline void CheckSplitLaw(const classify::Dissector& dissector, const Octets& client,
                          const Octets& server, std::uint16_t server_port = 443) {
  const auto ask = [&](std::size_t c, std::size_t s) {
    return dissector.dissect(TcpFlow(base::Bytes(client).first(c), base::Bytes(server).first(s),
                                     base::End::kOpen, server_port));
  };
  const auto whole = ask(client.size(), server.size());
  std::optional<base::Parsed<classify::HandshakeFacts>> settled;
  const auto show = [&](std::size_t c, std::size_t s) {
    const auto answer = ask(c, s);
    if (settled) {
      ASSERT_TRUE(answer == *settled) << "after settling, at " << c << " and " << s;
    } else if (!base::IsNeedMore(answer)) {
      settled = answer;
      ASSERT_TRUE(answer == whole) << "settled early, at " << c << " and " << s;
    }
  };
  for (std::size_t cut = 0; cut <= client.size(); ++cut) {
    for (const std::size_t other : {std::size_t{0}, server.size()}) {
      settled.reset();
      show(cut, other);
      show(client.size(), server.size());
    }
  }
  for (std::size_t cut = 0; cut <= server.size(); ++cut) {
    for (const std::size_t other : {std::size_t{0}, client.size()}) {
      settled.reset();
      show(other, cut);
      show(client.size(), server.size());
    }
  }
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    settled.reset();
    std::size_t c = 0;
    std::size_t s = 0;
    while (c < client.size() || s < server.size()) {
      (random() % 2 == 0 ? c : s) += 1 + random() % 40;
      c = std::min(c, client.size());
      s = std::min(s, server.size());
      show(c, s);
    }
  }
}

// Random streams give no claim above weak, and at most `most_weak` of `rounds` give one at all.
inline void CheckNoise(const classify::Dissector& dissector, int rounds, int most_weak) {
  std::mt19937_64 random(11);
  int weak = 0;
  for (int round = 0; round < rounds; ++round) {
    Octets client(random() % 600);
    Octets server(random() % 600);
    for (std::uint8_t& byte : client) byte = static_cast<std::uint8_t>(random());
    for (std::uint8_t& byte : server) byte = static_cast<std::uint8_t>(random());
    const auto answer = AtLast(dissector, client, server);
    const auto* facts = base::Value(answer);
    if (facts == nullptr) continue;
    ASSERT_LE(facts->evidence, classify::Evidence::kWeak) << "round " << round;
    ++weak;
  }
  EXPECT_LE(weak, most_weak);
}

}  // namespace unopened::tests
