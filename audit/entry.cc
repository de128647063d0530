#include "audit/entry.h"

#include "audit/blind.h"
#include "audit/recorder.h"

namespace unopened::audit {
namespace {

// Never throws: what is not UTF-8 (a filter from the command line) is written as U+FFFD.
std::string Text(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Clip(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  std::size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string DayText(const std::optional<base::Day>& day) {
  return day ? base::FormatDay(*day) : "";
}

Json ProvenanceJson(const Provenance& p) {
  return {{"source", Clip(p.source)},     {"source_date", DayText(p.source_date)},
          {"from", DayText(p.from)},      {"until", DayText(p.until)},
          {"verified", Name(p.verified)}, {"note", Clip(p.note)}};
}

Json LossesJson(const std::map<std::string, Loss>& losses) {
  Json all = Json::object();
  for (const auto& [cause, loss] : losses) all[cause] = Json::array({loss.packets, loss.bytes});
  return all;
}

Json ScopeJson(const Scope& scope, Json intervals) {
  return {{"scope", scope.id}, {"title", Clip(scope.title)}, {"intervals", std::move(intervals)}};
}

Json IntervalJson(const PolicyInterval& interval) {
  return {{"policy", Name(interval.policy)},
          {"exceptions", Clip(interval.exceptions)},
          {"provenance", ProvenanceJson(interval.provenance)}};
}

Json CapabilityJson(const Capability& capability) {
  return {{"category", Name(capability.category)},
          {"answer", Name(capability.value)},
          {"condition", Clip(capability.condition)},
          {"holder", Clip(capability.holder)},
          {"provenance", ProvenanceJson(capability.provenance)}};
}

std::vector<ServiceEntry> Split(const Service& service, const std::string& catalogue) {
  ServiceEntry empty;
  empty.catalogue = catalogue;
  empty.service = service;
  empty.service.scopes.clear();
  empty.service.capabilities.clear();
  std::vector<ServiceEntry> parts{empty};
  // Room for the members that stand in every part, and for the blind.
  const std::size_t limit = kMaxEntryBytes - Write(empty).size() - kBlindBytes - 64;
  std::size_t used = 0;
  const auto make_room = [&](std::size_t size) {
    if (used != 0 && used + size > limit) {
      parts.push_back(empty);
      used = 0;
    }
    used += size;
  };
  for (const Scope& scope : service.scopes) {
    const std::size_t header = Text(ScopeJson(scope, Json::array())).size() + 1;
    bool open = false;  // whether the current part has this scope already
    const auto begin = [&] {
      parts.back().service.scopes.push_back({scope.id, scope.title, {}});
      open = true;
    };
    make_room(header);
    begin();
    for (const PolicyInterval& interval : scope.intervals) {
      const std::size_t before = parts.size();
      make_room(Text(IntervalJson(interval)).size() + 1);
      if (parts.size() != before) {
        used += header;
        begin();
      }
      parts.back().service.scopes.back().intervals.push_back(interval);
    }
  }
  for (const Capability& capability : service.capabilities) {
    make_room(Text(CapabilityJson(capability)).size() + 1);
    parts.back().service.capabilities.push_back(capability);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].part = static_cast<std::uint32_t>(i + 1);
    parts[i].parts = static_cast<std::uint32_t>(parts.size());
  }
  return parts;
}

Json AnswersJson(const std::array<Finding, kCategoryCount>& party) {
  Json all = Json::object();
  for (std::size_t i = 0; i < kCategoryCount; ++i) all[kCategoryNames[i]] = Name(party[i].answer);
  return all;
}

Json ReasonsJson(const std::array<Finding, kCategoryCount>& party) {
  Json all = Json::object();
  for (std::size_t i = 0; i < kCategoryCount; ++i) all[kCategoryNames[i]] = Name(party[i].reason);
  return all;
}

Json OperatorJson(const OperatorDeclaration& declared) {
  Json answers = Json::object();
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    answers[kCategoryNames[i]] = Name(declared.answers[i]);
  }
  return {{"as_of", DayText(declared.as_of)},
          {"tls_inspection", declared.tls_inspection_none ? "none" : "not_declared"},
          {"answers", std::move(answers)}};
}

// Only the categories that have something to flag.
Json FlagsJson(const std::array<Finding, kCategoryCount>& party) {
  Json all = Json::object();
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    const Finding& finding = party[i];
    if (!finding.unverified && !finding.claimed && !finding.earliest_source) continue;
    all[kCategoryNames[i]] = {{"unverified", finding.unverified ? 1 : 0},
                              {"claimed", finding.claimed ? Name(*finding.claimed) : ""},
                              {"earliest_source", DayText(finding.earliest_source)}};
  }
  return all;
}

}  // namespace

