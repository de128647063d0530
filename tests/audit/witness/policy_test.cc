#include "audit/witness/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/note/checkpoint.h"

namespace unopened::audit::witness {
namespace {

using ::testing::HasSubstr;

note::Signer Drawn(const std::string& name, note::KeyType type = note::KeyType::kCosignature) {
  auto signer = note::Signer::Generate(name, type);
  EXPECT_TRUE(signer);
  return std::move(*signer);
}

class PolicyTest : public ::testing::Test {
 protected:
  std::string WitnessLine(const std::string& name, const note::Signer& signer) const {
    return "witness " + name + " " + signer.verifier().Text() + "\n";
  }
  // The checkpoint, signed by the log, and cosigned by these at these times.
  std::string Signed(
      const std::vector<std::pair<const note::Signer*, std::uint64_t>>& witnesses) const {
    const std::string text = note::CheckpointText({"example.org/log", 3, {}});
    std::string out = note::SignNote(text, log_);
    for (const auto& [signer, at] : witnesses) out += note::CosignatureLine(text, *signer, at);
    return out;
  }
  bool Quorum(const Policy& policy, const std::vector<const note::Signer*>& by) const {
    std::vector<std::pair<const note::Signer*, std::uint64_t>> timed;
    for (const note::Signer* signer : by) timed.emplace_back(signer, 100);
    return policy.IsQuorum(policy.CosignedBy(Signed(timed)));
  }

  const note::Signer log_ = Drawn("example.org/log", note::KeyType::kNote);
  const note::Signer x1_ = Drawn("x1.example");
  const note::Signer x2_ = Drawn("x2.example");
  const note::Signer x3_ = Drawn("x3.example");
  const note::Signer y1_ = Drawn("y1.example");
};

TEST_F(PolicyTest, TwoLevelsOfGroupsAreCounted) {
  const std::string text = "# who watches\n\nlog " + log_.verifier().Text() + "\n" +
                           WitnessLine("X1", x1_) + WitnessLine("X2", x2_) +
                           WitnessLine("X3", x3_) + "group X 2 X1 X2 X3\n" +
                           WitnessLine("Y1", y1_) + "\tgroup both  all X Y1 \nquorum both\n";
  const auto policy = Policy::Parse(text, "policy.txt");
  ASSERT_TRUE(policy) << base::Describe(policy.error());
  EXPECT_EQ(policy->logs().size(), 1U);
  EXPECT_EQ(policy->witnesses().size(), 4U);
  EXPECT_FALSE(Quorum(*policy, {}));
  EXPECT_FALSE(Quorum(*policy, {&x1_, &x2_, &x3_}));
  EXPECT_FALSE(Quorum(*policy, {&x1_, &y1_}));
  EXPECT_TRUE(Quorum(*policy, {&x1_, &x3_, &y1_}));
  // The same witness twice is one witness.
  EXPECT_FALSE(Quorum(*policy, {&x1_, &x1_, &y1_}));
}

TEST_F(PolicyTest, ACosignatureCountsOnlyUnderTheCheckpointItWasMadeFor) {
  const auto policy = Policy::Parse(WitnessLine("X1", x1_) + "quorum X1\n", "p");
  ASSERT_TRUE(policy);
  const std::string other = note::CheckpointText({"example.org/log", 4, {}});
  const std::string text = note::CheckpointText({"example.org/log", 3, {}});
  const std::string good = note::SignNote(text, log_) + note::CosignatureLine(text, x1_, 5);
  const std::string bad = note::SignNote(text, log_) + note::CosignatureLine(other, x1_, 5);
  EXPECT_TRUE(policy->IsQuorum(policy->CosignedBy(good)));
  EXPECT_FALSE(policy->IsQuorum(policy->CosignedBy(bad)));
  // A witness of the same name with another key is another one.
  const note::Signer impostor = Drawn("x1.example");
  EXPECT_FALSE(Quorum(*policy, {&impostor}));
  // A log's own signature is no cosignature, though the key were the same.
  EXPECT_FALSE(policy->IsQuorum(policy->CosignedBy(note::SignNote(text, log_))));
}

TEST_F(PolicyTest, TheQuorumsTimeIsThatOfTheLastNeeded) {
  const auto policy = Policy::Parse(WitnessLine("X1", x1_) + WitnessLine("X2", x2_) +
                                        WitnessLine("X3", x3_) + "group X 2 X1 X2 X3\nquorum X\n",
                                    "p");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->QuorumTime(policy->CosignedBy(Signed({{&x1_, 300}, {&x2_, 100}, {&x3_, 200}}))),
            200U);
  EXPECT_EQ(policy->QuorumTime(policy->CosignedBy(Signed({{&x1_, 300}}))), std::nullopt);
}

TEST_F(PolicyTest, NoneAsksForNobody) {
  const auto policy = Policy::Parse("quorum none\n", "p");
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->IsQuorum({}));
  EXPECT_EQ(policy->QuorumTime({}), std::nullopt);
  EXPECT_TRUE(policy->IsOfKnownLog("anything"));
}

