#include "exporters/web/history.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "exporters/web/log_follower.h"
#include "tests/audit/sample_log.h"
#include "tests/support/temp_folder.h"

namespace unopened::exporters::tests {
namespace {

using audit::Json;
using audit::tests::Blinded;
using audit::tests::TimeAt;
using audit::tests::TlsSession;

// A log in memory, as the ledger writes it, and its summary.
class HistoryTest : public ::testing::Test {
 protected:
  void Add(const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) {
      history_.Next(entries_, Blinded(body, entries_));
      ++entries_;
    }
    ledger_.Committed(entries_, 0);
  }
  void BeginRun(const std::string& kind, const char* day) {
    audit::RunStatement run = audit::tests::LiveRun();
    run.source_kind = kind;
    Add(ledger_.BeginRun(run, TimeAt(day)));
  }
  void Window(base::TimeNs start, std::uint64_t sessions) {
    audit::TallyDelta tally;
    tally.shapes[audit::ShapeOf(TlsSession(audit::tests::kWhatsApp))] = {sessions, sessions, 10,
                                                                         99};
    tally.losses["not_ip"] = {1, 60};
    tally.packets = 11;
    tally.bytes = 159;
    Add(ledger_.CloseWindow(start, 60, tally, false));
  }
  Json Told(const char* period) const { return *history_.Told(period); }

  const audit::Catalogue catalogue_ = audit::tests::SampleCatalogue();
  audit::Ledger ledger_{catalogue_};
  History history_{0};
  std::uint64_t entries_ = 0;
};

TEST_F(HistoryTest, TheRunIsTheLedgersSummary) {
  BeginRun("live", "2024-05-01");
  audit::TallyDelta tally;
  for (const auto endpoint : {audit::tests::kWhatsApp, audit::tests::kMessenger,
                              audit::tests::kTelegram, audit::tests::kFacebook}) {
    tally.shapes[audit::ShapeOf(TlsSession(endpoint))] = {endpoint + 1U, endpoint + 1U, 5, 500};
    tally.packets += 5;
    tally.bytes += 500;
  }
  tally.shapes[audit::ShapeOf(audit::tests::PlainHttp())] = {7, 6, 5, 500};
  classify::Session one_side = TlsSession(audit::tests::kWhatsApp);
  one_side.sides = classify::SidesSeen::kClientOnly;
  tally.shapes[audit::ShapeOf(one_side)] = {9, 8, 5, 500};
  tally.bounds["flow_table"] = 3;
  Add(ledger_.CloseWindow(TimeAt("2024-05-01"), 60, tally, false));
  // A later day on which answers are others: shapes are stated again.
  Add(ledger_.CloseWindow(TimeAt("2019-05-01"), 60, tally, false));

  const audit::Summary& summary = ledger_.summary();
  const Json totals = Told("run")["totals"];
  EXPECT_EQ(totals["sessions"], summary.sessions_total);
  EXPECT_EQ(totals["both_sides"], summary.conversations);
  EXPECT_EQ(totals["windows"], summary.windows);
  EXPECT_EQ(totals["bytes"], summary.bytes);
  for (std::size_t i = 0; i < audit::kVerdictCount; ++i) {
    EXPECT_EQ(totals["verdicts"][std::string(audit::kVerdictNames[i])],
              summary.conversations_by_verdict[i])
        << audit::kVerdictNames[i];
  }
  for (const auto& [key, sessions] : summary.assessed) {
    const auto& [party, category, answer] = key;
    EXPECT_EQ(totals["assessed"][std::string(Name(party))][std::string(Name(category))]
                    [std::string(Name(answer))],
              sessions);
  }
  EXPECT_EQ(totals["by_session"].size(), summary.sessions.size());
  for (const Json& row : totals["by_session"]) {
    const auto found = summary.sessions.find({row["protocol"].get<std::string>(),
                                              row["endpoint"].get<std::string>(),
                                              row["policy"].get<std::string>()});
    ASSERT_NE(found, summary.sessions.end()) << row;
    EXPECT_EQ(row["sessions"], found->second.sessions);
    EXPECT_EQ(row["bytes"], found->second.bytes);
  }
  for (const auto& [outcome, sessions] : summary.outcomes) {
    EXPECT_EQ(totals["outcomes"][outcome], sessions);
  }
  EXPECT_EQ(totals["bounds"], Json::parse(R"([{"bound":"flow_table","times":6}])"));
}

TEST_F(HistoryTest, APeriodEndsWithTheLastWindowAndForgetsWhatIsBefore) {
  BeginRun("live", "2024-05-01");
  for (int minute = 0; minute < 200; ++minute) {
    Window(TimeAt("2024-05-01", minute * 60), 1);
  }
  EXPECT_EQ(Told("hour")["totals"]["windows"], 60);
  EXPECT_EQ(Told("hour")["slices"].size(), 60U);
  EXPECT_EQ(Told("hour")["until"], TimeAt("2024-05-01", 200 * 60) / base::kNsPerSecond);
  EXPECT_EQ(Told("hour")["from"], TimeAt("2024-05-01", 140 * 60) / base::kNsPerSecond);
  EXPECT_EQ(Told("day")["totals"]["sessions"], 200);
  EXPECT_EQ(Told("day")["slices"][0]["windows"], 15);
  EXPECT_EQ(Told("month")["totals"]["losses"],
            Json::parse(R"([{"cause":"not_ip","packets":200,"bytes":12000}])"));
  // Two days later the hour and the day are others, the week is not.
  Window(TimeAt("2024-05-03"), 5);
  EXPECT_EQ(Told("hour")["totals"]["sessions"], 5);
  EXPECT_EQ(Told("day")["totals"]["sessions"], 5);
  EXPECT_EQ(Told("week")["totals"]["sessions"], 205);
  EXPECT_EQ(Told("run")["totals"]["sessions"], 205);
}

TEST_F(HistoryTest, WindowsOfFilesAndOfInterfacesAreNeverInOnePeriod) {
  BeginRun("live", "2024-05-01");
  Window(TimeAt("2024-05-01"), 3);
  BeginRun("file", "2024-05-01");
  EXPECT_EQ(Told("month")["totals"]["sessions"], 0);
  EXPECT_EQ(Told("month")["kind"], "file");
  Window(TimeAt("2024-05-01", 120), 4);
  EXPECT_EQ(Told("hour")["totals"]["sessions"], 4);
  BeginRun("live", "2024-05-01");
  Window(TimeAt("2024-05-01", 180), 5);
  EXPECT_EQ(Told("hour")["totals"]["sessions"], 5);
}

TEST_F(HistoryTest, FilesMayLeadBackInTime) {
  BeginRun("file", "2024-05-01");
  Window(TimeAt("2024-05-01"), 3);
  Window(TimeAt("2015-03-01"), 4);
  EXPECT_EQ(Told("hour")["totals"]["sessions"], 4);
  EXPECT_EQ(Told("month")["until"], TimeAt("2015-03-01", 60) / base::kNsPerSecond);
  EXPECT_EQ(Told("run")["totals"]["sessions"], 7);
}

TEST_F(HistoryTest, AGapIsCountedWhereItBegan) {
  BeginRun("live", "2024-05-01");
  Window(TimeAt("2024-05-01"), 1);
  Add({ledger_.Gap(TimeAt("2024-05-01", 60), TimeAt("2024-05-01", 120), "disk_full", {})});
  Window(TimeAt("2024-05-01", 120), 1);
  const Json slices = Told("hour")["slices"];
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[1]["windows"], 0);
  EXPECT_EQ(slices[1]["gaps"], 1);
}

