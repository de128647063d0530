// `unopened report`.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "audit/store/atomic_file.h"
#include "audit/store/posix_file_system.h"
#include "base/enum_names.h"
#include "exporters/report/report.h"
#include "gateway/command_line.h"
#include "gateway/options.h"
#include "gateway/report_check.h"
#include "gateway/report_intake.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
namespace report = exporters::report;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::string_view kHelp =
    R"(Usage: unopened report --log DIR [--log DIR2 ...] [--from DAY --to DAY] [--by STEP] [--format WHAT] [-o FILE]

The transparency report of a period: what providers could read, who was contacted and how, what could and could not be
handed over under each legal instrument, which legal demands came, and what was missed. A pure function of the logs and
the period: whoever holds them gets the same numbers. Each log is verified first; one that does not verify yields no
report.

      --log DIR             a log's folder; several are added up, each stays named
      --from DAY, --to DAY  the period, days of UTC, both included (default: all that was recorded)
      --by STEP             also by day, week (ISO 8601), month, quarter or year (default: whole)
      --source KIND         live or file, where the period holds both: they are never added up
      --format WHAT         html, json, csv or md (default: md on a terminal, else html)
      --table NAME          csv: this table alone, with its own columns, for example legal_requests
  -o, --output FILE         write there instead of standard output
      --key VKEY            the log's verifier key, as text or in a file (default: that beside the log); of several logs
                            one each
      --policy FILE         a C2SP tlog-policy of witnesses: the report says how many live windows no quorum saw in time
      --late-after SECONDS  what in time is (default 300)
      --publisher NAME, --network NAME, --jurisdiction CODE, --contact ADDRESS
                            the publisher's own words for the header (default: unknown)
      --min-count N         withhold measured counts of fewer than N, and what they could be found from by subtraction
      --assume SERVICE:SCOPE=POLICY[@DAY]
                            answer the same period again as if the policy were another, from a day on or always, and
                            show both sides with the difference; several times for several. Stamped hypothetical
      --verify FILE         recompute a report (JSON) from the log as it was then, and say equal or which cell differs
      --unverified          report also a log that does not verify; every page is stamped
  -h, --help                this page

Columns and cells: docs/report.md. The status is 0 if a report was made (or is equal), 6 where a log does not verify
(or a cell differs).
)";

std::optional<std::string> Text(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  return values[name].as<std::string>();
}

Result<std::optional<report::Period>> PeriodOf(const po::variables_map& values) {
  const auto from = Text(values, "from");
  const auto until = Text(values, "to");
  if (!from && !until) return std::optional<report::Period>();
  if (!from || !until) {
    return Fail(Failure::kUsage, "a period has two ends", from ? "--from" : "--to",
                "--from DAY --to DAY");
  }
  report::Period period;
  for (const auto& [text, day] :
       {std::pair(*from, &period.from), std::pair(*until, &period.until)}) {
    if (!base::ParseDay(text, *day)) {
      return Fail(Failure::kUsage, "no day", text, "for example 2026-10-31");
    }
  }
  if (period.until < period.from) {
    return Fail(Failure::kUsage, "the period ends before it begins", *from + " to " + *until);
  }
  return std::optional(period);
}

Result<report::ReportOptions> OptionsOf(const po::variables_map& values) {
  report::ReportOptions options;
  auto period = PeriodOf(values);
  if (!period) return Fail(period.error());
  options.period = *period;
  if (const auto step = Text(values, "by")) {
    const auto known = base::FromName<report::Step>(report::kStepNames, *step);
    if (!known) {
      return Fail(Failure::kUsage, "no such step", *step, "day, week, month, quarter or year");
    }
    options.step = *known;
  }
  if (const auto source = Text(values, "source")) {
    options.source = base::FromName<report::SourceKind>(report::kSourceKindNames, *source);
    if (!options.source) return Fail(Failure::kUsage, "no such source", *source, "live or file");
  }
  const auto take = [&](const char* name, std::string& field) {
    if (const auto text = Text(values, name); text && !text->empty()) field = *text;
  };
  take("publisher", options.publisher);
  take("network", options.network);
  take("jurisdiction", options.jurisdiction);
  take("contact", options.contact);
  options.min_count = values["min-count"].as<std::uint64_t>();
  if (values.count("assume") != 0) {
    for (const std::string& text : values["assume"].as<std::vector<std::string>>()) {
      const auto assumption = report::ParseAssumption(text);
      if (!assumption) return Fail(assumption.error());
      options.assumptions.push_back(*assumption);
    }
  }
  return options;
}

