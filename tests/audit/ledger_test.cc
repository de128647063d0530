#include "audit/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/blind.h"
#include "audit/recorder.h"
#include "tests/audit/sample_catalogue.h"

namespace unopened::audit::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint32_t kMinute = 60;

RunStatement RunOfATap() {
  RunStatement run;
  run.version = "0.1.0";
  run.source_kind = "live";
  run.tap = "edge-1";
  run.legal_basis = "research agreement 7";
  run.configuration_digest = std::string(64, 'c');
  return run;
}

TallyDelta TallyOf(std::initializer_list<std::pair<classify::Session, Counts>> sessions) {
  TallyDelta tally;
  for (const auto& [session, counts] : sessions) {
    tally.shapes[ShapeOf(session)] += counts;
    tally.packets += counts.packets;
    tally.bytes += counts.bytes;
  }
  return tally;
}

std::vector<std::string> Types(const std::vector<std::string>& bodies) {
  std::vector<std::string> types;
  for (const std::string& body : bodies) types.push_back(Json::parse(body)["type"]);
  return types;
}

std::vector<std::string> Close(Ledger& ledger, base::TimeNs start, const TallyDelta& tally) {
  std::vector<std::string> bodies = ledger.CloseWindow(start, kMinute, tally, false);
  ledger.Committed(1, start);
  return bodies;
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() : catalogue_(SampleCatalogue()), ledger_(catalogue_) {
    ledger_.BeginRun(RunOfATap(), TimeAt("2024-05-01"));
    ledger_.Committed(1, 0);
  }
  Catalogue catalogue_;
  Ledger ledger_;
};

TEST_F(LedgerTest, ARunOpensWithTheFactsItsAssessmentsRestOnOncePerCatalogue) {
  Ledger ledger(catalogue_);
  const auto first = Types(ledger.BeginRun(RunOfATap(), TimeAt("2024-05-01")));
  EXPECT_EQ(first.size(), 1 + catalogue_.services.size() + catalogue_.endpoints.size() - 1 +
                              catalogue_.instruments.size());
  EXPECT_EQ(first.front(), "run");
  // Not in the log yet, so the next call says it all again.
  EXPECT_EQ(Types(ledger.BeginRun(RunOfATap(), TimeAt("2024-05-01"))), first);
  ledger.Committed(40, 0);
  EXPECT_THAT(Types(ledger.BeginRun(RunOfATap(), TimeAt("2024-05-02"))), ElementsAre("run"));
}

TEST_F(LedgerTest, AWindowStatesNewShapesOnceAndCountsThemByNumber) {
  const TallyDelta tally =
      TallyOf({{TlsSession(kWhatsApp), {2, 1, 20, 3000}}, {PlainHttp(), {1, 1, 9, 900}}});
  const auto first = Close(ledger_, TimeAt("2024-05-01"), tally);
  EXPECT_THAT(Types(first), ElementsAre("shape", "shape", "window"));
  EXPECT_THAT(first[2], HasSubstr(R"("counts":[[1,2,1,20,3000],[2,1,1,9,900]])"));
  EXPECT_THAT(first[0], HasSubstr(R"("endpoint":"whatsapp")"));
  const auto second = Close(ledger_, TimeAt("2024-05-01", 60), tally);
  EXPECT_THAT(Types(second), ElementsAre("window"));
}

TEST_F(LedgerTest, NumbersFollowCanonicalBytesNotTheOrderOfArrival) {
  Close(ledger_, TimeAt("2024-05-01"), TallyOf({{PlainHttp(), {1, 1, 9, 900}}}));
  const auto bodies = Close(ledger_, TimeAt("2024-05-01", 60),
                            TallyOf({{TlsSession(kWhatsApp), {1, 1, 1, 1}},
                                     {TlsSession(kFacebook), {1, 1, 1, 1}},
                                     {PlainHttp(), {1, 1, 1, 1}}}));
  ASSERT_THAT(Types(bodies), ElementsAre("shape", "shape", "window"));
  EXPECT_EQ(Json::parse(bodies[0])["endpoint"], "facebook");
  EXPECT_EQ(Json::parse(bodies[0])["shape"], 2);
  EXPECT_EQ(Json::parse(bodies[1])["endpoint"], "whatsapp");
  EXPECT_EQ(Json::parse(bodies[1])["shape"], 3);
}

