// Vectors made by Go's sumdb/note and sumdb/tlog (tests/scenario/go_interop/make_vectors.go): what
// others make, we accept; what was bent, we refuse.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "audit/merkle/edge.h"
#include "audit/note/note.h"
#include "audit/note/proof_file.h"
#include "audit/witness/policy.h"

namespace unopened::audit {
namespace {

constexpr std::uint64_t kSize = 300;
constexpr std::uint64_t kOlder = 77;

std::string File(const std::string& name) {
  std::ifstream file(std::string(UNOPENED_SOURCE_DIR) + "/tests/golden/go/" + name,
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Entry(std::uint64_t index) {
  return "entry " + std::to_string(index) + " of the vectors";
}

note::Checkpoint Open(const std::string& signed_note) {
  const auto key = note::VerifierKey::Parse(File("log.vkey"));
  EXPECT_TRUE(key);
  const auto text = note::OpenNote(signed_note, *key);
  EXPECT_TRUE(text) << base::Describe(text.error());
  const auto checkpoint = note::ParseCheckpoint(*text);
  EXPECT_TRUE(checkpoint);
  return *checkpoint;
}

TEST(GoVectors, TheTreeIsOurs) {
  merkle::Edge edge;
  merkle::Hasher hasher;
  std::vector<merkle::Tile> filled;
  for (std::uint64_t i = 0; i < kSize; ++i) {
    edge.Append(hasher.Leaf(Entry(i)), hasher, filled);
    if (i + 1 == kOlder) {
      EXPECT_EQ(edge.Root(hasher), Open(File("older.checkpoint")).root);
    }
  }
  EXPECT_EQ(edge.Root(hasher), Open(File("checkpoint")).root);
}

TEST(GoVectors, TheCosignatureMakesTheQuorum) {
  const auto policy = witness::Policy::Parse(File("policy.txt"), "policy.txt");
  ASSERT_TRUE(policy) << base::Describe(policy.error());
  const auto by = policy->CosignedBy(File("checkpoint"));
  EXPECT_TRUE(policy->IsQuorum(by));
  EXPECT_EQ(policy->QuorumTime(by), 1'700'000'000U);
  EXPECT_TRUE(policy->IsOfKnownLog(File("checkpoint")));
  EXPECT_FALSE(policy->IsQuorum(policy->CosignedBy(File("older.checkpoint"))));
}

TEST(GoVectors, EachInclusionHoldsAndNoOtherEntryDoes) {
  merkle::Hasher hasher;
  for (const std::uint64_t index : {0, 76, 77, 255, 256, 299}) {
    const std::string bytes = File("entry-" + std::to_string(index) + ".tlog-proof");
    const auto file = note::ParseInclusion(bytes);
    ASSERT_TRUE(file) << index;
    EXPECT_EQ(file->index, index);
    EXPECT_EQ(note::EncodeInclusion(*file), bytes);
    const note::Checkpoint checkpoint = Open(file->signed_checkpoint);
    EXPECT_TRUE(merkle::VerifyInclusion(index, checkpoint.size, hasher.Leaf(Entry(index)),
                                        file->proof, checkpoint.root, hasher));
    EXPECT_FALSE(merkle::VerifyInclusion(index, checkpoint.size, hasher.Leaf(Entry(index + 1)),
                                         file->proof, checkpoint.root, hasher));
  }
}

TEST(GoVectors, TheContinuationHolds) {
  const std::string bytes = File("continuation");
  const auto file = note::ParseConsistency(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(note::EncodeConsistency(*file), bytes);
  const note::Checkpoint newer = Open(file->signed_checkpoint);
  const note::Checkpoint older = Open(File("older.checkpoint"));
  EXPECT_EQ(file->old_size, older.size);
  merkle::Hasher hasher;
  EXPECT_TRUE(merkle::VerifyConsistency(older.size, newer.size, older.root, newer.root, file->proof,
                                        hasher));
  merkle::Hash bent = older.root;
  bent[0] ^= 1;
  EXPECT_FALSE(
      merkle::VerifyConsistency(older.size, newer.size, bent, newer.root, file->proof, hasher));
}

}  // namespace
}  // namespace unopened::audit
