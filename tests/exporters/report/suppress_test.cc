#include "exporters/report/suppress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "exporters/report/summary.h"
#include "tests/exporters/report/sample.h"

namespace unopened::exporters::report {
namespace {

using audit::tests::PlainHttp;
using audit::tests::TimeAt;
using audit::tests::TlsSession;

constexpr std::uint64_t kMinCount = 10;

// Sessions a day: {endpoint, conversations}; 0 is plain HTTP.
using Day = std::vector<std::pair<classify::EndpointId, std::uint64_t>>;

Collected DaysOf(const std::vector<Day>& days) {
  static const audit::Catalogue catalogue = audit::tests::SampleCatalogue();
  audit::Ledger ledger(catalogue);
  std::vector<std::string> log = ledger.BeginRun(audit::tests::LiveRun(), TimeAt("2023-12-04"));
  ledger.Committed(log.size(), 0);
  std::int64_t day = 0;
  for (const Day& sessions : days) {
    audit::TallyDelta tally;
    for (const auto& [endpoint, count] : sessions) {
      const auto session = endpoint == 0 ? PlainHttp() : TlsSession(endpoint);
      tally.shapes[audit::ShapeOf(session)] += {count, count, count * 10, count * 1000};
      tally.packets += count * 10;
      tally.bytes += count * 1000;
    }
    const auto start = TimeAt("2023-12-04", day++ * base::kSecondsPerDay);
    for (std::string& body : ledger.CloseWindow(start, 60, tally, false)) {
      log.push_back(std::move(body));
    }
    ledger.Committed(log.size(), 0);
  }
  return tests::CollectBodies(log);
}

Report Published(const Collected& collected, std::uint64_t min_count) {
  ReportOptions options = tests::LiveOptions(Step::kDay);
  options.min_count = min_count;
  auto report = Build(collected, options);
  if (!report) ADD_FAILURE() << base::Describe(report.error());
  return report ? *std::move(report) : Report{};
}

std::size_t Rank(std::vector<std::vector<double>> rows) {
  std::size_t rank = 0;
  const std::size_t columns = rows.empty() ? 0 : rows[0].size();
  for (std::size_t column = 0; column < columns; ++column) {
    std::size_t pivot = rank;
    for (std::size_t i = rank; i < rows.size(); ++i) {
      if (std::abs(rows[i][column]) > std::abs(rows[pivot][column])) pivot = i;
    }
    if (pivot >= rows.size() || std::abs(rows[pivot][column]) < 1e-9) continue;
    std::swap(rows[pivot], rows[rank]);
    for (std::size_t i = rank + 1; i < rows.size(); ++i) {
      const double factor = rows[i][column] / rows[rank][column];
      for (std::size_t j = column; j < columns; ++j) rows[i][j] -= factor * rows[rank][j];
    }
    if (++rank == rows.size()) break;
  }
  return rank;
}

// Everything published at once, over all tables and parts of the period, against every cell
// withheld as too small: a reader with a computer.
struct Attack {
  std::size_t published = 0;
  std::vector<std::string> recovered;
};

Attack Try(const Collected& collected, const Report& report) {
  const auto parts = CountParts(collected, report);
  // An unknown is how often one kind of session was seen in one part.
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> unknowns;
  for (std::size_t part = 1; part < parts.size(); ++part) {
    for (const auto& [index, counts] : parts[part].counts) {
      unknowns.try_emplace({part, index}, unknowns.size());
    }
  }
  std::vector<std::vector<double>> known;
  std::vector<std::pair<std::string, std::vector<double>>> small;
  for (const Table& table : report.tables) {
    const std::size_t period = table.IndexOf("period");
    for (std::size_t i = 0; i < table.members.size(); ++i) {
      const Row& row = table.rows[i];
      std::vector<double> sum(unknowns.size());
      for (std::size_t part = 1; part < parts.size(); ++part) {
        const bool whole = period == table.columns.size() || row[period].text() == kTotal;
        if (!whole && row[period].text() != parts[part].label) continue;
        for (const std::uint32_t member : table.members[i]) {
          const auto at = unknowns.find({part, member});
          if (at != unknowns.end()) sum[at->second] = 1;
        }
      }
      const Value& cell = table.At(row, "conversations");
      if (cell.is_count()) known.push_back(sum);
      if (cell.kind() == Value::Kind::kSmall) small.emplace_back(table.RowName(row), sum);
    }
  }
  Attack attack;
  attack.published = known.size();
  const std::size_t rank = Rank(known);
  for (const auto& [name, sum] : small) {
    auto with = known;
    with.push_back(sum);
    if (Rank(with) == rank) attack.recovered.push_back(name);
  }
  return attack;
}

using namespace audit::tests;  // NOLINT: the endpoints' names

const std::vector<std::vector<Day>> kCases = {
    {{{kWhatsApp, 100}, {kFacebook, 3}, {kNone, 50}},
     {{kWhatsApp, 90}, {kFacebook, 40}, {kNone, 60}}},
    {{{kWhatsApp, 100}, {kMessenger, 5}},
     {{kWhatsApp, 90}, {kMessenger, 50}},
     {{kMessenger, 5}, {kFacebook, 70}}},
    {{{kWhatsApp, 1}, {kMessenger, 2}, {kTelegram, 3}, {kFacebook, 4}, {kNone, 1000}}},
    {{{kWhatsApp, 12}, {kMessenger, 9}, {kTelegram, 30}},
     {{kWhatsApp, 9}, {kMessenger, 12}, {kVpn, 8}, {kNone, 200}},
     {{kWhatsApp, 100}, {kUnverified, 9}, {kFacebook, 9}, {kNone, 100}}},
    {{{kWhatsApp, 500}}, {{kWhatsApp, 4}}, {{kWhatsApp, 600}, {kNone, 20}}},
};

TEST(Suppression, LeavesNoSmallCellThatAllPublishedOnesTogetherGiveAway) {
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    SCOPED_TRACE(i);
    const Collected collected = DaysOf(kCases[i]);
    const Report report = Published(collected, kMinCount);
    const Attack attack = Try(collected, report);
    EXPECT_THAT(attack.recovered, testing::IsEmpty());
    // Every small cell is withheld, and what is published is what was counted.
    const Report open = Published(collected, 0);
    for (std::size_t t = 0; t < open.tables.size(); ++t) {
      const Table& table = report.tables[t];
      for (std::size_t r = 0; r < table.members.size(); ++r) {
        const Value& was = open.tables[t].At(open.tables[t].rows[r], "conversations");
        const Value& is = table.At(table.rows[r], "conversations");
        if (was.count() != 0 && was.count() < kMinCount) {
          EXPECT_TRUE(is.is_suppressed()) << table.RowName(table.rows[r]);
        }
        if (is.is_count()) {
          EXPECT_EQ(is, was) << table.RowName(table.rows[r]);
        }
      }
    }
  }
}

TEST(Suppression, OfTheSmallCellsAloneWouldGiveThemAway) {
  // The attack must be able to succeed: with the complementary cells put back, it does.
  std::size_t recovered = 0;
  for (const std::vector<Day>& days : kCases) {
    const Collected collected = DaysOf(days);
    Report report = Published(collected, kMinCount);
    const Report open = Published(collected, 0);
    for (std::size_t t = 0; t < report.tables.size(); ++t) {
      Table& table = report.tables[t];
      for (std::size_t r = 0; r < table.members.size(); ++r) {
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
          if (table.rows[r][c].kind() == Value::Kind::kWithheld) {
            table.rows[r][c] = open.tables[t].rows[r][c];
          }
        }
      }
    }
    recovered += Try(collected, report).recovered.size();
  }
  EXPECT_GT(recovered, 0u);
}

