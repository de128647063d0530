#include "capture/common_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "capture/decoder.h"
#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Ethernet;
using frames::Ipv4;
using frames::Ipv6;
using frames::Payload;
using frames::Tagged;
using frames::Tcp;
using frames::Udp;

const Payload kHello = {0x16, 3, 1, 0, 5};

struct Case {
  std::string name;
  Payload frame;
  bool common;
};

std::vector<Case> Cases() {
  const auto v4 = [](std::uint8_t protocol, const Payload& payload) {
    return Ethernet(0x0800, Ipv4({.protocol = protocol}, payload));
  };
  Payload padded = v4(6, Tcp({}, kHello));
  padded.resize(padded.size() + 6);
  return {
      {"TCP in IPv4", v4(6, Tcp({}, kHello)), true},
      {"TCP with options", v4(6, Tcp({.words = 8}, kHello)), true},
      {"padding", padded, true},
      {"UDP in IPv4", v4(17, Udp(kHello)), true},
      {"UDP shorter than IP says", v4(17, Udp(kHello, 10)), true},
      {"TCP in IPv6", Ethernet(0x86dd, Ipv6(6, Tcp({}, kHello))), true},
      {"UDP in IPv6", Ethernet(0x86dd, Ipv6(17, Udp(kHello))), true},
      {"one VLAN tag", Ethernet(0x8100, Tagged(7, 0x0800, Ipv4({}, Tcp({}, kHello)))), true},
      {"two VLAN tags",
       Ethernet(0x88a8, Tagged(1, 0x8100, Tagged(7, 0x0800, Ipv4({}, Tcp({}, kHello))))), false},
      {"IPv4 options", Ethernet(0x0800, Ipv4({.words = 6}, Tcp({}, kHello))), false},
      {"a fragment", Ethernet(0x0800, Ipv4({.flags_and_offset = 0x2000}, Tcp({}, Payload(12, 1)))),
       false},
      {"an IPv6 extension", Ethernet(0x86dd, Ipv6(0, frames::Extension(6, 0, Tcp({}, kHello)))),
       false},
      {"ICMP", v4(1, kHello), false},
      {"no IPv4 length", Ethernet(0x0800, Ipv4({.total_length = 0}, Tcp({}, kHello))), false},
      {"no IPv6 length", Ethernet(0x86dd, Ipv6(6, Tcp({}, kHello), 0)), false},
      {"no UDP length", v4(17, Udp(kHello, 0)), false},
      {"a TCP header beyond its packet",
       Ethernet(0x0800, Ipv4({.total_length = 44}, Tcp({.words = 8}, kHello))), false},
      {"a port of tunnels", v4(17, tests::Wire().U16(4000).U16(4789).U16(8).U16(0).bytes()), false},
      {"ARP", Ethernet(0x0806, kHello), false},
  };
}

// What the layers say of an Ethernet frame's IP packet, asked for it alone.
Layer<Segment> ByLayers(const Packet& packet, std::size_t ip) {
  static Decoder decoder;
  Packet raw = packet;
  raw.link = LinkType::kRawIp;
  raw.bytes = packet.bytes.subspan(ip);
  raw.wire_length = std::max(packet.wire_length, static_cast<std::uint32_t>(packet.bytes.size())) -
                    static_cast<std::uint32_t>(ip);
  return decoder.Decode(raw);
}

bool ExpectAsTheLayersSay(const Packet& packet) {
  Segment segment;
  if (!DecodeCommonCase(packet, segment)) return false;
  const std::size_t ip = packet.bytes[12] == 0x81 ? 18 : 14;
  const auto expected = ByLayers(packet, ip);
  EXPECT_TRUE(expected.has_value());
  if (!expected) return true;
  EXPECT_EQ(expected->key, segment.key);
  EXPECT_EQ(expected->from, segment.from);
  EXPECT_EQ(TunnelKind::kNone, expected->tunnel);
  EXPECT_EQ(expected->tcp_flags, segment.tcp_flags);
  EXPECT_EQ(expected->tcp_sequence, segment.tcp_sequence);
  EXPECT_EQ(expected->payload_wire_length, segment.payload_wire_length);
  EXPECT_EQ(expected->payload.size(), segment.payload.size());
  if (!expected->payload.empty() && !segment.payload.empty()) {
    EXPECT_EQ(expected->payload.data(), segment.payload.data());
  }
  EXPECT_EQ(expected->time, segment.time);
  return true;
}

TEST(CommonCase, IsWhatNearlyAllPacketsAre) {
  for (const auto& [name, frame, common] : Cases()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(common, ExpectAsTheLayersSay(frames::Of(frame)));
  }
}

TEST(CommonCase, SaysWhatTheLayersSayOfEveryCut) {
  for (const auto& [name, frame, common] : Cases()) {
    SCOPED_TRACE(name);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Payload cut(frame.begin(), frame.begin() + static_cast<long>(size));
      Packet packet = frames::Of(cut);
      packet.wire_length = static_cast<std::uint32_t>(frame.size());
      ExpectAsTheLayersSay(packet);
    }
  }
}

TEST(CommonCase, SaysWhatTheLayersSayOfBentFrames) {
  std::mt19937 random(3);
  std::size_t common = 0;
  const std::vector<Case> cases = Cases();
  for (int round = 0; round < 50'000; ++round) {
    Payload frame = cases[random() % cases.size()].frame;
    for (auto bends = 1 + random() % 3; bends > 0; --bends) {
      frame[12 + random() % (frame.size() - 12)] = static_cast<std::uint8_t>(random());
    }
    common += ExpectAsTheLayersSay(frames::Of(frame)) ? 1 : 0;
    if (HasFailure()) break;
  }
  EXPECT_LT(5'000U, common);
}

TEST(CommonCase, SortsEqualAddressesByPort) {
  for (const int port : {5, 7, 9}) {
    const auto source = static_cast<std::uint16_t>(port);
    const Payload frame = Ethernet(
        0x0800, Ipv4({.destination = 0x0a000001}, Tcp({.source = source, .destination = 7}, {})));
    EXPECT_TRUE(ExpectAsTheLayersSay(frames::Of(frame)));
  }
}

}  // namespace
}  // namespace unopened::capture
