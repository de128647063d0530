#include "capture/fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
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
using frames::Of;
using frames::Payload;
using tests::Wire;

constexpr base::TimeNs kSecond = base::kNsPerSecond;

// A UDP datagram whose payload differs at every eighth byte.
Payload Datagram(std::size_t payload) {
  Payload bytes(payload);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i / 8 + i);
  return frames::Udp(bytes);
}

struct Part {
  std::size_t begin;
  std::size_t end;
};

Payload Slice(const Payload& datagram, Part part) {
  return Payload(datagram.begin() + static_cast<long>(part.begin),
                 datagram.begin() + static_cast<long>(part.end));
}
std::uint16_t V4Field(const Payload& datagram, Part part) {
  return static_cast<std::uint16_t>(part.begin / 8 | (part.end < datagram.size() ? 0x2000 : 0));
}

Payload V4(const Payload& datagram, Part part, std::uint16_t identification = 7) {
  return Ethernet(0x0800, Ipv4({.protocol = 17,
                                .flags_and_offset = V4Field(datagram, part),
                                .identification = identification},
                               Slice(datagram, part)));
}
Payload V6(const Payload& datagram, Part part, std::uint8_t next = 17) {
  const auto field = static_cast<std::uint16_t>(part.begin | (part.end < datagram.size() ? 1 : 0));
  return Ethernet(0x86dd, Ipv6(44, frames::FragmentHeader(next, field, Slice(datagram, part))));
}

// Conservation after each packet, and the outcome of all.
class Tap {
 public:
  explicit Tap(DecoderOptions options = {}) : decoder_(options) {}

  Layer<Segment> Take(const Payload& frame, base::TimeNs time = 0) {
    Packet packet = Of(frame);
    packet.time = time;
    packet.wire_length += 4;
    ++packets_;
    bytes_ += packet.wire_length;
    auto segment = decoder_.Decode(packet);
    if (segment) {
      segments_packets_ += segment->packets;
      segments_bytes_ += segment->wire_length;
    }
    CheckConservation();
    return segment;
  }
  void Finish() {
    decoder_.Finish();
    CheckConservation();
    EXPECT_EQ(0U, decoder_.stats().held_packets.Get());
  }
  void Sweep(base::TimeNs now) {
    decoder_.Sweep(now);
    CheckConservation();
  }
  std::uint64_t of(Reject reject) const {
    return decoder_.stats().rejected_packets[static_cast<std::size_t>(reject)].Get();
  }
  std::uint64_t held() const { return decoder_.stats().held_packets.Get(); }

 private:
  void CheckConservation() const {
    const DecoderStats& stats = decoder_.stats();
    std::uint64_t packets = stats.held_packets.Get();
    std::uint64_t bytes = stats.held_bytes.Get();
    for (const auto& counter : stats.rejected_packets) packets += counter.Get();
    for (const auto& counter : stats.rejected_bytes) bytes += counter.Get();
    ASSERT_EQ(packets_, packets + stats.decoded_packets.Get());
    ASSERT_EQ(bytes_, bytes + stats.decoded_bytes.Get());
    ASSERT_EQ(segments_packets_, stats.decoded_packets.Get());
    ASSERT_EQ(segments_bytes_, stats.decoded_bytes.Get());
  }

  Decoder decoder_;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t segments_packets_ = 0;
  std::uint64_t segments_bytes_ = 0;
};

void ExpectWhole(const Layer<Segment>& segment, const Payload& datagram) {
  ASSERT_TRUE(segment.has_value()) << Name(segment.error());
  EXPECT_EQ(Transport::kUdp, segment->key.transport);
  EXPECT_EQ(Payload(datagram.begin() + 8, datagram.end()),
            Payload(segment->payload.begin(), segment->payload.end()));
  EXPECT_EQ(datagram.size() - 8, segment->payload_wire_length);
}