Result<std::string> Written(const report::Report& made, const std::string& format,
                            const std::optional<std::string>& table) {
  if (table) {
    if (format != "csv") {
      return Fail(Failure::kUsage, "one table alone is written as CSV", "--table " + *table,
                  "--format csv");
    }
    std::vector<std::string> known;
    for (const report::Table& one : made.tables) {
      if (one.name == *table) return report::ToCsv(one);
      known.push_back(one.name);
    }
    const std::string near = Nearest(*table, known);
    std::string all;
    for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
    return Fail(Failure::kUsage, "no such table",
                near.empty() ? *table : *table + ", did you mean " + near + "?", all);
  }
  if (format == "json") return report::ToJson(made);
  if (format == "csv") return report::ToCsv(made);
  if (format == "md") return report::ToMarkdown(made);
  return report::ToHtml(made);
}

Result<base::Done> Put(const std::string& text, const std::optional<std::string>& path,
                       audit::FileSystem& file_system) {
  if (!path || *path == "-") {
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
        std::fflush(stdout) == 0) {
      return base::Done{};
    }
    return Fail(Failure::kGeneral, "standard output was closed");
  }
  return audit::WriteAside(file_system, *path, text, 0644);
}

// `report --verify FILE`: equal, or which cell differs.
int VerifyReport(IntakeRequest request, const std::string& path, audit::FileSystem& file_system) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  const auto text = file_system.ReadAtMost(path, kMostBytes);
  if (!text) return Report(text.error());
  const auto claimed = ReadClaimedReport(*text);
  if (!claimed) return Report(claimed.error());
  request.period = claimed->options.period;
  request.as_of = claimed->logs;
  const auto collected = CollectLogs(request, file_system);
  if (!collected) return Report(collected.error());
  const auto made = report::Build(*collected, claimed->options);
  if (!made) return Report(made.error());
  const Comparison comparison = Compare(*claimed, *made);
  for (const std::string& difference : comparison.told) {
    std::fprintf(stderr, "unopened: %s\n", difference.c_str());
  }
  if (comparison.different != 0) {
    return Report(
        {Failure::kLog, "the report is not what the log says", path,
         fmt::format("{} cells differ, the first are named above", comparison.different)});
  }
  fmt::print("equal: {} cells of {} follow from the log\n", comparison.cells, path);
  return 0;
}

}  // namespace

int ReportCommand(const Arguments& arguments) {
  OptionSet set{"report", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::vector<std::string>>()->composing());
  add("key", po::value<std::vector<std::string>>()->composing());
  add("assume", po::value<std::vector<std::string>>()->composing());
  for (const char* name : {"from", "to", "by", "source", "format", "table", "output,o", "policy",
                           "publisher", "network", "jurisdiction", "contact", "verify"}) {
    add(name, po::value<std::string>());
  }
  add("min-count", po::value<std::uint64_t>()->default_value(0));
  add("late-after", po::value<std::uint64_t>()->default_value(300));
  add("unverified", po::bool_switch());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const auto output = Text(*values, "output");
  const std::string format = Text(*values, "format")
                                 .value_or(Text(*values, "table") ? "csv"
                                           : terminal && !output  ? "md"
                                                                  : "html");
  if (format != "html" && format != "json" && format != "csv" && format != "md") {
    return Report({Failure::kUsage, "no such format", format, "html, json, csv or md"});
  }
  const auto options = OptionsOf(*values);
  if (!options) return Report(options.error());

  IntakeRequest request;
  request.folders = (*values)["log"].as<std::vector<std::string>>();
  if (values->count("key") != 0) request.keys = (*values)["key"].as<std::vector<std::string>>();
  request.witness_policy = Text(*values, "policy").value_or("");
  request.late_after = (*values)["late-after"].as<std::uint64_t>();
  request.allow_unverified = (*values)["unverified"].as<bool>();
  request.period = options->period;
  request.progress = isatty(STDERR_FILENO) != 0;
  audit::PosixFileSystem file_system;
  if (const auto path = Text(*values, "verify")) {
    for (const char* name : {"from", "to", "by", "source", "format", "table", "output"}) {
      if (values->count(name) == 0) continue;
      return Report({Failure::kUsage, "a report to verify says itself what it is of",
                     std::string("--") + name, "--verify FILE --log DIR"});
    }
    return VerifyReport(request, *path, file_system);
  }
  const auto collected = CollectLogs(request, file_system);
  if (!collected) return Report(collected.error());
  const auto made = report::Build(*collected, *options);
  if (!made) return Report(made.error());
  const auto text = Written(*made, format, Text(*values, "table"));
  if (!text) return Report(text.error());
  const auto put = Put(*text, output, file_system);
  if (!put) return Report(put.error());
  return 0;
}

}  // namespace unopened::gateway