TEST_F(HistoryTest, WhatIsNoPeriodAndWhatIsNoEntryGiveNothing) {
  EXPECT_FALSE(history_.Told(""));
  EXPECT_FALSE(history_.Told("year"));
  for (const char* noise :
       {"", "{}", "[]", "null", R"({"type":"window"})", R"({"type":"shape"})"}) {
    history_.Next(0, noise);
  }
  EXPECT_EQ(Told("run")["totals"]["windows"], 0);
  EXPECT_EQ(Told("hour")["slices"].size(), 0U);
}

TEST_F(HistoryTest, EveryMemberIsDocumented) {
  std::ifstream page(std::string(UNOPENED_SOURCE_DIR) + "/docs/api.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const std::size_t begin = text.find("## GET /api/v1/history");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = text.substr(begin, text.find("\n## ", begin + 1) - begin);
  BeginRun("live", "2024-05-01");
  Window(TimeAt("2024-05-01"), 1);
  const Json told = Told("hour");
  const auto expect_named = [&section](const Json& object) {
    for (const auto& [member, value] : object.items()) {
      const bool named = section.find("`" + member + "`") != std::string::npos ||
                         section.find("." + member + "[]`") != std::string::npos ||
                         section.find("." + member + "`") != std::string::npos ||
                         section.find("`" + member + "[]`") != std::string::npos;
      EXPECT_TRUE(named) << member;
    }
  };
  expect_named(told);
  expect_named(told["totals"]);
  expect_named(told["slices"][0]);
}

TEST(LogFollowerTest, IsLevelWithTheLogAndSaysHowFar) {
  const unopened::tests::TempFolder temp;
  audit::PosixFileSystem disk;
  const base::SystemClock clock;
  audit::Opened opened;
  const std::string folder = temp.path() + "/log";
  auto recorder = audit::Recorder::Open({folder, "example.org/log"}, disk, clock, opened);
  ASSERT_TRUE(recorder);
  LogFollower follower(folder, 0);
  const auto read_until = [&](std::uint64_t size) {
    for (int i = 0; i < 600; ++i) {
      const Json told = Json::parse(*follower.Told("run"));
      if (told["log"]["read"] == size) return told;
    }
    return Json();
  };
  const auto log = audit::tests::SampleLog();
  const std::span<const std::string> all(log);
  ASSERT_TRUE((*recorder)->Commit(all.first(30)));
  EXPECT_EQ(read_until(30)["log"]["tree_size"], 30);
  ASSERT_TRUE((*recorder)->Commit(all.subspan(30)));
  const Json told = read_until(log.size());
  EXPECT_EQ(told["log"]["origin"], "example.org/log");
  EXPECT_EQ(told["log"]["trouble"].get<std::string>(), "");
  EXPECT_EQ(told["totals"]["windows"], 5);
  EXPECT_EQ(told["witnessed"]["cosignatures"], 1);
  EXPECT_FALSE(follower.Told("year"));
}

TEST(LogFollowerTest, WithoutALogItSaysWhy) {
  LogFollower follower("/nonexistent/log", 0);
  std::string trouble;
  for (int i = 0; i < 600 && trouble.empty(); ++i) {
    trouble = Json::parse(*follower.Told("run"))["log"]["trouble"].get<std::string>();
  }
  EXPECT_NE(trouble.find("/nonexistent/log"), std::string::npos) << trouble;
}

}  // namespace
}  // namespace unopened::exporters::tests
