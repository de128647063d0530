#include "audit/entry_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/audit/sample_log.h"

namespace unopened::audit::tests {
namespace {

using ::testing::HasSubstr;

std::vector<EntryProblem> ProblemsOf(const std::vector<std::string>& log,
                                     EntryReport* report = nullptr) {
  EntryChecker checker;
  std::vector<EntryProblem> problems;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (auto problem = checker.Next(i, Blinded(log[i], i))) problems.push_back(*problem);
  }
  if (auto problem = checker.Finish()) problems.push_back(*problem);
  if (report != nullptr) *report = checker.report();
  return problems;
}

// The place of the nth entry whose text holds `part`.
std::size_t Find(const std::vector<std::string>& log, std::string_view part, int nth = 0) {
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].find(part) != std::string::npos && nth-- == 0) return i;
  }
  ADD_FAILURE() << "no entry with " << part;
  return 0;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " in " << text;
  text.replace(at, from.size(), to);
}

TEST(EntryCheckerTest, AcceptsWhatTheLedgerWritesAndCountsIt) {
  EntryReport report;
  const std::vector<std::string> log = SampleLog();
  for (const EntryProblem& problem : ProblemsOf(log, &report)) ADD_FAILURE() << Describe(problem);
  EXPECT_EQ(report.entries, log.size());
  EXPECT_EQ(report.runs, 2U);
  EXPECT_EQ(report.reloads, 1U);
  EXPECT_EQ(report.windows, 5U);
  EXPECT_EQ(report.partial_windows, 1U);
  EXPECT_EQ(report.gaps, 1U);
  EXPECT_EQ(report.bounds, 1U);
  EXPECT_EQ(report.shapes, 5U);
  // Five numbers, one of them stated again since a day changed its answer, and for the reload.
  EXPECT_EQ(report.assessments, 7U);
  EXPECT_EQ(report.first_window, "2023-12-05T23:59:00Z");
  EXPECT_EQ(report.last_window, "2019-03-01T00:00:00Z");
  EXPECT_EQ(report.counts.sessions, 3U + 1 + 1 + 4 + 1 + 1);
  EXPECT_EQ(report.seen.packets, 50U + 20 + 5 + 5);
  EXPECT_EQ(report.losses.packets, 5U);
  EXPECT_EQ(report.witnessed, 1U);
  EXPECT_EQ(report.live_runs, 1U);
  EXPECT_EQ(report.uneven.size(), 3U);
  EXPECT_EQ(report.demands, 2U);
  EXPECT_EQ(report.keys,
            (std::vector<std::string>{FixedSigner("example.org/log", 1).verifier().Text(),
                                      FixedSigner("example.org/log", 2).verifier().Text()}));
}

struct Bent {
  std::string name;
  std::string entry;  // a part of the entry that is bent
  int nth;
  std::string from;
  std::string to;
  std::string member;
  std::string what;
};

class BentEntryTest : public ::testing::TestWithParam<Bent> {};

TEST_P(BentEntryTest, IsFoundWithItsIndexAndItsMember) {
  const Bent& bent = GetParam();
  std::vector<std::string> log = SampleLog();
  const std::size_t at = Find(log, bent.entry, bent.nth);
  Replace(log[at], bent.from, bent.to);
  const auto problems = ProblemsOf(log);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].index, at) << Describe(problems[0]);
  EXPECT_EQ(problems[0].member, bent.member) << Describe(problems[0]);
  EXPECT_THAT(problems[0].what, HasSubstr(bent.what)) << Describe(problems[0]);
}

