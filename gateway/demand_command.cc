// `unopened demand add`, `import`, `list` and `commit`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <tuple>

#include "audit/demands/demand_spool.h"
#include "audit/demands/demands_entry.h"
#include "audit/reader.h"
#include "audit/recorder.h"
#include "audit/store/posix_file_system.h"
#include "gateway/command_line.h"
#include "gateway/demand_csv.h"
#include "gateway/demand_desk.h"
#include "gateway/guard_folder.h"
#include "gateway/options.h"
#include "gateway/watch_settings.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using audit::Demand;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::string_view kAddHelp =
    R"(Usage: unopened demand add --log DIR --instrument ID --date DAY --category CATEGORY[:OUTCOME=COUNT...] [options]

Enters a legal demand as counts, for the log's one entry of demands a day. There is no field for whom it is about, and
what looks like one is refused.

      --log DIR             the log's folder; a gateway may be writing it
      --instrument ID       us_warrant, us_pen_trap... (unopened explain --list), or one that is told in bands only
      --date DAY            when it was received; or --from and --until for a row that stands for many
      --from DAY --until DAY
      --authority WHO       federal, state, local, foreign, other or unknown (default unknown)
      --service ID          of which service (default: network, the access operator's own)
      --category C          what was demanded, and what came of it: live_content:encrypted=1, or
                            subscriber_identity:produced=2:not_held=1; several times for several. Outcomes: produced,
                            encrypted, not_held, rejected, out_of_scope
      --demands COUNT       how many the row stands for (default 1): a number, a band as 0-249, or unknown
      --accounts COUNT      how many accounts they named (default unknown)
      --encryption-met COUNT  in how many encryption was met (default unknown)
      --config DIR          the configuration folder
  -h, --help                this page
)";

constexpr std::string_view kImportHelp =
    R"(Usage: unopened demand import FILE.csv --log DIR

Enters the rows of a CSV file (RFC 4180): all of them, or none where one is wrong. Two kinds of columns are known:

  from,until,instrument,jurisdiction,authority,subject,basis,sources,demands,accounts,encryption_met,categories
      as `unopened demand list --format csv` writes them; basis is own, published or as_reported_unconfirmed
  year,authorised_total,authorised_federal,authorised_state,encrypted_federal,...
      the wiretap reports of the US courts, federal and state apart; an empty cell is unknown, never zero

      --log DIR             the log's folder; a gateway may be writing it
      --config DIR          the configuration folder
  -h, --help                this page
)";

constexpr std::string_view kListHelp =
    R"(Usage: unopened demand list --log DIR [--format table|csv|jsonl]

Prints the demands that the log holds, and those that are entered and not in it yet.

      --log DIR             the log's folder
      --format WHAT         table, csv (which can be imported again) or jsonl (default table)
      --pending             only those that are not in the log yet
  -h, --help                this page
)";

constexpr std::string_view kCommitHelp =
    R"(Usage: unopened demand commit --log DIR

Writes the demands that were entered to the log now. A gateway at work does this once a day by itself; this is for a log
that none is writing.

      --log DIR             the log's folder
  -h, --help                this page
)";

constexpr std::size_t kMaxCsvBytes = 16 << 20;

Result<audit::DemandTerms> TermsOf(const po::variables_map& values) {
  const auto loaded =
      LoadConfiguration(values.count("config") != 0 ? values["config"].as<std::string>() : "");
  if (!loaded) return Fail(loaded.error());
  audit::DemandTerms terms;
  for (const audit::Instrument& instrument : loaded->catalogue.instruments) {
    terms.instruments[instrument.id] = instrument.jurisdiction;
  }
  for (const audit::Service& service : loaded->catalogue.services) {
    terms.subjects.push_back(service.id);
  }
  terms.banded = loaded->banded;
  return terms;
}

// A log that is there: demands do not make one.
Result<std::string> LogFolder(const po::variables_map& values, audit::FileSystem& file_system) {
  if (values.count("log") == 0) return Fail(Failure::kUsage, "which log", "", "--log DIR");
  const std::string folder = values["log"].as<std::string>();
  if (!file_system.Exists(folder + "/checkpoint")) {
    return Fail(Failure::kInput, "no log is here", folder,
                "name the folder that holds the file checkpoint");
  }
  return folder;
}

