// `unopened audit self`.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "audit/merkle/hash.h"
#include "audit/note/checkpoint.h"
#include "audit/reader.h"
#include "audit/self_audit.h"
#include "audit/store/posix_file_system.h"
#include "gateway/command_line.h"
#include "gateway/options.h"
#include "gateway/process_look.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;
using nlohmann::ordered_json;

constexpr std::string_view kHelp =
    R"(Usage: unopened audit self --log DIR [--pid PID] [--look-for TEXT ...]

What this gateway's own operator could be made to hand over, category by category: from the log, by reading every entry
of it, and from the running process. The gateway answers for itself as it does for others.

      --log DIR             the log's folder
      --pid PID             a running gateway: whether it leaves core files, and its memory is searched
      --look-for TEXT       an identifier to search for in the log and in the process's memory: an address (its bytes
                            too), a server name, anything; may be given several times
      --format WHAT         table, json, or md: an annex for a data-protection impact assessment (default table)
  -h, --help                this page

The status is 0, or 6 if anything was found that should not be there.
)";

struct Needle {
  std::string identifier;
  std::uint64_t in_log = 0;
  std::uint64_t in_memory = 0;
};

struct Findings {
  audit::SelfFindings log;
  std::vector<Needle> needles;
  std::optional<ProcessFindings> process;

  bool clean() const {
    for (const Needle& needle : needles) {
      if (needle.in_log + needle.in_memory != 0) return false;
    }
    return log.suspect_count == 0 && !(process && process->core_files);
  }
};

ordered_json AsJson(const Findings& findings) {
  ordered_json json;
  for (const audit::SelfAnswer& answer : audit::AnswerForItself(findings.log)) {
    json["answers"].push_back({{"category", audit::Name(answer.category)},
                               {"from_log", audit::Name(answer.from_log)},
                               {"from_log_why", answer.log_why},
                               {"from_process", audit::Name(answer.from_process)},
                               {"from_process_why", answer.process_why}});
  }
  json["entries"] = findings.log.entries;
  json["operator_statements"] = findings.log.statements;
  json["suspects"] = findings.log.suspects;
  json["counts"] = findings.log.cells;
  json["counts_of_one_session"] = findings.log.cells_of_one;
  json["legal_demands"] = findings.log.demands;
  json["looked_for"] = ordered_json::array();
  for (const Needle& needle : findings.needles) {
    json["looked_for"].push_back(
        {{"text", needle.identifier}, {"in_log", needle.in_log}, {"in_memory", needle.in_memory}});
  }
  if (findings.process) {
    json["process"] = {{"name", findings.process->name},
                       {"core_files", findings.process->core_files ? "yes" : "no"},
                       {"bytes_searched", findings.process->bytes_searched}};
  }
  return json;
}

void PrintTable(const Findings& findings) {
  fmt::print("What the operator of this gateway could be made to hand over\n\n");
  for (const audit::SelfAnswer& answer : audit::AnswerForItself(findings.log)) {
    fmt::print("{:<25} log      {:<15} {}\n", audit::Name(answer.category),
               audit::Name(answer.from_log), answer.log_why);
    fmt::print("{:<25} process  {:<15} {}\n", "", audit::Name(answer.from_process),
               answer.process_why);
  }
  fmt::print("\nRead\n  log      ");
  std::string types;
  for (const auto& [type, count] : findings.log.entries) {
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", count, type);
  }
  fmt::print("{}\n", types.empty() ? "no entry" : types);
  if (!findings.log.first_window.empty()) {
    fmt::print("           windows from {} to {}\n", findings.log.first_window,
               findings.log.last_window);
  }
  if (findings.process) {
    fmt::print("  process  {}, {} of its memory, core files {}\n", findings.process->name,
               fmt::format("{:.1f} MiB",
                           static_cast<double>(findings.process->bytes_searched) / (1 << 20)),
               findings.process->core_files ? "possible" : "switched off");
  }
  if (!findings.log.statements.empty()) fmt::print("\nThe operator's own words, open in the log\n");
  for (const std::string& statement : findings.log.statements) fmt::print("  {}\n", statement);
  if (findings.log.suspect_count != 0)
    fmt::print("\nTexts that look like a person's or a machine's\n");
  for (const std::string& suspect : findings.log.suspects) fmt::print("  {}\n", suspect);
  if (!findings.needles.empty()) fmt::print("\nLooked for\n");
  for (const Needle& needle : findings.needles) {
    fmt::print("  {:<40} log: {}, process: {}\n", needle.identifier,
               needle.in_log == 0 ? "not found" : fmt::format("{} times", needle.in_log),
               !findings.process       ? "not looked at"
               : needle.in_memory == 0 ? "not found"
                                       : fmt::format("{} times", needle.in_memory));
  }
}

std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

