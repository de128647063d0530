#include "gateway/watch_settings.h"

#include <cstdio>
#include <set>
#include <sstream>

#include "audit/store/posix_file_system.h"
#include "capture/filter.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;

constexpr std::string_view kHelp =
    R"(Usage: unopened watch -i IFACE[,IFACE2] --log DIR [options]
       unopened watch -r FILE|DIR|-  [--log DIR] [options]

Classifies every session by its handshake alone, assesses what could and could not be handed over, records
the windows' counts in a log that strangers can verify, and serves the numbers.

Input (one of the two)
  -i, --interface LIST      interfaces of one tap, with commas; each may carry one direction only
  -r, --read PATH           a capture file, a folder of captures, or - for standard input

Recording
      --log DIR             the audit log's folder; live capture needs one, a file may do without
      --origin NAME         name of a new log, as verifiers will know it (default: unopened.invalid/TAP)
      --tap NAME            the tap's name in the log and on the page
      --witnesses FILE      a C2SP tlog-policy: each checkpoint is shown to the witnesses with a URL there,
                            and their cosignatures are kept
      --legal-basis TEXT    why this traffic may be watched; live capture refuses to start without one

Live capture
  -f, --filter BPF          broad filters only: vlan, protocol, port, networks of /16 (IPv6 /32) or wider
      --snap-length BYTES   of each packet (default 65535)
      --buffer MIB          ring of each interface and worker (default 64)
      --no-promiscuous      only packets meant for this machine
      --user NAME           whom root becomes once the interfaces are open (default: unopened, or nobody)

Reading files
      --serve               go on serving after the last file, until Ctrl-C

Serving
      --web.listen-address HOST:PORT   page at /, metrics at /metrics (default 127.0.0.1:9469; loopback only);
                            always on with -i, with -r only if given or with --serve

Other
      --workers N           threads that classify (default 1)
      --config DIR          the configuration folder (default: /etc/unopened, or the source tree's config/)
      --format WHAT         summary (for people), jsonl (a JSON line a window); default: by what stdout is
  -h, --help                this page

SIGHUP reads the configuration again: the catalogue and [operator] take effect, what needs a restart is named.
Ctrl-C closes the window, the log and the sockets in order, and prints what was seen and what was missed.
The status is 0, or 2 wrong usage, 3 input, 4 permission, 5 log or port in use, 6 log damaged, 7 disk full,
8 an input file was damaged but read as far as it goes, 1 anything else.

Examples
  unopened watch -r tests/captures --log /tmp/demo            the captures in the source tree
  unopened watch -i eth2,eth3 --log /var/lib/unopened --legal-basis "research agreement 7"
)";

OptionSet WatchOptions() {
  OptionSet set{"watch", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("interface,i", po::value<std::string>());
  add("read,r", po::value<std::string>());
  add("log", po::value<std::string>());
  add("origin", po::value<std::string>());
  add("tap", po::value<std::string>());
  add("witnesses", po::value<std::string>());
  add("legal-basis", po::value<std::string>());
  add("filter,f", po::value<std::string>());
  add("snap-length", po::value<std::uint32_t>());
  add("buffer", po::value<std::uint32_t>());
  add("no-promiscuous", po::bool_switch());
  add("user", po::value<std::string>());
  add("serve", po::bool_switch());
  add("web.listen-address", po::value<std::string>());
  add("workers", po::value<std::uint32_t>());
  add("config", po::value<std::string>());
  add("format", po::value<std::string>());
  add("help,h", po::bool_switch());
  return set;
}

base::Result<std::vector<std::string>> InterfaceList(const std::string& text) {
  std::vector<std::string> interfaces;
  std::set<std::string> seen;
  std::stringstream stream(text);
  for (std::string name; std::getline(stream, name, ',');) {
    if (name.empty() || !seen.insert(name).second) {
      return base::Fail(Failure::kUsage, "an interface is empty or named twice", "-i " + text);
    }
    interfaces.push_back(name);
  }
  return interfaces;
}

base::Result<OutputFormat> FormatOf(const std::string& word) {
  if (word == "summary") return OutputFormat::kSummary;
  if (word == "jsonl") return OutputFormat::kJsonLines;
  return base::Fail(Failure::kUsage, "no such format", word, "summary or jsonl");
}

base::Result<audit::witness::Policy> ReadPolicy(const std::string& path,
                                                const std::string& log_folder) {
  if (log_folder.empty()) {
    return base::Fail(Failure::kUsage, "witnesses of no log", "--witnesses " + path,
                      "--log DIR names the log that they are to see");
  }
  audit::PosixFileSystem file_system;
  const auto bytes = file_system.ReadAtMost(path, audit::witness::kMaxPolicyBytes);
  if (!bytes) return base::Fail(bytes.error());
  auto policy = audit::witness::Policy::Parse(*bytes, path);
  if (!policy) return policy;
  for (const auto& witness : policy->witnesses()) {
    if (!witness.url.empty()) return policy;
  }
  return base::Fail(Failure::kUsage, "no witness has a URL", path,
                    "witness NAME KEY URL, so that it can be asked");
}

// What only makes sense together, or apart.
base::Result<base::Done> CheckTogether(const WatchSettings& settings, bool read) {
  const config::GatewayConfig& gateway = settings.config.gateway;
  if (read && settings.live) {
    return base::Fail(Failure::kUsage, "both an interface and a file to read", "-i and -r",
                      "choose one");
  }
  if (!read && !settings.live) {
    return base::Fail(Failure::kUsage, "nothing to watch", "",
                      "-i INTERFACE or -r FILE; see: unopened watch --help");
  }
  if (gateway.workers == 0 || gateway.workers > 64) {
    return base::Fail(Failure::kUsage, "that is no number of workers",
                      std::to_string(gateway.workers), "1 to 64");
  }
  if (!settings.live) {
    if (!gateway.filter.empty() && read) {
      return base::Fail(Failure::kUsage, "a filter is for live capture", "-f",
                        "files are read whole");
    }
    return base::Done{};
  }
  if (settings.serve)
    return base::Fail(Failure::kUsage, "--serve is for files", "--serve",
                      "live capture serves anyway");
  if (gateway.legal_basis.empty()) {
    return base::Fail(Failure::kUsage,
                      "live capture needs a stated legal basis, which the log records", "",
                      "--legal-basis TEXT, or legal_basis in gateway.toml");
  }
  if (gateway.log_folder.empty()) {
    return base::Fail(Failure::kUsage, "live capture needs an audit log", "",
                      "--log DIR, or folder in gateway.toml");
  }
  return capture::CheckFilter(gateway.filter);
}

}  // namespace