std::string Get(const po::variables_map& values, const char* name) {
  return values.count(name) == 0 ? std::string() : values[name].as<std::string>();
}

// A word of the command line that nothing takes; one that looks like a person's is not repeated.
tl::unexpected<base::Error> WrongWord(std::string what, const std::string& word,
                                      const std::string& option) {
  if (const auto looks = audit::LooksLikeATarget(word)) {
    return Fail(Failure::kUsage, "what is given looks like " + std::string(*looks), option,
                "the log holds counts and no person: leave it out");
  }
  return Fail(Failure::kUsage, std::move(what), option + " " + word);
}

Result<base::Day> DayOf(const po::variables_map& values, const char* name) {
  base::Day day = 0;
  const std::string text = Get(values, name);
  if (!base::ParseDay(text, day)) {
    return WrongWord("no day, as 2026-11-25", text, "--" + std::string(name));
  }
  return day;
}

Result<Demand> DemandOf(const po::variables_map& values, const audit::DemandTerms& terms) {
  Demand demand;
  demand.id = DrawDemandId();
  const bool one_day = values.count("date") != 0;
  const auto from = DayOf(values, one_day ? "date" : "from");
  if (!from) return Fail(from.error());
  const auto until = DayOf(values, one_day ? "date" : "until");
  if (!until) return Fail(until.error());
  demand.from = *from;
  demand.until = *until;
  const std::string instrument = Get(values, "instrument");
  for (const audit::BandedInstrument& banded : terms.banded) {
    if (banded.id == instrument) demand.jurisdiction = banded.jurisdiction;
  }
  const auto known = terms.instruments.find(instrument);
  if (known != terms.instruments.end()) demand.jurisdiction = known->second;
  if (demand.jurisdiction.empty()) {
    return WrongWord("no such instrument", instrument, "--instrument");
  }
  demand.instrument = instrument;
  const std::string authority = Get(values, "authority");
  const auto who = base::FromName<audit::Authority>(audit::kAuthorityNames, authority);
  if (!who) return WrongWord("no such authority", authority, "--authority");
  demand.authority = *who;
  demand.subject = Get(values, "service");
  if (demand.subject != "network" && std::find(terms.subjects.begin(), terms.subjects.end(),
                                               demand.subject) == terms.subjects.end()) {
    return WrongWord("no such service", demand.subject, "--service");
  }
  const std::array<std::pair<const char*, audit::Amount*>, 3> amounts = {
      {{"demands", &demand.demands},
       {"accounts", &demand.accounts},
       {"encryption-met", &demand.encryption_met}}};
  for (const auto& [name, amount] : amounts) {
    const auto parsed = audit::Amount::Parse(Get(values, name));
    if (!parsed) {
      return WrongWord("no count, band or unknown", Get(values, name), "--" + std::string(name));
    }
    *amount = *parsed;
  }
  if (values.count("category") != 0) {
    for (const std::string& text : values["category"].as<std::vector<std::string>>()) {
      const auto category = ParseDemandCategory(text);
      if (!category) return WrongWord(category.error().what, text, "--category");
      demand.categories.insert(*category);
    }
  }
  if (auto checked = audit::CheckDemand(demand, terms); !checked) return Fail(checked.error());
  return demand;
}

// Every demand of a log, in order.
Result<std::vector<Demand>> DemandsIn(const std::string& folder, audit::FileSystem& file_system) {
  const auto log = audit::LogReader::Open(file_system, folder);
  if (!log) return Fail(log.error());
  std::vector<Demand> demands;
  const auto read = log->ReadEntries(0, UINT64_MAX, [&](std::uint64_t, std::string_view entry) {
    if (entry.starts_with(R"({"type":"demands")")) {
      if (auto one = audit::ReadDemands(audit::Parse(entry))) {
        std::move(one->demands.begin(), one->demands.end(), std::back_inserter(demands));
      }
    }
    return true;
  });
  if (!read) return Fail(read.error());
  return demands;
}

