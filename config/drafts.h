// What single files say, before they are put together: texts instead of indices, and for each the
// place a mistake would be reported at.
#pragma once

#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "config/provenance.h"

namespace unopened::config {

struct Place {
  std::string file;
  std::uint32_t line = 0;
};

struct ServiceDraft {
  audit::Service service;
  Place place;
};

struct HostDraft {
  classify::HostRule rule;
  Place place;
};

struct AlpnDraft {
  classify::AlpnRule rule;
  Place place;
};

struct SignatureDraft {
  classify::SignatureRule rule;
  Place place;
};

struct FingerprintDraft {
  classify::FingerprintRule rule;
  Place place;
};

struct EndpointDraft {
  std::string id;
  std::string title;
  bool group = false;
  std::vector<std::string> services;
  std::vector<std::string> scopes;  // "service.scope"
  std::vector<HostDraft> hosts;
  std::vector<HostDraft> certificates;
  std::vector<HostDraft> realms;
  std::vector<AlpnDraft> alpns;
  std::vector<SignatureDraft> signatures;
  std::vector<FingerprintDraft> fingerprints;
  Place place;
};

struct InstrumentDraft {
  audit::Instrument instrument;
  Place place;
};

struct PracticeDraft {
  audit::Practice practice;  // its indices are still to be found
  std::string service;
  std::string instrument;
  Place place;
};

struct Drafts {
  std::vector<ServiceDraft> services;
  std::vector<EndpointDraft> endpoints;
  std::vector<InstrumentDraft> instruments;
  std::vector<PracticeDraft> practices;
  std::vector<std::string> known_fronts;
  // Services whose own file could not be read or goes by another id: that they seem to be missing
  // is no further problem.
  std::vector<std::string> unread;
};

// Reads `id`, reporting one that could be no metric label and no word of the log.
std::string ReadId(TableReader& table);
// Reports an id that is not its file's name: a reader finds the file of a word in the log by it.
void CheckFileName(TableReader& table, const std::string& id, Drafts& drafts);

// services/<id>.toml: one service with its scopes, capabilities and endpoints.
void ReadService(const Value& document, const std::string& file, const Sources& sources,
                 Drafts& drafts, std::vector<Problem>& problems);
// groups.toml: endpoints that several services share, and known fronts.
void ReadGroups(const Value& document, const std::string& file, const Sources& sources,
                Drafts& drafts, std::vector<Problem>& problems);
// instruments/<id>.toml.
void ReadInstrument(const Value& document, const std::string& file, const Sources& sources,
                    Drafts& drafts, std::vector<Problem>& problems);
// practice.toml: documented cases.
void ReadPractice(const Value& document, const std::string& file, const Sources& sources,
                  Drafts& drafts, std::vector<Problem>& problems);

// Puts the drafts together, whatever their order, and finds what only shows between files: ids and
// hosts given twice, services and scopes that are nowhere. The result's digest is still empty.
audit::Catalogue Assemble(Drafts drafts, std::vector<Problem>& problems);

}  // namespace unopened::config
