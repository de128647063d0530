#include "capture/decoder.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Ethernet;
using frames::Ipv4;
using frames::Ipv6;
using frames::Of;
using frames::Payload;
using frames::Tcp;
using frames::Udp;

const Payload kHello = {0x16, 3, 1, 0, 5};

Payload Cut(Payload packet, std::size_t by) {
  packet.resize(packet.size() - by);
  return packet;
}
Payload InIpv4(std::uint8_t protocol, const Payload& payload) {
  return Ethernet(0x0800, Ipv4({.protocol = protocol}, payload));
}

struct Case {
  std::string name;
  Payload frame;
  std::optional<Reject> reject;
  Transport transport = Transport::kTcp;
  Payload payload = {};
  std::uint32_t payload_wire_length = 0;
};

std::vector<Case> Cases() {
  return {
      {"TCP", InIpv4(6, Tcp({}, kHello)), {}, Transport::kTcp, kHello, 5},
      {"TCP with options", InIpv4(6, Tcp({.words = 15}, kHello)), {}, Transport::kTcp, kHello, 5},
      {"TCP options cut by the snap length",
       Cut(InIpv4(6, Tcp({.words = 8}, kHello)), 9),
       {},
       Transport::kTcp,
       {},
       5},
      {"TCP payload cut", Cut(InIpv4(6, Tcp({}, kHello)), 3), {}, Transport::kTcp, {0x16, 3}, 5},
      {"TCP header cut", Cut(InIpv4(6, Tcp({}, {})), 1), Reject::kTruncatedTransport},
      {"TCP header of four words", InIpv4(6, Tcp({.words = 4}, kHello)), Reject::kBadTcpHeader},
      {"TCP header beyond the IP length", InIpv4(6, Cut(Tcp({.words = 6}, {}), 1)),
       Reject::kBadTcpHeader},
      {"IP length below a TCP header", InIpv4(6, Cut(Tcp({}, {}), 1)), Reject::kBadTcpHeader},
      {"UDP", InIpv4(17, Udp(kHello)), {}, Transport::kUdp, kHello, 5},
      {"UDP shorter than the IP length",
       InIpv4(17, Udp(kHello, 10)),
       {},
       Transport::kUdp,
       {0x16, 3},
       2},
      {"UDP without a length", InIpv4(17, Udp(kHello, 0)), {}, Transport::kUdp, kHello, 5},
      {"UDP longer than the IP length", InIpv4(17, Udp(kHello, 14)), Reject::kBadUdpLength},
      {"UDP length below its header", InIpv4(17, Udp(kHello, 7)), Reject::kBadUdpLength},
      {"IP length below a UDP header", InIpv4(17, Cut(Udp({}), 1)), Reject::kBadUdpLength},
      {"UDP header cut", Cut(InIpv4(17, Udp({})), 1), Reject::kTruncatedTransport},
      {"UDP payload cut", Cut(InIpv4(17, Udp(kHello)), 4), {}, Transport::kUdp, {0x16}, 5},
      {"ESP", InIpv4(50, kHello), {}, Transport::kEsp, kHello, 5},
      {"AH", InIpv4(51, kHello), {}, Transport::kAh, kHello, 5},
      {"SCTP", InIpv4(132, kHello), {}, Transport::kSctp, kHello, 5},
      {"ICMP", InIpv4(1, kHello), {}, Transport::kIcmp, kHello, 5},
      {"ICMPv6", Ethernet(0x86dd, Ipv6(58, kHello)), {}, Transport::kIcmp, kHello, 5},
      {"GRE that carries nothing known", InIpv4(47, kHello), {}, Transport::kOtherIp, kHello, 5},
      {"IPv6 in IPv4 that is none", InIpv4(41, kHello), {}, Transport::kOtherIp, kHello, 5},
      {"ARP", Ethernet(0x0806, kHello), Reject::kArp},
      {"a fragment whose rest does not come",
       Ethernet(0x0800, Ipv4({.flags_and_offset = 0x2000}, Payload(8, 1))), Reject::kFragmentHeld},
      {"a fragment that is not aligned",
       Ethernet(0x0800, Ipv4({.flags_and_offset = 0x2000}, kHello)), Reject::kBadFragment},
  };
}

TEST(Decoder, MakesASegmentOfEachPacketOrNamesWhyNot) {
  for (const auto& [name, frame, reject, transport, payload, payload_wire_length] : Cases()) {
    SCOPED_TRACE(name);
    Decoder decoder;
    const auto segment = decoder.Decode(Of(frame));
    if (reject) {
      ASSERT_FALSE(segment.has_value());
      EXPECT_EQ(Name(*reject), Name(segment.error()));
      continue;
    }
    ASSERT_TRUE(segment.has_value()) << Name(segment.error());
    EXPECT_EQ(transport, segment->key.transport);
    EXPECT_EQ(payload, Payload(segment->payload.begin(), segment->payload.end()));
    EXPECT_EQ(payload_wire_length, segment->payload_wire_length);
    EXPECT_EQ(frame.size(), segment->wire_length);
    EXPECT_EQ(17, segment->time);
  }
}

