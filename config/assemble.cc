#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/drafts.h"

namespace unopened::config {
namespace {

std::string At(const Place& place) { return place.file + ":" + std::to_string(place.line); }

// Remembers who said a word first; the second one is a problem that names the first.
class OnceOnly {
 public:
  OnceOnly(std::string what, std::vector<Problem>& problems)
      : what_(std::move(what)), problems_(&problems) {}

  void Add(const std::string& word, const Place& place) {
    const auto [first, inserted] = first_.emplace(word, place);
    if (inserted || word.empty()) return;
    problems_->push_back(
        {place.file, place.line, what_ + " \"" + word + "\" is also at " + At(first->second)});
  }

 private:
  std::string what_;
  std::vector<Problem>* problems_;
  std::map<std::string, Place> first_;
};

std::optional<std::uint16_t> FindService(const audit::Catalogue& catalogue, std::string_view id) {
  const auto at = std::ranges::find(catalogue.services, id, &audit::Service::id);
  if (at == catalogue.services.end()) return std::nullopt;
  return static_cast<std::uint16_t>(at - catalogue.services.begin());
}

std::optional<audit::ScopeRef> FindScope(const audit::Catalogue& catalogue, std::string_view name) {
  const std::size_t dot = std::min(name.find('.'), name.size());
  const auto service = FindService(catalogue, name.substr(0, dot));
  if (!service || dot == name.size()) return std::nullopt;
  const auto& scopes = catalogue.services[*service].scopes;
  const auto at = std::ranges::find(scopes, name.substr(dot + 1), &audit::Scope::id);
  if (at == scopes.end()) return std::nullopt;
  return audit::ScopeRef{*service, static_cast<std::uint16_t>(at - scopes.begin())};
}

audit::Endpoint Resolve(const EndpointDraft& draft, const audit::Catalogue& catalogue,
                        const std::vector<std::string>& unread, std::vector<Problem>& problems) {
  audit::Endpoint endpoint;
  endpoint.id = draft.id;
  endpoint.title = draft.title;
  endpoint.group = draft.group;
  const auto report = [&draft, &problems](std::string what) {
    problems.push_back(
        {draft.place.file, draft.place.line, "endpoint \"" + draft.id + "\": " + std::move(what)});
  };
  const auto is_unread = [&unread](const std::string& id) {
    return std::ranges::find(unread, id) != unread.end();
  };
  for (const std::string& id : draft.services) {
    if (const auto service = FindService(catalogue, id)) {
      endpoint.services.push_back(*service);
    } else if (!is_unread(id)) {
      report("no service \"" + id + "\"");
    }
  }
  for (const std::string& name : draft.scopes) {
    const auto scope = FindScope(catalogue, name);
    if (!scope && is_unread(name.substr(0, name.find('.')))) continue;
    if (!scope) {
      report("no scope \"" + name + "\"");
    } else if (std::ranges::find(endpoint.services, scope->service) == endpoint.services.end()) {
      report("scope \"" + name + "\" is of a service that is not named there");
    } else {
      endpoint.scopes.push_back(*scope);
    }
  }
  std::ranges::sort(endpoint.services);
  std::ranges::sort(endpoint.scopes, {}, [](const audit::ScopeRef& scope) {
    return std::pair(scope.service, scope.scope);
  });
  return endpoint;
}

std::string Key(const PracticeDraft& draft) {
  return draft.service + " " + draft.instrument + " " +
         std::string(audit::Name(draft.practice.category));
}

// A case of a service or an instrument that is nowhere is a problem, unless its own file could not
// be read.
void ResolvePractices(std::vector<PracticeDraft>& drafts, const std::vector<std::string>& unread,
                      audit::Catalogue& catalogue, std::vector<Problem>& problems) {
  for (PracticeDraft& draft : drafts) {
    const auto report_unless_unread = [&](const char* what, const std::string& id) {
      if (id.empty() || std::ranges::find(unread, id) != unread.end()) return;
      problems.push_back(
          {draft.place.file, draft.place.line, std::string("no ") + what + " \"" + id + "\""});
    };
    const auto service = FindService(catalogue, draft.service);
    const auto instrument =
        std::ranges::find(catalogue.instruments, draft.instrument, &audit::Instrument::id);
    const bool instrument_found = instrument != catalogue.instruments.end();
    if (!service) report_unless_unread("service", draft.service);
    if (!instrument_found) report_unless_unread("instrument", draft.instrument);
    if (!service || !instrument_found) continue;
    draft.practice.service = *service;
    draft.practice.instrument =
        static_cast<std::uint16_t>(instrument - catalogue.instruments.begin());
    catalogue.practices.push_back(std::move(draft.practice));
  }
  std::ranges::stable_sort(catalogue.practices, {}, [](const audit::Practice& practice) {
    return std::tuple(
        practice.service, practice.instrument, practice.category,
        practice.provenance.from ? practice.provenance.from : practice.provenance.source_date);
  });
}

void CheckOnce(const Drafts& drafts, std::vector<Problem>& problems) {
  OnceOnly services("service", problems);
  OnceOnly endpoints("endpoint", problems);
  OnceOnly instruments("instrument", problems);
  OnceOnly hosts("a name that services share belongs in groups.toml once: host", problems);
  OnceOnly certificates("certificate name", problems);
  OnceOnly realms("realm", problems);
  OnceOnly alpns("ALPN", problems);
  OnceOnly signatures("signature", problems);
  OnceOnly fingerprints("a JA4 that services share belongs in groups.toml once: JA4", problems);
  OnceOnly practices("practice", problems);
  for (const auto& draft : drafts.practices) {
    const auto& of = draft.practice.provenance;
    practices.Add(Key(draft) + (of.from ? " from " + base::FormatDay(*of.from) : ""), draft.place);
  }
  for (const auto& draft : drafts.services) services.Add(draft.service.id, draft.place);
  for (const auto& draft : drafts.instruments) instruments.Add(draft.instrument.id, draft.place);
  for (const auto& draft : drafts.endpoints) {
    endpoints.Add(draft.id, draft.place);
    for (const auto& host : draft.hosts) hosts.Add(host.rule.suffix, host.place);
    for (const auto& name : draft.certificates) certificates.Add(name.rule.suffix, name.place);
    for (const auto& realm : draft.realms) realms.Add(realm.rule.suffix, realm.place);
    for (const auto& alpn : draft.alpns) alpns.Add(alpn.rule.alpn, alpn.place);
    for (const auto& signature : draft.signatures) {
      signatures.Add(std::string(classify::Name(signature.rule.protocol)), signature.place);
    }
    for (const auto& fingerprint : draft.fingerprints) {
      fingerprints.Add(fingerprint.rule.ja4, fingerprint.place);
    }
  }
}

void MoveRules(std::vector<HostDraft>& drafts, classify::EndpointId endpoint,
               std::vector<classify::HostRule>& rules) {
  for (HostDraft& draft : drafts) {
    draft.rule.endpoint = endpoint;
    rules.push_back(std::move(draft.rule));
  }
}

}  // namespace

audit::Catalogue Assemble(Drafts drafts, std::vector<Problem>& problems) {
  // In order of ids, whatever the order of files: an endpoint's number then depends on the words
  // alone.
  std::ranges::sort(drafts.services, {}, [](const auto& draft) {
    return std::pair<std::string_view, std::string_view>(draft.service.id, draft.place.file);
  });
  std::ranges::sort(drafts.endpoints, {}, [](const auto& draft) {
    return std::tuple<std::string_view, std::string_view, std::uint32_t>(draft.id, draft.place.file,
                                                                         draft.place.line);
  });
  std::ranges::sort(drafts.instruments, {}, [](const auto& draft) {
    return std::pair<std::string_view, std::string_view>(draft.instrument.id, draft.place.file);
  });
  CheckOnce(drafts, problems);

  audit::Catalogue catalogue;
  for (auto& draft : drafts.services) catalogue.services.push_back(std::move(draft.service));
  for (auto& draft : drafts.instruments) {
    catalogue.instruments.push_back(std::move(draft.instrument));
  }
  ResolvePractices(drafts.practices, drafts.unread, catalogue, problems);
  audit::Endpoint& none = catalogue.endpoints.emplace_back();
  none.id = "none";
  none.title = "no known service";
  for (auto& draft : drafts.endpoints) {
    if (draft.id == "none") {
      problems.push_back({draft.place.file, draft.place.line,
                          "endpoint \"none\" is the word for sessions without one"});
    }
    const auto id = static_cast<classify::EndpointId>(catalogue.endpoints.size());
    catalogue.endpoints.push_back(Resolve(draft, catalogue, drafts.unread, problems));
    MoveRules(draft.hosts, id, catalogue.rules.hosts);
    MoveRules(draft.certificates, id, catalogue.rules.certificates);
    MoveRules(draft.realms, id, catalogue.rules.realms);
    for (auto& alpn : draft.alpns) {
      alpn.rule.endpoint = id;
      catalogue.rules.alpns.push_back(std::move(alpn.rule));
    }
    for (auto& signature : draft.signatures) {
      signature.rule.endpoint = id;
      catalogue.rules.signatures.push_back(signature.rule);
    }
    for (auto& fingerprint : draft.fingerprints) {
      fingerprint.rule.endpoint = id;
      catalogue.rules.fingerprints.push_back(std::move(fingerprint.rule));
    }
  }
  std::ranges::sort(catalogue.rules.hosts, {}, &classify::HostRule::suffix);
  std::ranges::sort(catalogue.rules.certificates, {}, &classify::HostRule::suffix);
  std::ranges::sort(catalogue.rules.realms, {}, &classify::HostRule::suffix);
  std::ranges::sort(catalogue.rules.alpns, {}, &classify::AlpnRule::alpn);
  std::ranges::sort(catalogue.rules.signatures, {}, &classify::SignatureRule::protocol);
  std::ranges::sort(catalogue.rules.fingerprints, {}, &classify::FingerprintRule::ja4);
  std::ranges::sort(drafts.known_fronts);
  catalogue.rules.known_fronts = std::move(drafts.known_fronts);
  return catalogue;
}

}  // namespace unopened::config
