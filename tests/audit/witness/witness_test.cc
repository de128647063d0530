#include "audit/witness/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/merkle/edge.h"
#include "audit/note/cosignature.h"
#include "audit/note/proof_file.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::audit::witness {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using unopened::tests::FaultyFileSystem;

// A log in memory that can show any history of its own making.
class History {
 public:
  explicit History(std::string salt) : salt_(std::move(salt)) {}

  merkle::Hash Root(std::uint64_t size) {
    merkle::Edge edge;
    std::vector<merkle::Tile> filled;
    for (std::uint64_t i = 0; i < size; ++i) edge.Append(Leaf(i), hasher_, filled);
    return edge.Root(hasher_);
  }
  merkle::Proof Consistency(std::uint64_t from, std::uint64_t to) {
    if (from == 0) return {};
    const auto nodes = [&](merkle::NodeId node) -> base::Result<merkle::Hash> {
      std::vector<merkle::Hash> leaves;
      for (std::uint64_t i = node.index << node.height; i < (node.index + 1) << node.height; ++i) {
        leaves.push_back(Leaf(i));
      }
      return hasher_.Root(leaves);
    };
    auto proof = merkle::ProveConsistency(from, to, nodes, hasher_);
    EXPECT_TRUE(proof);
    return *proof;
  }

 private:
  merkle::Hash Leaf(std::uint64_t i) {
    // Two histories share their first five entries.
    return hasher_.Leaf((i < 5 ? "" : salt_) + std::to_string(i));
  }
  std::string salt_;
  merkle::Hasher hasher_;
};

class WitnessTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void Start() {
    witness_.reset();
    auto opened = Witness::Open("w", "witness.example/w1", Logs(), file_system_, clock_);
    ASSERT_TRUE(opened) << base::Describe(opened.error());
    witness_ = std::move(*opened);
  }
  std::vector<note::VerifierKey> Logs() const {
    std::vector<note::VerifierKey> logs;
    logs.push_back(std::move(*note::VerifierKey::Parse(log_.verifier().Text())));
    return logs;
  }
  std::string Checkpoint(History& history, std::uint64_t size) {
    return note::SignNote(note::CheckpointText({"example.org/log", size, history.Root(size)}),
                          log_);
  }
  std::string Request(History& history, std::uint64_t from, std::uint64_t to) {
    return note::EncodeConsistency({from, history.Consistency(from, to), Checkpoint(history, to)});
  }

  const note::Signer log_ = std::move(*note::Signer::Generate("example.org/log"));
  base::ManualClock clock_{1'700'000'000 * base::kNsPerSecond};
  FaultyFileSystem file_system_;
  std::unique_ptr<Witness> witness_;
  History honest_{"a"};
  History fork_{"b"};
};

TEST_F(WitnessTest, CosignsAContinuationAndRemembersIt) {
  const Answer first = witness_->AddCheckpoint(Request(honest_, 0, 7));
  ASSERT_EQ(first.status, 200) << first.body;
  const std::string cosigned = Checkpoint(honest_, 7) + first.body;
  const auto parsed = note::ParseNote(cosigned);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->signatures.size(), 2U);
  const auto by = note::VerifyCosignature(parsed->text, parsed->signatures[1], witness_->key());
  ASSERT_TRUE(by);
  EXPECT_EQ(by->name, "witness.example/w1");
  EXPECT_EQ(by->timestamp, 1'700'000'000U);

  EXPECT_EQ(witness_->AddCheckpoint(Request(honest_, 7, 300)).status, 200);
  // The same once more, with a new time.
  clock_.Advance(60 * base::kNsPerSecond);
  EXPECT_EQ(witness_->AddCheckpoint(Request(honest_, 300, 300)).status, 200);
  // After a restart it knows still.
  Start();
  const Answer stale = witness_->AddCheckpoint(Request(honest_, 7, 300));
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.body, "300\n");
  EXPECT_EQ(stale.content_type, "text/x.tlog.size");
}

TEST_F(WitnessTest, RefusesAForkWhateverSizeItShows) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(honest_, 0, 8)).status, 200);
  const Answer same_size = witness_->AddCheckpoint(Request(fork_, 8, 8));
  EXPECT_EQ(same_size.status, 409);
  EXPECT_EQ(same_size.body, "8\n");
  EXPECT_EQ(witness_->AddCheckpoint(Request(fork_, 8, 12)).status, 422);
  // A proof that holds from where they parted does not hold from what was cosigned.
  EXPECT_EQ(witness_->AddCheckpoint(Request(fork_, 5, 12)).status, 409);
  EXPECT_EQ(witness_->AddCheckpoint(Request(fork_, 0, 12)).status, 409);
  // The honest one goes on.
  EXPECT_EQ(witness_->AddCheckpoint(Request(honest_, 8, 12)).status, 200);
}

