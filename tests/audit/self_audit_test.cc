#include "audit/self_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/sample_log.h"

namespace unopened::audit::tests {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SelfFindings Read(const std::vector<std::string>& log) {
  SelfAudit self;
  for (std::size_t i = 0; i < log.size(); ++i) self.Next(i, Blinded(log[i], i));
  return self.findings();
}

TEST(SelfAudit, ALogOfOursNamesNobody) {
  const SelfFindings findings = Read(SampleLog());
  EXPECT_THAT(findings.suspects, IsEmpty());
  EXPECT_EQ(findings.demands, 2U);
  EXPECT_EQ(findings.first_window, "2019-03-01T00:00:00Z");
  EXPECT_GT(findings.cells_of_one, 0U);
  EXPECT_LT(findings.cells_of_one, findings.cells);
  EXPECT_THAT(findings.statements, Contains("legal_basis: research agreement 7"));
}

struct Planted {
  std::string name;
  std::string text;
  std::string looks;
};
class PlantedTest : public ::testing::TestWithParam<Planted> {};

// In the one text of an entry that is free: wherever it stands, it is found.
TEST_P(PlantedTest, IsFoundWithItsEntryAndMember) {
  std::vector<std::string> log = SampleLog();
  const std::size_t at = log.size() - 1;
  log[at] = R"({"type":"stop","at":"2024-01-01T00:00:01Z","reason":")" + GetParam().text + "\"}";
  const SelfFindings findings = Read(log);
  EXPECT_EQ(findings.suspect_count, 1U);
  EXPECT_THAT(findings.suspects,
              ElementsAre(HasSubstr("entry " + std::to_string(at) + ", reason: looks like " +
                                    GetParam().looks)));
  const auto answers = AnswerForItself(findings);
  EXPECT_EQ(answers.size(), kCategoryCount);
  for (const SelfAnswer& answer : answers) {
    if (answer.category == Category::kIpLogs) {
      EXPECT_EQ(answer.from_log, Answer::kConditional);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PlantedTest,
    ::testing::Values(Planted{"Ipv4", "from 192.0.2.17 on", "a network address"},
                      Planted{"Ipv4InAName", "tap-192.0.2.17", "a network address"},
                      Planted{"Ipv6", "[2001:db8::17]", "a network address"},
                      Planted{"Mac", "eth 02:00:5e:10:00:01", "a hardware address"},
                      Planted{"MacWithDashes", "02-00-5e-10-00-01", "a hardware address"},
                      Planted{"Mail", "alice@example.org", "a mail address"},
                      Planted{"Handle", "for @alice", "a mail address or a handle"},
                      Planted{"Line", "+442079460000", "a number of a line"}),
    [](const auto& planted) { return planted.param.name; });

TEST(SelfAudit, WhatIsNoIdentifierIsNone) {
  for (const char* text : {"signal", "end_of_input", "12:30", "version 1.2.3", "us_warrant", "a:b",
                           "2024-01-01T00:00:00Z", "0-249"}) {
    const SelfFindings findings =
        Read({R"({"type":"stop","at":"","reason":")" + std::string(text) + "\"}"});
    EXPECT_THAT(findings.suspects, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace unopened::audit::tests