std::string Write(const RunEntry& entry) {
  const RunStatement& run = entry.statement;
  return Text({{"type", "run"},
               {"started", base::FormatTime(entry.started)},
               {"version", run.version},
               {"model", kAssessmentModel},
               {"source", run.source_kind},
               {"input_digest", run.file_name_digest},
               {"tap", run.tap},
               {"legal_basis", Clip(run.legal_basis)},
               {"filter", Clip(run.filter)},
               {"window_seconds", run.window_seconds},
               {"configuration", run.configuration_digest},
               {"catalogue", entry.catalogue},
               {"operator", OperatorJson(entry.network_operator)}});
}

std::string Write(const ReloadEntry& entry) {
  return Text({{"type", "reload"},
               {"at", base::FormatTime(entry.at)},
               {"configuration", entry.configuration},
               {"catalogue", entry.catalogue},
               {"replaced_configuration", entry.replaced_configuration},
               {"replaced_catalogue", entry.replaced_catalogue},
               {"operator", OperatorJson(entry.network_operator)}});
}

std::string Write(const ServiceEntry& entry) {
  Json scopes = Json::array();
  for (const Scope& scope : entry.service.scopes) {
    Json intervals = Json::array();
    for (const PolicyInterval& i : scope.intervals) intervals.push_back(IntervalJson(i));
    scopes.push_back(ScopeJson(scope, std::move(intervals)));
  }
  Json capabilities = Json::array();
  for (const Capability& c : entry.service.capabilities) capabilities.push_back(CapabilityJson(c));
  return Text({{"type", "service"},
               {"catalogue", entry.catalogue},
               {"service", entry.service.id},
               {"part", entry.part},
               {"parts", entry.parts},
               {"title", Clip(entry.service.title)},
               {"provider", Clip(entry.service.provider)},
               {"jurisdiction", Clip(entry.service.jurisdiction)},
               {"as_of", base::FormatDay(entry.service.as_of)},
               {"scopes", std::move(scopes)},
               {"capabilities", std::move(capabilities)}});
}

std::string Write(const EndpointEntry& entry) {
  Json scopes = Json::array();
  for (const auto& [service, scope] : entry.scopes) scopes.push_back(Json::array({service, scope}));
  return Text({{"type", "endpoint"},
               {"catalogue", entry.catalogue},
               {"endpoint", entry.id},
               {"title", Clip(entry.title)},
               {"group", entry.group ? 1 : 0},
               {"services", entry.services},
               {"scopes", std::move(scopes)}});
}

std::string Write(const InstrumentEntry& entry) {
  const Instrument& instrument = entry.instrument;
  Json reach = Json::object();
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    const Instrument::Row& row = instrument.rows[i];
    reach[kCategoryNames[i]] = {{"reach", Name(row.reach)},
                                {"note", Clip(row.note)},
                                {"source", Clip(row.source)},
                                {"verified", Name(row.verified)}};
  }
  Json body = {{"type", "instrument"},
               {"catalogue", entry.catalogue},
               {"instrument", instrument.id},
               {"title", Clip(instrument.title)},
               {"jurisdiction", Clip(instrument.jurisdiction)},
               {"section", Clip(instrument.section)},
               {"binds", Clip(instrument.binds)},
               {"in_force_from", DayText(instrument.in_force_from)}};
  // Only where it has ended, so that entries of before it was known are as they were.
  if (instrument.in_force_until) body["in_force_until"] = DayText(instrument.in_force_until);
  body["reach"] = std::move(reach);
  return Text(body);
}

