// What config/ reads: gateway.toml, services/*.toml, instruments/*.toml, into the plain structs of
// the folders below.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "audit/demands/demand.h"
#include "base/result.h"
#include "classify/classifier.h"

namespace unopened::config {

// One mistake in a file, as `file:line: what`.
struct Problem {
  std::string file;        // as given to Load, a slash, and the path below it
  std::uint32_t line = 0;  // 0: the file as a whole
  std::string what;
};

// gateway.toml. The command line overrides it field by field.
struct GatewayConfig {
  std::string tap = "tap";
  std::string legal_basis;  // live capture refuses to start without
  std::vector<std::string> interfaces;
  std::string filter;
  std::uint32_t snap_length = 65'535;
  std::uint32_t buffer_mib = 64;
  bool promiscuous = true;
  std::uint32_t workers = 1;
  std::uint32_t window_seconds = 60;  // divides a day
  std::string log_folder;
  std::string log_origin;
  std::string listen_address = "127.0.0.1:9469";
  classify::ClassifierOptions classifier;
  audit::OperatorDeclaration network_operator;
  std::string digest;  // SHA-256 hex over the effective values
};

struct Loaded {
  std::string folder;  // where it was read from
  GatewayConfig gateway;
  audit::Catalogue catalogue;
  // bands.toml, if there is one: demands under them are told in bands only.
  std::vector<audit::BandedInstrument> banded;
};

// SHA-256, lower-case hex, over every effective value but the digest itself: to be taken again
// after the command line has overridden some.
std::string DigestOf(const GatewayConfig& gateway);

// Reads a configuration folder: gateway.toml, sources.toml, groups.toml, services/*.toml and
// instruments/*.toml (docs/catalogue.md says what stands in them). All problems of all files are
// found in one go, sorted by file and line.
struct LoadOutcome {
  Loaded loaded;
  std::vector<Problem> problems;  // empty: `loaded` is usable
};
LoadOutcome Load(const std::string& folder);

// One line for each problem, "file:line: what", each with its newline.
std::string FormatProblems(const std::vector<Problem>& problems);

// Where the configuration is: `explicit_folder` if given, else $UNOPENED_CONFIG, else
// /etc/unopened, else the installed folder (${CMAKE_INSTALL_FULL_SYSCONFDIR}/unopened), else the
// source tree's config/. The last three count where they hold a gateway.toml.
base::Result<std::string> FindConfigFolder(const std::string& explicit_folder);

}  // namespace unopened::config
