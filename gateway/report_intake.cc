#include "gateway/report_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "audit/entry_check.h"
#include "audit/merkle/hash.h"
#include "audit/merkle/proof.h"
#include "audit/note/key.h"
#include "audit/reader.h"
#include "audit/verifier.h"
#include "audit/witness/lateness.h"
#include "audit/witness/policy.h"
#include "exporters/report/collector.h"
#include "gateway/key_argument.h"

namespace unopened::gateway {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using exporters::report::Collector;
using exporters::report::LogSource;

constexpr std::uint64_t kProgressEvery = 50'000;

// A line that is written over while a log is read, on a terminal alone.
class Progress {
 public:
  Progress(bool shown, std::string folder, std::uint64_t size)
      : shown_(shown), folder_(std::move(folder)), size_(size) {}
  ~Progress() {
    if (shown_ && told_) std::fprintf(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void At(std::uint64_t index) {
    if (!shown_ || index % kProgressEvery != 0 || size_ == 0) return;
    told_ = true;
    std::fprintf(stderr, "\r%s: %llu of %llu entries verified (%llu%%)\033[K", folder_.c_str(),
                 static_cast<unsigned long long>(index), static_cast<unsigned long long>(size_),
                 static_cast<unsigned long long>(index * 100 / size_));
  }

 private:
  bool shown_;
  bool told_ = false;
  std::string folder_;
  std::uint64_t size_;
};

void Tell(LogSource& log, std::string problem) {
  if (log.told.size() < audit::kMaxProblemsNamed) log.told.push_back(std::move(problem));
}

Result<std::vector<std::string>> KeysOf(const IntakeRequest& request,
                                        audit::FileSystem& file_system) {
  std::vector<std::string> keys;
  for (const std::string& given : request.keys) {
    const auto text = TextOrFile(given, file_system);
    if (!text) return Fail(text.error());
    const auto key = audit::note::VerifierKey::Parse(*text);
    if (!key) return Fail(key.error());
    keys.push_back(key->Text());
  }
  return keys;
}

// One of the given keys signs the log, or handed over to the one that does.
bool IsGiven(const std::vector<std::string>& keys, const std::string& offered,
             const audit::EntryReport& entries) {
  const auto given = [&](const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  if (given(offered)) return true;
  return !entries.keys.empty() && entries.keys.back() == offered &&
         std::any_of(entries.keys.begin(), entries.keys.end(), given);
}

// Whatever can be read of a log whose tree could not even be begun.
void ReadUnverified(const audit::LogReader& reader, Collector& collector) {
  const auto read = reader.ReadEntries(
      0, reader.checkpoint().size,
      [&](std::uint64_t index, std::string_view entry) {
        collector.Next(index, entry);
        return true;
      },
      [&](std::uint64_t) { collector.Removed(); });
  if (!read) {
    ++collector.log().problems;
    Tell(collector.log(), base::Describe(read.error()));
  }
}

// The log grew from that tree head.
Result<Done> CheckContinues(const audit::LogReader& log, const audit::note::Checkpoint& earlier) {
  const audit::note::Checkpoint& now = log.checkpoint();
  if (earlier.size > now.size) {
    return Fail(Failure::kLog, "the log is shorter than the report's", now.origin,
                fmt::format("{} entries, and {} then", now.size, earlier.size));
  }
  if (earlier.size == 0) return Done{};
  const auto proof = log.ProveConsistency(earlier.size);
  if (!proof) return Fail(proof.error());
  audit::merkle::Hasher hasher;
  if (!audit::merkle::VerifyConsistency(earlier.size, now.size, earlier.root, now.root, *proof,
                                        hasher)) {
    return Fail(Failure::kLog, "the log does not continue the tree that the report names",
                now.origin);
  }
  return Done{};
}

Result<Done> CollectLog(const std::string& folder, const IntakeRequest& request,
                        const std::vector<std::string>& keys,
                        const std::optional<audit::witness::Policy>& policy,
                        audit::FileSystem& file_system, Collector& collector) {
  const auto offered = audit::OfferedVerifierKey(file_system, folder);
  if (!offered) return Fail(offered.error());
  const auto reader = audit::LogReader::Open(file_system, folder);
  if (!reader) return Fail(reader.error());
  audit::note::Checkpoint head = reader->checkpoint();
  if (const auto earlier = request.as_of.find(head.origin); earlier != request.as_of.end()) {
    const auto continues = CheckContinues(*reader, earlier->second);
    if (!continues) return Fail(continues.error());
    head = earlier->second;
  }
  LogSource source;
  source.origin = head.origin;
  source.size = head.size;
  source.root = head.root;
  source.key = *offered;
  collector.BeginLog(std::move(source));

  audit::EntryChecker checker;
  std::optional<audit::witness::Lateness> lateness;
  if (policy) lateness.emplace(*policy, *reader, request.late_after);
  Progress progress(request.progress, folder, reader->checkpoint().size);
  std::uint64_t wrong = 0;
  const auto judge = [&](const std::optional<audit::EntryProblem>& problem) {
    if (!problem) return;
    ++wrong;
    Tell(collector.log(), audit::Describe(*problem));
  };
  const auto tree = audit::VerifyTree(
      file_system, folder, *offered,
      [&](std::uint64_t index, std::string_view entry) {
        // The tree may have grown since: the report stays with the one it was opened at.
        if (index >= reader->checkpoint().size) return true;
        judge(checker.Next(index, entry));
        if (lateness) lateness->Next(index, entry);
        if (index < head.size) collector.Next(index, entry);
        progress.At(index);
        return true;
      },
      [&](std::uint64_t index) {
        judge(checker.Removed(index));
        if (index < head.size) collector.Removed();
      });
  LogSource& log = collector.log();
  if (!tree) {
    if (!request.allow_unverified) return Fail(tree.error());
    log.problems = 1;
    Tell(log, base::Describe(tree.error()));
    ReadUnverified(*reader, collector);
    return Done{};
  }
  judge(checker.Finish());
  for (const std::string& problem : tree->problems) Tell(log, problem);
  log.problems = wrong + tree->problem_count;
  log.key_given = IsGiven(keys, *offered, checker.report());
  if (!keys.empty() && !log.key_given) {
    ++log.problems;
    Tell(log, "the log is signed by " + *offered + ", and no key given is its own or led to it");
  }
  if (lateness) {
    const auto& seen = lateness->Finish();
    log.late = std::to_string(seen.late);
    log.problems += seen.problems.size();
    for (const std::string& problem : seen.problems) Tell(log, problem);
  }
  log.verified = log.problems == 0;
  if (log.verified || request.allow_unverified) return Done{};
  for (const std::string& problem : log.told) {
    std::fprintf(stderr, "unopened: %s\n", problem.c_str());
  }
  return Fail(Failure::kLog, "the log does not verify, so there is no report of it", folder,
              fmt::format("{} problems, the first are named above; see: unopened audit verify",
                          log.problems));
}

}  // namespace

Result<exporters::report::Collected> CollectLogs(const IntakeRequest& request,
                                                 audit::FileSystem& file_system) {
  const auto keys = KeysOf(request, file_system);
  if (!keys) return Fail(keys.error());
  std::optional<audit::witness::Policy> policy;
  if (!request.witness_policy.empty()) {
    const auto text =
        file_system.ReadAtMost(request.witness_policy, audit::witness::kMaxPolicyBytes);
    if (!text) return Fail(text.error());
    auto parsed = audit::witness::Policy::Parse(*text, request.witness_policy);
    if (!parsed) return Fail(parsed.error());
    policy = std::move(*parsed);
  }
  Collector collector(request.period);
  for (const std::string& folder : request.folders) {
    const auto done = CollectLog(folder, request, *keys, policy, file_system, collector);
    if (!done) return Fail(done.error());
  }
  return collector.Finish();
}

}  // namespace unopened::gateway