TEST_F(WitnessTest, RefusesWhatIsNotALogOfItsOwn) {
  const note::Signer stranger = std::move(*note::Signer::Generate("example.org/other"));
  const note::Signer impostor = std::move(*note::Signer::Generate("example.org/log"));
  const auto signed_by = [&](const note::Signer& signer) {
    return note::EncodeConsistency(
        {0, {}, note::SignNote(note::CheckpointText({signer.name(), 3, honest_.Root(3)}), signer)});
  };
  EXPECT_EQ(witness_->AddCheckpoint(signed_by(stranger)).status, 404);
  EXPECT_EQ(witness_->AddCheckpoint(signed_by(impostor)).status, 403);
  EXPECT_EQ(witness_->AddCheckpoint("").status, 400);
  EXPECT_EQ(witness_->AddCheckpoint("old 0\n\nnot a note\n").status, 400);
  EXPECT_EQ(
      witness_->AddCheckpoint(note::EncodeConsistency({9, {}, Checkpoint(honest_, 3)})).status,
      400);
  // A proof where none is due.
  EXPECT_EQ(
      witness_
          ->AddCheckpoint(note::EncodeConsistency({0, {merkle::Hash{}}, Checkpoint(honest_, 3)}))
          .status,
      422);
  EXPECT_EQ(witness_->AddCheckpoint(Request(honest_, 0, 3)).status, 200);
}

TEST_F(WitnessTest, EveryBentByteOfARequestIsRefused) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(honest_, 0, 5)).status, 200);
  const std::string good = Request(honest_, 5, 9);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bent = good;
    bent[at] = static_cast<char>(bent[at] ^ 1);
    EXPECT_NE(witness_->AddCheckpoint(bent).status, 200) << at;
  }
  EXPECT_EQ(witness_->AddCheckpoint(good).status, 200);
}

// What was told is on disk: after any failed call and the power gone, no second history is signed.
TEST_F(WitnessTest, NeverSignsTwoHistoriesWhateverFails) {
  for (const auto effect : {FaultyFileSystem::Effect::kNone, FaultyFileSystem::Effect::kDone,
                            FaultyFileSystem::Effect::kHalf}) {
    for (std::uint64_t call = 1; call < 40; ++call) {
      file_system_ = FaultyFileSystem();
      Start();
      ASSERT_EQ(witness_->AddCheckpoint(Request(honest_, 0, 6)).status, 200);
      file_system_.FailCall(call, effect, base::Failure::kGeneral, false);
      const bool told = witness_->AddCheckpoint(Request(honest_, 6, 9)).status == 200;
      const bool reached = file_system_.failed();
      file_system_.Heal();
      witness_.reset();
      file_system_.CrashNow(FaultyFileSystem::Crash::kPower, 1);
      Start();
      const Answer fork = witness_->AddCheckpoint(Request(fork_, 9, 9));
      EXPECT_EQ(fork.status, 409) << call;
      if (told) {
        EXPECT_EQ(fork.body, "9\n") << call;
      }
      if (!reached) break;
      ASSERT_LT(call, 39U) << "the request makes more calls than were tried";
    }
  }
}

TEST_F(WitnessTest, ItsFolderIsItsOwn) {
  const auto second = Witness::Open("w", "", Logs(), file_system_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().failure, base::Failure::kBusy);
  witness_.reset();
  const auto renamed = Witness::Open("w", "another.example", Logs(), file_system_, clock_);
  ASSERT_FALSE(renamed);
  EXPECT_THAT(renamed.error().what, HasSubstr("witness.example/w1"));
  EXPECT_FALSE(Witness::Open("x", "", {}, file_system_, clock_));
  const auto unnamed = Witness::Open("x", "", Logs(), file_system_, clock_);
  ASSERT_TRUE(unnamed);
  EXPECT_THAT((*unnamed)->key().name(), StartsWith("unopened.invalid/witness-"));
}

TEST_F(WitnessTest, ARecordThatSomebodyElseWroteStopsIt) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(honest_, 0, 6)).status, 200);
  const auto names = file_system_.List("w");
  ASSERT_TRUE(names);
  for (const std::string& name : *names) {
    if (!name.ends_with(".checkpoint")) continue;
    auto file = file_system_.Create("w/" + name, 0644);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->Append(Checkpoint(honest_, 3)));
    ASSERT_TRUE((*file)->Close());
  }
  EXPECT_EQ(witness_->AddCheckpoint(Request(honest_, 3, 9)).status, 500);
}

}  // namespace
}  // namespace unopened::audit::witness
