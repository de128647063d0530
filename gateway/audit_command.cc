// `unopened audit verify` and `audit show`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "audit/entry_check.h"
#include "audit/note/note.h"
#include "audit/reader.h"
#include "audit/store/posix_file_system.h"
#include "audit/verifier.h"
#include "audit/witness/lateness.h"
#include "audit/witness/policy.h"
#include "exporters/web/headline.h"
#include "gateway/command_line.h"
#include "gateway/key_argument.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Fail;
using base::Failure;
using base::Result;
using exporters::Grouped;

constexpr std::string_view kVerifyHelp =
    R"(Usage: unopened audit verify --log DIR [--key VKEY|FILE] [--policy FILE] [--expect CHECKPOINT]

Checks a log as a stranger would: the checkpoint's signature, every tile up to the signed root, every entry's form and
order, the conservation of packets in each window, and each assessment, recomputed from the facts in the log itself.
Needs only the public key. Says which entry, tile or byte is wrong.

      --log DIR             the log's folder
      --key VKEY            the verifier key, as text or in a file (default: DIR/verifier.vkey, which proves only that
                            the log is consistent with the key beside it: take the key from its publisher). A key that
                            was rotated since is accepted if the log holds the rotation, signed by both
      --policy FILE         a C2SP tlog-policy: its quorum must have cosigned the checkpoint, and the statements of
                            witnesses in the log must verify
      --late-after SECONDS  with --policy: a live window that no quorum saw this long after its end is named as late
                            (default 300)
      --expect CHECKPOINT   a checkpoint file seen before: the log must continue it (finds a log rolled back or rewritten)
  -h, --help                this page

The status is 0 if everything holds, 6 if anything does not.
)";

constexpr std::string_view kShowHelp =
    R"(Usage: unopened audit show --log DIR [options]

Prints a log's entries as they are, one JSON line each.

      --log DIR             the log's folder
      --from N              the first entry (default 0)
      --count N             how many (default: all)
      --type TYPE           only entries of this type: run, service, endpoint, instrument, shape, window, gap, bound, stop,
                            witnessed, demands, key, pruned
  -h, --help                this page

Entries whose bodies were removed (audit prune) are passed over, and how many that were is said on standard error.
)";

// What `audit verify` was asked to hold the log against.
struct Expectations {
  std::optional<audit::note::VerifierKey> key;  // given, not taken from beside the log
  std::optional<audit::witness::Policy> policy;
  std::uint64_t late_after = 0;
  std::string older;  // a checkpoint seen before
};

Result<Expectations> ExpectationsOf(const po::variables_map& values,
                                    audit::FileSystem& file_system) {
  Expectations expected;
  const auto read = [&](const char* name, std::size_t limit) -> Result<std::string> {
    if (values.count(name) == 0) return std::string();
    return file_system.ReadAtMost(values[name].as<std::string>(), limit);
  };
  if (values.count("key") != 0) {
    auto text = TextOrFile(values["key"].as<std::string>(), file_system);
    if (!text) return Fail(text.error());
    auto key = audit::note::VerifierKey::Parse(*text);
    if (!key) return Fail(key.error());
    expected.key = std::move(*key);
  }
  auto policy = read("policy", audit::witness::kMaxPolicyBytes);
  if (!policy) return Fail(policy.error());
  if (!policy->empty()) {
    auto parsed = audit::witness::Policy::Parse(*policy, values["policy"].as<std::string>());
    if (!parsed) return Fail(parsed.error());
    expected.policy = std::move(*parsed);
  }
  auto older = read("expect", audit::note::kMaxNoteBytes);
  if (!older) return Fail(older.error());
  expected.older = std::move(*older);
  expected.late_after = values["late-after"].as<std::uint64_t>();
  return expected;
}

// A log that was rolled back, or rewritten since a checkpoint was seen, does not continue it.
Result<base::Done> CheckContinues(const audit::LogReader& log, const std::string& older) {
  const auto parsed = audit::note::ParseNote(older);
  const auto before = parsed ? audit::note::ParseCheckpoint(parsed->text) : std::nullopt;
  if (!before) return Fail(Failure::kInput, "what was expected is no checkpoint", "--expect");
  const audit::note::Checkpoint& now = log.checkpoint();
  if (before->origin != now.origin) {
    return Fail(Failure::kLog, "the expected checkpoint is of another log", before->origin);
  }
  if (before->size > now.size) {
    return Fail(Failure::kLog, fmt::format("the log was rolled back: it has {} entries, and had {}",
                                           now.size, before->size));
  }
  if (before->size == 0) return base::Done{};
  audit::merkle::Hasher hasher;
  const auto proof = log.ProveConsistency(before->size);
  if (!proof) return Fail(proof.error());
  if (!audit::merkle::VerifyConsistency(before->size, now.size, before->root, now.root, *proof,
                                        hasher)) {
    return Fail(
        Failure::kLog,
        fmt::format("the log is not the one that had {} entries: it was rewritten", before->size));
  }
  return base::Done{};
}

