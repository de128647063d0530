// `unopened audit prune`.
#include <fmt/format.h>

#include <cstdio>
#include <sstream>

#include "audit/demands/demand.h"
#include "audit/prune.h"
#include "audit/record_entry.h"
#include "audit/store/posix_file_system.h"
#include "exporters/web/headline.h"
#include "gateway/command_line.h"
#include "gateway/guard_folder.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Fail;
using base::Failure;
using base::Result;
using exporters::Grouped;

constexpr std::string_view kHelp =
    R"(Usage: unopened audit prune --log DIR --before DAY --policy TEXT

Removes the bodies of old counts (windows, gaps, bounds and demands), in whole bundles of 256 entries from the log's first
on, as long as everything counted in them ended before DAY. The policy is an entry of the log before anything is removed.
Every hash stays, and every entry that later ones rest on, so what remains is verified as before:
unopened audit verify says what is pruned and proves the rest. The log must not be in use: stop the gateway first.

      --log DIR             the log's folder
      --before DAY          the first day to be kept, as 2026-11-23
      --policy TEXT         why bodies are removed and for how long they are kept, in one line, at most 1,000 bytes; anyone
                            who is shown the log can read it, and it stays
  -h, --help                this page

Cut short, it is finished by the next call. Copies and snapshots of the folder are yours to prune: docs/operating.md.
)";

// A policy is about all entries, so a word that looks like a person has no place in it.
Result<std::string> PolicyOf(const std::string& text) {
  if (!audit::IsPolicy(text)) {
    return Fail(Failure::kUsage, "a policy is one line of text of at most 1,000 bytes", "--policy");
  }
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (const auto looks = audit::LooksLikeATarget(word)) {
      return Fail(Failure::kUsage, "a word of the policy looks like " + std::string(*looks),
                  "--policy", "a policy names no one");
    }
  }
  return text;
}

void Tell(const audit::PruneReport& report) {
  if (report.before == 0) {
    fmt::print("nothing to prune: the log's first bundle is to be kept\n");
    return;
  }
  if (report.bundles == 0) {
    fmt::print("nothing to prune: bodies below entry {} are removed already\n",
               Grouped(report.before));
    return;
  }
  fmt::print("pruned  entries below {}: {} bodies removed from {} bundles, {} entries kept{}\n",
             Grouped(report.before), Grouped(report.removed), Grouped(report.bundles),
             Grouped(report.kept),
             report.stated ? "" : " (finished what an earlier call had stated)");
}

}  // namespace

int AuditPrune(const Arguments& arguments) {
  OptionSet set{"audit prune", kHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"log", "before", "policy"}) add(name, po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  for (const char* name : {"log", "before", "policy"}) {
    if (values->count(name) == 0) {
      return Report({Failure::kUsage, "an option is missing", "--" + std::string(name),
                     "see: unopened audit prune --help"});
    }
  }
  audit::PruneRequest request;
  request.folder = (*values)["log"].as<std::string>();
  const std::string day = (*values)["before"].as<std::string>();
  if (!base::ParseDay(day, request.before)) {
    return Report({Failure::kUsage, "no such day", day, "--before takes a day as 2026-11-23"});
  }
  auto policy = PolicyOf((*values)["policy"].as<std::string>());
  if (!policy) return Report(policy.error());
  request.policy = std::move(*policy);
  request.guard_folder = GuardFolder();
  audit::PosixFileSystem file_system;
  const base::SystemClock clock;
  const auto report = audit::Prune(request, file_system, clock);
  if (!report) return Report(report.error());
  TellUnguarded(report->opened.guard_skipped);
  Tell(*report);
  return 0;
}

}  // namespace unopened::gateway
