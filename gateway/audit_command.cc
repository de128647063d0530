// `unopened audit verify` and `audit show`.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "audit/entry_check.h"
#include "audit/reader.h"
#include "audit/store/posix_file_system.h"
#include "audit/verifier.h"
#include "exporters/web/headline.h"
#include "gateway/command_line.h"
#include "gateway/key_argument.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;
using exporters::Grouped;

constexpr std::string_view kVerifyHelp =
    R"(Usage: unopened audit verify --log DIR [--key VKEY|FILE]

Checks a log as a stranger would: the checkpoint's signature, every tile up to the signed root, every entry's form and
order, the conservation of packets in each window, and each assessment, recomputed from the facts in the log itself.
Needs only the public key. Says which entry, tile or byte is wrong.

      --log DIR             the log's folder
      --key VKEY            the verifier key, as text or in a file (default: DIR/verifier.vkey, which proves only that
                            the log is consistent with the key beside it: take the key from its publisher)
  -h, --help                this page

The status is 0 if everything holds, 6 if anything does not.
)";

constexpr std::string_view kShowHelp =
    R"(Usage: unopened audit show --log DIR [options]

Prints a log's entries as they are, one JSON line each.

      --log DIR             the log's folder
      --from N              the first entry (default 0)
      --count N             how many (default: all)
      --type TYPE           only entries of this type: run, service, instrument, shape, window, gap, bound, stop
  -h, --help                this page
)";

}  // namespace

int AuditVerify(const Arguments& arguments) {
  OptionSet set{"audit verify", kVerifyHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("key", po::value<std::string>());
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
  const bool key_given = values->count("key") != 0;
  std::string key;
  if (key_given) {
    auto text = TextOrFile((*values)["key"].as<std::string>(), file_system);
    if (!text) return Report(text.error());
    key = *text;
  } else {
    auto offered = audit::OfferedVerifierKey(file_system, folder);
    if (!offered) return Report(offered.error());
    key = *offered;
  }

  audit::EntryChecker checker;
  const auto tell = [](const std::optional<audit::EntryProblem>& problem) {
    if (problem) std::fprintf(stderr, "unopened: %s\n", audit::Describe(*problem).c_str());
  };
  std::uint64_t told = 0;
  const auto tree =
      audit::VerifyTree(file_system, folder, key, [&](std::uint64_t index, std::string_view entry) {
        const auto problem = checker.Next(index, entry);
        if (problem && told++ < audit::kMaxProblemsNamed) tell(problem);
        return true;
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
  if (checker.report().problems != 0) {
    return Report(
        {Failure::kLog, "the log's tree holds, but its entries do not", folder,
         std::to_string(checker.report().problems) + " problems, the first are named above"});
  }
  const audit::EntryReport& entries = checker.report();
  fmt::print("verified  {}\n", folder);
  fmt::print("  origin       {}\n", tree->checkpoint.origin);
  fmt::print("  tree         {} entries in {} tiles\n", Grouped(tree->entries),
             Grouped(tree->tiles));
  fmt::print("  checkpoint   signature holds for the key {}\n",
             key_given ? "given" : "that lies beside the log");
  fmt::print("  entries      {} runs, {} windows, {} shapes, {} sessions, {} gaps\n",
             Grouped(entries.runs), Grouped(entries.windows), Grouped(entries.shapes),
             Grouped(entries.counts.sessions), Grouped(entries.gaps));
  if (entries.windows != 0)
    fmt::print("  windows      first written {}, last written {}\n", entries.first_window,
               entries.last_window);
  fmt::print("  assessments  {} recomputed from the log's own facts, all equal\n",
             Grouped(entries.assessments));
  return 0;
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
  const auto read = reader->ReadEntries(from, until, [&](std::uint64_t, std::string_view entry) {
    if (entry.substr(0, start.size()) == start) {
      std::fwrite(entry.data(), 1, entry.size(), stdout);
      std::fputc('\n', stdout);
    }
    return true;
  });
  return read ? 0 : Report(read.error());
}

}  // namespace unopened::gateway