INSTANTIATE_TEST_SUITE_P(
    All, BentEntryTest,
    ::testing::Values(
        Bent{"UnknownMember", R"("type":"stop")", 0, R"("reason")", R"("by":"x","reason")", "by",
             "unknown"},
        Bent{"UnknownLastMember", R"("type":"stop")", 0, R"("signal")", R"("signal","x":1)", "x",
             "is unknown"},
        Bent{"WitnessedInAdvance", R"("type":"witnessed")", 0, R"("size":)", R"("size":9)", "size",
             "not there yet"},
        Bent{"DemandEnteredTwice", R"("type":"demands")", 0, "00000000000000a2", "00000000000000a1",
             "demands", "entered before"},
        Bent{"DemandsPartMissing", R"("type":"demands")", 0, R"("part":1)", R"("part":2)", "part",
             "does not follow"},
        Bent{"DemandWithAName", R"("type":"demands")", 0, R"("demands":"2")", R"("demands":"Bob")",
             "demands[0].demands", "no amount"},
        Bent{"RotationOfAnotherPlace", R"("type":"key")", 0, R"("size":)", R"("size":1)", "size",
             "own index"},
        Bent{"RotationForAnotherReason", R"("type":"key")", 0, "scheduled", "compromise", "new",
             "not signed by both"},
        Bent{"PrunedInAdvance", R"("type":"pruned")", 0, R"("before":0)", R"("before":256)",
             "before", "above the entry's own index"},
        Bent{"PrunedInABundle", R"("type":"pruned")", 0, R"("before":0)", R"("before":8)", "before",
             "not a multiple of 256"},
        Bent{"PrunedWithoutAPolicy", R"("type":"pruned")", 0, "windows are kept for three years",
             "", "policy", "is empty"},
        Bent{"MissingMember", R"("type":"gap")", 0, R"("cause":"disk_full",)", "", "losses",
             "cause is missing"},
        Bent{"WhiteSpace", R"("type":"gap")", 0, R"("cause":)", R"("cause": )", "", "canonical"},
        Bent{"Boolean", R"("type":"window")", 0, R"("partial":0)", R"("partial":false)", "partial",
             "unsigned integer"},
        Bent{"Fraction", R"("type":"window")", 0, R"("packets":50)", R"("packets":50.5)",
             "seen.packets", "unsigned integer"},
        Bent{"NegativeCount", R"("type":"window")", 0, "[1,3,2,30,3000]", "[1,-3,2,30,3000]",
             "counts[0]", "list of 5"},
        Bent{"UnknownType", R"("type":"stop")", 0, R"("stop")", R"("halt")", "type", "none"},
        Bent{"NoSuchDay", R"("type":"window")", 0, "2023-12-05T", "2023-02-30T", "start",
             "no time"},
        Bent{"PacketsNotConserved", R"("type":"window")", 0, R"({"packets":50)", R"({"packets":49)",
             "seen.packets", "not conserved"},
        Bent{"BytesNotConserved", R"("type":"window")", 0, "[1,3,2,30,3000]", "[1,3,2,30,3001]",
             "seen.bytes", "not conserved"},
        Bent{"DroppedDiffers", R"("type":"window")", 0, R"("dropped":4)", R"("dropped":3)",
             "seen.dropped", "drops"},
        Bent{"CarriedDiffers", R"("type":"window")", 1, R"("carried":{"packets":5,"bytes":500})",
             R"("carried":{"packets":4,"bytes":500})", "carried", "left pending"},
        Bent{"ShapeNotStated", R"("type":"window")", 0, "[2,1,", "[9,1,", "counts[1]",
             "no entry states"},
        Bent{"CountsNotInOrder", R"("type":"window")", 0, "[2,1,", "[1,1,", "counts[1]", "order"},
        Bent{"Overlap", R"("type":"window")", 1, "2023-12-06T00:00:00Z", "2023-12-05T23:59:00Z",
             "start", "overlaps"},
        Bent{"NotAligned", R"("type":"window")", 0, "23:59:00Z", "23:59:30Z", "seconds",
             "boundary"},
        Bent{"OtherTap", R"("type":"window")", 0, "edge-1", "edge-2", "tap", "run's"},
        Bent{"WrongEvidence", R"("type":"shape")", 0, R"("evidence":"strong")",
             R"("evidence":"weak")", "wire", "does not follow"},
        Bent{"BetterAnswer", R"("type":"shape")", 0, R"("live_content":"undetermined")",
             R"("live_content":"could_not")", "provider.live_content", "does not follow"},
        Bent{"OtherReason", R"("type":"shape")", 0, R"("live_content":"policy_e2ee_optional")",
             R"("live_content":"policy_e2ee_always")", "provider_reasons.live_content",
             "does not follow"},
        Bent{"OtherPolicy", R"("type":"shape")", 0, R"("chats":"e2ee_optional")",
             R"("chats":"e2ee_always")", "policy.chats", "does not follow"},
        Bent{"NoSuchWord", R"("type":"shape")", 0, R"("protocol":")", R"("protocol":"x)",
             "protocol", "words"},
        Bent{"NumberSkipped", R"("type":"shape")", 0, R"("shape":1)", R"("shape":2)", "shape",
             "next number"},
        Bent{"NumberForOtherFacts", R"("type":"shape")", 2, R"("shape":1)", R"("shape":2)", "shape",
             "other facts"},
        Bent{"UnknownEndpoint", R"("type":"shape")", 0, R"("endpoint":"messenger")",
             R"("endpoint":"nowhere")", "endpoint", "none that the run's catalogue states"},
        Bent{"FactsThatAShapeCannotHave", R"("type":"shape")", 1, R"("variant":"none")",
             R"("variant":"http2")", "outcome", "does not allow"},
        Bent{"AnotherCatalogue", R"("type":"service")", 0, "aaaa", "bbbb", "catalogue", "run's"},
        Bent{"ServiceTwice", R"("service":"messenger")", 0, R"("service":"messenger")",
             R"("service":"whatsapp")", "service", "stated before"},
        Bent{"UnknownScope", R"("endpoint":"whatsapp")", 0, R"("messages")", R"("nothing")",
             "scopes[0]", "no entry states"},
        Bent{"LiveWithoutBasis", R"("type":"run")", 0, R"("legal_basis":"research agreement 7")",
             R"("legal_basis":"")", "legal_basis", "empty"},
        Bent{"WindowsThatDoNotDivideADay", R"("type":"run")", 0, R"("window_seconds":60)",
             R"("window_seconds":7)", "window_seconds", "divide"},
        Bent{"ReloadOfAnotherCatalogue", R"("type":"reload")", 0, R"("replaced_catalogue":"aa)",
             R"("replaced_catalogue":"ab)", "replaced_catalogue", "is not the run's"},
        Bent{"ReloadOfAnotherConfiguration", R"("type":"reload")", 0,
             R"("replaced_configuration":")", R"("replaced_configuration":"c)",
             "replaced_configuration", "is not the run's"},
        Bent{"ReloadWithinAWindow", R"("type":"reload")", 0, "00:02:50Z", "00:02:49Z", "at",
             "lies in the window before"},
        Bent{"WindowBeforeTheReload", R"("type":"window")", 3, R"(00:02:50Z","seconds":10)",
             R"(00:02:49Z","seconds":11)", "start", "overlaps"},
        Bent{"AnswerOfTheCatalogueBefore", R"("endpoint":"messenger","assessed_on":"2023-12-06")",
             1, R"("chats":"e2ee_optional")", R"("chats":"e2ee_default")", "policy.chats",
             "does not follow"},
        Bent{"BoundOfAnotherWindow", R"("type":"bound")", 0, "00:02:00Z", "00:01:00Z", "window",
             "window before"}),
    [](const auto& one) { return one.param.name; });

