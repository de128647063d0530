#include "classify/messenger/voice_dissector.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "tests/support/datagrams.h"
#include "tests/support/wire.h"

namespace unopened::classify::messenger {
namespace {

using tests::UdpFlow;
using tests::Wire;
using Octets = std::vector<std::uint8_t>;

Octets Discovery(std::uint16_t type, std::uint32_t ssrc, std::string_view address = {}) {
  return Wire()
      .U16(type)
      .U16(70)
      .U32(ssrc)
      .Text(address)
      .Fill(64 - address.size(), 0)
      .U16(50004)
      .bytes();
}
Octets Keepalive(std::uint32_t counter) { return Wire().U32(0x1337cafe).U32LE(counter).bytes(); }
const Octets kNonce = tests::FromHex("9c464d35e1fda234495d0d6d3b51e896");
Octets ZoomHello(std::uint32_t time = 0x007a002a) {
  return Wire()
      .U8(1)
      .U8(0)
      .U8(2)
      .Append(kNonce)
      .Fill(7, 0)
      .U8(2)
      .U32(time)
      .U32(time)
      .U32(0x40)
      .Fill(64, 0x9d)
      .bytes();
}
Octets ZoomAnswer(const Octets& nonce = kNonce, std::uint32_t time = 0x007a002a) {
  return Wire().U8(2).U8(0).U8(1).Append(nonce).U32(0x005a0e3e).U32(time).Fill(8, 0).bytes();
}

struct Case {
  const char* name;
  Octets client;
  Octets server;
  Protocol protocol = Protocol::kUnknown;
  Evidence evidence = Evidence::kStrong;
};

std::vector<Case> Cases() {
  Octets other = kNonce;
  other[0] ^= 1;
  return {
      {"Discord's discovery", Discovery(1, 7), Discovery(2, 7, "192.0.2.1"),
       Protocol::kDiscordVoice},
      {"an answer to another source", Discovery(1, 7), Discovery(2, 8, "192.0.2.1")},
      {"an answer without an address", Discovery(1, 7), Discovery(2, 7)},
      {"an address that is none", Discovery(1, 7), Discovery(2, 7, "no address")},
      {"a question with an address", Discovery(1, 7, "192.0.2.1"), Discovery(2, 7, "192.0.2.1")},
      {"two questions", Discovery(1, 7), Discovery(1, 7)},
      {"Discord's keepalive", Keepalive(9), Keepalive(9), Protocol::kDiscordVoice, Evidence::kWeak},
      {"another keepalive", Keepalive(9), Keepalive(10)},
      {"Zoom", ZoomHello(), ZoomAnswer(), Protocol::kZoom},
      {"Zoom's answer to another", ZoomHello(), ZoomAnswer(other)},
      {"Zoom's answer at another time", ZoomHello(), ZoomAnswer(kNonce, 1)},
  };
}

TEST(VoiceDissector, NamesWhatIsAnsweredRight) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.name);
    const UdpFlow flow = {{{true, one.client}, {false, one.server}}};
    for (const UdpFlow& order : {flow, flow.Reversed()}) {
      EXPECT_EQ(tests::BrokenDatagramLaw(VoiceDissector(), order.sent), "");
      const auto answer = order.Ask(VoiceDissector(), true);
      const auto* facts = base::Value(answer);
      if (one.protocol == Protocol::kUnknown) {
        EXPECT_EQ(facts, nullptr);
        continue;
      }
      ASSERT_NE(facts, nullptr);
      EXPECT_EQ(Name(facts->protocol), Name(one.protocol));
      EXPECT_EQ(facts->evidence, one.evidence);
      EXPECT_EQ(facts->sides, SidesSeen::kBoth);
      EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown);
      EXPECT_TRUE(order.Ask(VoiceDissector()) == answer);
    }
  }
}

TEST(VoiceDissector, AQuestionIsWaitedForAndAloneIsNothing) {
  for (const Octets& question : {Discovery(1, 7), Keepalive(3), ZoomHello()}) {
    const UdpFlow flow = {{{true, question}}};
    EXPECT_TRUE(base::IsNeedMore(flow.Ask(VoiceDissector())));
    EXPECT_TRUE(base::IsNotThis(flow.Ask(VoiceDissector(), true)));
  }
  EXPECT_TRUE(base::IsNotThis(UdpFlow{{{true, Octets(40, 0x80)}}}.Ask(VoiceDissector())));
}

}  // namespace
}  // namespace unopened::classify::messenger
