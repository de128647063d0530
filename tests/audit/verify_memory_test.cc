// What verifying keeps in memory does not grow with the log.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "audit/entry_check.h"
#include "audit/recorder.h"
#include "audit/verifier.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace unopened::audit::tests {
namespace {

using unopened::tests::FaultyFileSystem;

constexpr const char* kFolder = "log";

std::size_t Allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

// A log of so many entries in which whatever can repeat does: windows, gaps, bounds, witnessed tree
// heads, empty days of demands, runs.
void MakeLog(FaultyFileSystem& disk, std::size_t entries) {
  static const Catalogue catalogue = SampleCatalogue();
  const base::ManualClock clock;
  Opened opened;
  auto recorder = Recorder::Open({kFolder, "example.org/log"}, disk, clock, opened);
  ASSERT_TRUE(recorder);
  Ledger ledger(catalogue);
  std::vector<std::string> batch;
  std::size_t made = 0;
  const auto add = [&](std::vector<std::string> bodies) {
    for (std::string& body : bodies) batch.push_back(std::move(body));
    made += bodies.size();
    ledger.Committed(made, 0);
  };
  const Counts counts{3, 2, 30, 3000};
  TallyDelta tally;
  for (const classify::EndpointId e : {kWhatsApp, kMessenger, kTelegram}) {
    tally.shapes[ShapeOf(TlsSession(e))] = counts;
    tally.packets += counts.packets;
    tally.bytes += counts.bytes;
  }
  tally.bounds["flow_table"] = 1;
  base::TimeNs at = TimeAt("2024-05-01");
  while (made < entries) {
    add(ledger.BeginRun(LiveRun(), at));
    for (int i = 0; i < 40 && made < entries; ++i) {
      add(ledger.CloseWindow(at, 60, tally, false));
      at += 60 * base::kNsPerSecond;
      const base::TimeNs until = at + 60 * base::kNsPerSecond;
      add({ledger.Gap(at, until, "disk_full", {}), ledger.Gap(at, until, "restart", {})});
      at = until;
    }
    add(WriteDemands(base::DayOf(at), {}));
    add({Write(Witnessed(made - 1)), ledger.Stop(at, "signal")});
    ASSERT_TRUE((*recorder)->Commit(batch));
    batch.clear();
  }
}

// The most that verifying holds at an entry, in bytes.
std::size_t PeakOf(std::size_t entries) {
  FaultyFileSystem disk;
  MakeLog(disk, entries);
  const auto key = OfferedVerifierKey(disk, kFolder);
  const std::size_t before = Allocated();
  std::size_t peak = before;
  EntryChecker checker;
  const auto report = VerifyTree(disk, kFolder, *key, [&](std::uint64_t index, std::string_view e) {
    const auto problem = checker.Next(index, e);
    EXPECT_FALSE(problem) << Describe(*problem);
    peak = std::max(peak, Allocated());
    return true;
  });
  EXPECT_TRUE(report && report->ok());
  EXPECT_GE(report->entries, entries);
  EXPECT_FALSE(checker.Finish());
  return peak - before;
}

TEST(VerifyMemoryTest, IsTheSameForALogOfTenTimesTheLength) {
  // Both hold full bundles, all types and many runs.
  const std::size_t few = PeakOf(3'000);
  const std::size_t many = PeakOf(30'000);
  EXPECT_GT(few, 10'000U) << "something is measured";
  // Four bytes kept of each entry would show.
  EXPECT_LT(many, few + 100'000);
}

}  // namespace
}  // namespace unopened::audit::tests
