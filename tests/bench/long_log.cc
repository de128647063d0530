// long_log FOLDER ENTRIES SHAPES: a log of about so many entries, written by the ledger and the
// recorder as a gateway would: windows of a minute with so many shapes each, the facts of the
// shipped catalogue, a run a month, a day's demands and a witnessed tree head, now and then a gap
// or a loss. The same arguments give the same entries, but for their blinds. For measuring `audit
// verify` and what else reads a whole log: docs/benchmarks.md.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "config/config.h"
#include "tests/audit/sample_log.h"

namespace unopened::audit {
namespace {

constexpr std::size_t kBatch = 10'000;
constexpr std::uint32_t kWindowSeconds = 60;
constexpr int kDaysOfARun = 30;

// Sessions as they stand in logs: TLS and QUIC to every endpoint of the catalogue, with what may
// differ, and now and then a side alone. Shape i is always the same one.
Shape ShapeNumber(std::size_t i, std::size_t endpoints) {
  classify::Session session = tests::TlsSession(0);
  session.endpoint = static_cast<classify::EndpointId>(i % endpoints);
  session.ip_version = i % 5 == 0 ? capture::IpVersion::kV6 : capture::IpVersion::kV4;
  if (i / endpoints % 2 == 1) session.key_exchange = classify::KeyExchange::kEcdhe;
  session.resumption = static_cast<classify::Resumption>(i / endpoints / 2 % 3);
  session.name_visibility = static_cast<classify::NameVisibility>(
      i / endpoints / 6 % classify::kNameVisibilityNames.size());
  return ShapeOf(session);
}

// A log that is made to be measured need not survive a power failure.
class UnsyncedFile final : public WritableFile {
 public:
  explicit UnsyncedFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
  base::Result<base::Done> Append(std::string_view bytes) override { return file_->Append(bytes); }
  base::Result<base::Done> Sync() override { return base::Done{}; }
  base::Result<base::Done> Close() override { return file_->Close(); }

 private:
  std::unique_ptr<WritableFile> file_;
};

class UnsyncedFileSystem final : public PosixFileSystem {
 public:
  base::Result<std::unique_ptr<WritableFile>> Create(const std::string& path,
                                                     unsigned mode) override {
    auto file = PosixFileSystem::Create(path, mode);
    if (!file) return file;
    return std::make_unique<UnsyncedFile>(std::move(*file));
  }
  base::Result<base::Done> SyncDirectory(const std::string&) override { return base::Done{}; }
};

class Maker {
 public:
  Maker(Recorder& recorder, const Catalogue& catalogue, std::size_t shapes)
      : recorder_(recorder), catalogue_(catalogue), ledger_(catalogue), shapes_(shapes) {}

  void Make(std::uint64_t entries) {
    base::TimeNs at = tests::TimeAt("2007-01-01");
    for (int day = 0; size() < entries; ++day) {
      if (day % kDaysOfARun == 0) BeginRun(at);
      for (std::int64_t minute = 0; minute < 24 * 60 && size() < entries; ++minute) {
        if (Next() % 5'000 == 0) {
          Add({ledger_.Gap(at, at + kWindowSeconds * base::kNsPerSecond, "disk_full", {})});
        } else {
          Add(ledger_.CloseWindow(at, kWindowSeconds, Tally(), false));
        }
        at += kWindowSeconds * base::kNsPerSecond;
      }
      Add(WriteDemands(base::DayOf(at), {}));
      Add({Write(tests::Witnessed(size() - 1))});
      if (day % kDaysOfARun == kDaysOfARun - 1) Add({ledger_.Stop(at, "signal")});
    }
    Commit();
  }

 private:
  std::uint64_t size() const { return recorder_.tree_size() + batch_.size(); }
  std::uint64_t Next() {  // Knuth's MMIX generator
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 33;
  }

  void BeginRun(base::TimeNs at) {
    RunStatement run = tests::LiveRun();
    run.window_seconds = kWindowSeconds;
    Add(ledger_.BeginRun(run, at));
  }

  TallyDelta Tally() {
    TallyDelta tally;
    for (std::size_t i = 0; i < shapes_; ++i) {
      const std::uint64_t sessions = 1 + Next() % 50;
      const Counts counts{sessions, sessions - Next() % sessions, 20 * sessions + Next() % 100,
                          16'000 * sessions + Next() % 100'000};
      tally.shapes[ShapeNumber(i, catalogue_.endpoints.size())] += counts;
      tally.packets += counts.packets;
      tally.bytes += counts.bytes;
    }
    if (Next() % 50 == 0) {
      const Loss loss{1 + Next() % 100, 0};
      tally.losses[std::string(kDroppedKernel)] = loss;
      tally.packets += loss.packets;
    }
    return tally;
  }

  void Add(std::vector<std::string> bodies) {
    for (std::string& body : bodies) batch_.push_back(std::move(body));
    ledger_.Committed(size(), 0);
    if (batch_.size() >= kBatch) Commit();
  }

  void Commit() {
    if (const auto done = recorder_.Commit(batch_); !done) {
      std::fprintf(stderr, "long_log: %s\n", base::Describe(done.error()).c_str());
      std::exit(1);
    }
    batch_.clear();
  }

  Recorder& recorder_;
  const Catalogue& catalogue_;
  Ledger ledger_;
  std::size_t shapes_;
  std::vector<std::string> batch_;
  std::uint64_t state_ = 1;
};

int Main(const std::string& folder, std::uint64_t entries, std::size_t shapes) {
  const config::LoadOutcome loaded = config::Load(std::string(UNOPENED_SOURCE_DIR) + "/config");
  if (!loaded.problems.empty()) {
    std::fprintf(stderr, "%s", config::FormatProblems(loaded.problems).c_str());
    return 1;
  }
  UnsyncedFileSystem disk;
  const base::SystemClock clock;
  Opened opened;
  auto recorder = Recorder::Open({folder, "example.org/log"}, disk, clock, opened);
  if (!recorder) {
    std::fprintf(stderr, "long_log: %s\n", base::Describe(recorder.error()).c_str());
    return 1;
  }
  Maker(**recorder, loaded.loaded.catalogue, shapes).Make(entries);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%llu entries, %ld CPU s\n",
              static_cast<unsigned long long>((*recorder)->tree_size()),
              usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  return 0;
}

}  // namespace
}  // namespace unopened::audit

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: long_log FOLDER ENTRIES SHAPES\n");
    return 1;
  }
  return unopened::audit::Main(argv[1], std::strtoull(argv[2], nullptr, 10),
                               std::strtoull(argv[3], nullptr, 10));
}
