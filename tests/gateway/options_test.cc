#include "gateway/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/watch_settings.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using ::testing::HasSubstr;

OptionSet Small() {
  OptionSet set{"small", "--log --help", po::options_description()};
  set.options.add_options()("log", po::value<std::string>())("count", po::value<unsigned>())(
      "help,h", po::bool_switch());
  return set;
}

TEST(OptionsTest, AnUnknownOptionNamesTheNearestKnownOne) {
  const auto values = Parse(Small(), {"--lgo", "x"});
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().failure, base::Failure::kUsage);
  EXPECT_THAT(base::Describe(values.error()), HasSubstr("did you mean --log?"));
}

TEST(OptionsTest, ShortenedNamesAreNotGuessed) { EXPECT_FALSE(Parse(Small(), {"--lo", "x"})); }

TEST(OptionsTest, AMissingValueAStrayArgumentAndARepeatedOptionAreRefused) {
  EXPECT_FALSE(Parse(Small(), {"--log"}));
  EXPECT_FALSE(Parse(Small(), {"stray"}));
  EXPECT_FALSE(Parse(Small(), {"--log", "a", "--log", "b"}));
  EXPECT_FALSE(Parse(Small(), {"--count", "many"}));
}

TEST(OptionsTest, ANearestWordIsOnlyNamedIfItIsNear) {
  EXPECT_EQ(Nearest("watcj", {"watch", "inspect"}), "watch");
  EXPECT_EQ(Nearest("zzzzzzzzz", {"watch", "inspect"}), "");
}

// The help page is prose of ours, so nothing else keeps it complete.
TEST(OptionsTest, TheHelpOfWatchNamesEveryOption) {
  for (const char* option :
       {"--interface", "--read", "--log", "--origin", "--tap", "--legal-basis", "--filter",
        "--snap-length", "--buffer", "--no-promiscuous", "--user", "--serve",
        "--web.listen-address", "--workers", "--config", "--format", "--help"}) {
    EXPECT_THAT(std::string(WatchHelp()), HasSubstr(option));
  }
}

TEST(OptionsTest, HelpLinesFitATerminal) {
  std::size_t from = 0;
  const std::string_view help = WatchHelp();
  while (from < help.size()) {
    const std::size_t end = help.find('\n', from);
    EXPECT_LE(end - from, 110U) << help.substr(from, end - from);
    from = end + 1;
  }
}

}  // namespace
}  // namespace unopened::gateway
