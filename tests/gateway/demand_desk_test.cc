#include "gateway/demand_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/demands/demands_entry.h"
#include "gateway/demand_csv.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

namespace unopened::gateway {
namespace {

using audit::tests::InABand;
using audit::tests::TimeAt;
using audit::tests::TwoOutcomes;
using ::testing::HasSubstr;

class DemandDeskTest : public ::testing::Test {
 protected:
  DemandDesk Desk() { return DemandDesk(audit::DemandSpool(disk_, "log")); }
  tests::FaultyFileSystem disk_;
  audit::DemandSpool spool_{disk_, "log"};
};

TEST_F(DemandDeskTest, OneEntryADayAlsoAnEmptyOne) {
  DemandDesk desk = Desk();
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-01", 100))->empty());
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-01", 86'399))->empty());
  const auto due = desk.Due(TimeAt("2024-05-02"));
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_THAT((*due)[0], HasSubstr(R"("day":"2024-05-01","part":1,"parts":1,"demands":[]})"));
  // Not again while it is on its way, nor afterwards on that day.
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-02", 60))->empty());
  ASSERT_TRUE(desk.Committed());
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-02", 120))->empty());
  EXPECT_EQ(desk.Due(TimeAt("2024-05-03"))->size(), 1U);
}

TEST(DemandCategory, IsACategoryAndOutcomesWithCounts) {
  const auto read = ParseDemandCategory("live_content:encrypted=1:produced=3");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first, audit::Category::kLiveContent);
  for (const char* bad : {"", ":", "live_content:=", "live_content:produced",
                          "live_content:produced=", "live_content:=1", "live_content:produced=1=2",
                          "nothing:produced=1"}) {
    EXPECT_FALSE(ParseDemandCategory(bad)) << bad;
  }
}

TEST_F(DemandDeskTest, WhatWasEnteredGoesIntoTheLogOnce) {
  ASSERT_TRUE(spool_.Add(TwoOutcomes()));
  DemandDesk desk = Desk();
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-01"))->empty());
  const auto due = desk.Due(TimeAt("2024-05-02"));
  ASSERT_TRUE(due);
  EXPECT_THAT((*due)[0], HasSubstr(TwoOutcomes().id));
  // The process dies between the commit and the taking off the spool.
  DemandDesk after = Desk();
  after.See((*due)[0]);
  ASSERT_TRUE(spool_.Add(InABand()));
  const auto next = after.Due(TimeAt("2024-05-03"));
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)[0].find(TwoOutcomes().id), std::string::npos);
  EXPECT_THAT((*next)[0], HasSubstr(InABand().id));
  ASSERT_TRUE(after.Committed());
  EXPECT_TRUE(spool_.Pending()->empty());
}

TEST_F(DemandDeskTest, ADayThatHasItsEntryGetsNoOtherAfterARestart) {
  DemandDesk desk = Desk();
  desk.See(audit::WriteDemands(base::DayOf(TimeAt("2024-05-01")), {})[0]);
  EXPECT_TRUE(desk.Due(TimeAt("2024-05-02", 5))->empty());
  EXPECT_EQ(desk.Due(TimeAt("2024-05-03", 5))->size(), 1U);
}

}  // namespace
}  // namespace unopened::gateway