std::string_view WatchHelp() { return kHelp; }

base::Result<config::Loaded> LoadConfiguration(const std::string& explicit_folder) {
  const auto folder = config::FindConfigFolder(explicit_folder);
  if (!folder) return base::Fail(folder.error());
  config::LoadOutcome outcome = config::Load(*folder);
  if (outcome.problems.empty()) return std::move(outcome.loaded);
  for (const config::Problem& problem : outcome.problems) {
    std::fprintf(stderr, "%s:%u: %s\n", problem.file.c_str(), problem.line, problem.what.c_str());
  }
  return base::Fail(
      Failure::kUsage,
      "the configuration has " + std::to_string(outcome.problems.size()) + " problems", *folder,
      "they are listed above");
}

base::Result<WatchSettings> ReadWatchSettings(const Arguments& arguments, bool& help_wanted) {
  const auto values = Parse(WatchOptions(), arguments);
  if (!values) return base::Fail(values.error());
  WatchSettings settings;
  help_wanted = (*values)["help"].as<bool>();
  if (help_wanted) return settings;

  const auto text = [&values](const char* name) {
    return values->count(name) != 0 ? (*values)[name].as<std::string>() : std::string();
  };
  auto loaded = LoadConfiguration(text("config"));
  if (!loaded) return base::Fail(loaded.error());
  settings.config = std::move(*loaded);

  settings.as_loaded = settings.config.gateway;
  config::GatewayConfig& gateway = settings.config.gateway;
  const auto override_text = [&](const char* name, std::string& field) {
    if (values->count(name) != 0) field = text(name);
  };
  const auto override_number = [&](const char* name, std::uint32_t& field) {
    if (values->count(name) != 0) field = (*values)[name].as<std::uint32_t>();
  };
  const bool read = values->count("read") != 0;
  if (values->count("interface") != 0) {
    auto interfaces = InterfaceList(text("interface"));
    if (!interfaces) return base::Fail(interfaces.error());
    gateway.interfaces = std::move(*interfaces);
  } else if (read) {
    // Settings of a live tap mean nothing for a file.
    gateway.interfaces.clear();
    gateway.filter.clear();
    gateway.log_folder.clear();
  }
  settings.live = !gateway.interfaces.empty();
  settings.input = text("read");
  override_text("log", gateway.log_folder);
  override_text("origin", gateway.log_origin);
  override_text("tap", gateway.tap);
  override_text("legal-basis", gateway.legal_basis);
  override_text("filter", gateway.filter);
  override_text("web.listen-address", gateway.listen_address);
  override_number("snap-length", gateway.snap_length);
  override_number("buffer", gateway.buffer_mib);
  override_number("workers", gateway.workers);
  if ((*values)["no-promiscuous"].as<bool>()) gateway.promiscuous = false;
  if (values->count("witnesses") != 0) {
    auto policy = ReadPolicy(text("witnesses"), gateway.log_folder);
    if (!policy) return base::Fail(policy.error());
    settings.witnesses = std::move(*policy);
  }
  settings.user = text("user");
  settings.serve = (*values)["serve"].as<bool>();
  settings.web = settings.live || settings.serve || values->count("web.listen-address") != 0;
  if (values->count("format") != 0) {
    const auto format = FormatOf(text("format"));
    if (!format) return base::Fail(format.error());
    settings.format = *format;
  }
  if (auto together = CheckTogether(settings, read); !together) return base::Fail(together.error());
  return settings;
}

}  // namespace unopened::gateway