// The given key must be the log's, or have handed over to it by rotations that are in the log.
Result<base::Done> CheckKey(const audit::note::VerifierKey& given, const std::string& offered,
                            const audit::EntryReport& entries) {
  const std::string text = given.Text();
  if (text == offered) return base::Done{};
  const auto& keys = entries.keys;
  const bool handed_over = !keys.empty() && keys.back() == offered &&
                           std::find(keys.begin(), keys.end(), text) != keys.end();
  if (handed_over) return base::Done{};
  return Fail(Failure::kLog, "the log is signed by another key, " + offered, "",
              "and no rotation in it leads there from the key given");
}

// What witnesses have to do with it; false if anything does not hold.
bool TellWitnesses(const Expectations& expected, const audit::LogReader& log,
                   const audit::witness::LatenessReport& report) {
  const audit::witness::Policy& policy = *expected.policy;
  const auto by = policy.CosignedBy(log.signed_note());
  bool good = report.problems.empty();
  for (const std::string& problem : report.problems) {
    std::fprintf(stderr, "unopened: %s\n", problem.c_str());
  }
  if (!policy.IsQuorum(by)) {
    std::fprintf(stderr,
                 "unopened: the checkpoint is cosigned by %zu of %zu witnesses: no quorum\n",
                 by.size(), policy.witnesses().size());
    good = false;
  }
  fmt::print(
      "  witnesses    checkpoint cosigned by {} of {}; {} statements of a quorum in the log\n",
      by.size(), policy.witnesses().size(), Grouped(report.statements));
  fmt::print(
      "  lateness     {} live windows: {} seen later than {} s, {} not seen yet; {} from files\n",
      Grouped(report.windows), Grouped(report.late), expected.late_after,
      Grouped(report.unwitnessed), Grouped(report.from_files));
  for (const std::string& late : report.named) fmt::print("               {}\n", late);
  return good;
}

void TellUneven(const audit::EntryReport& entries) {
  fmt::print("  uneven       {} partial windows, {} gaps, {} bounds met\n",
             Grouped(entries.partial_windows), Grouped(entries.gaps), Grouped(entries.bounds));
  for (const std::string& one : entries.uneven) fmt::print("               {}\n", one);
}

// What is gone under the log's own policies, and that the rest is proved nevertheless.
void TellPruned(const audit::EntryReport& entries, const audit::TreeReport& tree) {
  if (entries.prunings.empty()) return;
  fmt::print("  pruned       {} bodies removed; their hashes, and all the rest, are proved\n",
             Grouped(tree.removed));
  for (const audit::PrunedEntry& pruning : entries.prunings) {
    fmt::print("               {}, entries below {}, under the policy: {}\n",
               base::FormatTime(pruning.at), Grouped(pruning.before), pruning.policy);
  }
  if (tree.unpruned_bundles != 0) {
    fmt::print("               {} bundles under them are still whole: audit prune finishes that\n",
               Grouped(tree.unpruned_bundles));
  }
}

}  // namespace

