#include "audit/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "audit/merkle/bundle.h"
#include "audit/note/note.h"
#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "base/clock.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

using base::Failure;
using ::testing::HasSubstr;

constexpr int kEntries = 600;

std::string Body(int i) { return R"({"type":"test","n":)" + std::to_string(i) + "}"; }

class VerifierTest : public ::testing::Test {
 protected:
  void SetUp() override { vkey_ = MakeLog(folder_, "example.org/log"); }

  std::string MakeLog(const std::string& folder, const std::string& origin) {
    Opened opened;
    auto recorder = Recorder::Open({folder, origin}, disk_, clock_, opened);
    EXPECT_TRUE(recorder);
    std::vector<std::string> bodies;
    for (int i = 0; i < kEntries; ++i) bodies.push_back(Body(i));
    EXPECT_TRUE((*recorder)->Commit(std::span(bodies).first(100)));
    EXPECT_TRUE((*recorder)->Commit(std::span(bodies).subspan(100)));
    return opened.verifier_key;
  }
  std::string Read(const std::string& name) {
    auto bytes = disk_.Read(folder_ + "/" + name);
    EXPECT_TRUE(bytes) << name;
    return bytes.value_or("");
  }
  void Write(const std::string& name, const std::string& bytes) {
    auto file = disk_.Create(folder_ + "/" + name, 0600);
    ASSERT_TRUE(file && (*file)->Append(bytes));
  }
  base::Result<TreeReport> Verify() { return VerifyTree(disk_, folder_, vkey_, {}); }

  tests::TempFolder temp_;
  std::string folder_ = temp_.path() + "/log";
  PosixFileSystem disk_;
  base::ManualClock clock_;
  std::string vkey_;
};

TEST_F(VerifierTest, AWholeLogVerifiesWithoutItsKeysAndGivesEveryEntryInOrder) {
  std::filesystem::remove_all(folder_ + "/keys");
  std::filesystem::remove(folder_ + "/lock");
  std::uint64_t next = 0;
  const auto report =
      VerifyTree(disk_, folder_, vkey_, [&](std::uint64_t index, std::string_view entry) {
        EXPECT_EQ(index, next++);
        EXPECT_TRUE(entry.starts_with(R"({"type":"test","n":)" + std::to_string(index) + ","));
        return true;
      });
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->problems[0];
  EXPECT_EQ(report->entries, 600U);
  EXPECT_EQ(report->checkpoint.size, 600U);
  EXPECT_EQ(report->tiles, 4U);
  EXPECT_EQ(next, 600U);
  EXPECT_EQ(OfferedVerifierKey(disk_, folder_).value_or(""), vkey_);
}

TEST_F(VerifierTest, TheReaderGivesAnyRangeAndProofsThatVerify) {
  const auto reader = LogReader::Open(disk_, folder_);
  ASSERT_TRUE(reader);
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(reader->ReadEntries(254, 514, [&](std::uint64_t index, std::string_view entry) {
    EXPECT_THAT(std::string(entry), HasSubstr("\"n\":" + std::to_string(index) + ","));
    seen.push_back(index);
    return true;
  }));
  EXPECT_EQ(seen.size(), 260U);
  EXPECT_EQ(seen.front(), 254U);
  merkle::Hasher hasher;
  for (const std::uint64_t index : {0U, 255U, 256U, 511U, 512U, 599U}) {
    merkle::Hash leaf{};
    ASSERT_TRUE(reader->ReadEntries(index, index + 1, [&](std::uint64_t, std::string_view entry) {
      leaf = hasher.Leaf(entry);
      return true;
    }));
    const auto proof = reader->ProveInclusion(index);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(
        merkle::VerifyInclusion(index, 600, leaf, *proof, reader->checkpoint().root, hasher));
  }
  EXPECT_FALSE(reader->ProveInclusion(600));
}

TEST_F(VerifierTest, AReaderStaysWithItsTreeWhileTheRecorderGoesOn) {
  const auto reader = LogReader::Open(disk_, folder_);
  ASSERT_TRUE(reader);
  {
    Opened opened;
    auto recorder = Recorder::Open({folder_, ""}, disk_, clock_, opened);
    ASSERT_TRUE(recorder);
    for (const int count : {1, 1, 200}) {  // the partial files of 600 are superseded, then gone
      ASSERT_TRUE((*recorder)->Commit(std::vector<std::string>(count, Body(0))));
    }
  }
  EXPECT_FALSE(disk_.Exists(folder_ + "/tile/entries/002.p"));
  std::uint64_t last = 0;
  ASSERT_TRUE(reader->ReadEntries(0, 10'000, [&](std::uint64_t index, std::string_view) {
    last = index;
    return true;
  }));
  EXPECT_EQ(last, 599U);
  EXPECT_TRUE(reader->ProveInclusion(599));
  const auto newer = LogReader::Open(disk_, folder_);
  const auto proof = newer->ProveConsistency(600);
  ASSERT_TRUE(proof);
  merkle::Hasher hasher;
  EXPECT_TRUE(merkle::VerifyConsistency(600, 802, reader->checkpoint().root,
                                        newer->checkpoint().root, *proof, hasher));
}

// What was done to a file, and what the verifier says of it.
struct Mutation {
  std::string name;
  std::string file;
  std::function<std::string(std::string)> change;
  std::string says;
};

