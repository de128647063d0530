#include "audit/store/kept_bundle.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace unopened::audit {
namespace {

using Entries = std::vector<std::pair<int, std::string>>;

Entries Read(std::string_view kept, bool* whole = nullptr) {
  Entries entries;
  KeptReader reader(kept);
  std::uint8_t place = 0;
  std::string_view entry;
  while (reader.Next(place, entry)) entries.emplace_back(place, entry);
  if (whole != nullptr) *whole = reader.at_end();
  return entries;
}

std::string Encode(const Entries& entries) {
  std::string kept;
  for (const auto& [place, entry] : entries) {
    AppendKept(static_cast<std::uint8_t>(place), entry, kept);
  }
  return kept;
}

TEST(KeptBundle, ReadsBackWhatIsKeptAndAtWhichPlace) {
  EXPECT_EQ(KeptPath(1'234'067), "pruned/tile/entries/x001/x234/067");
  for (const Entries& entries : {Entries{}, Entries{{0, "a"}}, Entries{{255, ""}},
                                 Entries{{0, std::string(65'535, 'x')}, {1, "b"}, {200, "c"}}}) {
    bool whole = false;
    EXPECT_EQ(Read(Encode(entries), &whole), entries);
    EXPECT_TRUE(whole);
  }
}

TEST(KeptBundle, StopsAtWhatIsCutOrOutOfItsPlace) {
  const Entries good = {{3, "abc"}, {7, "defg"}};
  const std::string bytes = Encode(good);
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    bool whole = true;
    const Entries read = Read(std::string_view(bytes).substr(0, size), &whole);
    EXPECT_LT(read.size(), 2U) << size;
    EXPECT_EQ(whole, size == Encode({good[0]}).size()) << size;
  }
  for (const Entries& bad : {Entries{{3, "abc"}, {3, "d"}}, Entries{{3, "abc"}, {2, "d"}}}) {
    bool whole = true;
    EXPECT_EQ(Read(Encode(bad), &whole).size(), 1U);
    EXPECT_FALSE(whole);
  }
}

}  // namespace
}  // namespace unopened::audit