TEST(EntryCheckerTest, TimeThatNoGapNamesIsFoundAtTheNextWindow) {
  std::vector<std::string> log = SampleLog();
  Replace(log[Find(log, R"("type":"gap")")], R"("until":"2023-12-06T00:02:00Z")",
          R"("until":"2023-12-06T00:01:30Z")");
  const auto problems = ProblemsOf(log);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].index, Find(log, R"("type":"window")", 2));
  EXPECT_EQ(problems[0].member, "start");
  EXPECT_THAT(problems[0].what, HasSubstr("from 2023-12-06T00:01:30Z that no gap names"));
}

TEST(EntryCheckerTest, AShapeAssessedForAnotherDayIsFoundAtItsWindow) {
  std::vector<std::string> log = SampleLog();
  Replace(log[Find(log, R"("type":"shape")")], R"("assessed_on":"2023-12-05")",
          R"("assessed_on":"2023-12-04")");
  const auto problems = ProblemsOf(log);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].index, Find(log, R"("type":"window")"));
  EXPECT_THAT(problems[0].what, HasSubstr("day for which shape 1 was assessed"));
}

TEST(EntryCheckerTest, AnAssessmentThatNoLongerHoldsIsFoundAtTheWindowThatRestsOnIt) {
  std::vector<std::string> log = SampleLog();
  log.erase(log.begin() + static_cast<std::ptrdiff_t>(Find(log, R"("assessed_on":"2023-12-06")")));
  const auto problems = ProblemsOf(log);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].index, Find(log, R"("type":"window")", 1));
  EXPECT_EQ(problems[0].member, "counts[0]");
  EXPECT_THAT(problems[0].what, HasSubstr("another on this day"));
}

TEST(EntryCheckerTest, AWindowAfterAReloadRestsOnTheCatalogueThatTheReloadNames) {
  const std::vector<std::string> whole = SampleLog();
  const std::size_t reload = Find(whole, R"("type":"reload")");
  const std::string digest = R"("catalogue":")" + std::string(64, 'b');
  ASSERT_EQ(Find(whole, digest), reload);
  std::vector<std::string> log = whole;
  log.erase(log.begin() + static_cast<std::ptrdiff_t>(reload));
  auto problems = ProblemsOf(log);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].index, reload);
  EXPECT_EQ(problems[0].what, "is not the run's");
  // The shape is stated anew for it, though the day is the same.
  const std::size_t shape = Find(whole, R"("endpoint":"messenger","assessed_on":"2023-12-06")", 1);
  EXPECT_GT(shape, reload);
  log = whole;
  log.erase(log.begin() + static_cast<std::ptrdiff_t>(shape));
  problems = ProblemsOf(log);
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems[0].what, HasSubstr("another on this day"));
}

