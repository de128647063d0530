#include "classify/flow_prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace unopened::classify {
namespace {

using Placed = FlowPrefix::Placed;

base::Bytes BytesOf(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class FlowPrefixTest : public ::testing::Test {
 protected:
  FlowPrefixTest() { prefix_.Open(16 * 1024); }

  Placed Place(std::uint32_t offset, const std::string& text) {
    return prefix_.Place(pool_, 1, offset, BytesOf(text));
  }
  std::string Text() {
    const base::Bytes bytes = prefix_.bytes(pool_);
    return {bytes.begin(), bytes.end()};
  }

  PrefixPool pool_{1 << 20, 16 * 1024};
  FlowPrefix prefix_;
};

TEST_F(FlowPrefixTest, BytesAreInOrderWhateverOrderTheyCameIn) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    prefix_.Close(pool_);
    prefix_.Open(16 * 1024);
    std::vector<bool> there(text.size(), false);
    for (int i = 0; i < 60; ++i) {
      const auto from = static_cast<std::uint32_t>(random() % text.size());
      const std::size_t size = 1 + random() % 12;
      const std::string piece = text.substr(from, size);
      const Placed placed = Place(from, piece);
      ASSERT_NE(placed, Placed::kConflict);
      if (placed != Placed::kTooManyHoles) std::fill_n(there.begin() + from, piece.size(), true);
      const auto in_order =
          static_cast<std::size_t>(std::find(there.begin(), there.end(), false) - there.begin());
      ASSERT_EQ(Text(), text.substr(0, in_order));
    }
  }
}

TEST_F(FlowPrefixTest, EachPlacingSaysWhatItDid) {
  EXPECT_EQ(Place(0, "abc"), Placed::kGrew);
  EXPECT_EQ(Place(0, "abc"), Placed::kNothingNew);
  EXPECT_EQ(Place(1, "bc"), Placed::kNothingNew);
  EXPECT_EQ(Place(2, ""), Placed::kNothingNew);
  EXPECT_EQ(Place(5, "fg"), Placed::kStored);
  EXPECT_EQ(Place(3, "de"), Placed::kGrew);
  EXPECT_EQ(Text(), "abcdefg");
  EXPECT_EQ(Place(16 * 1024, "x"), Placed::kNothingNew);
}

TEST_F(FlowPrefixTest, ACopyThatDiffersIsAConflictAndChangesNothing) {
  Place(0, "abcdef");
  Place(10, "klm");
  EXPECT_EQ(Place(4, "eX"), Placed::kConflict);
  EXPECT_EQ(Place(4, "efghijkX"), Placed::kConflict) << "agrees in order, differs beyond the hole";
  EXPECT_EQ(Place(12, "mn"), Placed::kStored) << "the same overlap, agreeing";
  EXPECT_EQ(Text(), "abcdef");
  EXPECT_EQ(Place(6, "ghij"), Placed::kGrew);
  EXPECT_EQ(Text(), "abcdefghijklmn");
}

TEST_F(FlowPrefixTest, OneHoleTooManyIsRefusedAndTheOthersStay) {
  for (std::uint32_t i = 1; i <= FlowPrefix::kMaxRanges; ++i) {
    EXPECT_EQ(Place(i * 10, "x"), Placed::kStored);
  }
  EXPECT_EQ(Place(1000, "x"), Placed::kTooManyHoles);
  EXPECT_EQ(Place(11, "y"), Placed::kStored) << "grows a range, needs none more";
  EXPECT_EQ(Place(0, std::string(10, 'a')), Placed::kGrew);
  EXPECT_EQ(prefix_.size(), 12U);
  EXPECT_EQ(Place(1000, "x"), Placed::kStored);
}

TEST_F(FlowPrefixTest, TheLimitCutsWhatIsBeyondAndMakesThePrefixFinal) {
  Place(0, "abcdefgh");
  Place(20, "uvw");
  EXPECT_FALSE(prefix_.final());
  prefix_.Limit(pool_, 21);
  EXPECT_FALSE(prefix_.final());
  EXPECT_EQ(Place(8, "ijklmnopqrst"), Placed::kGrew);
  EXPECT_EQ(Text(), "abcdefghijklmnopqrstu");
  EXPECT_TRUE(prefix_.final());
  prefix_.Limit(pool_, 3);
  EXPECT_EQ(Text(), "abc");
  prefix_.Limit(pool_, 100);
  EXPECT_EQ(prefix_.limit(), 3U) << "a limit never rises";
  EXPECT_EQ(Place(3, "d"), Placed::kNothingNew);
}

TEST_F(FlowPrefixTest, BytesMoveToALargeBlockWhenTheyMustAndKeepTheirOrder) {
  const std::string big(5000, 'b');
  EXPECT_EQ(Place(0, "aa"), Placed::kGrew);
  EXPECT_EQ(Place(2, big), Placed::kGrew);
  EXPECT_EQ(Text(), "aa" + big);
  EXPECT_EQ(pool_.blocks_in_use(), 1U);
}

