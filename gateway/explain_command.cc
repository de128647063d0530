// `unopened explain`.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "gateway/command_line.h"
#include "gateway/explanation.h"
#include "gateway/options.h"
#include "gateway/watch_settings.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;

constexpr std::string_view kHelp =
    R"(Usage: unopened explain SERVICE [--instrument ID] [--at DAY] [--format table|json|md]
       unopened explain --session 'tls 1.2 static_rsa' [...]
       unopened explain --list

What the provider of a service, and the access operator, could and could not hand over: category by category, with the
reason, the condition, the source, its date and how well it is confirmed. Under an instrument: what that obtains, and
what is documented of it beside.

      SERVICE               its id, see --list
      --instrument ID       under which law: us_warrant, us_pen_trap, eu_epoc_content... see --list
      --at DAY              on which day (default: today); nothing rests on a source younger than that day allows
      --session WORDS       for a session given by hand instead of a TLS 1.3 one with an ephemeral key exchange: a
                            protocol, a version, a key exchange, and resumed, early_data, one_side, offered, clear or
                            an evidence
      --format WHAT         table, json or md (default table)
      --list                the services and instruments of the catalogue
      --config DIR          the configuration folder
  -h, --help                this page

Examples
  unopened explain whatsapp --instrument us_warrant
  unopened explain messenger --at 2019-11-18
  unopened explain --session 'ssh pq_hybrid'
)";

void PrintList(const audit::Catalogue& catalogue) {
  fmt::print("Services\n");
  for (const audit::Service& service : catalogue.services) {
    fmt::print("  {:<24} {}\n", service.id, service.title);
  }
  fmt::print("\nInstruments\n");
  for (const audit::Instrument& instrument : catalogue.instruments) {
    fmt::print("  {:<24} {:<4} {}{}\n", instrument.id, instrument.jurisdiction, instrument.title,
               InForceText(instrument));
  }
}

}  // namespace

int ExplainCommand(const Arguments& arguments) {
  OptionSet set{"explain", kHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"instrument", "at", "session", "config"}) {
    add(name, po::value<std::string>());
  }
  add("format", po::value<std::string>()->default_value("table"));
  add("list", po::bool_switch());
  add("help,h", po::bool_switch());
  // The service stands first, if one is named.
  Arguments options = arguments;
  std::string wanted;
  if (!options.empty() && !options.front().starts_with("-")) {
    wanted = options.front();
    options.erase(options.begin());
  }
  const auto values = Parse(set, options);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  const auto text = [&](const char* name) {
    return values->count(name) != 0 ? (*values)[name].as<std::string>() : std::string();
  };
  const std::string format = text("format");
  if (format != "table" && format != "json" && format != "md") {
    return Report({Failure::kUsage, "no such format", format, "table, json or md"});
  }
  const auto loaded = LoadConfiguration(text("config"));
  if (!loaded) return Report(loaded.error());
  const audit::Catalogue& catalogue = loaded->catalogue;
  if ((*values)["list"].as<bool>()) {
    PrintList(catalogue);
    return 0;
  }
  if (wanted.empty() && values->count("session") == 0) {
    return Report({Failure::kUsage, "what is to be explained", "",
                   "a service, or --session WORDS; see: unopened explain --list"});
  }
  const auto session =
      ParseSession(values->count("session") != 0 ? text("session") : "tls 1.3 ecdhe");
  if (!session) return Report(session.error());
  std::optional<std::uint16_t> service;
  if (!wanted.empty()) {
    const auto found = FindService(catalogue, wanted);
    if (!found) return Report(found.error());
    service = *found;
  }
  std::optional<std::uint16_t> instrument;
  if (values->count("instrument") != 0) {
    const auto found = FindInstrument(catalogue, text("instrument"));
    if (!found) return Report(found.error());
    instrument = *found;
  }
  base::Day day = base::DayOf(base::SystemClock().Now());
  if (values->count("at") != 0 && !base::ParseDay(text("at"), day)) {
    return Report({Failure::kUsage, "no day", text("at"), "for example 2019-11-18"});
  }
  const Explanation explanation = Explain(catalogue, service, *session, instrument, day);
  if (format == "json") {
    fmt::print("{}\n", ExplanationJson(explanation)
                           .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else if (format == "md") {
    fmt::print("{}", ExplanationMarkdown(explanation));
  } else {
    fmt::print("{}", ExplanationTable(explanation, StyleOfStdout()));
  }
  return 0;
}

}  // namespace unopened::gateway
