#include "capture/ip.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Extension;
using frames::FragmentHeader;
using frames::Ipv4;
using frames::Ipv6;
using frames::Payload;
using tests::Wire;

const Payload kBody = {1, 2, 3, 4, 5, 6, 7, 8};

struct Expected {
  std::uint8_t protocol = 6;
  Payload body = kBody;
  std::uint32_t wire_length = 8;
};
struct Case {
  std::string name;
  Payload packet;
  std::optional<Reject> reject;
  Expected expected = {};
};

Payload Padded(Payload packet, std::size_t by) {
  packet.insert(packet.end(), by, 0);
  return packet;
}
Payload Cut(Payload packet, std::size_t by) {
  packet.resize(packet.size() - by);
  return packet;
}
Payload Headers(int count) {
  Payload packet = kBody;
  for (int i = 0; i < count; ++i) packet = Extension(i == 0 ? 6 : 60, 0, packet);
  return Ipv6(60, packet);
}

std::vector<Case> Cases() {
  return {
      {"IPv4", Ipv4({}, kBody), {}},
      {"IPv4 with options", Ipv4({.words = 8}, kBody), {}},
      {"IPv4 with link padding", Padded(Ipv4({}, kBody), 18), {}},
      {"IPv4 without a length, as an offloading sender writes it",
       Ipv4({.total_length = 0}, kBody),
       {}},
      {"IPv4 of another protocol", Ipv4({.protocol = 47}, kBody), {}, {.protocol = 47}},
      {"IPv4 without a payload", Ipv4({}, {}), {}, {.body = {}, .wire_length = 0}},
      {"IPv4 cut by the snap length",
       Cut(Ipv4({}, kBody), 5),
       {},
       {.body = {1, 2, 3}, .wire_length = 8}},
      {"IPv4 header of four words", Ipv4({.words = 4, .total_length = 28}, kBody),
       Reject::kBadIpHeader},
      {"IPv4 length below its header's", Ipv4({.words = 6, .total_length = 20}, kBody),
       Reject::kBadIpHeader},
      {"IPv4 options cut", Cut(Ipv4({.words = 8}, kBody), 9), Reject::kTruncatedIp},
      {"IPv4 header cut", Cut(Ipv4({}, {}), 1), Reject::kTruncatedIp},
      {"IPv4 fragment without a length",
       Ipv4({.total_length = 0, .flags_and_offset = 0x2000}, kBody), Reject::kBadFragment},
      {"nothing", {}, Reject::kTruncatedIp},
      {"version 5", Payload(40, 0x55), Reject::kBadIpHeader},

      {"IPv6", Ipv6(6, kBody), {}},
      {"IPv6 with link padding", Padded(Ipv6(6, kBody), 6), {}},
      {"IPv6 jumbogram or offload", Ipv6(6, kBody, 0), {}},
      {"IPv6 with nothing behind it",
       Padded(Ipv6(59, {}), 6),
       {},
       {.protocol = 59, .body = {}, .wire_length = 0}},
      {"IPv6 behind hop-by-hop, routing and destination options",
       Ipv6(0, Extension(43, 0, Extension(60, 2, Extension(6, 1, kBody)))),
       {}},
      {"IPv6 with as many headers as are read", Headers(kMaxIpv6Extensions), {}},
      {"IPv6 with one header more", Headers(kMaxIpv6Extensions + 1), Reject::kTooManyExtensions},
      {"IPv6 atomic fragment", Ipv6(44, FragmentHeader(6, 0x0006, kBody)), {}},
      {"IPv6 AH is the flow itself", Ipv6(0, Extension(51, 0, kBody)), {}, {.protocol = 51}},
      {"IPv6 extension beyond the payload", Ipv6(60, Extension(6, 0, {}), 7), Reject::kBadIpHeader},
      {"IPv6 extension that says it is longer", Ipv6(60, Wire().U8(6).U8(9).Fill(6, 0).bytes()),
       Reject::kBadIpHeader},
      {"IPv6 extension cut", Cut(Ipv6(60, Extension(6, 1, kBody)), 9), Reject::kTruncatedIp},
      {"IPv6 extension cut in its length", Cut(Ipv6(60, Extension(6, 0, {})), 7),
       Reject::kTruncatedIp},
      {"IPv6 header cut", Cut(Ipv6(6, {}), 1), Reject::kTruncatedIp},
      {"IPv6 cut by the snap length",
       Cut(Ipv6(6, kBody), 6),
       {},
       {.body = {1, 2}, .wire_length = 8}},
  };
}

TEST(Ip, FindsThePayloadOrNamesWhyNot) {
  for (const auto& [name, packet, reject, expected] : Cases()) {
    SCOPED_TRACE(name);
    const auto parsed = ParseIp(packet, static_cast<std::uint32_t>(packet.size()));
    if (reject) {
      ASSERT_FALSE(parsed.has_value());
      EXPECT_EQ(Name(*reject), Name(parsed.error()));
      continue;
    }
    ASSERT_TRUE(parsed.has_value()) << Name(parsed.error());
    EXPECT_EQ(expected.protocol, parsed->protocol);
    EXPECT_EQ(expected.body, Payload(parsed->bytes.begin(), parsed->bytes.end()));
    EXPECT_EQ(expected.wire_length, parsed->wire_length);
  }
}

