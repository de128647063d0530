#include "gateway/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/sample_catalogue.h"

namespace unopened::gateway {
namespace {

using audit::Answer;
using audit::Category;
using audit::tests::DayAt;
using audit::tests::SampleCatalogue;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseSession, ReadsWordsInAnyOrder) {
  const auto session = ParseSession("static_rsa, tls 1.2 resumed strong");
  ASSERT_TRUE(session) << base::Describe(session.error());
  EXPECT_EQ(session->protocol, classify::Protocol::kTls);
  EXPECT_EQ(session->version, classify::Version::kTls12);
  EXPECT_EQ(session->key_exchange, classify::KeyExchange::kStaticRsa);
  EXPECT_EQ(session->resumption, classify::Resumption::kResumed);
  EXPECT_EQ(session->evidence, classify::Evidence::kStrong);
  EXPECT_EQ(session->sides, classify::SidesSeen::kBoth);
}

TEST(ParseSession, OneSideIsWeak) {
  const auto session = ParseSession("quic one_side");
  ASSERT_TRUE(session);
  EXPECT_EQ(session->sides, classify::SidesSeen::kClientOnly);
  EXPECT_LE(session->evidence, classify::Evidence::kWeak);
}

TEST(ParseSession, HelpsWithWhatIsNone) {
  for (const auto& [words, helped] :
       std::vector<std::pair<std::string, std::string>>{{"", "which protocol"},
                                                        {"1.2", "which protocol"},
                                                        {"tls tls", "said twice"},
                                                        {"tls 1.3 pqhybrid", "pq_hybrid"},
                                                        {"tsl", "tls"}}) {
    const auto session = ParseSession(words);
    ASSERT_FALSE(session) << words;
    EXPECT_THAT(base::Describe(session.error()), HasSubstr(helped)) << words;
  }
}

class ExplanationTest : public ::testing::Test {
 protected:
  Explanation Of(const std::string& service, const std::string& day) {
    const auto found = FindService(catalogue_, service);
    EXPECT_TRUE(found) << service;
    return Explain(catalogue_, *found, *ParseSession("tls 1.3 ecdhe"), std::nullopt, DayAt(day));
  }
  const audit::Catalogue catalogue_ = SampleCatalogue();
};

TEST_F(ExplanationTest, AServiceIsExplainedAtItsOwnEndpoints) {
  const Explanation explanation = Of("whatsapp", "2024-05-01");
  ASSERT_EQ(explanation.endpoints.size(), 1U);
  const auto& rows = explanation.endpoints[0].categories;
  ASSERT_EQ(rows.size(), audit::kCategoryCount);
  EXPECT_EQ(rows[static_cast<std::size_t>(Category::kLiveContent)].provider.answer,
            Answer::kCouldNot);
  const std::string table = ExplanationTable(explanation, {false, true, 100});
  EXPECT_THAT(table, HasSubstr("live content"));
  EXPECT_THAT(table, HasSubstr("\u2588\u2588 could not"));
  EXPECT_THAT(table, HasSubstr("by service policy since"));
  EXPECT_THAT(ExplanationTable(explanation, {false, false, 100}), HasSubstr("## could not"));
  EXPECT_THAT(table, Not(HasSubstr("\033")));
  EXPECT_THAT(ExplanationTable(explanation, {true, true, 100}), HasSubstr("\033[38;5;75m"));
}

TEST_F(ExplanationTest, TheDayDecides) {
  EXPECT_EQ(Of("whatsapp", "2015-05-01")
                .endpoints[0]
                .categories[static_cast<std::size_t>(Category::kLiveContent)]
                .provider.answer,
            Answer::kUnknown);
}

TEST_F(ExplanationTest, ASessionToNobodyNamesNoService) {
  const Explanation explanation = Explain(catalogue_, std::nullopt, *ParseSession("ssh ecdhe"),
                                          std::nullopt, DayAt("2024-05-01"));
  EXPECT_EQ(explanation.service, nullptr);
  ASSERT_EQ(explanation.endpoints.size(), 1U);
  const auto json = ExplanationJson(explanation);
  EXPECT_EQ(json["service"], "");
  EXPECT_EQ(json["endpoints"][0]["categories"].size(), audit::kCategoryCount);
}

TEST_F(ExplanationTest, JsonAndMarkdownSayTheSame) {
  const Explanation explanation = Of("messenger", "2024-05-01");
  const auto json = ExplanationJson(explanation);
  const std::string markdown = ExplanationMarkdown(explanation);
  for (const auto& row : json["endpoints"][0]["categories"]) {
    std::string answer = row["provider"]["answer"];
    std::replace(answer.begin(), answer.end(), '_', ' ');
    EXPECT_THAT(markdown, HasSubstr(" | " + answer));
  }
  EXPECT_EQ(json["at"], "2024-05-01");
}

TEST_F(ExplanationTest, ANearMissIsSuggested) {
  const auto found = FindService(catalogue_, "whatsap");
  ASSERT_FALSE(found);
  EXPECT_THAT(base::Describe(found.error()), HasSubstr("did you mean whatsapp?"));
}

}  // namespace
}  // namespace unopened::gateway
