#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "audit/merkle/bundle.h"
#include "audit/merkle/edge.h"
#include "audit/merkle/hash.h"
#include "audit/merkle/proof.h"
#include "audit/merkle/tile.h"
#include "tests/support/wire.h"

namespace unopened::audit::merkle {
namespace {

std::string Text(std::string_view hex) {
  const auto bytes = tests::FromHex(hex);
  return {bytes.begin(), bytes.end()};
}

// The eight leaves and the roots of their prefixes that Certificate Transparency's implementations
// have shared as test vectors.
const std::array<std::string_view, 8> kLeaves = {"",
                                                 "00",
                                                 "10",
                                                 "2021",
                                                 "3031",
                                                 "40414243",
                                                 "5051525354555657",
                                                 "606162636465666768696a6b6c6d6e6f"};
const std::array<std::string_view, 9> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Merkle, RootsOfTheSharedVectors) {
  Hasher hasher;
  Edge edge;
  std::vector<Tile> filled;
  EXPECT_EQ(Hex(edge.Root(hasher)), kRoots[0]);
  for (std::size_t i = 0; i < kLeaves.size(); ++i) {
    edge.Append(hasher.Leaf(Text(kLeaves[i])), hasher, filled);
    EXPECT_EQ(Hex(edge.Root(hasher)), kRoots[i + 1]) << "size " << i + 1;
  }
  EXPECT_TRUE(filled.empty());
}

// RFC 6962 §2.1 as it is written, the slow way.
Hash PlainRoot(std::span<const Hash> leaves, Hasher& hasher) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return hasher.Node(PlainRoot(leaves.first(k), hasher), PlainRoot(leaves.subspan(k), hasher));
}

std::vector<Hash> SomeLeaves(std::size_t count, Hasher& hasher) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(hasher.Leaf(std::to_string(i)));
  return leaves;
}

TEST(Merkle, EdgeRootIsThePlainRootAcrossTileBounds) {
  Hasher hasher;
  const auto leaves = SomeLeaves(70'000, hasher);
  Edge edge;
  std::vector<Tile> filled;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    edge.Append(leaves[i], hasher, filled);
    const std::size_t size = i + 1;
    for (const std::size_t at : {1, 2, 3, 255, 256, 257, 511, 512, 513, 65'535, 65'536, 65'537}) {
      if (size == at) {
        EXPECT_EQ(edge.Root(hasher), PlainRoot(std::span(leaves).first(size), hasher)) << size;
      }
    }
  }
  EXPECT_EQ(edge.Root(hasher), PlainRoot(leaves, hasher));
  // C2SP tlog-tiles names these for a tree of 70,000.
  EXPECT_EQ(filled.size(), 273U + 1U);
  const auto partial = edge.Partial();
  ASSERT_EQ(partial.size(), 3U);
  EXPECT_EQ(partial[0].id, (TileId{0, 273, 112}));
  EXPECT_EQ(partial[1].id, (TileId{1, 1, 17}));
  EXPECT_EQ(partial[2].id, (TileId{2, 0, 1}));
  for (const Tile& tile : partial) {
    EXPECT_EQ(WidthIn(70'000, tile.id.level, tile.id.index), tile.id.width);
  }
}

TEST(Merkle, AnEdgeRestoredFromItsPartialTilesGoesOnAsIfNothingHadHappened) {
  Hasher hasher;
  for (const std::size_t size : {0, 1, 255, 256, 300, 65'536, 65'900}) {
    Edge edge;
    std::vector<Tile> filled;
    for (std::size_t i = 0; i < size; ++i) {
      edge.Append(hasher.Leaf(std::to_string(i)), hasher, filled);
    }
    std::array<std::vector<Hash>, kMaxTileLevels> levels;
    for (Tile& tile : edge.Partial()) levels[tile.id.level] = tile.hashes;
    Edge restored;
    ASSERT_TRUE(restored.Restore(size, levels));
    EXPECT_EQ(restored.Root(hasher), edge.Root(hasher));
    edge.Append(hasher.Leaf("next"), hasher, filled);
    restored.Append(hasher.Leaf("next"), hasher, filled);
    EXPECT_EQ(restored.Root(hasher), edge.Root(hasher)) << size;
    EXPECT_FALSE(restored.Restore(size + 1, levels)) << "a hash is missing";
  }
}

TEST(Merkle, TilePathsAreThoseOfTheSpecification) {
  EXPECT_EQ(TilePath({0, 0, 256}), "tile/0/000");
  EXPECT_EQ(TilePath({1, 1'234'067, 256}), "tile/1/x001/x234/067");
  EXPECT_EQ(TilePath({0, 273, 112}), "tile/0/273.p/112");
  EXPECT_EQ(TilePath({5, 1000, 1}), "tile/5/x001/000.p/1");
  EXPECT_EQ(BundlePath(1'000'000, 256), "tile/entries/x001/x000/000");
  EXPECT_EQ(BundlePath(999, 255), "tile/entries/999.p/255");
}

TEST(Merkle, WidthsOfATreeOf256AreOneFullTileAndOneHashAbove) {
  EXPECT_EQ(WidthIn(256, 0, 0), 256U);
  EXPECT_EQ(WidthIn(256, 0, 1), 0U);
  EXPECT_EQ(WidthIn(256, 1, 0), 1U);
  EXPECT_EQ(WidthIn(256, 2, 0), 0U);
  EXPECT_EQ(WidthIn(~std::uint64_t{0}, 8, 0), 0U);
}

TEST(Merkle, ABundleReadsBackAndACutOneEndsEarly) {
  std::string bundle;
  const std::vector<std::string> entries = {"{}", "", std::string(kMaxBundleEntry, 'x')};
  for (const auto& entry : entries) ASSERT_TRUE(AppendToBundle(entry, bundle));
  EXPECT_EQ(bundle.substr(0, 4), std::string("\0\2{}", 4));
  EXPECT_FALSE(AppendToBundle(std::string(kMaxBundleEntry + 1, 'x'), bundle));
  BundleReader reader(bundle);
  std::string_view entry;
  for (const auto& expected : entries) {
    ASSERT_TRUE(reader.Next(entry));
    EXPECT_EQ(entry, expected);
  }
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.Next(entry));
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, bundle.size() - 1}) {
    BundleReader cut(std::string_view(bundle).substr(0, size));
    while (cut.Next(entry)) {
    }
    EXPECT_FALSE(cut.at_end()) << size;
  }
}