TEST_F(LedgerTest, AReloadStatesTheOtherFactsOnceAndAssessesWhatFollowsWithThem) {
  const TallyDelta tally = TallyOf({{TlsSession(kWhatsApp), {1, 1, 9, 900}}});
  Close(ledger_, TimeAt("2024-05-01"), tally);
  Catalogue next = catalogue_;
  next.digest = std::string(64, 'b');
  next.services[0].scopes[0].intervals[0].policy = Policy::kInTransitOnly;
  const auto bodies = ledger_.Reload(next, std::string(64, 'd'), TimeAt("2024-05-01", 60));
  EXPECT_EQ(bodies.size(),
            1 + next.services.size() + next.endpoints.size() - 1 + next.instruments.size());
  EXPECT_EQ(Json::parse(bodies[0])["type"], "reload");
  EXPECT_EQ(Json::parse(bodies[0])["replaced_catalogue"], catalogue_.digest);
  EXPECT_EQ(Json::parse(bodies[0])["replaced_configuration"], std::string(64, 'c'));
  // Not told that it is in the log, the ledger goes on as before.
  EXPECT_THAT(Types(Close(ledger_, TimeAt("2024-05-01", 60), tally)), ElementsAre("window"));
  ledger_.Reload(next, std::string(64, 'd'), TimeAt("2024-05-01", 120));
  ledger_.Committed(2, 0);
  const auto after = Close(ledger_, TimeAt("2024-05-01", 120), tally);
  ASSERT_THAT(Types(after), ElementsAre("shape", "window"));
  EXPECT_EQ(Json::parse(after[0])["policy"]["messages"], "in_transit_only");
  // Back again: its facts are in the log already, if its run was.
  EXPECT_THAT(Types(ledger_.Reload(catalogue_, std::string(64, 'c'), TimeAt("2024-05-01", 180))),
              ElementsAre("reload"));
}

TEST_F(LedgerTest, WhatAReloadIsPendingOverIsCarriedIntoTheNextWindow) {
  TallyDelta tally = TallyOf({{TlsSession(kWhatsApp), {1, 1, 9, 900}}});
  tally.packets += 2;
  tally.pending_packets = 2;
  Close(ledger_, TimeAt("2024-05-01"), tally);
  Catalogue next = catalogue_;
  next.digest = std::string(64, 'b');
  ledger_.Reload(next, "", TimeAt("2024-05-01", 60));
  ledger_.Committed(2, 0);
  const auto after = Close(ledger_, TimeAt("2024-05-01", 60), TallyDelta{});
  EXPECT_EQ(Json::parse(after.back())["carried"]["packets"], 2);
}

TEST_F(LedgerTest, AReplayedReloadsFactsAreNotWrittenAgain) {
  Catalogue next = catalogue_;
  next.digest = std::string(64, 'b');
  const auto bodies = ledger_.Reload(next, "", TimeAt("2024-05-01", 60));
  Ledger second(next);
  for (const std::string& body : bodies) second.Replay(body);
  EXPECT_THAT(Types(second.BeginRun(RunOfATap(), TimeAt("2024-05-02"))), ElementsAre("run"));
}

TEST_F(LedgerTest, TheSameCallsGiveTheSameBytesAndAnUncommittedWindowLeavesNoTrace) {
  const TallyDelta tally = TallyOf({{TlsSession(kWhatsApp), {2, 1, 20, 3000}}});
  const auto once = ledger_.CloseWindow(TimeAt("2024-05-01"), kMinute, tally, false);
  ledger_.CloseWindow(TimeAt("2024-05-01"), kMinute, TallyOf({{PlainHttp(), {1, 1, 1, 1}}}), true);
  EXPECT_EQ(ledger_.CloseWindow(TimeAt("2024-05-01"), kMinute, tally, false), once);
  EXPECT_EQ(ledger_.summary().windows, 0U);
}

