// What the audit log costs, on this disk: CPU seconds of the thread that writes or checks it.
//
// log_bench [--benchmark_filter=...]; TMPDIR names the disk. Not a test: figures are in
// docs/benchmarks.md.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "audit/entry_check.h"
#include "audit/ledger.h"
#include "audit/recorder.h"
#include "audit/store/atomic_file.h"
#include "audit/store/journal.h"
#include "audit/store/posix_file_system.h"
#include "audit/verifier.h"
#include "tests/audit/sample_catalogue.h"
#include "tests/support/temp_folder.h"

namespace unopened::audit {
namespace {

using tests::TlsSession;

std::unique_ptr<Recorder> OpenOrDie(const std::string& folder, FileSystem& disk,
                                    const base::Clock& clock, Opened& opened) {
  auto recorder = Recorder::Open({folder, "example.org/bench"}, disk, clock, opened);
  if (!recorder) std::abort();
  return std::move(*recorder);
}

std::vector<std::string> SmallEntries(std::size_t count) {
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < count; ++i) {
    bodies.push_back(
        R"({"type":"gap","from":"2024-05-01T00:00:00Z","until":"2024-05-01T00:01:00Z",)"
        R"("cause":"bench","losses":{"not_recorded":[)" +
        std::to_string(i) + ",1]}}");
  }
  return bodies;
}

// Entries a second, in batches of so many.
void Append(benchmark::State& state) {
  const unopened::tests::TempFolder temp;
  PosixFileSystem disk;
  const base::SystemClock clock;
  Opened opened;
  const auto recorder = OpenOrDie(temp.path() + "/log", disk, clock, opened);
  const auto bodies = SmallEntries(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    if (!recorder->Commit(bodies)) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Append)
    ->Arg(1)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

// Sessions of so many different shapes, as many as the enums give.
TallyDelta Shapes(std::size_t count) {
  TallyDelta tally;
  std::size_t made = 0;
  for (std::size_t variant = 0; made < count; ++variant) {
    for (std::size_t kx = 0; kx < classify::kKeyExchangeNames.size() && made < count; ++kx) {
      for (std::size_t resumed = 0; resumed < 4 && made < count; ++resumed) {
        classify::Session session = TlsSession(tests::kWhatsApp);
        session.variant = static_cast<classify::Variant>(variant % classify::kVariantNames.size());
        session.version = static_cast<classify::Version>(variant / classify::kVariantNames.size() %
                                                         classify::kVersionNames.size());
        session.key_exchange = static_cast<classify::KeyExchange>(kx);
        session.resumption = static_cast<classify::Resumption>(resumed);
        tally.shapes[ShapeOf(session)] = {made, made, made, made};
        tally.packets += made;
        tally.bytes += made;
        ++made;
      }
    }
  }
  return tally;
}

// A window of a minute with so many shapes, the first of which states them all: ledger and commit.
void Window(benchmark::State& state) {
  const unopened::tests::TempFolder temp;
  PosixFileSystem disk;
  const base::SystemClock clock;
  Opened opened;
  const auto recorder = OpenOrDie(temp.path() + "/log", disk, clock, opened);
  const Catalogue catalogue = tests::SampleCatalogue();
  Ledger ledger(catalogue);
  const TallyDelta tally = Shapes(static_cast<std::size_t>(state.range(0)));
  base::TimeNs start = tests::TimeAt("2024-05-01");
  std::uint64_t entries = 0;
  for (auto _ : state) {
    const auto bodies = ledger.CloseWindow(start, 60, tally, false);
    if (!recorder->Commit(bodies)) std::abort();
    ledger.Committed(recorder->tree_size(), 0);
    start += 60 * base::kNsPerSecond;
    entries += bodies.size();
  }
  state.counters["entries"] = static_cast<double>(entries);
}
BENCHMARK(Window)->Arg(10)->Arg(1'000)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

// A whole log of so many windows: hashing alone, and with every entry read and recomputed.
void Verify(benchmark::State& state) {
  const unopened::tests::TempFolder temp;
  PosixFileSystem disk;
  const base::SystemClock clock;
  Opened opened;
  const std::string folder = temp.path() + "/log";
  {
    const auto recorder = OpenOrDie(folder, disk, clock, opened);
    const Catalogue catalogue = tests::SampleCatalogue();
    Ledger ledger(catalogue);
    RunStatement run;
    run.version = "bench";
    run.source_kind = "live";
    run.legal_basis = "bench";
    if (!recorder->Commit(ledger.BeginRun(run, tests::TimeAt("2024-05-01")))) std::abort();
    ledger.Committed(recorder->tree_size(), 0);
    const TallyDelta tally = Shapes(100);
    base::TimeNs start = tests::TimeAt("2024-05-01");
    std::vector<std::string> batch;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      for (std::string& body : ledger.CloseWindow(start, 1, tally, false)) {
        batch.push_back(std::move(body));
      }
      ledger.Committed(recorder->tree_size(), 0);
      start += base::kNsPerSecond;
      if (batch.size() > 10'000 || i + 1 == state.range(0)) {
        if (!recorder->Commit(batch)) std::abort();
        batch.clear();
      }
    }
  }
  const bool entries_too = state.range(1) != 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  for (auto _ : state) {
    EntryChecker checker;
    const auto report = VerifyTree(disk, folder, opened.verifier_key,
                                   [&](std::uint64_t index, std::string_view entry) {
                                     if (entries_too && checker.Next(index, entry)) std::abort();
                                     return true;
                                   });
    if (!report || !report->ok()) std::abort();
    bytes += report->entry_bytes;
    entries += report->entries;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(static_cast<std::int64_t>(entries));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(Verify)
    ->Args({20'000, 0})
    ->Args({200'000, 0})
    ->Args({20'000, 1})
    ->ArgNames({"windows", "entries_too"})
    ->Unit(benchmark::kMillisecond);

// SHA-256 by itself, as the bound: leaves of so many bytes.
void Hash(benchmark::State& state) {
  const std::string entry(static_cast<std::size_t>(state.range(0)), 'x');
  merkle::Hasher hasher;
  for (auto _ : state) benchmark::DoNotOptimize(hasher.Leaf(entry));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Hash)->Arg(200)->Arg(2'000)->Arg(20'000);

// Opening after a kill, with a journal of so many entries.
void Recover(benchmark::State& state) {
  PosixFileSystem disk;
  const base::SystemClock clock;
  for (auto _ : state) {
    state.PauseTiming();
    const unopened::tests::TempFolder temp;
    const std::string folder = temp.path() + "/log";
    Opened opened;
    { const auto recorder = OpenOrDie(folder, disk, clock, opened); }
    Batch batch;
    batch.base = opened.tree_size;
    batch.entries = SmallEntries(static_cast<std::size_t>(state.range(0)));
    if (!WriteDurably(disk, folder + "/journal", EncodeBatch(batch), 0600)) std::abort();
    state.ResumeTiming();
    { const auto recorder = OpenOrDie(folder, disk, clock, opened); }
    if (opened.recovered_entries != batch.entries.size()) std::abort();
    state.PauseTiming();
    state.ResumeTiming();
  }
}
BENCHMARK(Recover)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(5);

}  // namespace
}  // namespace unopened::audit