std::string AssessmentText(const Assessment& assessment, const Endpoint& endpoint) {
  Json policy = Json::object();
  for (const ScopePolicy& at : assessment.policies) {
    const bool alone = !endpoint.group && endpoint.services.size() == 1;
    policy[alone ? at.scope : at.service + "/" + at.scope] = Name(at.policy);
  }
  const std::string text = Text({{"wire", Name(assessment.wire)},
                                 {"policy", std::move(policy)},
                                 {"verdict", Name(assessment.verdict)},
                                 {"exposed_to_quantum", assessment.exposed_to_quantum ? 1 : 0},
                                 {"provider", AnswersJson(assessment.provider)},
                                 {"provider_reasons", ReasonsJson(assessment.provider)},
                                 {"provider_flags", FlagsJson(assessment.provider)},
                                 {"operator", AnswersJson(assessment.access_operator)},
                                 {"operator_reasons", ReasonsJson(assessment.access_operator)},
                                 {"operator_flags", FlagsJson(assessment.access_operator)}});
  return text.substr(1, text.size() - 2);
}

std::string Write(const ShapeEntry& entry) {
  const classify::Session& f = entry.shape.facts;
  const auto name = [](const auto& names, auto value) {
    return names[static_cast<std::size_t>(value)];
  };
  std::string text = Text({{"type", "shape"},
                           {"shape", entry.number},
                           {"transport", name(kTransportNames, f.transport)},
                           {"ip", name(kIpVersionNames, f.ip_version)},
                           {"tunnel", name(kTunnelKindNames, f.tunnel)},
                           {"protocol", Name(f.protocol)},
                           {"variant", Name(f.variant)},
                           {"version", Name(f.version)},
                           {"offered_only", f.offered_only ? 1 : 0},
                           {"key_exchange", Name(f.key_exchange)},
                           {"resumption", Name(f.resumption)},
                           {"early_data", Name(f.early_data)},
                           {"name_visibility", Name(f.name_visibility)},
                           {"sides", Name(f.sides)},
                           {"outcome", Name(f.outcome)},
                           {"evidence", Name(f.evidence)},
                           {"endpoint", entry.endpoint},
                           {"assessed_on", base::FormatDay(entry.assessed_on)}});
  text.back() = ',';
  return text + entry.assessment + "}";
}

std::string Write(const GapEntry& entry) {
  return Text({{"type", "gap"},
               {"from", base::FormatTime(entry.from)},
               {"until", base::FormatTime(entry.until)},
               {"cause", entry.cause},
               {"losses", LossesJson(entry.losses)}});
}

std::string Write(const BoundEntry& entry) {
  return Text({{"type", "bound"},
               {"window", base::FormatTime(entry.window)},
               {"bound", entry.bound},
               {"met", entry.met}});
}

std::string Write(const StopEntry& entry) {
  return Text({{"type", "stop"}, {"at", base::FormatTime(entry.at)}, {"reason", entry.reason}});
}

std::vector<std::string> WriteFacts(const Catalogue& catalogue) {
  std::vector<std::string> bodies;
  for (const Service& service : catalogue.services) {
    for (const ServiceEntry& part : Split(service, catalogue.digest)) {
      bodies.push_back(Write(part));
    }
  }
  for (std::size_t i = 1; i < catalogue.endpoints.size(); ++i) {
    const Endpoint& endpoint = catalogue.endpoints[i];
    EndpointEntry entry{catalogue.digest, endpoint.id, endpoint.title, endpoint.group, {}, {}};
    for (const std::uint16_t service : endpoint.services) {
      entry.services.push_back(catalogue.services[service].id);
    }
    for (const ScopeRef& ref : endpoint.scopes) {
      const Service& service = catalogue.services[ref.service];
      entry.scopes.emplace_back(service.id, service.scopes[ref.scope].id);
    }
    bodies.push_back(Write(entry));
  }
  for (const Instrument& instrument : catalogue.instruments) {
    bodies.push_back(Write(InstrumentEntry{catalogue.digest, instrument}));
  }
  return bodies;
}

}  // namespace unopened::audit