TEST(Fragments, AreOneDatagramInEveryOrder) {
  const Payload datagram = Datagram(90);
  const std::vector<Part> parts = {{0, 24}, {24, 40}, {40, 64}, {64, 98}};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    for (const bool v6 : {false, true}) {
      SCOPED_TRACE(v6 ? "IPv6" : "IPv4");
      Tap tap;
      Layer<Segment> last = tl::unexpected(Reject::kArp);
      for (const std::size_t i : order) {
        ASSERT_FALSE(last.has_value());
        last = tap.Take(v6 ? V6(datagram, parts[i]) : V4(datagram, parts[i]));
      }
      ExpectWhole(last, datagram);
      EXPECT_EQ(4U, last->packets);
      EXPECT_EQ(0U, tap.held());
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Fragments, MayRepeatAndOverlapAsLongAsTheyAgree) {
  const Payload datagram = Datagram(200);
  const std::vector<Part> parts = {{0, 48},   {32, 120}, {0, 48},    {112, 208},
                                   {40, 208}, {48, 64},  {104, 208}, {8, 112}};
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Part> order = parts;
    std::shuffle(order.begin(), order.end(), random);
    Tap tap;
    bool whole = false;
    for (const Part& part : order) {
      const auto segment = tap.Take(V4(datagram, part));
      if (segment) {
        ExpectWhole(segment, datagram);
        whole = true;
        break;
      }
      ASSERT_EQ(Reject::kFragmentHeld, segment.error());
    }
    EXPECT_TRUE(whole);
    EXPECT_EQ(0U, tap.of(Reject::kFragmentConflict));
  }
}

struct Conflict {
  std::string name;
  std::vector<Payload> frames;
};

std::vector<Conflict> Conflicts() {
  const Payload datagram = Datagram(90);
  Payload other = datagram;
  other[30] ^= 1;
  const Payload shorter = Slice(datagram, {0, 80});
  const Payload longer = Datagram(120);
  const Payload destination_options = V6(datagram, {0, 24}, 60);
  return {
      {"copies of a byte that differ",
       {V4(datagram, {0, 40}), V4(other, {24, 48}), V4(datagram, {48, 98})}},
      {"copies of a byte that differ, IPv6",
       {V6(datagram, {0, 40}), V6(other, {24, 48}), V6(datagram, {48, 98})}},
      {"two ends", {V4(datagram, {0, 32}), V4(shorter, {40, 80}), V4(datagram, {48, 98})}},
      {"a part behind the end",
       {V4(datagram, {0, 40}), V4(datagram, {64, 98}), V4(longer, {96, 104})}},
      {"two first headers, IPv6",
       {V6(datagram, {0, 24}), destination_options, V6(datagram, {32, 98})}},
  };
}