TEST(Suppression, StillPublishesWhatIsLargeEverywhere) {
  const Report report = Published(DaysOf({{{kWhatsApp, 100}, {kFacebook, 50}, {kNone, 50}},
                                          {{kWhatsApp, 90}, {kFacebook, 40}, {kNone, 60}}}),
                                  kMinCount);
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      const Value& cell = table.At(row, "conversations");
      EXPECT_FALSE(cell.is_suppressed()) << table.RowName(row);
    }
  }
}

TEST(Suppression, IsSaidAndTheHeadlineDoesNotTellAroundIt) {
  const Report report = Published(DaysOf(kCases[2]), kMinCount);
  EXPECT_EQ(report.notes.back().id, "suppressed");
  EXPECT_THAT(HeadlineOf(report).finding, testing::HasSubstr("suppressed"));
  EXPECT_THAT(ToCsv(report), testing::HasSubstr("suppressed_complementary"));
  EXPECT_NE(CellsDigest(report), CellsDigest(Published(DaysOf(kCases[2]), 0)));
}

TEST(Combination, IsFoundWhereThereIsOneAndNamesWhatItTakes) {
  std::vector<std::size_t> used;
  EXPECT_TRUE(IsCombination({{true, true, true}, {true, false, false}, {false, true, false}},
                            {false, false, true}, used));
  EXPECT_THAT(used, testing::ElementsAre(0, 1, 2));
  EXPECT_FALSE(
      IsCombination({{true, true, true}, {true, false, false}}, {false, false, true}, used));
  EXPECT_FALSE(IsCombination({}, {true}, used));
}

}  // namespace
}  // namespace unopened::exporters::report