TEST_F(FlowPrefixTest, WhatIsGivenBackIsZeroed) {
  const std::string canary = "CANARY-CANARY";
  Place(0, canary);
  Place(1500, canary);  // beyond a hole
  Place(3000, canary);  // moves to a larger block, as the second did
  prefix_.Limit(pool_, 1505);
  Place(5, canary.substr(5));
  prefix_.Close(pool_);
  EXPECT_EQ(pool_.blocks_in_use(), 0U);
  for (const std::uint32_t size : {10U, 10U, 300U, 300U, 3000U, 3000U}) {
    const PrefixPool::Block block = pool_.Take(size, 1);
    EXPECT_TRUE(std::ranges::all_of(pool_.bytes(block), [](auto byte) { return byte == 0; }));
  }
}

TEST_F(FlowPrefixTest, BorrowedBytesStayWhereTheyAreUntilTheyAreKept) {
  const std::vector<std::uint8_t> packet(300, 7);
  ASSERT_TRUE(prefix_.Borrow(packet));
  EXPECT_TRUE(prefix_.Borrows());
  EXPECT_EQ(prefix_.bytes(pool_).data(), packet.data());
  EXPECT_EQ(prefix_.size(), 300U);
  EXPECT_EQ(pool_.blocks_in_use(), 0U);
  ASSERT_EQ(prefix_.Keep(pool_, 1), FlowPrefix::Placed::kGrew);
  EXPECT_FALSE(prefix_.Borrows());
  EXPECT_NE(prefix_.bytes(pool_).data(), packet.data());
  EXPECT_TRUE(std::ranges::equal(prefix_.bytes(pool_), packet));
  EXPECT_FALSE(prefix_.Borrow(packet)) << "there are bytes already";
  prefix_.Close(pool_);
  EXPECT_EQ(pool_.blocks_in_use(), 0U);
}

TEST_F(FlowPrefixTest, BorrowedBytesAreCutAndForgottenWithoutABlock) {
  const std::vector<std::uint8_t> packet(300, 7);
  ASSERT_TRUE(prefix_.Borrow(packet));
  prefix_.Limit(pool_, 64);
  EXPECT_EQ(prefix_.size(), 64U);
  ASSERT_EQ(prefix_.Keep(pool_, 1), FlowPrefix::Placed::kGrew);
  EXPECT_EQ(pool_.bytes(0).size(), 256U);
  EXPECT_EQ(prefix_.bytes(pool_).size(), 64U);
  prefix_.Close(pool_);
  ASSERT_FALSE(prefix_.Borrow(packet)) << "nothing may be kept";
  prefix_.Open(16384);
  ASSERT_TRUE(prefix_.Borrow(packet));
  prefix_.Close(pool_);
  EXPECT_EQ(prefix_.size(), 0U);
  EXPECT_EQ(pool_.blocks_in_use(), 0U);
}

TEST(PrefixPoolTest, GivesWhatItHasAndNamesTheLongestHolder) {
  PrefixPool pool(8 * 4096, 16384);  // 16 of 256 bytes, 6 of 2048, 1 of 16384
  std::vector<PrefixPool::Block> blocks;
  for (std::uint32_t owner = 0; owner < 16; ++owner) {
    blocks.push_back(pool.Take(1, owner));
    EXPECT_EQ(pool.bytes(blocks.back()).size(), 256U);
  }
  EXPECT_EQ(pool.LongestHolder(1), 0U);
  // The smallest are gone: larger ones serve.
  for (std::uint32_t owner = 20; owner < 26; ++owner) {
    EXPECT_EQ(pool.bytes(pool.Take(1, owner)).size(), 2048U);
  }
  const PrefixPool::Block large = pool.Take(1, 77);
  EXPECT_NE(large, PrefixPool::kNoBlock);
  EXPECT_EQ(pool.bytes(large).size(), 16384U);
  EXPECT_EQ(pool.Take(1, 78), PrefixPool::kNoBlock);
  EXPECT_EQ(pool.LongestHolder(257), 20U);
  EXPECT_EQ(pool.LongestHolder(3000), 77U);
  pool.Give(blocks[0], 1);
  EXPECT_EQ(pool.LongestHolder(1), 1U);
  EXPECT_EQ(pool.Take(1, 79), blocks[0]);
  pool.Give(blocks[2], 1);
  pool.Give(blocks[1], 1);
  EXPECT_EQ(pool.LongestHolder(1), 3U);
  EXPECT_EQ(pool.Take(16385, 1), PrefixPool::kNoBlock) << "larger than any";
}

}  // namespace
}  // namespace unopened::classify
