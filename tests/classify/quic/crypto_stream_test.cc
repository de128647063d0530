#include "classify/quic/crypto_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace unopened::classify::quic {
namespace {

using Octets = std::vector<std::uint8_t>;
using Outcome = CryptoStream::Outcome;

Octets Counting(std::size_t from, std::size_t to) {
  Octets bytes;
  for (std::size_t i = from; i < to; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 31));
  return bytes;
}
Octets Prefix(const CryptoStream& stream) {
  return Octets(stream.prefix().begin(), stream.prefix().end());
}

struct Piece {
  std::size_t from;
  std::size_t to;
};

TEST(CryptoStream, EveryOrderOfOverlappingPiecesGivesTheSameBytes) {
  std::vector<Piece> pieces = {{0, 10}, {5, 20}, {20, 30}, {28, 41}, {0, 41}};
  std::sort(pieces.begin(), pieces.end(), [](auto a, auto b) { return a.to < b.to; });
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  do {
    CryptoStream stream;
    for (const std::size_t i : order) {
      EXPECT_EQ(stream.Add(pieces[i].from, Counting(pieces[i].from, pieces[i].to)),
                Outcome::kAdded);
    }
    EXPECT_EQ(Prefix(stream), Counting(0, 41));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(CryptoStream, PrefixEndsAtTheFirstHole) {
  CryptoStream stream;
  EXPECT_EQ(stream.Add(4, Counting(4, 8)), Outcome::kAdded);
  EXPECT_TRUE(stream.prefix().empty());
  EXPECT_FALSE(stream.empty());
  EXPECT_EQ(stream.Add(0, Counting(0, 2)), Outcome::kAdded);
  EXPECT_EQ(Prefix(stream), Counting(0, 2));
  EXPECT_EQ(stream.Add(2, Counting(2, 4)), Outcome::kAdded);
  EXPECT_EQ(Prefix(stream), Counting(0, 8));
}

TEST(CryptoStream, CopyThatDiffersIsAConflictWhereverItLies) {
  for (std::size_t at = 0; at < 12; ++at) {
    CryptoStream stream;
    ASSERT_EQ(stream.Add(0, Counting(0, 4)), Outcome::kAdded);
    ASSERT_EQ(stream.Add(8, Counting(8, 12)), Outcome::kAdded);
    Octets copy = Counting(0, 12);
    copy[at] ^= 1;
    const bool held = at < 4 || at >= 8;
    EXPECT_EQ(stream.Add(0, copy), held ? Outcome::kConflict : Outcome::kAdded) << at;
    EXPECT_EQ(Prefix(stream), held ? Counting(0, 4) : copy);
  }
}

TEST(CryptoStream, HoldsItsCapacityAndNoByteMore) {
  CryptoStream stream;
  const Octets all(CryptoStream::kCapacity, 1);
  EXPECT_EQ(stream.Add(1, all), Outcome::kLimit);
  EXPECT_EQ(stream.Add(~std::uint64_t{0}, {all.data(), 1}), Outcome::kLimit);
  EXPECT_TRUE(stream.empty());
  EXPECT_EQ(stream.Add(0, all), Outcome::kAdded);
  EXPECT_EQ(stream.prefix().size(), CryptoStream::kCapacity);
  EXPECT_EQ(stream.Add(CryptoStream::kCapacity, {}), Outcome::kAdded);
}

TEST(CryptoStream, OneHoleTooManyIsRefusedWhileHolesCanStillBeFilled) {
  CryptoStream stream;
  for (std::size_t i = 0; i < CryptoStream::kMaxRanges; ++i) {
    ASSERT_EQ(stream.Add(2 * i, Counting(2 * i, 2 * i + 1)), Outcome::kAdded) << i;
  }
  const std::size_t beyond = 2 * CryptoStream::kMaxRanges;
  EXPECT_EQ(stream.Add(beyond, Counting(beyond, beyond + 1)), Outcome::kLimit);
  EXPECT_EQ(stream.Add(0, Counting(0, beyond)), Outcome::kAdded);
  EXPECT_EQ(Prefix(stream), Counting(0, beyond));
  EXPECT_EQ(stream.Add(beyond, Counting(beyond, beyond + 1)), Outcome::kAdded);
}

TEST(CryptoStream, ClearForgets) {
  CryptoStream stream;
  ASSERT_EQ(stream.Add(0, Counting(0, 9)), Outcome::kAdded);
  const base::Bytes held = stream.prefix();
  stream.Clear();
  EXPECT_TRUE(stream.empty());
  EXPECT_TRUE(std::all_of(held.begin(), held.end(), [](auto byte) { return byte == 0; }));
  EXPECT_EQ(stream.Add(0, Counting(5, 9)), Outcome::kAdded);
}

}  // namespace
}  // namespace unopened::classify::quic