// Whatever comes first, and whatever comes later: no copy wins.
TEST(Fragments, ThatContradictEachOtherAreDroppedInEveryOrder) {
  for (const auto& [name, frames] : Conflicts()) {
    SCOPED_TRACE(name);
    std::vector<std::size_t> order(frames.size());
    std::iota(order.begin(), order.end(), 0U);
    do {
      Tap tap;
      for (const std::size_t i : order) {
        const auto segment = tap.Take(frames[i], 0);
        ASSERT_FALSE(segment.has_value());
      }
      // Nor does a whole copy of the datagram that comes within its time.
      for (const Payload& frame : frames) ASSERT_FALSE(tap.Take(frame, 30 * kSecond).has_value());
      EXPECT_EQ(2 * frames.size(), tap.of(Reject::kFragmentConflict));
      EXPECT_EQ(0U, tap.held());
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Fragments, OfADatagramWhoseTimeIsOverAreIncomplete) {
  const Payload datagram = Datagram(90);
  Tap tap;
  EXPECT_FALSE(tap.Take(V4(datagram, {0, 48}), 5 * kSecond));
  tap.Sweep(35 * kSecond);
  EXPECT_EQ(1U, tap.held());
  tap.Sweep(35 * kSecond + 1);
  EXPECT_EQ(0U, tap.held());
  EXPECT_EQ(1U, tap.of(Reject::kFragmentIncomplete));

  // Later parts do not prolong it.
  EXPECT_FALSE(tap.Take(V4(datagram, {0, 24}), 40 * kSecond));
  EXPECT_FALSE(tap.Take(V4(datagram, {24, 48}), 65 * kSecond));
  EXPECT_FALSE(tap.Take(V4(datagram, {48, 98}), 70 * kSecond + 1));
  EXPECT_EQ(3U, tap.of(Reject::kFragmentIncomplete));
  EXPECT_EQ(1U, tap.held());
  tap.Finish();
  EXPECT_EQ(4U, tap.of(Reject::kFragmentIncomplete));
}

TEST(Fragments, OfOtherDatagramsStayApart) {
  const Payload datagram = Datagram(90);
  const std::vector<Payload> others = {
      V4(datagram, {48, 98}, 8),
      Ethernet(0x0800, Ipv4({.protocol = 6, .flags_and_offset = 6}, Slice(datagram, {48, 98}))),
      Ethernet(0x0800, Ipv4({.protocol = 17, .flags_and_offset = 6, .source = 0x0a000003},
                            Slice(datagram, {48, 98}))),
      Ethernet(0x0800, Ipv4({.protocol = 17, .flags_and_offset = 6, .destination = 0x0a000003},
                            Slice(datagram, {48, 98}))),
      V6(datagram, {48, 98}),
  };
  for (const Payload& other : others) {
    Tap tap;
    EXPECT_FALSE(tap.Take(V4(datagram, {0, 48})));
    EXPECT_FALSE(tap.Take(other));
    EXPECT_EQ(2U, tap.held());
    ExpectWhole(tap.Take(V4(datagram, {48, 98})), datagram);
    EXPECT_EQ(1U, tap.held());
  }
}

TEST(Fragments, ThatCannotBeAreRefused) {
  const Payload datagram = Datagram(90);
  const auto v4 = [](std::uint16_t field, std::size_t size) {
    return Ethernet(0x0800, Ipv4({.protocol = 17, .flags_and_offset = field}, Payload(size, 1)));
  };
  const std::vector<std::pair<std::string, Payload>> cases = {
      {"empty", v4(0x2000, 0)},
      {"empty and last", v4(0x0002, 0)},
      {"not aligned", v4(0x2000, 9)},
      {"beyond 65,535 bytes", v4(0x1fff, 8)},
      {"more behind the last that can be", v4(0x3fff, 8)},
  };
  for (const auto& [name, frame] : cases) {
    SCOPED_TRACE(name);
    Tap tap;
    EXPECT_EQ(Reject::kBadFragment, tap.Take(frame).error());
    EXPECT_EQ(0U, tap.held());
  }
  Tap tap;
  EXPECT_EQ(Reject::kFragmentHeld, tap.Take(v4(0x1fff, 7)).error());
}

TEST(Fragments, OfIpv6MayHideExtensionHeadersInTheWhole) {
  const Payload inside = frames::Extension(17, 1, Datagram(90));
  Tap tap;
  EXPECT_FALSE(tap.Take(V6(inside, {8, 114}, 60)));
  ExpectWhole(tap.Take(V6(inside, {0, 8}, 60)), Datagram(90));

  // A fragment in a fragment is none that a host makes.
  const Payload nested = frames::FragmentHeader(17, 1, Datagram(88));
  EXPECT_FALSE(tap.Take(V6(nested, {0, 16}, 44)));
  EXPECT_EQ(Reject::kBadIpHeader, tap.Take(V6(nested, {16, nested.size()}, 44)).error());
  EXPECT_EQ(2U, tap.of(Reject::kBadIpHeader));
}

TEST(Fragments, CutByTheSnapLengthAreKnownAsFarAsTheyWereCaptured) {
  const Payload datagram = Datagram(200);
  for (const bool first_last : {false, true}) {
    Decoder decoder;
    const auto take = [&decoder](Payload frame) {
      Packet packet = Of(frame);
      packet.wire_length = static_cast<std::uint32_t>(frame.size());
      frame.resize(14 + 20 + 30);
      packet.bytes = frame;
      auto segment = decoder.Decode(packet);
      Payload payload;
      if (segment) payload.assign(segment->payload.begin(), segment->payload.end());
      return std::pair(segment, payload);
    };
    const auto a = V4(datagram, {0, 104});
    const auto b = V4(datagram, {104, 208});
    take(first_last ? b : a);
    const auto [segment, payload] = take(first_last ? a : b);
    ASSERT_TRUE(segment.has_value());
    EXPECT_EQ(Slice(datagram, {8, 30}), payload);
    EXPECT_EQ(200U, segment->payload_wire_length);
  }
}

TEST(Fragments, InsideATunnelAndOfTheTunnelAreBothMadeWhole) {
  const Payload datagram = Datagram(120);
  const auto gre = [&datagram](Part part) {
    return Wire()
        .U32(0x00000800)
        .Append(Ipv4(
            {.protocol = 17, .flags_and_offset = V4Field(datagram, part), .source = 0x0a0a0a01},
            Slice(datagram, part)))
        .bytes();
  };
  const auto outer = [](const Payload& inside, Part part, std::uint16_t identification) {
    return Ethernet(0x0800, Ipv4({.protocol = 47,
                                  .flags_and_offset = V4Field(inside, part),
                                  .identification = identification},
                                 Slice(inside, part)));
  };
  const Payload first = gre({0, 64});
  const Payload last = gre({64, 128});
  Tap tap;
  EXPECT_FALSE(tap.Take(outer(first, {0, 40}, 1)));
  EXPECT_FALSE(tap.Take(outer(last, {48, last.size()}, 2)));
  EXPECT_FALSE(tap.Take(outer(last, {0, 48}, 2)));
  EXPECT_EQ(3U, tap.held());
  const auto segment = tap.Take(outer(first, {40, first.size()}, 1));
  ExpectWhole(segment, datagram);
  EXPECT_EQ(4U, segment->packets);
  EXPECT_EQ(TunnelKind::kGre, segment->tunnel);
  EXPECT_EQ(0U, tap.held());
}

TEST(Fragments, OfTooManyDatagramsPushTheOldestOut) {
  DecoderOptions options;
  options.fragments.datagrams = 16;
  const Payload datagram = Datagram(90);
  Tap tap(options);
  for (std::uint16_t i = 0; i < 20; ++i) {
    EXPECT_FALSE(tap.Take(V4(datagram, {0, 48}, i), i));
  }
  EXPECT_EQ(4U, tap.of(Reject::kFragmentEvicted));
  EXPECT_EQ(16U, tap.held());
  for (std::uint16_t i = 4; i < 20; ++i) {
    ExpectWhole(tap.Take(V4(datagram, {48, 98}, i), 20), datagram);
  }
  EXPECT_EQ(0U, tap.held());
}

TEST(Fragments, OfOneDatagramAreBounded) {
  const Payload datagram = Datagram(4000);
  Tap holes;
  std::size_t sent = 0;
  for (std::size_t begin = 8; begin + 16 < datagram.size(); begin += 16, ++sent) {
    EXPECT_FALSE(holes.Take(V4(datagram, {begin, begin + 8})));
  }
  EXPECT_EQ(sent, holes.of(Reject::kFragmentLimit));

  DecoderOptions options;
  options.fragments.parts = 10;
  Tap copies(options);
  for (int i = 0; i < 11; ++i) EXPECT_FALSE(copies.Take(V4(datagram, {0, 48})));
  EXPECT_EQ(11U, copies.of(Reject::kFragmentLimit));
}

TEST(Fragments, OfTheLargestDatagramFit) {
  const Payload datagram = Datagram(65'527);
  Tap tap;
  for (std::size_t begin = 1480; begin < datagram.size(); begin += 1480) {
    EXPECT_FALSE(tap.Take(V4(datagram, {begin, std::min(begin + 1480, datagram.size())})));
  }
  ExpectWhole(tap.Take(V4(datagram, {0, 1480})), datagram);
}

// Any fragments of few datagrams: nothing is lost, and a datagram is whole only with the bytes that
// every part of it agreed on.
TEST(Fragments, AreConservedWhateverComes) {
  std::mt19937 random(7);
  const auto below = [&random](std::uint32_t n) { return random() % n; };
  for (int round = 0; round < 50; ++round) {
    DecoderOptions options;
    options.fragments.datagrams = 16;
    options.fragments.parts = 12;
    Tap tap(options);
    for (int i = 0; i < 300; ++i) {
      Payload datagram = Datagram(8 * below(12) + 16);
      if (below(20) == 0) datagram[below(24)] ^= 0x40;
      const std::size_t begin = 8 * below(static_cast<std::uint32_t>(datagram.size() / 8));
      const std::size_t end = std::min(datagram.size(), begin + 8 * (1 + below(6)));
      static_cast<void>(tap.Take(V4(datagram, {begin, end}, static_cast<std::uint16_t>(below(30))),
                                 i * kSecond / 4));
    }
    tap.Finish();
  }
}

}  // namespace
}  // namespace unopened::capture