// What a data-protection impact assessment asks of the gateway itself, from its own record.
void PrintAnnex(const Findings& findings, const audit::note::Checkpoint& head) {
  fmt::print(
      "# Annex: what this gateway holds\n\n"
      "Made by `unopened audit self` from the log {}, tree size {}, root sha256:{}. Every entry of "
      "it was read.\n\n"
      "## What its operator could be made to hand over\n\n"
      "| Category | From the log | Why | From the running process | Why |\n|---|---|---|---|---|\n",
      Cell(head.origin), head.size, audit::merkle::Hex(head.root));
  for (const audit::SelfAnswer& answer : audit::AnswerForItself(findings.log)) {
    fmt::print("| {} | {} | {} | {} | {} |\n", audit::Name(answer.category),
               audit::Name(answer.from_log), Cell(answer.log_why), audit::Name(answer.from_process),
               Cell(answer.process_why));
  }
  fmt::print("\n## What is recorded\n\n| Entries | |\n|---|---:|\n");
  for (const auto& [type, count] : findings.log.entries) fmt::print("| {} | {} |\n", type, count);
  if (findings.log.first_window.empty()) {
    fmt::print("\nNo window is recorded.\n");
  } else {
    fmt::print("\nWindows from {} to {}.\n", findings.log.first_window, findings.log.last_window);
  }
  fmt::print(
      "{} counts of kinds of session, {} of them of a single session; {} rows of legal demands, as "
      "counts.\n",
      findings.log.cells, findings.log.cells_of_one, findings.log.demands);
  fmt::print("\n## The operator's own words, open in the log\n\n");
  if (findings.log.statements.empty()) fmt::print("None.\n");
  for (const std::string& statement : findings.log.statements) {
    fmt::print("- {}\n", Cell(statement));
  }
  fmt::print("\n## Texts that look like a person's or a machine's\n\n");
  if (findings.log.suspect_count == 0) fmt::print("None was found.\n");
  for (const std::string& suspect : findings.log.suspects) fmt::print("- {}\n", Cell(suspect));
  if (!findings.needles.empty()) {
    fmt::print(
        "\n## Looked for\n\n| Identifier | In the log | In the process |\n|---|---:|---:|\n");
    for (const Needle& needle : findings.needles) {
      fmt::print("| {} | {} | {} |\n", Cell(needle.identifier), needle.in_log,
                 findings.process ? std::to_string(needle.in_memory) : "not looked at");
    }
  }
  fmt::print("\n## The running process\n\n");
  if (findings.process) {
    fmt::print("{}: {} bytes of its memory were searched; core files are {}.\n",
               Cell(findings.process->name), findings.process->bytes_searched,
               findings.process->core_files ? "possible" : "switched off");
  } else {
    fmt::print("It was not looked at: `--pid PID` does.\n");
  }
  fmt::print(
      "\nWhat this shows: what the record and, where it was looked at, the process held. Not what "
      "else the operator of the network keeps.\n");
}

}  // namespace

int AuditSelf(const Arguments& arguments) {
  OptionSet set{"audit self", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("pid", po::value<int>());
  add("look-for", po::value<std::vector<std::string>>()->composing());
  add("format", po::value<std::string>()->default_value("table"));
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "table" && format != "json" && format != "md") {
    return Report({Failure::kUsage, "no such format", format, "table, json or md"});
  }
  Findings findings;
  std::vector<std::string> forms;
  std::vector<std::size_t> owner;
  if (values->count("look-for") != 0) {
    for (const std::string& text : (*values)["look-for"].as<std::vector<std::string>>()) {
      if (text.size() < 4) {
        return Report({Failure::kUsage, "too short to be looked for", text,
                       "four characters or more: less is in any memory by chance"});
      }
      for (std::string& form : FormsOf(text)) {
        forms.push_back(std::move(form));
        owner.push_back(findings.needles.size());
      }
      findings.needles.push_back({text});
    }
  }
  audit::PosixFileSystem file_system;
  const auto log = audit::LogReader::Open(file_system, (*values)["log"].as<std::string>());
  if (!log) return Report(log.error());
  audit::SelfAudit self;
  const auto read = log->ReadEntries(0, UINT64_MAX, [&](std::uint64_t index, std::string_view e) {
    self.Next(index, e);
    for (Needle& needle : findings.needles) {
      if (e.find(needle.identifier) != std::string_view::npos) ++needle.in_log;
    }
    return true;
  });
  if (!read) return Report(read.error());
  findings.log = self.findings();
  if (values->count("pid") != 0) {
    auto process = LookAtProcess((*values)["pid"].as<int>(), forms);
    if (!process) return Report(process.error());
    for (std::size_t i = 0; i < forms.size(); ++i) {
      findings.needles[owner[i]].in_memory += process->found[i];
    }
    findings.process = std::move(*process);
  }
  if (format == "json") {
    fmt::print("{}\n",
               AsJson(findings).dump(2, ' ', false, ordered_json::error_handler_t::replace));
  } else if (format == "md") {
    PrintAnnex(findings, log->checkpoint());
  } else {
    PrintTable(findings);
  }
  return findings.clean() ? 0 : static_cast<int>(Failure::kLog);
}

}  // namespace unopened::gateway