TEST(EntryCheckerTest, AWindowThatWasGivenUpIsAGapAndWhatItLeftPendingIsConserved) {
  const Catalogue catalogue = SampleCatalogue();
  Ledger ledger(catalogue);
  std::vector<std::string> log = ledger.BeginRun(LiveRun(), TimeAt("2024-05-01"));
  ledger.Committed(1, 0);
  const auto close = [&](std::int64_t second, const TallyDelta& tally) {
    for (auto& body : ledger.CloseWindow(TimeAt("2024-05-01", second), 60, tally, false)) {
      log.push_back(body);
    }
    ledger.Committed(1, 0);
  };
  close(0, TallyDelta{});
  TallyDelta lost;
  lost.packets = 9;
  lost.bytes = 900;
  lost.pending_packets = 4;
  lost.pending_bytes = 400;
  ledger.GiveUp(lost);
  const std::string gap = ledger.Gap(TimeAt("2024-05-01", 60), TimeAt("2024-05-01", 120),
                                     "disk_full", {{"not_recorded", {5, 500}}});
  TallyDelta after;
  after.shapes[ShapeOf(PlainHttp())] = {1, 1, 6, 600};
  after.packets = 2;
  after.bytes = 200;
  log.push_back(gap);
  close(120, after);
  for (const EntryProblem& problem : ProblemsOf(log)) ADD_FAILURE() << Describe(problem);
  // Without the gap neither the time nor what was carried over it is accounted for.
  log.erase(log.begin() + static_cast<std::ptrdiff_t>(Find(log, R"("type":"gap")")));
  EXPECT_FALSE(ProblemsOf(log).empty());
}

TEST(EntryCheckerTest, AnUnverifiedFactInTheLogUnmakesTheAnswerThatRestsOnIt) {
  std::vector<std::string> log = SampleLog();
  const std::size_t service = Find(log, R"("service":"whatsapp")");
  Replace(log[service], R"("verified":"yes")", R"("verified":"partly")");
  const auto problems = ProblemsOf(log);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].index, Find(log, R"("endpoint":"whatsapp","assessed_on")"));
  EXPECT_EQ(problems[0].member, "verdict");
}

TEST(EntryCheckerTest, AnEntryThatIsGoneIsMissed) {
  const std::vector<std::string> whole = SampleLog();
  for (std::size_t gone = 0; gone + 1 < whole.size(); ++gone) {
    std::vector<std::string> log = whole;
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(gone));
    // By its index always; what is renumbered as well, by what the others say, if they say.
    EntryChecker checker;
    bool found = false;
    for (std::size_t i = 0; i < log.size(); ++i) {
      const std::size_t index = i < gone ? i : i + 1;
      const auto problem = checker.Next(index, Blinded(log[i], index));
      found = found || (problem && problem->index == gone + 1);
    }
    EXPECT_TRUE(found) << gone;
  }
  for (const char* type : {R"("type":"run")", R"("type":"shape")", R"("type":"gap")",
                           R"("type":"bound")", R"("service":"messenger")"}) {
    std::vector<std::string> log = whole;
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(Find(log, type)));
    EXPECT_FALSE(ProblemsOf(log).empty()) << type;
  }
}

bool IsCount(const std::string& body) {
  for (const char* type : {"window", "gap", "bound", "demands"}) {
    if (body.starts_with(R"({"type":")" + std::string(type) + "\"")) return true;
  }
  return false;
}

// Counts below the border are gone.
std::vector<EntryProblem> ProblemsWithout(const std::vector<std::string>& log, std::size_t border,
                                          EntryReport* report = nullptr) {
  EntryChecker checker;
  std::vector<EntryProblem> problems;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto problem =
        i < border && IsCount(log[i]) ? checker.Removed(i) : checker.Next(i, Blinded(log[i], i));
    if (problem) problems.push_back(*problem);
  }
  if (const auto problem = checker.Finish()) problems.push_back(*problem);
  if (report != nullptr) *report = checker.report();
  return problems;
}