TEST_F(LedgerTest, AHeldWindowIsAbandonedByTheStop) {
  ledger_.CloseWindow(TimeAt("2024-05-01"), kMinute, TallyOf({{PlainHttp(), {1, 1, 1, 1}}}), true);
  ledger_.Stop(TimeAt("2024-05-01", 30), "end_of_input");
  ledger_.Committed(9, 0);
  EXPECT_EQ(ledger_.summary().windows, 0U);
  EXPECT_EQ(ledger_.summary().tree_size, 9U);
  EXPECT_THAT(Types(Close(ledger_, TimeAt("2024-05-01"), TallyOf({{PlainHttp(), {1, 1, 1, 1}}}))),
              ElementsAre("shape", "window"));
}

TEST_F(LedgerTest, AShapeIsAssessedAgainWhenTheDayChangesAnAnswer) {
  const TallyDelta tally = TallyOf({{TlsSession(kMessenger), {1, 1, 9, 900}}});
  const auto in_2019 = Close(ledger_, TimeAt("2019-03-01"), tally);
  const auto in_2024 = Close(ledger_, TimeAt("2024-03-01"), tally);
  ASSERT_THAT(Types(in_2019), ElementsAre("shape", "window"));
  ASSERT_THAT(Types(in_2024), ElementsAre("shape", "window"));
  const Json before = Json::parse(in_2019[0]);
  const Json after = Json::parse(in_2024[0]);
  EXPECT_EQ(before["shape"], after["shape"]);
  EXPECT_EQ(before["policy"]["chats"], "e2ee_optional");
  EXPECT_EQ(before["provider"]["live_content"], "undetermined");
  EXPECT_EQ(after["policy"]["chats"], "e2ee_default");
  EXPECT_EQ(after["provider"]["live_content"], "conditional");
  EXPECT_THAT(Types(Close(ledger_, TimeAt("2024-03-02"), tally)), ElementsAre("window"));
}

TEST_F(LedgerTest, AReplayedLogKeepsItsNumbersAndItsFacts) {
  const TallyDelta tally =
      TallyOf({{TlsSession(kWhatsApp), {2, 1, 20, 3000}}, {PlainHttp(), {1, 1, 9, 900}}});
  Ledger first(catalogue_);
  std::vector<std::string> log = first.BeginRun(RunOfATap(), TimeAt("2024-05-01"));
  first.Committed(1, 0);
  for (const std::string& body : Close(first, TimeAt("2024-05-01"), tally)) log.push_back(body);

  Ledger second(catalogue_);
  for (std::string& body : log) {
    body.insert(body.size() - 1, R"(,"blind":"00112233445566778899aabbccddeeff")");
    second.Replay(body);
  }
  second.Replay("no entry at all");
  EXPECT_THAT(Types(second.BeginRun(RunOfATap(), TimeAt("2024-05-02"))), ElementsAre("run"));
  second.Committed(1, 0);
  const auto bodies = Close(
      second, TimeAt("2024-05-02"),
      TallyOf({{TlsSession(kWhatsApp), {1, 1, 1, 1}}, {TlsSession(kFacebook), {1, 1, 1, 1}}}));
  ASSERT_THAT(Types(bodies), ElementsAre("shape", "window"));
  EXPECT_EQ(Json::parse(bodies[0])["shape"], 3);
  EXPECT_THAT(bodies[1], HasSubstr(R"("counts":[[1,1,1,1,1],[3,1,1,1,1]])"));
}

