#include "capture/tunnel.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "capture/decoder.h"
#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Ethernet;
using frames::Ipv4;
using frames::Ipv6;
using frames::Of;
using frames::Payload;
using frames::Tcp;
using tests::Wire;

const Payload kHello = {0x16, 3, 1, 0, 5};
// The innermost flow: ports that no outer header here has.
const Payload kInner = Ipv4({.source = 0x0a0a0a01, .destination = 0x0a0a0a02},
                            Tcp({.source = 50'001, .destination = 8443}, kHello));
const Payload kInner6 = Ipv6(6, Tcp({.source = 50'001, .destination = 8443}, kHello));

Payload Outer(std::uint8_t protocol, const Payload& payload) {
  return Ethernet(0x0800, Ipv4({.protocol = protocol}, payload));
}
Payload UdpTo(std::uint16_t port, const Payload& payload, std::uint16_t from = 49'152) {
  return Outer(17,
               Wire().U16(from).U16(port).U16(8 + payload.size()).U16(0).Append(payload).bytes());
}
Payload Cat(const Payload& a, const Payload& b) { return Wire().Append(a).Append(b).bytes(); }
Payload Hex(std::string_view text) { return tests::FromHex(text); }

Payload Gre(std::string_view header, const Payload& inside) {
  return Outer(47, Cat(Hex(header), inside));
}
Payload Gtp(std::string_view head, std::string_view rest, const Payload& inside) {
  const Payload behind = Cat(Hex(rest), inside);
  return UdpTo(2152, Wire().Append(Hex(head)).U16(behind.size()).U32(5).Append(behind).bytes());
}
Payload TeredoInner(std::uint32_t source, int padding = 0) {
  const Payload tcp = Tcp({.source = 50'001, .destination = 8443}, kHello);
  return Wire()
      .U32(0x60000000)
      .U16(tcp.size())
      .U8(6)
      .U8(64)
      .U32(source)
      .Fill(12, 1)
      .U32(0x2a000000)
      .Fill(12, 2)
      .Append(tcp)
      .Fill(static_cast<std::size_t>(padding), 0)
      .bytes();
}
Payload L2tp(std::uint16_t flags, int length, const Payload& ppp) {
  Wire wire;
  wire.U16(flags);
  if ((flags & 0x4000) != 0) wire.U16(static_cast<std::uint64_t>(8 + length));
  return UdpTo(1701, wire.U16(3).U16(4).Append(ppp).bytes(), 1701);
}

struct Case {
  std::string name;
  Payload frame;
  std::optional<TunnelKind> kind;  // none: the outer flow stays
};

std::vector<Case> Cases() {
  const Payload ethernet = Ethernet(0x0800, kInner);
  const Payload ppp = Cat(Hex("0021"), kInner);
  const Payload hdlc_ppp = Cat(Hex("ff03 0021"), kInner);
  const int ppp_size = static_cast<int>(ppp.size());
  return {
      {"IPv4 in IPv4", Outer(4, kInner), TunnelKind::kIpInIp},
      {"IPv6 in IPv4", Outer(41, kInner6), TunnelKind::kIpInIp},
      {"IPv4 in IPv6", Ethernet(0x86dd, Ipv6(4, kInner)), TunnelKind::kIpInIp},
      {"IPv6 in IPv6", Ethernet(0x86dd, Ipv6(60, frames::Extension(41, 0, kInner6))),
       TunnelKind::kIpInIp},
      {"IPv6 where IPv4 is announced", Outer(4, kInner6), {}},
      {"IPv4 in IPv4 that says it is longer",
       Outer(4, Ipv4({.total_length = 200}, Tcp({}, kHello))),
       {}},

      {"GRE", Gre("0000 0800", kInner), TunnelKind::kGre},
      {"GRE with IPv6", Gre("0000 86dd", kInner6), TunnelKind::kGre},
      {"GRE with checksum, key and sequence", Gre("b000 0800 00000000 00000001 00000002", kInner),
       TunnelKind::kGre},
      {"GRE with Ethernet, as NVGRE", Gre("2000 6558 00006401", ethernet), TunnelKind::kGre},
      {"GRE with labels", Gre("0000 8847 00064140", kInner), TunnelKind::kMpls},
      {"GRE with PPP", Gre("0000 880b", ppp), TunnelKind::kGre},
      {"GRE of WCCP version 1", Gre("0000 883e", kInner), TunnelKind::kGre},
      {"GRE of WCCP version 2", Gre("0000 883e 00000100", kInner), TunnelKind::kGre},
      {"GRE with ARP", Gre("0000 0806", kInner), {}},
      {"GRE with a source route", Gre("4000 0800 00000000 00000000", kInner), {}},
      {"GRE with a reserved bit", Gre("0010 0800", kInner), {}},
      {"GRE with IPv6 where IPv4 is announced", Gre("0000 0800", kInner6), {}},
      {"ERSPAN type I", Gre("0000 88be", ethernet), TunnelKind::kGre},
      {"ERSPAN type II", Gre("1000 88be 00000001 1000 0005 00000000", ethernet), TunnelKind::kGre},
      {"ERSPAN type II of version 2", Gre("1000 88be 00000001 2000 0005 00000000", ethernet), {}},
      {"ERSPAN type III", Gre("1000 22eb 00000001 2000 0005 00000000 0000 0000", ethernet),
       TunnelKind::kGre},
      {"ERSPAN type III with a subheader",
       Gre("1000 22eb 00000001 2000 0005 00000000 0000 0001 0000000000000000", ethernet),
       TunnelKind::kGre},
      {"ERSPAN type III with IP", Gre("1000 22eb 00000001 2000 0005 00000000 0000 0800", kInner),
       TunnelKind::kGre},
      {"ERSPAN type III with another frame",
       Gre("1000 22eb 00000001 2000 0005 00000000 0000 0400", kInner),
       {}},
      {"PPTP",
       Outer(47, Wire().U32(0x3081880b).U16(ppp_size + 2).U16(9).U64(7).Append(hdlc_ppp).bytes()),
       TunnelKind::kGre},
      {"PPTP longer than its packet",
       Outer(47, Wire().U32(0x3001880b).U16(ppp_size + 1).U16(9).U32(7).Append(ppp).bytes()),
       {}},
      {"PPTP without a key", Outer(47, Wire().U32(0x1001880b).U32(7).Append(ppp).bytes()), {}},

      {"MPLS in IP", Outer(137, Cat(Hex("00064140"), kInner)), TunnelKind::kMpls},
      {"EtherIP", Outer(97, Cat(Hex("3000"), ethernet)), TunnelKind::kOther},
      {"EtherIP of another version", Outer(97, Cat(Hex("4000"), ethernet)), {}},

      {"VXLAN", UdpTo(4789, Cat(Hex("08000000 00002a00"), ethernet)), TunnelKind::kVxlan},
      {"VXLAN on Linux's port", UdpTo(8472, Cat(Hex("08000000 00002a00"), ethernet)),
       TunnelKind::kVxlan},
      {"VXLAN with a group policy", UdpTo(4789, Cat(Hex("88000017 00002a00"), ethernet)),
       TunnelKind::kVxlan},
      {"VXLAN with PPPoE inside",
       UdpTo(4789,
             Cat(Hex("08000000 00002a00"),
                 Ethernet(0x8864, Wire().U16(0x1100).U16(1).U16(ppp_size).Append(ppp).bytes()))),
       TunnelKind::kPppoe},
      {"VXLAN with ARP", UdpTo(4789, Cat(Hex("08000000 00002a00"), Ethernet(0x0806, kInner))), {}},
      {"VXLAN without its flag", UdpTo(4789, Cat(Hex("00000000 00002a00"), ethernet)), {}},
      {"VXLAN with a reserved byte", UdpTo(4789, Cat(Hex("08000001 00002a00"), ethernet)), {}},
      {"VXLAN with the last byte", UdpTo(4789, Cat(Hex("08000000 00002a01"), ethernet)), {}},
      {"VXLAN on another port", UdpTo(4788, Cat(Hex("08000000 00002a00"), ethernet)), {}},
      {"VXLAN's port as the source", UdpTo(53, Cat(Hex("08000000 00002a00"), ethernet), 4789), {}},
      {"VXLAN-GPE with IPv4", UdpTo(4790, Cat(Hex("0c000001 00002a00"), kInner)),
       TunnelKind::kVxlan},
      {"VXLAN-GPE with IPv6", UdpTo(4790, Cat(Hex("0c000002 00002a00"), kInner6)),
       TunnelKind::kVxlan},
      {"VXLAN-GPE with Ethernet", UdpTo(4790, Cat(Hex("0c000003 00002a00"), ethernet)),
       TunnelKind::kVxlan},
      {"VXLAN-GPE with NSH", UdpTo(4790, Cat(Hex("0c000004 00002a00"), ethernet)), {}},

      {"Geneve", UdpTo(6081, Cat(Hex("0000 6558 00002a00"), ethernet)), TunnelKind::kOther},
      {"Geneve with options",
       UdpTo(6081, Cat(Hex("0340 0800 00002a00 0102 80 01 aabbccdd 0103 02 00"), kInner)),
       TunnelKind::kOther},
      {"Geneve with an option too long",
       UdpTo(6081, Cat(Hex("0240 0800 00002a00 0102 80 02 aabbccdd"), kInner)),
       {}},
      {"Geneve of version 1", UdpTo(6081, Cat(Hex("4000 6558 00002a00"), ethernet)), {}},
      {"Geneve with a reserved flag", UdpTo(6081, Cat(Hex("0001 6558 00002a00"), ethernet)), {}},
      {"Geneve with its last byte", UdpTo(6081, Cat(Hex("0000 6558 00002a01"), ethernet)), {}},

      {"GTP-U", Gtp("30ff", "", kInner), TunnelKind::kGtp},
      {"GTP-U with IPv6", Gtp("30ff", "", kInner6), TunnelKind::kGtp},
      {"GTP-U with a sequence number", Gtp("32ff", "0001 00 00", kInner), TunnelKind::kGtp},
      {"GTP-U with extension headers",
       Gtp("34ff", "0000 00 85 01 1000 c0 02 000000000000 00", kInner), TunnelKind::kGtp},
      {"GTP-U with an empty extension", Gtp("34ff", "0000 00 85 00", kInner), {}},
      {"GTP-U's echo", Gtp("3201", "0001 00 00", kInner), {}},
      {"GTP of version 0", Gtp("10ff", "", kInner), {}},
      {"GTP-U that says it is longer",
       UdpTo(2152, Wire().U16(0x30ff).U16(kInner.size() + 1).U32(5).Append(kInner).bytes()),
       {}},

      {"Teredo", UdpTo(3544, TeredoInner(0x20010000)), TunnelKind::kOther},
      {"Teredo from a relay", UdpTo(5000, TeredoInner(0x20010000), 3544), TunnelKind::kOther},
      {"Teredo with an origin",
       UdpTo(3544, Cat(Hex("0000 1234 01020304"), TeredoInner(0xfe800000))), TunnelKind::kOther},
      {"Teredo with authentication and origin",
       UdpTo(3544, Cat(Hex("0001 0102 aa bbbb 0000000000000001 00 0000 1234 01020304"),
                       TeredoInner(0x20010000))),
       TunnelKind::kOther},
      {"Teredo without its prefix", UdpTo(3544, TeredoInner(0x20010db8)), {}},
      {"Teredo of another length", UdpTo(3544, TeredoInner(0x20010000, 1)), {}},

      {"L2TP", L2tp(0x0002, 0, ppp), TunnelKind::kOther},
      {"L2TP with a length", L2tp(0x4002, ppp_size, ppp), TunnelKind::kOther},
      {"L2TP with HDLC's bytes", L2tp(0x0002, 0, hdlc_ppp), TunnelKind::kOther},
      {"L2TP with a wrong length", L2tp(0x4002, ppp_size + 1, ppp), {}},
      {"L2TP control", L2tp(0xc802, ppp_size, ppp), {}},
      {"L2TP version 3", L2tp(0x0003, 0, ppp), {}},
      {"GRE in UDP", UdpTo(4754, Cat(Hex("0000 0800"), kInner)), TunnelKind::kGre},
      {"MPLS in UDP", UdpTo(6635, Cat(Hex("00064140"), kInner)), TunnelKind::kMpls},
      {"AYIYA", UdpTo(5072, Wire().U32(0x41511129).U32(1).Fill(36, 7).Append(kInner6).bytes()),
       TunnelKind::kOther},
      {"AYIYA that forwards nothing",
       UdpTo(5072, Wire().U32(0x41511029).U32(1).Fill(36, 7).Append(kInner6).bytes()),
       {}},
      {"CAPWAP", UdpTo(5247, Cat(Hex("00100000 00000000"), ethernet)), TunnelKind::kOther},
      {"CAPWAP with a frame of 802.11",
       UdpTo(5247, Wire()
                       .Append(Hex("00100300 00000000"))
                       .Append(Hex("0801 0000"))
                       .Fill(18, 5)
                       .U16(0)
                       .Append(Hex("aaaa03 000000 0800"))
                       .Append(kInner)
                       .bytes()),
       TunnelKind::kOther},
      {"CAPWAP with a frame of 802.11 whose control is in network order",
       UdpTo(5247, Wire()
                       .Append(Hex("00200320 00000000 04bf2300 00000000"))
                       .Append(Hex("1108 0000"))
                       .Fill(18, 5)
                       .U16(0)
                       .Append(Hex("aaaa03 000000 0800"))
                       .Append(kInner)
                       .bytes()),
       TunnelKind::kOther},
      {"CAPWAP in parts", UdpTo(5247, Cat(Hex("00100080 00000000"), ethernet)), {}},
      {"CAPWAP that is encrypted", UdpTo(5247, Cat(Hex("01000000 00000000"), ethernet)), {}},
      {"VXLAN in VXLAN in GRE",
       Gre("0000 6558",
           Ethernet(0x0800, Ipv4({.protocol = 17}, Wire()
                                                       .U16(1)
                                                       .U16(4789)
                                                       .U16(16 + ethernet.size())
                                                       .U16(0)
                                                       .Append(Hex("08000000 00002a00"))
                                                       .Append(ethernet)
                                                       .bytes()))),
       TunnelKind::kVxlan},
  };
}

TEST(Tunnel, IsOpenedToTheInnermostFlowOrLeftAsItIs) {
  for (const auto& [name, frame, kind] : Cases()) {
    SCOPED_TRACE(name);
    Decoder decoder;
    const auto segment = decoder.Decode(Of(frame));
    ASSERT_TRUE(segment.has_value()) << Name(segment.error());
    EXPECT_EQ(frame.size(), segment->wire_length);
    EXPECT_EQ(1U, segment->packets);
    if (!kind) {
      EXPECT_NE(8443, segment->destination_port());
      EXPECT_EQ((Address{10, 0, 0, 1}), segment->source());
      EXPECT_EQ(TunnelKind::kNone, segment->tunnel);
      continue;
    }
    EXPECT_EQ(*kind, segment->tunnel);
    EXPECT_EQ(Transport::kTcp, segment->key.transport);
    EXPECT_EQ(50'001, segment->source_port());
    EXPECT_EQ(8443, segment->destination_port());
    EXPECT_EQ(kHello, Payload(segment->payload.begin(), segment->payload.end()));
  }
}

// Whatever a snap length leaves: the outer flow, the inner one, or a named reject, and no byte
// beyond the capture.
TEST(Tunnel, StaysInsideEveryCutOfEachTunnel) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.name);
    for (std::size_t size = 0; size < one.frame.size(); ++size) {
      const Payload cut(one.frame.begin(), one.frame.begin() + static_cast<long>(size));
      Packet packet = Of(cut);
      packet.wire_length = static_cast<std::uint32_t>(one.frame.size());
      Decoder decoder;
      const auto segment = decoder.Decode(packet);
      if (!segment) continue;
      EXPECT_LE(segment->payload.size(), segment->payload_wire_length) << size;
      EXPECT_TRUE(one.kind.has_value() || segment->destination_port() != 8443) << size;
    }
  }
}

TEST(Tunnel, IsOpenedToACertainDepthAndNoFurther) {
  Payload packet = kInner;
  for (int depth = 1; depth <= kMaxTunnels; ++depth) {
    packet = Ipv4({.protocol = 4}, packet);
    const Payload frame = Ethernet(0x0800, packet);
    Decoder decoder;
    const auto segment = decoder.Decode(Of(frame));
    ASSERT_TRUE(segment.has_value()) << depth;
    EXPECT_EQ(8443, segment->destination_port()) << depth;
  }
  const Payload frame = Ethernet(0x0800, Ipv4({.protocol = 4}, packet));
  Decoder decoder;
  EXPECT_EQ(Reject::kTunnelTooDeep, decoder.Decode(Of(frame)).error());
}

TEST(Tunnel, OfABrokenTransportIsARejectOfThatTransport) {
  const Payload frame = Outer(4, Ipv4({}, Tcp({.words = 4}, kHello)));
  Decoder decoder;
  EXPECT_EQ(Reject::kBadTcpHeader, decoder.Decode(Of(frame)).error());
}

TEST(AuthenticationHeader, HidesNothing) {
  const Payload header = Hex("06 04 0000 00000100 00000001 000000000000000000000000");
  const auto decode = [](const Payload& frame) {
    Decoder decoder;
    return *decoder.Decode(Of(frame));
  };
  const Payload tcp = Tcp({.source = 50'001, .destination = 8443}, kHello);
  const Segment protected_tcp = decode(Outer(51, Cat(header, tcp)));
  EXPECT_EQ(8443, protected_tcp.destination_port());
  EXPECT_EQ(TunnelKind::kNone, protected_tcp.tunnel);

  Payload esp = header;
  esp[0] = 50;
  EXPECT_EQ(Transport::kEsp, decode(Outer(51, Cat(esp, kHello))).key.transport);
  Payload tunnel = header;
  tunnel[0] = 4;
  EXPECT_EQ(TunnelKind::kIpInIp, decode(Outer(51, Cat(tunnel, kInner))).tunnel);

  Payload icmp = header;
  icmp[0] = 1;
  EXPECT_EQ(Transport::kAh, decode(Outer(51, Cat(icmp, kHello))).key.transport);
  Payload reserved = header;
  reserved[2] = 1;
  EXPECT_EQ(Transport::kAh, decode(Outer(51, Cat(reserved, tcp))).key.transport);
  Payload endless = header;
  endless[1] = 0xff;
  EXPECT_EQ(Transport::kAh, decode(Outer(51, Cat(endless, tcp))).key.transport);
}

}  // namespace
}  // namespace unopened::capture
