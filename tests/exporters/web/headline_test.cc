#include "exporters/web/headline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace unopened::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Grouped, PutsACommaBeforeEachThreeDigits) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1'000), "1,000");
  EXPECT_EQ(Grouped(1'048'190), "1,048,190");
  EXPECT_EQ(Grouped(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
}

TEST(HumanBytes, AreDecimalWithOnePlace) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1'000), "1.0 kB");
  EXPECT_EQ(HumanBytes(999'949), "999.9 kB");
  EXPECT_EQ(HumanBytes(999'950), "1.0 MB");  // never "1000.0 kB"
  EXPECT_EQ(HumanBytes(198'400'000'000'000), "198.4 TB");
  EXPECT_EQ(HumanBytes(18'446'744'073'709'551'615U), "18446.7 PB");
}

TEST(Percent, IsZeroOnlyForNoneAndAHundredOnlyForAll) {
  EXPECT_EQ(Percent(0, 5'000), "0.0%");
  EXPECT_EQ(Percent(1, 5'000), "< 0.1%");
  EXPECT_EQ(Percent(5, 5'000), "0.1%");
  EXPECT_EQ(Percent(470, 5'000), "9.4%");
  EXPECT_EQ(Percent(4'999, 5'000), "> 99.9%");
  EXPECT_EQ(Percent(5'000, 5'000), "100.0%");
  EXPECT_EQ(Percent(0, 0), "");
}

TEST(Shares, AddUpToAHundredByLargestRemainder) {
  const std::array<std::uint64_t, 3> thirds = {1, 1, 1};
  EXPECT_THAT(Shares(thirds), ElementsAre("33.4%", "33.3%", "33.3%"));
  const std::array<std::uint64_t, 6> sixths = {1, 1, 1, 1, 1, 1};
  EXPECT_THAT(Shares(sixths), ElementsAre("16.7%", "16.7%", "16.7%", "16.7%", "16.6%", "16.6%"));
  const std::array<std::uint64_t, 3> uneven = {1, 0, 9'999};
  EXPECT_THAT(Shares(uneven), ElementsAre("< 0.1%", "0.0%", "> 99.9%"));
  const std::array<std::uint64_t, 2> none = {0, 0};
  EXPECT_THAT(Shares(none), ElementsAre("", ""));
}

TEST(Shares, AddUpWhateverTheParts) {
  std::uint64_t state = 7;
  for (int round = 0; round < 200; ++round) {
    std::array<std::uint64_t, 8> parts{};
    for (std::uint64_t& part : parts) {
      state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      part = 100'000 + (state >> 44);  // none under 0.1%: those print no number to add
    }
    double sum = 0;
    for (const std::string& share : Shares(parts)) sum += std::stod(share);
    EXPECT_NEAR(sum, 100.0, 1e-6);
  }
}

audit::Summary With(std::uint64_t could_not, std::uint64_t could, std::uint64_t clear,
                    std::uint64_t unknown) {
  audit::Summary summary;
  const auto at = [&](audit::Verdict verdict) -> std::uint64_t& {
    return summary.conversations_by_verdict[static_cast<std::size_t>(verdict)];
  };
  at(audit::Verdict::kCouldNot) = could_not;
  at(audit::Verdict::kCould) = could;
  at(audit::Verdict::kClear) = clear;
  at(audit::Verdict::kUnknown) = unknown;
  summary.conversations = could_not + could + clear + unknown;
  return summary;
}

constexpr const char* kClaim =
    " went to a service that, by its own policy, could not have handed over what was said.";

TEST(Finding, CountsWhereAShareWouldSayMoreThanWasMeasured) {
  EXPECT_EQ(Finding(With(5, 1, 6, 38)), std::string("5 of 50 conversations") + kClaim);
  EXPECT_EQ(Finding(With(1, 0, 0, 0)), std::string("1 of 1 conversation") + kClaim);
  EXPECT_EQ(Finding(With(100, 0, 0, 899)), std::string("100 of 999 conversations") + kClaim);
}

TEST(Finding, SaysOneInNOnlyWhereTheShareIsWithinATwentiethOfIt) {
  EXPECT_EQ(Finding(With(100, 0, 0, 900)), std::string("About one conversation in 10") + kClaim);
  EXPECT_EQ(Finding(With(500, 0, 0, 500)), std::string("About one conversation in 2") + kClaim);
  EXPECT_EQ(Finding(With(50, 0, 0, 950)), std::string("About one conversation in 20") + kClaim);
  EXPECT_EQ(Finding(With(40, 0, 0, 960)), std::string("4.0% of conversations") + kClaim);
  EXPECT_EQ(Finding(With(400, 0, 0, 600)), std::string("40.0% of conversations") + kClaim);
  EXPECT_EQ(Finding(With(900, 0, 0, 100)), std::string("90.0% of conversations") + kClaim);
  EXPECT_EQ(Finding(With(1'000, 0, 0, 0)), std::string("100.0% of conversations") + kClaim);
}

TEST(Finding, NoneIsSaidInWords) {
  EXPECT_EQ(Finding(With(0, 1, 0, 4)), std::string("No conversation") + kClaim);
  EXPECT_EQ(Finding(With(0, 900, 0, 900)), std::string("No conversation") + kClaim);
  EXPECT_EQ(Finding({}), "No conversation was seen from both sides yet.");
}

TEST(FindingNote, HoldsTheDenominatorAndWhatIsNotKnown) {
  EXPECT_EQ(
      FindingNote(With(5, 1, 6, 38)),
      "Of 50 conversations seen from both sides, the provider could have for 1, anyone on the "
      "path for 6; for 38 no verified fact is held.");
  EXPECT_EQ(
      FindingNote(With(1'000, 500, 250, 8'250)),
      "Of 10,000 conversations seen from both sides, the provider could have for 5.0%, anyone "
      "on the path for 2.5%; for 82.5% no verified fact is held.");
  EXPECT_EQ(FindingNote({}), "");
}

TEST(Headline, IsTheFindingThenItsNote) {
  const audit::Summary summary = With(5, 1, 6, 38);
  EXPECT_EQ(Headline(summary), Finding(summary) + " " + FindingNote(summary));
  EXPECT_THAT(Headline({}), Not(HasSubstr("  ")));
  EXPECT_THAT(Headline({}), StartsWith("No conversation was seen"));
}

}  // namespace
}  // namespace unopened::exporters