void PrintTable(const std::vector<Demand>& demands, std::size_t in_log) {
  fmt::print("{:<21}  {:<15} {:<10} {:<16} {:>9} {:>9} {:>9}  {}\n", "PERIOD", "INSTRUMENT",
             "AUTHORITY", "SUBJECT", "DEMANDS", "ACCOUNTS", "ENCRYPTED", "WHAT CAME OF IT");
  for (std::size_t i = 0; i < demands.size(); ++i) {
    const Demand& d = demands[i];
    std::string outcomes;
    for (const auto& [category, amounts] : d.categories) {
      outcomes += (outcomes.empty() ? "" : "; ") + std::string(Name(category));
      for (std::size_t o = 0; o < amounts.size(); ++o) {
        if (amounts[o].is_unknown()) continue;
        outcomes += fmt::format(" {} {}", audit::kDemandOutcomeNames[o], amounts[o].Text());
      }
    }
    const std::string period = d.from == d.until
                                   ? base::FormatDay(d.from)
                                   : base::FormatDay(d.from) + ".." + base::FormatDay(d.until);
    fmt::print(
        "{:<22} {:<15} {:<10} {:<16} {:>9} {:>9} {:>9}  {}{}{}\n", period, d.instrument,
        Name(d.authority), d.subject, d.demands.Text(), d.accounts.Text(), d.encryption_met.Text(),
        outcomes,
        d.basis == audit::DemandBasis::kAsReportedUnconfirmed ? " (as reported, unconfirmed)" : "",
        i >= in_log ? " (not in the log yet)" : "");
  }
}

Result<po::variables_map> ParsedOrHelp(const OptionSet& set, const Arguments& arguments,
                                       bool& help) {
  auto values = Parse(set, arguments);
  if (values && (*values)["help"].as<bool>()) {
    std::fwrite(set.help.data(), 1, set.help.size(), stdout);
    help = true;
  }
  return values;
}

}  // namespace

int DemandAdd(const Arguments& arguments) {
  OptionSet set{"demand add", kAddHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"log", "instrument", "date", "from", "until", "config"}) {
    add(name, po::value<std::string>());
  }
  add("authority", po::value<std::string>()->default_value("unknown"));
  add("service", po::value<std::string>()->default_value("network"));
  add("category", po::value<std::vector<std::string>>()->composing());
  add("demands", po::value<std::string>()->default_value("1"));
  add("accounts", po::value<std::string>()->default_value("unknown"));
  add("encryption-met", po::value<std::string>()->default_value("unknown"));
  add("help,h", po::bool_switch());
  bool help = false;
  const auto values = ParsedOrHelp(set, arguments, help);
  if (!values) return Report(values.error());
  if (help) return 0;
  audit::PosixFileSystem file_system;
  const auto folder = LogFolder(*values, file_system);
  if (!folder) return Report(folder.error());
  const auto terms = TermsOf(*values);
  if (!terms) return Report(terms.error());
  const auto demand = DemandOf(*values, *terms);
  if (!demand) return Report(demand.error());
  audit::DemandSpool spool(file_system, *folder);
  if (const auto added = spool.Add(*demand); !added) return Report(added.error());
  fmt::print("entered {}: it goes into the log with the day's others\n", demand->id);
  return 0;
}

int DemandImport(const Arguments& arguments) {
  OptionSet set{"demand import", kImportHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"log", "config"}) add(name, po::value<std::string>());
  add("help,h", po::bool_switch());
  // The one command with an argument of its own: it stands first.
  Arguments options = arguments;
  std::string file;
  if (!options.empty() && !options.front().starts_with("-")) {
    file = options.front();
    options.erase(options.begin());
  }
  bool help = false;
  const auto values = ParsedOrHelp(set, options, help);
  if (!values) return Report(values.error());
  if (help) return 0;
  if (file.empty()) {
    return Report({Failure::kUsage, "which file", "", "unopened demand import FILE.csv --log DIR"});
  }
  audit::PosixFileSystem file_system;
  const auto folder = LogFolder(*values, file_system);
  if (!folder) return Report(folder.error());
  const auto terms = TermsOf(*values);
  if (!terms) return Report(terms.error());
  const auto bytes = file_system.ReadAtMost(file, kMaxCsvBytes);
  if (!bytes) return Report(bytes.error());
  const auto demands = ReadDemandCsv(*bytes, file, *terms);
  if (!demands) return Report(demands.error());
  audit::DemandSpool spool(file_system, *folder);
  for (const Demand& demand : *demands) {
    if (const auto added = spool.Add(demand); !added) return Report(added.error());
  }
  fmt::print("entered {} rows: they go into the log with the day's others\n", demands->size());
  return 0;
}