class Proofs : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kMax = 66;
  Hasher hasher_;
  std::vector<Hash> leaves_ = SomeLeaves(kMax, hasher_);
  NodeSource nodes_ = [this](NodeId id) -> base::Result<Hash> {
    const std::uint64_t width = std::uint64_t{1} << id.height;
    return PlainRoot(std::span(leaves_).subspan(id.index * width, width), hasher_);
  };
  Hash RootOf(std::uint64_t size) { return PlainRoot(std::span(leaves_).first(size), hasher_); }
};

TEST_F(Proofs, EveryInclusionProofVerifiesAndNoBentOneDoes) {
  for (std::uint64_t size = 1; size <= kMax; ++size) {
    const Hash root = RootOf(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      auto proof = ProveInclusion(index, size, nodes_, hasher_);
      ASSERT_TRUE(proof) << index << " in " << size;
      EXPECT_TRUE(VerifyInclusion(index, size, leaves_[index], *proof, root, hasher_));
      EXPECT_FALSE(VerifyInclusion(index ^ 1, size, leaves_[index], *proof, root, hasher_) &&
                   size > 1);
      EXPECT_FALSE(VerifyInclusion(index, size, hasher_.Leaf("x"), *proof, root, hasher_));
      EXPECT_FALSE(VerifyInclusion(size, size, leaves_[index], *proof, root, hasher_));
      Proof bent = *proof;
      bent.push_back(root);
      EXPECT_FALSE(VerifyInclusion(index, size, leaves_[index], bent, root, hasher_));
      for (std::size_t at = 0; at < proof->size(); ++at) {
        bent = *proof;
        bent[at][31] ^= 1;
        EXPECT_FALSE(VerifyInclusion(index, size, leaves_[index], bent, root, hasher_));
      }
      if (!proof->empty()) {
        bent = *proof;
        bent.pop_back();
        EXPECT_FALSE(VerifyInclusion(index, size, leaves_[index], bent, root, hasher_));
      }
    }
  }
  EXPECT_FALSE(ProveInclusion(3, 3, nodes_, hasher_));
}

TEST_F(Proofs, EveryConsistencyProofVerifiesAndNoBentOneDoes) {
  for (std::uint64_t size = 1; size <= kMax; ++size) {
    const Hash root = RootOf(size);
    for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
      const Hash old_root = RootOf(old_size);
      const auto proof = ProveConsistency(old_size, size, nodes_, hasher_);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(VerifyConsistency(old_size, size, old_root, root, *proof, hasher_))
          << old_size << " in " << size;
      Hash other = old_root;
      other[0] ^= 1;
      EXPECT_FALSE(VerifyConsistency(old_size, size, other, root, *proof, hasher_));
      EXPECT_FALSE(VerifyConsistency(old_size, size, old_root, other, *proof, hasher_));
      for (std::size_t at = 0; at < proof->size(); ++at) {
        Proof bent = *proof;
        bent[at][0] ^= 1;
        EXPECT_FALSE(VerifyConsistency(old_size, size, old_root, root, bent, hasher_));
      }
      Proof longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(VerifyConsistency(old_size, size, old_root, root, longer, hasher_));
    }
    EXPECT_FALSE(ProveConsistency(size + 1, size, nodes_, hasher_));
  }
  EXPECT_FALSE(ProveConsistency(0, 4, nodes_, hasher_));
}

}  // namespace
}  // namespace unopened::audit::merkle