int AuditVerify(const Arguments& arguments) {
  OptionSet set{"audit verify", kVerifyHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"log", "key", "policy", "expect"}) add(name, po::value<std::string>());
  add("late-after", po::value<std::uint64_t>()->default_value(300));
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kVerifyHelp.data(), 1, kVerifyHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const std::string folder = (*values)["log"].as<std::string>();
  audit::PosixFileSystem file_system;
  const auto expected = ExpectationsOf(*values, file_system);
  if (!expected) return Report(expected.error());
  auto offered = audit::OfferedVerifierKey(file_system, folder);
  if (!offered) return Report(offered.error());
  const auto log = audit::LogReader::Open(file_system, folder);
  if (!log) return Report(log.error());

  audit::EntryChecker checker;
  std::optional<audit::witness::Lateness> lateness;
  if (expected->policy) lateness.emplace(*expected->policy, *log, expected->late_after);
  const auto tell = [](const std::optional<audit::EntryProblem>& problem) {
    if (problem) std::fprintf(stderr, "unopened: %s\n", audit::Describe(*problem).c_str());
  };
  std::uint64_t told = 0;
  const auto tree = audit::VerifyTree(
      file_system, folder, *offered,
      [&](std::uint64_t index, std::string_view entry) {
        const auto problem = checker.Next(index, entry);
        if (problem && told++ < audit::kMaxProblemsNamed) tell(problem);
        if (lateness && index < log->checkpoint().size) lateness->Next(index, entry);
        return true;
      },
      [&](std::uint64_t index) {
        const auto problem = checker.Removed(index);
        if (problem && told++ < audit::kMaxProblemsNamed) tell(problem);
      });
  if (!tree) return Report(tree.error());
  for (const std::string& problem : tree->problems) {
    std::fprintf(stderr, "unopened: %s\n", problem.c_str());
  }
  if (!tree->ok()) {
    return Report(
        {Failure::kLog, "the log is damaged", folder,
         std::to_string(tree->problem_count) + " places differ, the first are named above"});
  }
  tell(checker.Finish());
  const audit::EntryReport& entries = checker.report();
  if (expected->key) {
    const auto key = CheckKey(*expected->key, *offered, entries);
    if (!key) return Report(key.error());
  }
  if (entries.problems != 0) {
    return Report({Failure::kLog, "the log's tree holds, but its entries do not", folder,
                   std::to_string(entries.problems) + " problems, the first are named above"});
  }
  if (!expected->older.empty()) {
    const auto continues = CheckContinues(*log, expected->older);
    if (!continues) return Report(continues.error());
  }
  fmt::print("verified  {}\n", folder);
  fmt::print("  origin       {}\n", tree->checkpoint.origin);
  fmt::print("  tree         {} entries in {} tiles\n", Grouped(tree->entries),
             Grouped(tree->tiles));
  fmt::print("  checkpoint   signature holds for the key {}\n",
             !expected->key                      ? "that lies beside the log"
             : expected->key->Text() == *offered ? "given"
                                                 : "that the given one handed over to");
  fmt::print(
      "  entries      {} runs ({} live, {} from files), {} windows, {} shapes, {} sessions, {} "
      "gaps\n",
      Grouped(entries.runs), Grouped(entries.live_runs), Grouped(entries.runs - entries.live_runs),
      Grouped(entries.windows), Grouped(entries.shapes), Grouped(entries.counts.sessions),
      Grouped(entries.gaps));
  if (entries.windows != 0) {
    fmt::print("  windows      first written {}, last written {}\n", entries.first_window,
               entries.last_window);
  }
  if (entries.reloads != 0) {
    fmt::print("  reloads      {} within runs; each window is recomputed with its own catalogue\n",
               Grouped(entries.reloads));
  }
  TellUneven(entries);
  TellPruned(entries, *tree);
  fmt::print("  assessments  {} recomputed from the log's own facts, all equal\n",
             Grouped(entries.assessments));
  if (!lateness || TellWitnesses(*expected, *log, lateness->Finish())) return 0;
  return Report({Failure::kLog, "the log holds, but its witnesses do not", folder, ""});
}

int AuditShow(const Arguments& arguments) {
  OptionSet set{"audit show", kShowHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("from", po::value<std::uint64_t>()->default_value(0));
  add("count", po::value<std::uint64_t>());
  add("type", po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kShowHelp.data(), 1, kShowHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const std::string folder = (*values)["log"].as<std::string>();
  audit::PosixFileSystem file_system;
  const auto reader = audit::LogReader::Open(file_system, folder);
  if (!reader) return Report(reader.error());
  const std::uint64_t size = reader->checkpoint().size;
  const std::uint64_t from = std::min((*values)["from"].as<std::uint64_t>(), size);
  const std::uint64_t count =
      values->count("count") != 0 ? (*values)["count"].as<std::uint64_t>() : size;
  const std::uint64_t until = count > size - from ? size : from + count;
  const std::string start = values->count("type") != 0
                                ? "{\"type\":\"" + (*values)["type"].as<std::string>() + "\""
                                : std::string();
  std::uint64_t removed = 0;
  const auto read = reader->ReadEntries(
      from, until,
      [&](std::uint64_t, std::string_view entry) {
        if (entry.substr(0, start.size()) == start) {
          std::fwrite(entry.data(), 1, entry.size(), stdout);
          std::fputc('\n', stdout);
        }
        return true;
      },
      [&removed](std::uint64_t) { ++removed; });
  if (!read) return Report(read.error());
  if (removed != 0) {
    std::fprintf(stderr, "unopened: %s entries are not shown: their bodies were removed\n",
                 Grouped(removed).c_str());
  }
  return 0;
}

}  // namespace unopened::gateway