TEST_F(PolicyTest, ACheckpointIsOfAListedLogIfItsKeySignedIt) {
  const note::Signer other = Drawn("example.org/other", note::KeyType::kNote);
  const auto policy =
      Policy::Parse("log " + other.verifier().Text() + " https://log.example/\nquorum none\n", "p");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->logs()[0].url, "https://log.example/");
  EXPECT_FALSE(policy->IsOfKnownLog(Signed({})));
  EXPECT_TRUE(policy->IsOfKnownLog(
      note::SignNote(note::CheckpointText({"example.org/other", 3, {}}), other)));
  // Signed by it, and yet another log's.
  EXPECT_FALSE(policy->IsOfKnownLog(
      note::SignNote(note::CheckpointText({"example.org/log", 3, {}}), other)));
}

TEST_F(PolicyTest, EachMistakeIsToldWithItsLine) {
  const std::string x1 = WitnessLine("X1", x1_);
  const std::string x2 = WitnessLine("X2", x2_);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "no quorum line"},
      {x1, "p:1"},
      {x1 + "quorum X1\nquorum X1\n", "p:3"},
      {"quorum X1\n" + x1, "p:1"},
      {x1 + x1 + "quorum X1\n", "the name is taken: X1"},
      {x1 + WitnessLine("X2", x1_) + "quorum X1\n", "key stands twice"},
      {x1 + "group G 1 X1 X1\nquorum G\n", "in a group already: X1"},
      {x1 + "group G 1 X1\ngroup H 1 X1\nquorum G\n", "in a group already: X1"},
      {x1 + x2 + "group G 3 X1 X2\nquorum G\n", "not a threshold for 2 members: 3"},
      {x1 + x2 + "group G 0 X1 X2\nquorum G\n", "not a threshold for 2 members: 0"},
      {x1 + x2 + "group G 01 X1 X2\nquorum G\n", "not a threshold"},
      {x1 + "group G any X9\nquorum G\n", "no such witness or group above: X9"},
      {"group none any X1\nquorum none\n", "the name is taken: none"},
      {"witness W " + log_.verifier().Text() + "\nquorum W\n", "not a witness's key"},
      {"log " + x1_.verifier().Text() + "\nquorum none\n", "not a log's key"},
      {"witnes X1 key\nquorum none\n", "no such word: witnes"},
      {"quorum none", "does not end in a newline"},
      {"quorum\x01 none\n", "a control character"},
  };
  for (const auto& [text, what] : bad) {
    const auto policy = Policy::Parse(text, "p");
    ASSERT_FALSE(policy) << text;
    EXPECT_THAT(base::Describe(policy.error()), HasSubstr(what)) << text;
    EXPECT_EQ(policy.error().failure, base::Failure::kUsage);
  }
}

}  // namespace
}  // namespace unopened::audit::witness