TEST_F(LedgerTest, ShapesBeyondTheBoundAreCountedUnderOtherAndTheBoundIsAnEntry) {
  Ledger ledger(catalogue_, 1);
  ledger.BeginRun(RunOfATap(), TimeAt("2024-05-01"));
  ledger.Committed(1, 0);
  const auto bodies = Close(ledger, TimeAt("2024-05-01"),
                            TallyOf({{TlsSession(kWhatsApp), {1, 1, 10, 100}},
                                     {TlsSession(kFacebook), {2, 1, 20, 200}},
                                     {PlainHttp(), {5, 0, 90, 900}}}));
  ASSERT_THAT(Types(bodies), ElementsAre("shape", "window", "bound"));
  // Conversations come before packets: a flood without answers pushes none out.
  EXPECT_EQ(Json::parse(bodies[0])["endpoint"], "facebook");
  EXPECT_THAT(bodies[1], HasSubstr(R"("counts":[[0,6,1,100,1000],[1,2,1,20,200]])"));
  EXPECT_THAT(bodies[2], HasSubstr(R"("bound":"shapes","met":2)"));
  const Summary& summary = ledger.summary();
  EXPECT_EQ(summary.sessions_total, 8U);
  EXPECT_EQ(summary.bounds.at("shapes"), 2U);
  EXPECT_EQ(summary.sessions.at({"other", "other", "unknown"}).sessions, 6U);
}

TEST_F(LedgerTest, ALargeWindowIsSplitBeforeTheEntryLimitAndLosesNoRow) {
  TallyDelta tally;
  std::uint64_t n = 0;
  for (const classify::EndpointId e : {kWhatsApp, kMessenger, kTelegram, kFacebook}) {
    for (std::size_t variant = 0; variant < classify::kVariantNames.size(); variant += 4) {
      for (std::size_t kx = 0; kx < classify::kKeyExchangeNames.size(); ++kx) {
        for (int resumed = 0; resumed < 4; ++resumed) {
          classify::Session s = TlsSession(e);
          s.variant = static_cast<classify::Variant>(variant);
          s.key_exchange = static_cast<classify::KeyExchange>(kx);
          s.resumption = static_cast<classify::Resumption>(resumed);
          ++n;
          tally.shapes[ShapeOf(s)] = {n << 40, n << 20, n << 42, n << 50};
        }
      }
    }
  }
  tally.losses["not_ip"] = {1, 60};
  const auto bodies = Close(ledger_, TimeAt("2024-05-01"), tally);
  std::uint64_t rows = 0;
  std::uint64_t windows = 0;
  for (const std::string& body : bodies) {
    EXPECT_LE(body.size() + kBlindBytes, kMaxEntryBytes);
    const Json entry = Json::parse(body);
    if (entry["type"] != "window") continue;
    ++windows;
    EXPECT_EQ(entry["part"], windows);
    EXPECT_EQ(entry["losses"].size(), windows == 1 ? 1U : 0U);
    rows += entry["counts"].size();
  }
  EXPECT_GT(windows, 1U);
  EXPECT_EQ(Json::parse(bodies.back())["parts"], windows);
  EXPECT_EQ(rows, n);
}

TEST_F(LedgerTest, PendingIsCarriedIntoTheNextWindowAndNotIntoTheNextRun) {
  TallyDelta tally;
  tally.packets = 5;
  tally.bytes = 500;
  tally.pending_packets = 5;
  tally.pending_bytes = 500;
  Close(ledger_, TimeAt("2024-05-01"), tally);
  EXPECT_THAT(Close(ledger_, TimeAt("2024-05-01", 60), TallyDelta{}).back(),
              HasSubstr(R"("carried":{"packets":5,"bytes":500},"pending":{"packets":0)"));
  Close(ledger_, TimeAt("2024-05-01", 120), tally);
  ledger_.BeginRun(RunOfATap(), TimeAt("2024-05-02"));
  ledger_.Committed(1, 0);
  EXPECT_THAT(Close(ledger_, TimeAt("2024-05-02"), TallyDelta{}).back(),
              HasSubstr(R"("carried":{"packets":0,"bytes":0})"));
}

