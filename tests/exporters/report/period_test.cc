#include "exporters/report/period.h"

#include <gtest/gtest.h>

#include "tests/exporters/report/sample.h"

namespace unopened::exporters::report {
namespace {

using tests::Days;

struct Case {
  std::string name;
  Period period;
  Step step;
  std::vector<std::string> labels;
  bool first_cut;
  bool last_cut;
};

TEST(Period, IsSplitAtTheCalendarsOwnBorders) {
  const std::vector<Case> cases = {
      {"two days",
       Days("2026-02-28", "2026-03-01"),
       Step::kDay,
       {"2026-02-28", "2026-03-01"},
       false,
       false},
      {"a leap day",
       Days("2024-02-28", "2024-03-01"),
       Step::kDay,
       {"2024-02-28", "2024-02-29", "2024-03-01"},
       false,
       false},
      {"the week that holds the new year is its Thursday's",
       Days("2020-12-28", "2021-01-04"),
       Step::kWeek,
       {"2020-W53", "2021-W01"},
       false,
       true},
      {"a Thursday begins the year",
       Days("2026-01-01", "2026-01-05"),
       Step::kWeek,
       {"2026-W01", "2026-W02"},
       true,
       true},
      {"months",
       Days("2026-01-31", "2026-03-31"),
       Step::kMonth,
       {"2026-01", "2026-02", "2026-03"},
       true,
       false},
      {"quarters over a year's end",
       Days("2025-10-01", "2026-03-31"),
       Step::kQuarter,
       {"2025-Q4", "2026-Q1"},
       false,
       false},
      {"years before 1970",
       Days("1969-12-31", "1970-01-01"),
       Step::kYear,
       {"1969", "1970"},
       true,
       true},
      {"the whole has no parts", Days("2026-01-01", "2026-12-31"), Step::kWhole, {}, false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto buckets = Split(c.period, c.step);
    ASSERT_TRUE(buckets);
    std::vector<std::string> labels;
    base::Day next = c.period.from;
    for (const Bucket& bucket : *buckets) {
      labels.push_back(bucket.label);
      EXPECT_EQ(bucket.period.from, next) << "parts leave no day out and take none twice";
      next = bucket.period.until + 1;
    }
    EXPECT_EQ(labels, c.labels);
    if (labels.empty()) continue;
    EXPECT_EQ(next, c.period.until + 1);
    EXPECT_EQ(buckets->front().cut, c.first_cut);
    EXPECT_EQ(buckets->back().cut, c.last_cut);
  }
}

TEST(Period, OfMorePartsThanAReportMayHaveIsRefused) {
  EXPECT_TRUE(Split(Days("2015-01-01", "2026-03-18"), Step::kDay));
  EXPECT_FALSE(Split(Days("2015-01-01", "2026-12-31"), Step::kDay));
}

TEST(Period, IsSaidInWordsAsAPersonSaysIt) {
  EXPECT_EQ(InWords(Days("2026-10-01", "2026-10-31")), "1 to 31 October 2026");
  EXPECT_EQ(InWords(Days("2026-09-28", "2026-10-04")), "28 September to 4 October 2026");
  EXPECT_EQ(InWords(Days("2025-12-31", "2026-01-01")), "31 December 2025 to 1 January 2026");
  EXPECT_EQ(InWords(Days("2026-10-14", "2026-10-14")), "14 October 2026");
}

}  // namespace
}  // namespace unopened::exporters::report
