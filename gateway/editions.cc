#include "gateway/editions.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <utility>

#include "config/canonical.h"

namespace unopened::gateway {
namespace {

std::unique_ptr<Edition> EditionOf(audit::Catalogue catalogue, std::string configuration_digest) {
  auto edition = std::make_unique<Edition>();
  edition->catalogue = std::move(catalogue);
  edition->matcher = classify::EndpointMatcher(edition->catalogue.rules);
  edition->configuration_digest = std::move(configuration_digest);
  return edition;
}

// Nothing is looked up from the folder the process happens to stand in later.
std::string Absolute(const std::string& folder) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(folder, error);
  return error ? folder : absolute.string();
}

// The keys of gateway.toml whose values differ, by name, each once.
std::string ChangedKeys(const config::GatewayConfig& before, const config::GatewayConfig& after) {
  const auto lines = [](const config::GatewayConfig& gateway) {
    std::vector<std::string> all;
    std::istringstream text(config::CanonicalForm(gateway));
    for (std::string line; std::getline(text, line);) all.push_back(line);
    std::ranges::sort(all);
    return all;
  };
  std::vector<std::string> differ;
  std::ranges::set_symmetric_difference(lines(before), lines(after), std::back_inserter(differ));
  std::vector<std::string> keys;
  keys.reserve(differ.size());
  for (const std::string& line : differ) keys.push_back(line.substr(0, line.find(' ')));
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text;
}

}  // namespace

std::vector<classify::EndpointId> PlacesOf(const audit::Catalogue& previous,
                                           const audit::Catalogue& next) {
  std::vector<classify::EndpointId> places;
  for (const audit::Endpoint& endpoint : previous.endpoints) {
    const auto found = std::ranges::find(next.endpoints, endpoint.id, &audit::Endpoint::id);
    places.push_back(found == next.endpoints.end()
                         ? classify::kNoEndpoint
                         : static_cast<classify::EndpointId>(found - next.endpoints.begin()));
  }
  return places;
}

Editions::Editions(const std::string& folder, const config::GatewayConfig& as_loaded,
                   const audit::Catalogue& catalogue, base::TimeNs now)
    : folder_(Absolute(folder)), as_loaded_(as_loaded) {
  editions_.push_back(EditionOf(catalogue, as_loaded.digest));
  Tell([now](exporters::CatalogueHealth& health) { health.last_reload_ns = now; });
}

base::Result<const Edition*> Editions::Reload(base::TimeNs now) {
  config::LoadOutcome outcome = config::Load(folder_);
  if (!outcome.problems.empty()) {
    Tell([](exporters::CatalogueHealth& health) {
      ++health.reloads_refused;
      health.last_reload_successful = false;
    });
    std::string first = config::FormatProblems({outcome.problems.front()});
    first.pop_back();
    const std::size_t more = outcome.problems.size() - 1;
    return base::Fail(base::Failure::kUsage, "reload refused, the catalogue in force stays", first,
                      more == 0 ? ""
                                : std::to_string(more) + " more; unopened config check --config " +
                                      folder_ + " lists them");
  }
  config::GatewayConfig effective = as_loaded_;
  effective.network_operator = outcome.loaded.gateway.network_operator;
  if (const std::string keys = ChangedKeys(effective, outcome.loaded.gateway); !keys.empty()) {
    std::fprintf(stderr, "unopened: changed in gateway.toml, but only a restart takes it up: %s\n",
                 keys.c_str());
  }
  effective.digest = config::DigestOf(effective);
  as_loaded_ = effective;
  auto edition = EditionOf(std::move(outcome.loaded.catalogue), effective.digest);
  edition->from_previous = PlacesOf(latest().catalogue, edition->catalogue);
  editions_.push_back(std::move(edition));
  Tell([now](exporters::CatalogueHealth& health) {
    ++health.reloads_applied;
    health.last_reload_successful = true;
    health.last_reload_ns = now;
  });
  return editions_.back().get();
}

void Editions::Retire(const audit::Catalogue* in_use) {
  const auto found = std::ranges::find_if(
      editions_, [in_use](const auto& edition) { return &edition->catalogue == in_use; });
  if (found != editions_.end()) editions_.erase(editions_.begin(), found);
}

exporters::CatalogueHealth Editions::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void Editions::Tell(const std::function<void(exporters::CatalogueHealth&)>& tell) {
  const std::lock_guard lock(mutex_);
  tell(health_);
  const audit::Catalogue& catalogue = latest().catalogue;
  health_.digest = catalogue.digest;
  base::Day newest = 0;
  for (const audit::Service& service : catalogue.services) newest = std::max(newest, service.as_of);
  health_.as_of_ns = static_cast<base::TimeNs>(newest) * base::kSecondsPerDay * base::kNsPerSecond;
  health_.services = catalogue.services.size();
}

}  // namespace unopened::gateway