TEST_F(LedgerTest, TheSummaryIsTheSumOfTheWindows) {
  classify::Session one_sided = TlsSession(kWhatsApp);
  one_sided.sides = classify::SidesSeen::kClientOnly;
  classify::Session nothing;
  nothing.outcome = classify::Outcome::kNoPayload;
  classify::Session random;
  random.outcome = classify::Outcome::kOpaque;
  random.sides = classify::SidesSeen::kBoth;
  TallyDelta tally = TallyOf({{TlsSession(kWhatsApp), {3, 2, 20, 3000}},
                              {TlsSession(kFacebook), {4, 4, 30, 4000}},
                              {PlainHttp(), {1, 1, 9, 900}},
                              {one_sided, {7, 5, 7, 700}},
                              {random, {2, 2, 8, 800}},
                              {nothing, {6, 0, 6, 360}}});
  tally.losses["dropped_kernel"] = {11, 0};
  tally.packets += 11;
  std::vector<std::string> bodies = Close(ledger_, TimeAt("2024-05-01"), tally);
  for (std::string& body : Close(ledger_, TimeAt("2024-05-01", 60), tally)) bodies.push_back(body);

  Counts in_log;
  std::uint64_t seen = 0;
  for (const std::string& body : bodies) {
    const Json entry = Json::parse(body);
    if (entry["type"] != "window") continue;
    EXPECT_EQ(entry["seen"]["dropped"], 11);
    seen += entry["seen"]["packets"].get<std::uint64_t>();
    for (const Json& row : entry["counts"]) in_log += Counts{row[1], row[2], row[3], row[4]};
  }
  const Summary& summary = ledger_.summary();
  Counts in_summary;
  for (const auto& [key, counts] : summary.sessions) in_summary += counts;
  EXPECT_EQ(in_summary, in_log);
  EXPECT_EQ(summary.sessions_total, in_log.sessions);
  EXPECT_EQ(summary.packets, seen);
  EXPECT_EQ(summary.windows, 2U);
  EXPECT_EQ(summary.last_window_start, "2024-05-01T00:01:00Z");
  EXPECT_EQ(summary.last_window_end_ns, TimeAt("2024-05-01", 120));
  EXPECT_EQ(summary.no_payload_sessions, 12U);
  EXPECT_EQ(summary.losses.at("dropped_kernel").packets, 22U);
  std::uint64_t outcomes = 0;
  for (const auto& [name, sessions] : summary.outcomes) outcomes += sessions;
  EXPECT_EQ(outcomes, summary.sessions_total);
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    for (const Party party : {Party::kProvider, Party::kOperator}) {
      std::uint64_t sessions = 0;
      for (const auto& [key, count] : summary.assessed) {
        if (std::get<0>(key) == party && std::get<1>(key) == static_cast<Category>(i)) {
          sessions += count;
        }
      }
      EXPECT_EQ(sessions, summary.sessions_total) << kCategoryNames[i];
    }
  }
  // The headline: both sides seen only, each conversation in one column.
  EXPECT_EQ(summary.conversations, 2U * (2 + 4 + 1 + 2));
  const auto& by = summary.conversations_by_verdict;
  EXPECT_EQ(by[static_cast<std::size_t>(Verdict::kCouldNot)], 4U);
  EXPECT_EQ(by[static_cast<std::size_t>(Verdict::kCould)], 8U);
  EXPECT_EQ(by[static_cast<std::size_t>(Verdict::kClear)], 2U);
  EXPECT_EQ(by[static_cast<std::size_t>(Verdict::kOpaque)], 4U);
  std::uint64_t columns = 0;
  for (const std::uint64_t conversations : by) columns += conversations;
  EXPECT_EQ(columns, summary.conversations);
  EXPECT_EQ(summary.sessions.at({"tls", "whatsapp", "e2ee_always"}).sessions, 20U);
  EXPECT_EQ(summary.sessions.at({"http", "none", "none_named"}).sessions, 2U);
}

TEST_F(LedgerTest, GapAndStopSayWhenAndWhy) {
  EXPECT_EQ(
      ledger_.Gap(TimeAt("2024-05-01"), TimeAt("2024-05-01", 90), "restart",
                  {{"pending", {2, 99}}}),
      R"({"type":"gap","from":"2024-05-01T00:00:00Z","until":"2024-05-01T00:01:30Z","cause":"restart","losses":{"pending":[2,99]}})");
  EXPECT_EQ(ledger_.Stop(TimeAt("2024-05-01"), "signal"),
            R"({"type":"stop","at":"2024-05-01T00:00:00Z","reason":"signal"})");
}

}  // namespace
}  // namespace unopened::audit::tests