int DemandList(const Arguments& arguments) {
  OptionSet set{"demand list", kListHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("format", po::value<std::string>()->default_value("table"));
  add("pending", po::bool_switch());
  add("help,h", po::bool_switch());
  bool help = false;
  const auto values = ParsedOrHelp(set, arguments, help);
  if (!values) return Report(values.error());
  if (help) return 0;
  const std::string format = Get(*values, "format");
  if (format != "table" && format != "csv" && format != "jsonl") {
    return Report({Failure::kUsage, "no such format", format, "table, csv or jsonl"});
  }
  audit::PosixFileSystem file_system;
  const auto folder = LogFolder(*values, file_system);
  if (!folder) return Report(folder.error());
  std::vector<Demand> demands;
  if (!(*values)["pending"].as<bool>()) {
    auto in_log = DemandsIn(*folder, file_system);
    if (!in_log) return Report(in_log.error());
    demands = std::move(*in_log);
  }
  const std::size_t in_log = demands.size();
  auto pending = audit::DemandSpool(file_system, *folder).Pending();
  if (!pending) return Report(pending.error());
  std::move(pending->begin(), pending->end(), std::back_inserter(demands));
  // The log's own order tells nothing: that of their ids.
  const auto by_period = [](const Demand& a, const Demand& b) {
    return std::tie(a.from, a.until, a.instrument, a.authority, a.subject, a.id) <
           std::tie(b.from, b.until, b.instrument, b.authority, b.subject, b.id);
  };
  const auto first_pending = demands.begin() + static_cast<std::ptrdiff_t>(in_log);
  std::sort(demands.begin(), first_pending, by_period);
  std::sort(first_pending, demands.end(), by_period);
  if (format == "csv") {
    fmt::print("{}", DemandCsv(demands));
  } else if (format == "jsonl") {
    for (const Demand& demand : demands) fmt::print("{}\n", audit::DemandJson(demand).dump());
  } else {
    PrintTable(demands, in_log);
  }
  return 0;
}

int DemandCommit(const Arguments& arguments) {
  OptionSet set{"demand commit", kCommitHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("help,h", po::bool_switch());
  bool help = false;
  const auto values = ParsedOrHelp(set, arguments, help);
  if (!values) return Report(values.error());
  if (help) return 0;
  audit::PosixFileSystem file_system;
  const auto folder = LogFolder(*values, file_system);
  if (!folder) return Report(folder.error());
  const base::SystemClock clock;
  audit::Opened opened;
  const auto recorder =
      audit::Recorder::Open({*folder, "", GuardFolder()}, file_system, clock, opened);
  if (!recorder) return Report(recorder.error());
  TellUnguarded(opened.guard_skipped);
  DemandDesk desk(audit::DemandSpool(file_system, *folder));
  const auto log = audit::LogReader::Open(file_system, *folder);
  if (!log) return Report(log.error());
  const auto seen = log->ReadEntries(0, UINT64_MAX, [&](std::uint64_t, std::string_view entry) {
    desk.See(entry);
    return true;
  });
  if (!seen) return Report(seen.error());
  const auto bodies = desk.AtOnce(clock.Now());
  if (!bodies) return Report(bodies.error());
  if (const auto done = (*recorder)->Commit(*bodies); !done) return Report(done.error());
  if (const auto off = desk.Committed(); !off) return Report(off.error());
  fmt::print("written to the log, which has {} entries now\n", (*recorder)->tree_size());
  return 0;
}

}  // namespace unopened::gateway
