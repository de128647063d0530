// `unopened config check`, `unopened config dump` and `unopened interfaces`.
#include <fmt/format.h>

#include <cstdio>

#include "capture/pcap_live.h"
#include "config/canonical.h"
#include "gateway/command_line.h"
#include "gateway/options.h"
#include "gateway/watch_settings.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kCheckHelp =
    R"(Usage: unopened config check [--config DIR]

Reads gateway.toml, services/ and instruments/ and prints every problem with its file and line, all at once.

      --config DIR          the configuration folder (default: $UNOPENED_CONFIG, /etc/unopened, or the source tree's)
  -h, --help                this page
)";

constexpr std::string_view kDumpHelp =
    R"(Usage: unopened config dump [--config DIR]

Prints the catalogue that is in effect: every fact in the canonical form, one "key value" a line. Its SHA-256 is the
catalogue's digest, which the log's run entry states, so: unopened config dump | sha256sum

      --config DIR          the configuration folder (default: $UNOPENED_CONFIG, /etc/unopened, or the source tree's)
  -h, --help                this page
)";

constexpr std::string_view kInterfacesHelp =
    R"(Usage: unopened interfaces

Lists the interfaces that can be watched on this machine.

  -h, --help                this page
)";

}  // namespace

int ConfigCheck(const Arguments& arguments) {
  OptionSet set{"config check", kCheckHelp, po::options_description()};
  auto add = set.options.add_options();
  add("config", po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kCheckHelp.data(), 1, kCheckHelp.size(), stdout);
    return 0;
  }
  const std::string wanted =
      values->count("config") != 0 ? (*values)["config"].as<std::string>() : "";
  const auto loaded = LoadConfiguration(wanted);
  if (!loaded) return Report(loaded.error());
  const auto folder = config::FindConfigFolder(wanted);
  std::size_t groups = 0;
  for (const audit::Endpoint& endpoint : loaded->catalogue.endpoints)
    groups += endpoint.group ? 1 : 0;
  fmt::print(
      "{}: no problem\n  services     {}\n  endpoints    {}, {} of them shared by several "
      "services\n"
      "  host rules   {}\n  instruments  {}\n  practice     {}\n  catalogue    {}\n",
      *folder, loaded->catalogue.services.size(), loaded->catalogue.endpoints.size() - 1, groups,
      loaded->catalogue.rules.hosts.size(), loaded->catalogue.instruments.size(),
      loaded->catalogue.practices.size(), loaded->catalogue.digest);
  return 0;
}

int ConfigDump(const Arguments& arguments) {
  OptionSet set{"config dump", kDumpHelp, po::options_description()};
  auto add = set.options.add_options();
  add("config", po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kDumpHelp.data(), 1, kDumpHelp.size(), stdout);
    return 0;
  }
  const auto loaded =
      LoadConfiguration(values->count("config") != 0 ? (*values)["config"].as<std::string>() : "");
  if (!loaded) return Report(loaded.error());
  const std::string form = config::CanonicalForm(loaded->catalogue);
  std::fwrite(form.data(), 1, form.size(), stdout);
  std::fprintf(stderr, "catalogue %s\n", loaded->catalogue.digest.c_str());
  return 0;
}

int Interfaces(const Arguments& arguments) {
  OptionSet set{"interfaces", kInterfacesHelp, po::options_description()};
  set.options.add_options()("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kInterfacesHelp.data(), 1, kInterfacesHelp.size(), stdout);
    return 0;
  }
  const auto interfaces = capture::ListInterfaces();
  if (!interfaces) return Report(interfaces.error());
  for (const capture::Interface& interface : *interfaces) {
    fmt::print("{:<16} {:<5} {:<9} {}\n", interface.name, interface.up ? "up" : "down",
               interface.loopback  ? "loopback"
               : interface.running ? "running"
                                   : "no link",
               interface.description);
  }
  if (interfaces->empty()) fmt::print("none that this user may see\n");
  return 0;
}

}  // namespace unopened::gateway