std::string Flip(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

std::string SwapEntries(const std::string& bundle, std::size_t a, std::size_t b) {
  std::vector<std::string> entries;
  merkle::BundleReader reader(bundle);
  for (std::string_view entry; reader.Next(entry);) entries.emplace_back(entry);
  std::swap(entries[a], entries[b]);
  std::string swapped;
  for (const auto& entry : entries) merkle::AppendToBundle(entry, swapped);
  return swapped;
}

TEST_F(VerifierTest, EveryKindOfChangeIsFoundAndNamed) {
  const std::string last = "tile/entries/002.p/88";
  const std::vector<Mutation> mutations = {
      {"a bit of an entry", "tile/entries/001", [](auto s) { return Flip(s, 30); },
       "entry 256 (tile/entries/001, bytes 0 to "},
      {"a bit of an entry's length", "tile/entries/000", [](auto s) { return Flip(s, 1); },
       "tile/entries/000: entry 2 is missing or cut, from byte "},
      {"two entries swapped", "tile/entries/000", [](auto s) { return SwapEntries(s, 3, 7); },
       "entry 3 (tile/entries/000"},
      {"an entry twice", last, [](auto s) { return s + s.substr(0, 40); },
       " follow the last entry"},
      {"a bundle cut", last, [](auto s) { return s.substr(0, s.size() - 5); },
       "entry 599 is missing or cut"},
      {"a bundle emptied", "tile/entries/001", [](auto) { return std::string(); },
       "entry 256 is missing or cut"},
      {"a leaf hash", "tile/0/001", [](auto s) { return Flip(s, 32 * 9); },
       "entry 265 (tile/entries/001"},
      {"a leaf hash of the last tile", "tile/0/002.p/88", [](auto s) { return Flip(s, 0); },
       "entry 512 (tile/entries/002.p/88"},
      {"a hash above", "tile/1/000.p/2", [](auto s) { return Flip(s, 33); },
       "tile/1/000.p/2: bytes 32 to 63 are not the root of tile/0/001"},
      {"a tile cut", "tile/0/000", [](auto s) { return s.substr(0, s.size() - 32); },
       "the tile is 8160 bytes long, not 8192"},
      {"a tile too long", "tile/1/000.p/2", [](auto s) { return s + std::string(32, 'x'); },
       "the tile is 96 bytes long, not 64"},
  };
  for (const Mutation& mutation : mutations) {
    SCOPED_TRACE(mutation.name);
    const std::string before = Read(mutation.file);
    Write(mutation.file, mutation.change(before));
    const auto report = Verify();
    ASSERT_TRUE(report) << base::Describe(report.error());
    EXPECT_FALSE(report->ok());
    ASSERT_FALSE(report->problems.empty());
    EXPECT_THAT(report->problems[0], HasSubstr(mutation.says));
    Write(mutation.file, before);
  }
  EXPECT_TRUE(Verify()->ok());
}

TEST_F(VerifierTest, AChangeOfAnEntryAndItsLeafShowsInTheTileAbove) {
  merkle::Hasher hasher;
  const std::string bundle = Flip(Read("tile/entries/000"), 30);
  merkle::BundleReader reader(bundle);
  std::string_view entry;
  ASSERT_TRUE(reader.Next(entry));
  const merkle::Hash leaf = hasher.Leaf(entry);
  Write("tile/entries/000", bundle);
  Write("tile/0/000", std::string(merkle::AsText({&leaf, 1})) + Read("tile/0/000").substr(32));
  auto report = Verify();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->problem_count, 1U);
  EXPECT_THAT(report->problems[0], HasSubstr("bytes 0 to 31 are not the root of tile/0/000"));
}

TEST_F(VerifierTest, AMissingFileIsNamed) {
  for (const std::string file : {"tile/entries/001", "tile/0/000", "tile/1/000.p/2"}) {
    std::filesystem::rename(folder_ + "/" + file, folder_ + "/away");
    const auto report = Verify();
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->ok());
    EXPECT_THAT(report->problems[0], HasSubstr(file));
    std::filesystem::rename(folder_ + "/away", folder_ + "/" + file);
  }
}

TEST_F(VerifierTest, EveryFlippedByteOfTheCheckpointIsFound) {
  const std::string note = Read("checkpoint");
  for (std::size_t at = 0; at < note.size(); ++at) {
    Write("checkpoint", Flip(note, at));
    const auto report = Verify();
    ASSERT_FALSE(report) << "byte " << at;
    EXPECT_EQ(report.error().failure, Failure::kLog) << "byte " << at;
  }
}

TEST_F(VerifierTest, AFlippedByteAnywhereInATileOrBundleIsFound) {
  for (const std::string file : {"tile/1/000.p/2", "tile/0/002.p/88", "tile/entries/002.p/88"}) {
    const std::string bytes = Read(file);
    for (std::size_t at = 0; at < bytes.size(); at += 29) {
      Write(file, Flip(bytes, at));
      const auto report = Verify();
      ASSERT_TRUE(report);
      EXPECT_FALSE(report->ok()) << file << " byte " << at;
    }
    Write(file, bytes);
  }
}

TEST_F(VerifierTest, AnotherKeysLogIsRefusedAndSoIsAForgedCheckpoint) {
  const std::string other_folder = temp_.path() + "/other";
  const std::string other_key = MakeLog(other_folder, "example.org/log");
  const auto foreign = VerifyTree(disk_, other_folder, vkey_, {});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().failure, Failure::kLog);
  EXPECT_THAT(base::Describe(foreign.error()), HasSubstr("signed by another key"));

  // The right text under the right name, signed with a key of the forger's.
  auto forger = note::Signer::Generate("example.org/log");
  ASSERT_TRUE(forger);
  const std::string text = Read("checkpoint").substr(0, Read("checkpoint").rfind("\n\n") + 1);
  Write("checkpoint", note::SignNote(text, *forger));
  EXPECT_FALSE(Verify());
  EXPECT_FALSE(VerifyTree(disk_, folder_, "nonsense", {}));
}

}  // namespace
}  // namespace unopened::audit