TEST(Decoder, GivesBothDirectionsOneKeyAndTellsThemApart) {
  const Payload out = Ethernet(0x0800, Ipv4({}, Tcp({.flags = 0x02}, {})));
  const Payload back =
      Ethernet(0x0800, Ipv4({.source = 0x0a000002, .destination = 0x0a000001},
                            Tcp({.source = 443, .destination = 40000, .flags = 0x12}, kHello)));
  Decoder decoder;
  const auto first = decoder.Decode(Of(out));
  const auto second = decoder.Decode(Of(back));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->key, second->key);
  EXPECT_EQ(Side::kLow, first->from);
  EXPECT_EQ(Side::kHigh, second->from);
  EXPECT_EQ(40000, first->source_port());
  EXPECT_EQ(443, first->destination_port());
  EXPECT_EQ(443, second->source_port());
  EXPECT_EQ((Address{10, 0, 0, 2}), second->source());
  EXPECT_EQ(TcpFlags::kSyn, first->tcp_flags);
  EXPECT_EQ(TcpFlags::kSyn | TcpFlags::kAck, second->tcp_flags);
  EXPECT_EQ(0x01020304U, first->tcp_sequence);
}

TEST(Decoder, SortsOneHostsTwoPortsByPortAndCallsAnEchoToItselfLow) {
  const auto of = [](std::uint16_t source, std::uint16_t destination) {
    const Payload frame = Ethernet(
        0x0800,
        Ipv4({.destination = 0x0a000001}, Tcp({.source = source, .destination = destination}, {})));
    Decoder decoder;
    const auto segment = decoder.Decode(Of(frame));
    return std::pair(segment->key, segment->from);
  };
  EXPECT_EQ(of(5, 9).first, of(9, 5).first);
  EXPECT_EQ(Side::kLow, of(5, 9).second);
  EXPECT_EQ(Side::kHigh, of(9, 5).second);
  EXPECT_EQ(Side::kLow, of(7, 7).second);
}

TEST(Decoder, KeepsFlowsOfDifferentProtocolNumbersApart) {
  Decoder decoder;
  EXPECT_NE(decoder.Decode(Of(InIpv4(47, kHello)))->key,
            decoder.Decode(Of(InIpv4(41, kHello)))->key);
}

TEST(Decoder, LosesNoPacketAndNoByteInItsCounters) {
  Decoder decoder;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const Case& one : Cases()) {
    Packet packet = Of(one.frame);
    packet.wire_length += 1000;
    static_cast<void>(decoder.Decode(packet));
    ++packets;
    bytes += packet.wire_length;
  }
  EXPECT_EQ(1U, decoder.stats().held_packets.Get());
  decoder.Finish();
  EXPECT_EQ(0U, decoder.stats().held_packets.Get());
  EXPECT_EQ(0U, decoder.stats().held_bytes.Get());
  std::uint64_t counted_packets = decoder.stats().decoded_packets.Get();
  std::uint64_t counted_bytes = decoder.stats().decoded_bytes.Get();
  for (const auto& counter : decoder.stats().rejected_packets) counted_packets += counter.Get();
  for (const auto& counter : decoder.stats().rejected_bytes) counted_bytes += counter.Get();
  EXPECT_EQ(packets, counted_packets);
  EXPECT_EQ(bytes, counted_bytes);
  EXPECT_EQ(1U, decoder.stats().rejected_packets[static_cast<std::size_t>(Reject::kArp)].Get());
}

// Each cut of a frame that holds every layer: never a byte beyond it, never a segment longer.
TEST(Decoder, StaysInsideEveryCutOfAFrame) {
  const Payload frame = Ethernet(
      0x88a8,
      frames::Tagged(1, 0x86dd, Ipv6(0, frames::Extension(6, 1, Tcp({.words = 7}, kHello)))));
  for (std::size_t size = 0; size <= frame.size(); ++size) {
    const std::vector<std::uint8_t> cut(frame.begin(), frame.begin() + static_cast<long>(size));
    Packet packet = Of(cut);
    packet.wire_length = static_cast<std::uint32_t>(frame.size());
    Decoder decoder;
    const auto segment = decoder.Decode(packet);
    EXPECT_EQ(size >= frame.size() - kHello.size() - 8, segment.has_value()) << size;
    if (segment) {
      EXPECT_EQ(5U, segment->payload_wire_length) << size;
      EXPECT_LE(segment->payload.size(), 5U) << size;
    }
  }
}

}  // namespace
}  // namespace unopened::capture
