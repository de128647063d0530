#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "config/bands.h"
#include "config/canonical.h"
#include "config/config.h"
#include "config/document.h"
#include "config/drafts.h"
#include "config/gateway.h"
#include "config/provenance.h"

namespace unopened::config {
namespace {

namespace fs = std::filesystem;

// Not hidden files nor what an editor left behind.
std::vector<std::string> TomlFiles(const fs::path& folder, const std::string& shown,
                                   std::vector<Problem>& problems) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(name);
  }
  if (error) problems.push_back({shown, 0, "folder cannot be read: " + error.message()});
  std::ranges::sort(names);
  return names;
}

class Loader {
 public:
  explicit Loader(const std::string& folder) : folder_(folder) {}

  LoadOutcome Run() {
    outcome_.loaded.folder = folder_.string();
    if (const auto gateway = Read("gateway.toml")) {
      outcome_.loaded.gateway = ReadGateway(*gateway, Shown("gateway.toml"), problems());
    }
    if (const auto sources = Read("sources.toml")) {
      sources_ = ReadSources(*sources, Shown("sources.toml"), problems());
    }
    if (const auto groups = Read("groups.toml")) {
      ReadGroups(*groups, Shown("groups.toml"), sources_, drafts_, problems());
    }
    std::error_code error;
    if (fs::exists(folder_ / "bands.toml", error)) {
      if (const auto bands = Read("bands.toml")) {
        outcome_.loaded.banded = ReadBands(*bands, Shown("bands.toml"), sources_, problems());
      }
    }
    ReadFolder("services", ReadService);
    ReadFolder("instruments", ReadInstrument);
    if (fs::exists(folder_ / "practice.toml", error)) {
      if (const auto practice = Read("practice.toml")) {
        ReadPractice(*practice, Shown("practice.toml"), sources_, drafts_, problems());
      }
    }
    audit::Catalogue& catalogue = outcome_.loaded.catalogue;
    catalogue = Assemble(std::move(drafts_), problems());
    catalogue.network_operator = outcome_.loaded.gateway.network_operator;
    catalogue.digest = Sha256Hex(CanonicalForm(catalogue));
    outcome_.loaded.gateway.digest = DigestOf(outcome_.loaded.gateway);
    if (catalogue.digest.empty() || outcome_.loaded.gateway.digest.empty()) {
      problems().push_back({folder_.string(), 0, "SHA-256 is not available"});
    }
    std::ranges::sort(problems(), [](const Problem& a, const Problem& b) {
      return std::tie(a.file, a.line, a.what) < std::tie(b.file, b.line, b.what);
    });
    return std::move(outcome_);
  }

 private:
  using Reader = void (*)(const Value&, const std::string&, const Sources&, Drafts&,
                          std::vector<Problem>&);

  std::vector<Problem>& problems() { return outcome_.problems; }
  std::string Shown(const std::string& name) const { return (folder_ / name).string(); }
  std::optional<Value> Read(const std::string& name) {
    return ReadDocument(folder_ / name, Shown(name), problems());
  }

  void ReadFolder(const std::string& name, Reader reader) {
    for (const auto& file : TomlFiles(folder_ / name, Shown(name), problems())) {
      const std::string path = (fs::path(name) / file).string();
      if (const auto document = Read(path)) {
        reader(*document, Shown(path), sources_, drafts_, problems());
      } else {
        drafts_.unread.push_back(fs::path(file).stem().string());
      }
    }
  }

  fs::path folder_;
  LoadOutcome outcome_;
  Sources sources_;
  Drafts drafts_;
};

bool HoldsConfig(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "gateway.toml", error);
}

}  // namespace

std::string DigestOf(const GatewayConfig& gateway) { return Sha256Hex(CanonicalForm(gateway)); }

LoadOutcome Load(const std::string& folder) { return Loader(folder).Run(); }

std::string FormatProblems(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.file;
    if (problem.line != 0) text += ":" + std::to_string(problem.line);
    text += ": " + problem.what + "\n";
  }
  return text;
}

base::Result<std::string> FindConfigFolder(const std::string& explicit_folder) {
  if (!explicit_folder.empty()) {
    if (HoldsConfig(explicit_folder)) return explicit_folder;
    return base::Fail(base::Failure::kUsage, "no gateway.toml in the configuration folder",
                      explicit_folder, "name a folder made like the shipped config/");
  }
  // A named folder that is not there is a mistake, not a reason to take another.
  if (const char* named = std::getenv("UNOPENED_CONFIG"); named != nullptr && *named != '\0') {
    if (HoldsConfig(named)) return std::string(named);
    return base::Fail(base::Failure::kUsage, "no gateway.toml in $UNOPENED_CONFIG", named,
                      "correct or unset the variable");
  }
  for (const char* folder : {"/etc/unopened", UNOPENED_INSTALLED_CONFIG, UNOPENED_SOURCE_CONFIG}) {
    if (HoldsConfig(folder)) return std::string(folder);
  }
  return base::Fail(base::Failure::kUsage, "no configuration found",
                    "/etc/unopened, " UNOPENED_INSTALLED_CONFIG ", " UNOPENED_SOURCE_CONFIG,
                    "give --config FOLDER or set UNOPENED_CONFIG");
}

}  // namespace unopened::config
