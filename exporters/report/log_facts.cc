#include "exporters/report/log_facts.h"

#include <utility>

namespace unopened::exporters::report {
namespace {

template <class Things>
std::size_t IndexOf(const Things& things, const std::string& id) {
  std::size_t i = 0;
  while (i < things.size() && things[i].id != id) ++i;
  return i;
}

bool SameOperator(const audit::OperatorDeclaration& a, const audit::OperatorDeclaration& b) {
  return a.tls_inspection_none == b.tls_inspection_none && a.answers == b.answers &&
         a.as_of == b.as_of;
}

}  // namespace

std::uint16_t EndpointIndex(const audit::Catalogue& catalogue, const std::string& id) {
  const std::size_t i = IndexOf(catalogue.endpoints, id);
  return i < catalogue.endpoints.size() ? static_cast<std::uint16_t>(i) : std::uint16_t{0};
}

void LogFacts::OnRun(const audit::RunEntry& run) { Use(run.catalogue, run.network_operator); }

void LogFacts::OnReload(const audit::ReloadEntry& reload) {
  Use(reload.catalogue, reload.network_operator);
}

void LogFacts::Use(const std::string& digest, const audit::OperatorDeclaration& declared) {
  const audit::Catalogue* same_digest = nullptr;
  for (std::size_t i = 0; i < catalogues_.size(); ++i) {
    if (catalogues_[i]->digest != digest) continue;
    same_digest = catalogues_[i].get();
    if (!SameOperator(same_digest->network_operator, declared)) continue;
    current_ = i;
    return;
  }
  auto made = same_digest != nullptr ? std::make_unique<audit::Catalogue>(*same_digest)
                                     : std::make_unique<audit::Catalogue>();
  if (same_digest == nullptr) made->endpoints.push_back({"none", "no endpoint", false, {}, {}});
  made->digest = digest;
  made->network_operator = declared;
  current_ = catalogues_.size();
  catalogues_.push_back(std::move(made));
}

std::vector<std::unique_ptr<audit::Catalogue>> LogFacts::Take() {
  current_ = 0;
  return std::exchange(catalogues_, {});
}

audit::Catalogue* LogFacts::For(const std::string& digest) {
  if (current_ >= catalogues_.size() || catalogues_[current_]->digest != digest) return nullptr;
  return catalogues_[current_].get();
}

void LogFacts::OnService(const audit::ServiceEntry& entry) {
  audit::Catalogue* catalogue = For(entry.catalogue);
  if (catalogue == nullptr) return;
  const std::size_t at = IndexOf(catalogue->services, entry.service.id);
  if (at == catalogue->services.size()) {
    catalogue->services.push_back(entry.service);
    return;
  }
  if (entry.part <= 1) return;
  audit::Service& whole = catalogue->services[at];
  for (const audit::Scope& scope : entry.service.scopes) {
    if (!whole.scopes.empty() && whole.scopes.back().id == scope.id) {
      auto& intervals = whole.scopes.back().intervals;
      intervals.insert(intervals.end(), scope.intervals.begin(), scope.intervals.end());
    } else {
      whole.scopes.push_back(scope);
    }
  }
  whole.capabilities.insert(whole.capabilities.end(), entry.service.capabilities.begin(),
                            entry.service.capabilities.end());
}

void LogFacts::OnEndpoint(const audit::EndpointEntry& entry) {
  audit::Catalogue* catalogue = For(entry.catalogue);
  if (catalogue == nullptr ||
      IndexOf(catalogue->endpoints, entry.id) != catalogue->endpoints.size()) {
    return;
  }
  audit::Endpoint endpoint{entry.id, entry.title, entry.group, {}, {}};
  for (const std::string& id : entry.services) {
    const std::size_t service = IndexOf(catalogue->services, id);
    if (service == catalogue->services.size()) return;
    endpoint.services.push_back(static_cast<std::uint16_t>(service));
  }
  for (const auto& [service_id, scope_id] : entry.scopes) {
    const std::size_t service = IndexOf(catalogue->services, service_id);
    if (service == catalogue->services.size()) return;
    const std::size_t scope = IndexOf(catalogue->services[service].scopes, scope_id);
    if (scope == catalogue->services[service].scopes.size()) return;
    endpoint.scopes.push_back(
        {static_cast<std::uint16_t>(service), static_cast<std::uint16_t>(scope)});
  }
  catalogue->endpoints.push_back(std::move(endpoint));
}

void LogFacts::OnInstrument(const audit::InstrumentEntry& entry) {
  audit::Catalogue* catalogue = For(entry.catalogue);
  if (catalogue == nullptr ||
      IndexOf(catalogue->instruments, entry.instrument.id) != catalogue->instruments.size()) {
    return;
  }
  catalogue->instruments.push_back(entry.instrument);
}

}  // namespace unopened::exporters::report