TEST(Ip, SaysWhichPartAFragmentIs) {
  struct Part {
    std::string name;
    Payload packet;
    FragmentPart expected;
  };
  const std::vector<Part> parts = {
      {"IPv4 first", Ipv4({.flags_and_offset = 0x2000}, kBody), {7, 0, true}},
      {"IPv4 middle", Ipv4({.flags_and_offset = 0x2003}, kBody), {7, 24, true}},
      {"IPv4 last", Ipv4({.flags_and_offset = 0x1fff}, kBody), {7, 65'528, false}},
      {"IPv6 first", Ipv6(44, FragmentHeader(6, 0x0001, kBody)), {0x1234, 0, true}},
      {"IPv6 middle",
       Ipv6(0, Extension(44, 0, FragmentHeader(6, 0x0019, kBody))),
       {0x1234, 24, true}},
      // What stands in the first part behind the fragment header is no extension of this one.
      {"IPv6 last", Ipv6(44, FragmentHeader(60, 0xfff8, kBody)), {0x1234, 65'528, false}},
  };
  for (const auto& [name, packet, expected] : parts) {
    SCOPED_TRACE(name);
    const auto parsed = ParseIp(packet, static_cast<std::uint32_t>(packet.size()));
    ASSERT_TRUE(parsed.has_value()) << Name(parsed.error());
    ASSERT_TRUE(parsed->fragment.has_value());
    EXPECT_EQ(expected.identification, parsed->fragment->identification);
    EXPECT_EQ(expected.offset, parsed->fragment->offset);
    EXPECT_EQ(expected.more, parsed->fragment->more);
    EXPECT_EQ(kBody, Payload(parsed->bytes.begin(), parsed->bytes.end()));
  }
  EXPECT_FALSE(ParseIp(Ipv4({}, kBody), 28)->fragment.has_value());
}

TEST(Ip, HoldsWhereVersionAndLengthsFit) {
  const auto holds = [](const Payload& packet) {
    return HoldsIp(packet, static_cast<std::uint32_t>(packet.size()));
  };
  EXPECT_TRUE(holds(Ipv4({}, kBody)));
  EXPECT_TRUE(holds(Padded(Ipv4({}, kBody), 4)));
  EXPECT_TRUE(HoldsIp(Cut(Ipv4({}, kBody), 5), 28));
  EXPECT_FALSE(holds(Cut(Ipv4({}, kBody), 5)));
  EXPECT_FALSE(HoldsIp(Cut(Ipv4({}, {}), 1), 20));
  EXPECT_FALSE(holds(Ipv4({.words = 4, .total_length = 28}, kBody)));
  EXPECT_FALSE(holds(Ipv4({.words = 6, .total_length = 20}, kBody)));
  EXPECT_FALSE(holds(Ipv4({.total_length = 0}, kBody)));
  EXPECT_TRUE(holds(Ipv6(6, kBody)));
  EXPECT_TRUE(holds(Ipv6(59, {})));
  EXPECT_FALSE(holds(Ipv6(6, kBody, 0)));
  EXPECT_FALSE(holds(Ipv6(6, kBody, 9)));
  EXPECT_FALSE(HoldsIp(Cut(Ipv6(6, {}), 1), 40));
  EXPECT_FALSE(HoldsIp(Ipv6(6, kBody), 48, IpVersion::kV4));
  EXPECT_FALSE(HoldsIp(Ipv4({}, kBody), 28, IpVersion::kV6));
  EXPECT_FALSE(holds(Payload(40, 0x55)));
  EXPECT_FALSE(holds({}));
}

TEST(Ip, ReadsTheAddresses) {
  const auto v4 = ParseIp(Ipv4({}, kBody), 28);
  EXPECT_EQ(IpVersion::kV4, v4->version);
  EXPECT_EQ((Address{10, 0, 0, 1}), v4->source);
  EXPECT_EQ((Address{10, 0, 0, 2}), v4->destination);
  const auto v6 = ParseIp(Ipv6(6, kBody), 48);
  EXPECT_EQ(IpVersion::kV6, v6->version);
  EXPECT_EQ((Address{0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}), v6->source);
  EXPECT_EQ((Address{0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), v6->destination);
}

TEST(Ip, TakesTheFramesLengthOnTheWireWhereTheHeaderHasNone) {
  EXPECT_EQ(64'000U - 20, ParseIp(Ipv4({.total_length = 0}, kBody), 64'000)->wire_length);
  EXPECT_EQ(90'000U - 40, ParseIp(Ipv6(6, kBody, 0), 90'000)->wire_length);
}

}  // namespace
}  // namespace unopened::capture
