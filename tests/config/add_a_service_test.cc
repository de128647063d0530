// docs/how-to/add-a-service.md, followed word by word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "tests/config/shipped.h"
#include "tests/support/temp_folder.h"

namespace unopened::config {
namespace {

using audit::Category;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The page's blocks that begin with ```toml file=NAME.
std::map<std::string, std::string> BlocksOfThePage() {
  const std::string page =
      ReadFile(std::string(UNOPENED_SOURCE_DIR) + "/docs/how-to/add-a-service.md");
  const std::string opening = "```toml file=";
  std::map<std::string, std::string> blocks;
  for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
    const std::size_t name = at + opening.size();
    const std::size_t begin = page.find('\n', name) + 1;
    const std::size_t end = page.find("```", begin);
    blocks[page.substr(name, begin - 1 - name)] = page.substr(begin, end - begin);
    at = end;
  }
  return blocks;
}

class AddAService : public testing::Test {
 protected:
  AddAService() {
    std::filesystem::copy(std::string(UNOPENED_SOURCE_DIR) + "/config", folder_.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    for (const auto& [name, text] : BlocksOfThePage()) {
      std::ofstream(std::filesystem::path(folder_.path()) / name,
                    name == "sources.toml" ? std::ios::app : std::ios::out)
          << "\n"
          << text;
    }
    outcome_ = Load(folder_.path());
  }

  const audit::Catalogue& catalogue() const { return outcome_.loaded.catalogue; }

  audit::Finding Ask(const classify::HandshakeFacts& facts, Category category,
                     const std::string& day) const {
    const auto match = classify::EndpointMatcher(catalogue().rules).Match(facts);
    EXPECT_EQ(classify::Evidence::kStrong, match.evidence);
    return audit::Assess(audit::ShapeOf(TlsTo(match.endpoint)), catalogue(), DayAt(day))
        .provider_for(category);
  }

  tests::TempFolder folder_;
  LoadOutcome outcome_;
};

classify::HandshakeFacts Facts(const std::string& sni, const std::string& realm = "",
                               const std::string& certificate = "", const std::string& alpn = "") {
  classify::HandshakeFacts facts;
  facts.protocol = realm.empty() ? classify::Protocol::kTls : classify::Protocol::kStun;
  facts.transient.sni.Set(sni);
  facts.transient.realm.Set(realm);
  facts.transient.certificate_name.Set(certificate);
  facts.transient.alpn.Set(alpn);
  return facts;
}

TEST_F(AddAService, ThePagesFilesLoadWithTheShippedOnes) {
  ASSERT_THAT(BlocksOfThePage(),
              testing::UnorderedElementsAre(testing::Key("sources.toml"),
                                            testing::Key("services/example.toml")));
  EXPECT_EQ("", FormatProblems(outcome_.problems));
  EXPECT_EQ(Catalogue().services.size() + 1, catalogue().services.size());
  EXPECT_NE(Catalogue().digest, catalogue().digest);
}

TEST_F(AddAService, EveryRuleOfThePageNamesTheService) {
  const classify::EndpointMatcher matcher(catalogue().rules);
  for (const auto& facts : {Facts("eu.chat.example.org"), Facts("", "", "*.chat.example.org"),
                            Facts("", "", "", "h2;example/1")}) {
    EXPECT_EQ("example", catalogue().endpoint(matcher.Match(facts).endpoint).id);
  }
  EXPECT_EQ("example_calls",
            catalogue().endpoint(matcher.Match(Facts("", "relay.example.org")).endpoint).id);
  EXPECT_EQ("none", catalogue().endpoint(matcher.Match(Facts("example.org")).endpoint).id);
}

TEST_F(AddAService, TheAnswersAreThosePromised) {
  const auto chat = Facts("eu.chat.example.org");
  const auto live = Ask(chat, Category::kLiveContent, "2024-06-01");
  EXPECT_EQ(audit::Answer::kConditional, live.answer);
  EXPECT_EQ(audit::Reason::kPolicyE2eeDefault, live.reason);
  EXPECT_EQ("public channels", live.condition);
  EXPECT_EQ(audit::Answer::kCould, Ask(chat, Category::kLiveContent, "2019-05-31").answer);

  const auto calls = Ask(Facts("", "relay.example.org"), Category::kLiveContent, "2024-06-01");
  EXPECT_EQ(audit::Answer::kUnknown, calls.answer);
  EXPECT_EQ(audit::Answer::kCouldNot, calls.claimed);

  const auto addresses = Ask(chat, Category::kIpLogs, "2026-11-23");
  EXPECT_EQ(audit::Answer::kConditional, addresses.answer);
  EXPECT_EQ("kept for seven days", addresses.condition);
  EXPECT_EQ("Example Hosting AG", addresses.holder);
  EXPECT_EQ("unknown (earliest source 2026-11-20)",
            audit::Describe(Ask(chat, Category::kIpLogs, "2026-11-19")));
}

}  // namespace
}  // namespace unopened::config
