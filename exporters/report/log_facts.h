// LogFacts: the catalogues that a log's own entries state, so that a report needs no other source.
//
// An entry that does not fit is passed over: whether a log is sound is audit/entry_check's to say.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "audit/entry.h"

namespace unopened::exporters::report {

class LogFacts {
 public:
  // The run's catalogue from here on; what it declares of its operator goes with it.
  void OnRun(const audit::RunEntry& run);
  // Another catalogue, or declaration, in the place of the run's.
  void OnReload(const audit::ReloadEntry& reload);
  void OnService(const audit::ServiceEntry& entry);
  void OnEndpoint(const audit::EndpointEntry& entry);
  void OnInstrument(const audit::InstrumentEntry& entry);

  // Of the run under way; stays where it is while the object lives. Its operator may differ from
  // that of another run under the same digest, so there is one for each pair of both.
  std::size_t current() const { return current_; }
  const std::vector<std::unique_ptr<audit::Catalogue>>& catalogues() const { return catalogues_; }
  // All of them; no run is under way then.
  std::vector<std::unique_ptr<audit::Catalogue>> Take();

 private:
  void Use(const std::string& digest, const audit::OperatorDeclaration& declared);
  audit::Catalogue* For(const std::string& digest);

  std::vector<std::unique_ptr<audit::Catalogue>> catalogues_;
  std::size_t current_ = 0;
};

// A catalogue's endpoint or service by id; 0, and an index past the end, where there is none.
std::uint16_t EndpointIndex(const audit::Catalogue& catalogue, const std::string& id);

}  // namespace unopened::exporters::report
