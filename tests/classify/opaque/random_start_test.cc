#include "classify/opaque/random_start.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

#include "classify/opaque/frame_chain.h"
#include "tests/support/wire.h"

namespace unopened::classify::opaque {
namespace {

using base::Bytes;
using Octets = std::vector<std::uint8_t>;

Octets Text(std::string_view text) { return tests::Wire().Text(text).bytes(); }

TEST(MayBeRandom, RefusesTextZerosAndOnes) {
  EXPECT_FALSE(MayBeRandom(Text("USER a\r\n")));
  EXPECT_TRUE(MayBeRandom(Text("EHLO")));
  EXPECT_FALSE(MayBeRandom(tests::FromHex("16 00 00")));
  EXPECT_FALSE(MayBeRandom(tests::FromHex("9c ff ff")));
  EXPECT_TRUE(MayBeRandom(tests::FromHex("9c ff 00 ff 00")));
  EXPECT_FALSE(MayBeRandom(tests::Wire().U8(0x80).Fill(63, 'a').bytes()));
}

TEST(MayBeRandom, FalseStaysFalse) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    Octets bytes(80);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 'a' : random());
    bool before = true;
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const bool now = MayBeRandom(Bytes(bytes).first(size));
      ASSERT_TRUE(before || !now) << "at " << size;
      before = now;
    }
  }
}

TEST(MayBeRandom, LetsNearlyAllRandomStartsPass) {
  std::mt19937_64 random(5);
  int refused = 0;
  constexpr int kRounds = 100'000;
  for (int round = 0; round < kRounds; ++round) {
    Octets bytes(64);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    refused += MayBeRandom(bytes) ? 0 : 1;
  }
  EXPECT_LT(refused, kRounds / 100);
  EXPECT_GT(refused, 0);
}

TEST(FollowFrames, CountsAndSaysWhereItStopped) {
  const FrameLaw law = {.little_endian = true, .smallest = 2, .largest = 9};
  const auto follow = [&](std::string_view hex) {
    const Octets bytes = tests::FromHex(hex);
    return FollowFrames(base::ByteReader(bytes), law, 3, 3, 4);
  };
  const FrameChain two = follow("0200 aaaa 0300 bbbbbb");
  EXPECT_EQ(two.whole, 2U);
  EXPECT_TRUE(two.at_end);
  EXPECT_TRUE(two.has_marker);
  EXPECT_FALSE(two.broken);
  const FrameChain cut = follow("0200 aaaa 0300 bb");
  EXPECT_EQ(cut.whole, 1U);
  EXPECT_EQ(cut.headers, 2U);
  EXPECT_FALSE(cut.at_end);
  EXPECT_TRUE(follow("0200 aaaa 0001").broken);
  EXPECT_TRUE(follow("0100").broken);
  EXPECT_FALSE(follow("0300 aaaaaa 0200 bbbb 0200 bbbb 0001").broken) << "what was enough stays so";
  EXPECT_EQ(follow("0200aaaa 0200aaaa 0200aaaa 0200aaaa 0001").whole, 4U)
      << "no further than asked";
}

}  // namespace
}  // namespace unopened::classify::opaque
