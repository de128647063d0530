#include "audit/note/proof_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/merkle/hash.h"

namespace unopened::audit::note {
namespace {

merkle::Hash HashOf(std::string_view text) { return merkle::Hasher().Sha256(text); }

const std::string kCheckpoint = "example.org/log\n3\nroot\n\n\u2014 example.org/log AAAAAA==\n";

TEST(ProofFile, AnInclusionReadsBackAsItWasWritten) {
  const InclusionFile file{7, {HashOf("a"), HashOf("b")}, kCheckpoint};
  const std::string text = EncodeInclusion(file);
  EXPECT_EQ(text,
            "c2sp.org/tlog-proof@v1\nindex 7\n"
            "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n"
            "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\n\n" +
                kCheckpoint);
  const auto read = ParseInclusion(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->index, 7U);
  EXPECT_EQ(read->proof, file.proof);
  EXPECT_EQ(read->signed_checkpoint, kCheckpoint);
}

TEST(ProofFile, ExtraDataArePassedOver) {
  const auto read = ParseInclusion("c2sp.org/tlog-proof@v1\nextra Zm9v\nindex 0\n\n" + kCheckpoint);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->proof.empty());
  EXPECT_EQ(read->signed_checkpoint, kCheckpoint);
}

TEST(ProofFile, WhatIsNotToTheLetterIsNone) {
  for (const std::string bad :
       {"", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx", "c2sp.org/tlog-proof@v1\nindex -1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n\nx",
        "c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nZm9v\n\nx", "c2sp.org/tlog-proof@v1\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex  0\n\nx", "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx"}) {
    EXPECT_FALSE(ParseInclusion(bad)) << bad;
  }
  std::string endless = "old 1\n";
  for (std::size_t i = 0; i < kMaxProofHashes; ++i) {
    endless += "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n";
  }
  EXPECT_TRUE(ParseConsistency(endless + "\n" + kCheckpoint));
  endless += "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n";
  EXPECT_FALSE(ParseConsistency(endless + "\n" + kCheckpoint));
}

TEST(ProofFile, AConsistencyReadsBackAsItWasWritten) {
  const ConsistencyFile file{20852014, {HashOf("a")}, kCheckpoint};
  const auto read = ParseConsistency(EncodeConsistency(file));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->old_size, file.old_size);
  EXPECT_EQ(read->proof, file.proof);
  EXPECT_EQ(read->signed_checkpoint, kCheckpoint);
  EXPECT_FALSE(ParseConsistency("new 1\n\n" + kCheckpoint));
}

// No prefix of a whole file is taken for one with fewer hashes.
TEST(ProofFile, ACutFileIsNoneUntilItsCheckpointBegins) {
  const std::string head = EncodeInclusion({7, {HashOf("a"), HashOf("b")}, ""});
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_FALSE(ParseInclusion(std::string_view(head).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace unopened::audit::note
