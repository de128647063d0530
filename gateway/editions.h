// Editions: loads the configuration again at the operator's word, and keeps each edition as long as
// somebody uses it.
//
// What is taken from a reload: the whole catalogue, and of gateway.toml the [operator] section.
// Nothing is taken from one with a mistake. Thread: the main
// thread's, but for health().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "exporters/prometheus/operational.h"
#include "gateway/edition.h"

namespace unopened::gateway {

class Editions {
 public:
  // `folder`: where `first` was read from, as FindConfigFolder() gave it. `as_loaded`: gateway.toml
  // without the command line's values.
  Editions(const std::string& folder, const config::GatewayConfig& as_loaded,
           const audit::Catalogue& catalogue, base::TimeNs now);

  const Edition& latest() const { return *editions_.back(); }

  // Reads the folder. The new edition is the latest then, and stands where the caller puts it in
  // force; a note on standard error names what was changed in gateway.toml that needs a restart.
  // kUsage, and one line that names the first mistake's file and line: nothing changed.
  base::Result<const Edition*> Reload(base::TimeNs now);

  // Frees the editions before the one whose catalogue is `in_use`. Whoever recorded with it has let
  // go of those before.
  void Retire(const audit::Catalogue* in_use);

  // From any thread.
  exporters::CatalogueHealth health() const;

 private:
  // Of the latest edition, after `tell` changed what is told of reloads.
  void Tell(const std::function<void(exporters::CatalogueHealth&)>& tell);

  const std::string folder_;
  config::GatewayConfig as_loaded_;
  std::vector<std::unique_ptr<const Edition>> editions_;  // the latest last
  mutable std::mutex mutex_;
  exporters::CatalogueHealth health_;
};

}  // namespace unopened::gateway
