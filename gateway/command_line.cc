#include "gateway/command_line.h"

#include <algorithm>
#include <cstdio>
#include <exception>

#include "gateway/options.h"

#ifndef UNOPENED_VERSION
#error "the build states the version"
#endif

namespace unopened::gateway {
namespace {

constexpr std::string_view kHelp =
    R"(unopened: tells which traffic is end-to-end encrypted, from handshakes alone, and keeps a verifiable record of
what a provider could and could not hand over under a warrant. It reads the envelope; the letter stays unopened.

Usage: unopened COMMAND [options]

  watch         the main job: an interface or captures in; audit log, summary, metrics and page out
  inspect       every session of a capture file with its facts
  report        the transparency report of a period: HTML, JSON, CSV or Markdown
  explain       what a service's provider could and could not hand over, on a day, under an instrument
  audit verify  check a log: signature, tree, every entry, every assessment; needs only the public key
  audit show    read a log's entries
  audit prove   a proof that an entry is in the log, or that the log only grew
  audit check-proof
                check such a proof, offline
  audit disclose
                hand over one entry with its proof
  audit rotate-key
                put a new signing key in place
  audit admit   make a credential for an auditor, who may then read the log's bodies
  audit self    what this gateway's own operator could be made to hand over
  audit prune   remove old bodies under a policy that the log states
  audit witness run a witness: cosigns the logs of others, refuses two histories
  demand add    enter a legal demand, as counts
  demand import enter the rows of a CSV file, or a published series
  demand list   the demands that the log holds
  demand commit write those entered to a log that no gateway is writing
  config check  check the configuration and the catalogue, all problems at once
  config dump   the catalogue in effect, in the form that its digest is taken over
  interfaces    what can be watched on this machine

  unopened COMMAND --help    the command's own page
  unopened --version         the program's version

First steps
  unopened watch -r tests/captures --log /tmp/demo
  unopened audit verify --log /tmp/demo
)";

struct Command {
  std::string_view name;
  std::string_view second;  // of a two-word command
  int (*run)(const Arguments&);
};
constexpr Command kCommands[] = {
    {"watch", "", Watch},
    {"inspect", "", Inspect},
    {"explain", "", ExplainCommand},
    {"report", "", ReportCommand},
    {"audit", "verify", AuditVerify},
    {"audit", "show", AuditShow},
    {"audit", "prove", AuditProve},
    {"audit", "check-proof", AuditCheckProof},
    {"audit", "disclose", AuditDisclose},
    {"audit", "witness", AuditWitness},
    {"audit", "rotate-key", AuditRotateKey},
    {"audit", "admit", AuditAdmit},
    {"audit", "self", AuditSelf},
    {"audit", "prune", AuditPrune},
    {"demand", "add", DemandAdd},
    {"demand", "import", DemandImport},
    {"demand", "list", DemandList},
    {"demand", "commit", DemandCommit},
    {"config", "check", ConfigCheck},
    {"config", "dump", ConfigDump},
    {"interfaces", "", Interfaces},
};

int Unknown(const Arguments& arguments) {
  std::string typed = arguments[0];
  if ((typed == "audit" || typed == "config" || typed == "demand") && arguments.size() > 1)
    typed += " " + arguments[1];
  std::vector<std::string> known;
  for (const Command& command : kCommands) {
    known.push_back(std::string(command.name) +
                    (command.second.empty() ? "" : " " + std::string(command.second)));
  }
  const std::string near = Nearest(typed, known);
  return Report({base::Failure::kUsage, "no such command",
                 near.empty() ? typed : typed + ", did you mean " + near + "?",
                 "see: unopened --help"});
}

}  // namespace

std::string_view Version() { return UNOPENED_VERSION; }

int Report(const base::Error& error) {
  if (error.where.find('\n') == std::string::npos) {
    std::fprintf(stderr, "unopened: %s\n", base::Describe(error).c_str());
  } else {
    // Text with a mark under the part that is meant.
    std::fprintf(stderr, "unopened: %s\n", error.what.c_str());
    std::size_t from = 0;
    while (from < error.where.size()) {
      const std::size_t end = std::min(error.where.find('\n', from), error.where.size());
      std::fprintf(stderr, "  %s\n", error.where.substr(from, end - from).c_str());
      from = end + 1;
    }
    if (!error.todo.empty()) std::fprintf(stderr, "  %s\n", error.todo.c_str());
  }
  return static_cast<int>(error.failure);
}

int Main(const Arguments& arguments) {
  if (arguments.empty()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stderr);
    return static_cast<int>(base::Failure::kUsage);
  }
  if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  if (arguments[0] == "--version") {
    std::printf("unopened %.*s\n", static_cast<int>(Version().size()), Version().data());
    return 0;
  }
  for (const Command& command : kCommands) {
    if (arguments[0] != command.name) continue;
    const std::size_t words = command.second.empty() ? 1 : 2;
    if (words == 2 && (arguments.size() < 2 || arguments[1] != command.second)) continue;
    try {
      return command.run(
          Arguments(arguments.begin() + static_cast<std::ptrdiff_t>(words), arguments.end()));
    } catch (const std::exception& unexpected) {
      // Nothing of ours throws: this is memory, or a library's own failure.
      return Report({base::Failure::kGeneral, "the work could not go on", unexpected.what(), ""});
    }
  }
  return Unknown(arguments);
}

}  // namespace unopened::gateway