// The sample with its windows and demands in parts, so that a border falls between them too.
std::vector<std::string> LogInParts() {
  std::vector<std::string> log;
  for (const std::string& body : SampleLog()) {
    const Json json = Json::parse(body);
    auto window = ReadWindow(json);
    auto demands = ReadDemands(json);
    if (window && window->counts.size() > 1) {
      const std::vector<CountRow> rows = window->counts;
      window->parts = static_cast<std::uint32_t>(rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        window->part = static_cast<std::uint32_t>(i + 1);
        window->counts = {rows[i]};
        log.push_back(Write(*window));
        window->seen = window->carried = window->pending = Loss{};
        window->dropped = 0;
        window->losses.clear();
      }
    } else if (demands) {
      const std::vector<Demand> all = demands->demands;
      demands->parts = static_cast<std::uint32_t>(all.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        demands->part = static_cast<std::uint32_t>(i + 1);
        demands->demands = {all[i]};
        log.push_back(Write(*demands));
      }
    } else {
      log.push_back(body);
    }
  }
  const std::size_t key = Find(log, R"("type":"key")");
  log[key] = Write(Rotation(key));
  return log;
}

TEST(EntryCheckerTest, WhereverTheBorderOfWhatWasRemovedLiesNothingFalseIsHeldAgainstTheRest) {
  for (const auto& log : {SampleLog(), LogInParts()}) {
    for (std::size_t border = 0; border <= log.size(); ++border) {
      EntryReport report;
      for (const EntryProblem& problem : ProblemsWithout(log, border, &report)) {
        ADD_FAILURE() << "border " << border << ": " << Describe(problem);
      }
      EXPECT_EQ(report.entries + report.removed, log.size());
      EXPECT_EQ(report.shapes, 5U);
    }
  }
}

TEST(EntryCheckerTest, BeyondTheBorderEveryRuleHoldsAgain) {
  std::vector<std::string> log = SampleLog();
  const std::size_t first = Find(log, R"("type":"window")");
  const std::size_t second = Find(log, R"("type":"window")", 1);
  const auto expect_found = [&](std::size_t border, std::size_t at, const std::string& from,
                                const std::string& to) {
    std::vector<std::string> bent = log;
    Replace(bent[at], from, to);
    EXPECT_FALSE(ProblemsWithout(bent, border).empty()) << from;
  };
  expect_found(first + 1, second, R"("packets":5)", R"("packets":6)");
  expect_found(first + 1, Find(log, R"("type":"gap")"), "00:02:00Z", "00:01:30Z");
  expect_found(second, Find(log, R"("type":"bound")"), "00:02:00Z", "00:01:00Z");
  expect_found(log.size(), Find(log, R"("type":"shape")"), R"("evidence":"strong")",
               R"("evidence":"weak")");
  expect_found(log.size(), Find(log, R"("type":"key")"), "scheduled", "compromise");
  EXPECT_TRUE(EntryChecker().Removed(1)) << "entry 0 is missing";
}

TEST(EntryCheckerTest, ABlindMustBeThereLastAndOfItsForm) {
  const std::string body = SampleLog()[0];
  EXPECT_FALSE(EntryChecker().Next(0, Blinded(body, 0)));
  EXPECT_EQ(EntryChecker().Next(0, body)->member, "blind");
  std::string upper = Blinded(body, 0);
  upper[upper.size() - 3] = 'F';
  EXPECT_EQ(EntryChecker().Next(0, upper)->member, "blind");
  std::string first = body;
  first.insert(1, R"("blind":"00112233445566778899aabbccddeeff",)");
  EXPECT_EQ(EntryChecker().Next(0, first)->member, "blind");
}

TEST(EntryCheckerTest, RefusesWhatIsNoEntryAndGoesOn) {
  EntryChecker checker;
  EXPECT_TRUE(checker.Next(0, ""));
  EXPECT_TRUE(checker.Next(1, "[]"));
  EXPECT_TRUE(checker.Next(2, std::string(200'000, '[')));
  EXPECT_TRUE(checker.Next(3, "{\"type\":\"\xff\"}"));
  EXPECT_TRUE(checker.Next(4, Blinded(R"({"type":"window"})", 4)));
  const std::string deep = R"({"type":"stop","at":)" + std::string(25'000, '[') +
                           std::string(25'000, ']') + R"(,"reason":""})";
  EXPECT_TRUE(checker.Next(5, Blinded(deep, 5)));
  EXPECT_FALSE(checker.Next(6, Blinded(SampleLog()[0], 6)));
  EXPECT_EQ(checker.report().problems, 6U);
}

TEST(EntryCheckerTest, ALogThatEndsWithinAWindowIsNotWhole) {
  std::vector<std::string> log = SampleLog();
  log.resize(Find(log, R"("type":"shape")") + 1);
  ASSERT_EQ(ProblemsOf(log).size(), 1U);
  EXPECT_THAT(ProblemsOf(log)[0].what, HasSubstr("ends before"));
}

}  // namespace
}  // namespace unopened::audit::tests
