// WatchSettings: gateway.toml and the command line, joined into what `watch` will do, or the reason
// why not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/witness/policy.h"
#include "base/result.h"
#include "config/config.h"
#include "gateway/command_line.h"

namespace unopened::gateway {

enum class OutputFormat : std::uint8_t { kAuto, kSummary, kJsonLines };

struct WatchSettings {
  config::Loaded config;            // with the command line's values in it
  config::GatewayConfig as_loaded;  // without them
  bool live = false;
  std::string input;   // -r: file, folder or "-"
  bool serve = false;  // go on serving after the last file
  bool web = false;    // a web server was asked for, or live
  std::string user;    // whom root becomes
  // --witnesses: whom to show each checkpoint, and how many must have cosigned.
  std::optional<audit::witness::Policy> witnesses;
  OutputFormat format = OutputFormat::kAuto;
};

// The help page of `watch`.
std::string_view WatchHelp();

// kUsage for a mistake, after all problems of the configuration were printed on stderr; help_wanted
// where --help stood.
base::Result<WatchSettings> ReadWatchSettings(const Arguments& arguments, bool& help_wanted);

// Loads the configuration folder for any subcommand. Prints every problem on stderr, and returns
// kUsage, if there are any.
base::Result<config::Loaded> LoadConfiguration(const std::string& explicit_folder);

}  // namespace unopened::gateway
