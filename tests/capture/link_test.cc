#include "capture/link.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Ethernet;
using frames::Payload;
using frames::Tagged;
using tests::Wire;

const Payload kIp = {0x45, 1, 2, 3};

struct Case {
  std::string name;
  LinkType link;
  Payload frame;
  std::optional<Reject> reject;  // none: kIp is found
};

Payload Cooked1(std::uint16_t device, std::uint16_t protocol) {
  return Wire().U16(4).U16(device).U16(6).Fill(8, 3).U16(protocol).Append(kIp).bytes();
}
Payload Cooked2(std::uint16_t device, std::uint16_t protocol) {
  return Wire().U16(protocol).U16(0).U32(2).U16(device).U8(4).U8(6).Fill(8, 3).Append(kIp).bytes();
}
Payload Tags(int count) {
  Payload inside = Wire().U16(0x0800).Append(kIp).bytes();
  for (int i = 1; i < count; ++i) inside = Wire().U16(0x8100).U16(i).Append(inside).bytes();
  return Ethernet(0x88a8, Wire().U16(100).Append(inside).bytes());
}
Payload Cut(Payload frame, std::size_t size) {
  frame.resize(size);
  return frame;
}
Payload Family(const Payload& family) { return Wire().Append(family).Append(kIp).bytes(); }

std::vector<Case> Cases() {
  const auto ethernet = LinkType::kEthernet;
  const auto cooked1 = LinkType::kLinuxCooked1;
  const auto cooked2 = LinkType::kLinuxCooked2;
  return {
      {"IPv4 in Ethernet", ethernet, Ethernet(0x0800, kIp), {}},
      {"IPv6 in Ethernet", ethernet, Ethernet(0x86dd, kIp), {}},
      {"one VLAN tag", ethernet, Ethernet(0x8100, Tagged(5, 0x0800, kIp)), {}},
      {"QinQ", ethernet, Ethernet(0x88a8, Tagged(5, 0x8100, Tagged(6, 0x86dd, kIp))), {}},
      {"QinQ of old", ethernet, Ethernet(0x9100, Tagged(5, 0x8100, Tagged(6, 0x0800, kIp))), {}},
      {"as many VLAN tags as are read", ethernet, Tags(kMaxVlanTags), {}},
      {"one VLAN tag more", ethernet, Tags(kMaxVlanTags + 1), Reject::kTooManyVlans},
      {"ARP behind a VLAN tag", ethernet, Ethernet(0x8100, Tagged(5, 0x0806, kIp)), Reject::kArp},
      {"a VLAN tag cut", ethernet, Cut(Ethernet(0x8100, Tagged(5, 0x0800, kIp)), 17),
       Reject::kTruncatedLink},
      {"ARP", ethernet, Ethernet(0x0806, kIp), Reject::kArp},
      {"RARP", ethernet, Ethernet(0x8035, kIp), Reject::kArp},
      {"LLC of length 1500", ethernet, Ethernet(1500, kIp), Reject::kLlc},
      {"neither a length nor a type", ethernet, Ethernet(1501, kIp), Reject::kNotIp},
      {"LLDP", ethernet, Ethernet(0x88cc, kIp), Reject::kNotIp},
      {"MPLS", ethernet, Ethernet(0x8847, kIp), Reject::kMpls},
      {"PPPoE session", ethernet, Ethernet(0x8864, kIp), Reject::kPppoe},
      {"Ethernet cut before its type's end", ethernet, Cut(Ethernet(0x0800, kIp), 13),
       Reject::kTruncatedLink},
      {"nothing", ethernet, {}, Reject::kTruncatedLink},
      {"raw IP", LinkType::kRawIp, kIp, {}},
      {"cooked v1", cooked1, Cooked1(1, 0x0800), {}},
      {"cooked v1 of a device without a link header", cooked1, Cooked1(0xfffe, 0x86dd), {}},
      {"cooked v1 ARP", cooked1, Cooked1(1, 0x0806), Reject::kArp},
      {"cooked v1 LLC", cooked1, Cooked1(1, 4), Reject::kLlc},
      {"cooked v1 of netlink", cooked1, Cooked1(824, 0x0800), Reject::kUnknownLink},
      {"cooked v1 cut", cooked1, Cut(Cooked1(1, 0x0800), 15), Reject::kTruncatedLink},
      {"cooked v2", cooked2, Cooked2(1, 0x86dd), {}},
      {"cooked v2 of netlink", cooked2, Cooked2(824, 0x0800), Reject::kUnknownLink},
      {"cooked v2 cut", cooked2, Cut(Cooked2(1, 0x0800), 19), Reject::kTruncatedLink},
      {"null, little endian", LinkType::kNull, Family({2, 0, 0, 0}), {}},
      {"null, big endian, Darwin's IPv6", LinkType::kNull, Family({0, 0, 0, 30}), {}},
      {"null, FreeBSD's IPv6", LinkType::kNull, Family({28, 0, 0, 0}), {}},
      {"null, another family", LinkType::kNull, Family({7, 0, 0, 0}), Reject::kNotIp},
      {"null cut", LinkType::kNull, {2, 0, 0}, Reject::kTruncatedLink},
      {"loop", LinkType::kLoop, Family({0, 0, 0, 24}), {}},
      {"loop knows one byte order", LinkType::kLoop, Family({24, 0, 0, 0}), Reject::kNotIp},
      {"a link type of no source", static_cast<LinkType>(99), kIp, Reject::kUnknownLink},
  };
}

TEST(Link, FindsIpOrNamesWhyNot) {
  for (const auto& [name, link, frame, reject] : Cases()) {
    SCOPED_TRACE(name);
    const auto parsed = ParseLink(frames::Of(frame, link));
    if (reject) {
      ASSERT_FALSE(parsed.has_value());
      EXPECT_EQ(Name(*reject), Name(parsed.error()));
      continue;
    }
    ASSERT_TRUE(parsed.has_value()) << Name(parsed.error());
    EXPECT_EQ(kIp, Payload(parsed->ip.begin(), parsed->ip.end()));
    EXPECT_EQ(kIp.size(), parsed->wire_length);
  }
}

TEST(Link, CountsWhatTheSnapLengthCut) {
  const Payload frame = Ethernet(0x0800, kIp);
  Packet packet = frames::Of(frame);
  packet.wire_length = 1514;
  EXPECT_EQ(1500U, ParseLink(packet)->wire_length);
  packet.wire_length = 3;  // a file that lies: what was captured was on the wire
  EXPECT_EQ(kIp.size(), ParseLink(packet)->wire_length);
}

}  // namespace
}  // namespace unopened::capture
