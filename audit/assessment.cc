#include "audit/assessment.h"

#include <algorithm>

namespace unopened::audit {
namespace {

using classify::Evidence;
using classify::KeyExchange;
using classify::Outcome;
using classify::Protocol;
using classify::Session;
using classify::SidesSeen;

std::size_t Index(Category category) { return static_cast<std::size_t>(category); }

// ---- facts at a day

std::optional<base::Day> StartOf(const Provenance& provenance) {
  return provenance.from ? provenance.from : provenance.source_date;
}

bool IsVerified(const Provenance& provenance) {
  return provenance.verified == Verified::kYes && !provenance.source.empty();
}

// What a could_not needs of the fact that carries it: verified, and begun on a known day.
bool CarriesCouldNot(const Provenance& provenance, base::Day day) {
  const std::optional<base::Day> start = StartOf(provenance);
  return IsVerified(provenance) && start && *start <= day;
}

template <class Fact>
struct Chosen {
  const Fact* fact = nullptr;
  Reason why_none = Reason::kNoFact;
  std::optional<base::Day> earliest;
};

// Of several facts that answer the day the latest begun stands; two that began together and
// disagree answer nothing.
template <class Fact, class Fits, class Same>
Chosen<Fact> Choose(const std::vector<Fact>& facts, base::Day day, Fits fits, Same same) {
  Chosen<Fact> chosen;
  bool conflict = false;
  for (const Fact& fact : facts) {
    if (!fits(fact)) continue;
    const std::optional<base::Day> start = StartOf(fact.provenance);
    if (!Answers(fact.provenance, day)) {
      if (!start && !fact.provenance.until) {
        if (chosen.why_none == Reason::kNoFact) chosen.why_none = Reason::kUndatedFact;
        continue;
      }
      chosen.why_none = Reason::kNoFactAtDate;
      if (start && *start > day)
        chosen.earliest = std::min(chosen.earliest.value_or(*start), *start);
      continue;
    }
    if (chosen.fact != nullptr) {
      const std::optional<base::Day> best = StartOf(chosen.fact->provenance);
      if (start < best) continue;  // no start sorts first
      if (start == best) {
        conflict = conflict || !same(fact, *chosen.fact);
        // The weaker source of two that agree, so that none is believed more than it deserves.
        if (fact.provenance.verified >= chosen.fact->provenance.verified) continue;
      } else {
        conflict = false;
      }
    }
    chosen.fact = &fact;
  }
  if (chosen.fact != nullptr) chosen.earliest.reset();
  if (conflict) {
    chosen.fact = nullptr;
    chosen.why_none = Reason::kConflictingFacts;
  }
  return chosen;
}

// ---- policy

ScopePolicy PolicyAt(const Service& service, const Scope& scope, base::Day day) {
  ScopePolicy at;
  at.service = service.id;
  at.scope = scope.id;
  at.title = scope.title;
  const auto chosen = Choose(
      scope.intervals, day, [](const PolicyInterval&) { return true; },
      [](const PolicyInterval& a, const PolicyInterval& b) { return a.policy == b.policy; });
  if (chosen.fact == nullptr) {
    at.reason = chosen.why_none;
    at.earliest_source = chosen.earliest;
    return at;
  }
  at.policy = chosen.fact->policy;
  at.exceptions = chosen.fact->exceptions;
  at.provenance = chosen.fact->provenance;
  return at;
}

struct ByPolicy {
  Answer answer;
  Reason reason;
};

ByPolicy Derive(Policy policy) {
  switch (policy) {
    case Policy::kE2eeAlways:
      return {Answer::kCouldNot, Reason::kPolicyE2eeAlways};
    case Policy::kE2eeDefault:
      return {Answer::kConditional, Reason::kPolicyE2eeDefault};
    case Policy::kE2eeOptional:
      return {Answer::kUndetermined, Reason::kPolicyE2eeOptional};
    case Policy::kNone:
    case Policy::kInTransitOnly:
      return {Answer::kCould, Reason::kPolicyNotE2ee};
    case Policy::kUserKeys:
      return {Answer::kCouldNot, Reason::kOwnKeys};
    case Policy::kTunnelProvider:
      return {Answer::kConditional, Reason::kTunnelProvider};
    case Policy::kNotApplicable:
      return {Answer::kNotApplicable, Reason::kPolicyNotApplicable};
    case Policy::kUnknown:
      break;
  }
  return {Answer::kUnknown, Reason::kPolicyUnknown};
}

bool CanBeSaid(const ScopePolicy& at, base::Day day) {
  if (!at.provenance) return false;
  return Derive(at.policy).answer == Answer::kCouldNot ? CarriesCouldNot(*at.provenance, day)
                                                       : IsVerified(*at.provenance);
}

// What the scopes say together, each taken at its word. kNotApplicable says nothing unless alone.
ByPolicy Combine(const std::vector<const ScopePolicy*>& scopes) {
  ByPolicy together{Answer::kNotApplicable, Reason::kPolicyNotApplicable};
  bool differ = false;
  bool optional = false;
  for (const ScopePolicy* at : scopes) {
    const ByPolicy one = Derive(at->policy);
    if (one.answer == Answer::kNotApplicable) continue;
    optional = optional || one.answer == Answer::kUndetermined;
    if (together.answer == Answer::kNotApplicable) {
      together = one;
    } else if (one.answer != together.answer) {
      differ = true;
    } else if (one.reason == Reason::kPolicyE2eeAlways) {
      together = one;  // beside the user's own keys, the claim that needs the policy
    }
  }
  if (differ) return {Answer::kUndetermined, Reason::kScopesDiffer};
  if (optional) return {Answer::kUndetermined, Reason::kPolicyE2eeOptional};
  return together;
}

// The published table, for a service named with strong evidence.
Finding LiveContentByPolicy(const std::vector<ScopePolicy>& policies, base::Day day) {
  Finding finding;
  finding.reason = Reason::kNoScope;
  std::vector<const ScopePolicy*> all;
  std::vector<const ScopePolicy*> said;
  const ScopePolicy* silent = nullptr;  // the first scope without any policy
  for (const ScopePolicy& at : policies) {
    all.push_back(&at);
    if (at.policy == Policy::kUnknown) {
      if (silent == nullptr) silent = &at;
    } else if (CanBeSaid(at, day)) {
      said.push_back(&at);
    } else {
      finding.unverified = true;
    }
    finding.scopes.push_back(at.title);
    if (at.provenance) finding.sources.push_back(*at.provenance);
    if (!at.exceptions.empty()) {
      finding.condition += (finding.condition.empty() ? "" : "; ") + at.exceptions;
    }
  }
  if (all.empty()) return finding;
  ByPolicy together = Combine(said);
  if (together.answer != Answer::kUndetermined && said.size() != all.size()) {
    // What is missing could change any answer but that the service offers both.
    if (silent != nullptr) {
      finding.reason = silent->reason;
      finding.earliest_source = silent->earliest_source;
    } else {
      finding.reason = Reason::kUnverifiedFact;
      finding.claimed = Combine(all).answer;
    }
    return finding;
  }
  finding.answer = together.answer;
  finding.reason = together.reason;
  return finding;
}

// ---- the provider's categories

Finding ByCapability(const Service& service, Category category, base::Day day) {
  Finding finding;
  const auto chosen = Choose(
      service.capabilities, day, [category](const Capability& c) { return c.category == category; },
      [](const Capability& a, const Capability& b) { return a.value == b.value; });
  if (chosen.fact == nullptr) {
    finding.reason = chosen.why_none;
    finding.earliest_source = chosen.earliest;
    return finding;
  }
  const Capability& fact = *chosen.fact;
  finding.answer = fact.value;
  finding.reason = Reason::kCapability;
  finding.condition = fact.condition;
  finding.holder = fact.holder;
  finding.sources.push_back(fact.provenance);
  finding.unverified = !IsVerified(fact.provenance);
  if (fact.value == Answer::kCouldNot && !CarriesCouldNot(fact.provenance, day)) {
    finding.answer = Answer::kUnknown;
    finding.reason = Reason::kUnverifiedFact;
    finding.unverified = true;
    finding.claimed = Answer::kCouldNot;
  }
  return finding;
}

// A cited fact that the provider could read live content outweighs a policy that says it could not.
void HoldAgainstCapability(const Service& service, base::Day day, Finding& live) {
  if (live.answer != Answer::kCouldNot || live.reason == Reason::kOwnKeys) return;
  const Finding fact = ByCapability(service, Category::kLiveContent, day);
  if (fact.answer != Answer::kCould && fact.answer != Answer::kConditional &&
      fact.reason != Reason::kConflictingFacts) {
    return;
  }
  live.answer = Answer::kUnknown;
  live.reason = Reason::kConflictingFacts;
  live.claimed = Answer::kCouldNot;
  live.condition = fact.condition;
  live.sources.insert(live.sources.end(), fact.sources.begin(), fact.sources.end());
}

// ---- the wire

bool IsCryptographic(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTls:
    case Protocol::kQuic:
    case Protocol::kSsh:
    case Protocol::kWireGuard:
    case Protocol::kWhatsAppNoise:
    case Protocol::kGquic:
    case Protocol::kDtls:
    case Protocol::kZrtp:
    case Protocol::kOpenVpn:
    case Protocol::kIke:
    case Protocol::kThreemaCsp:
      return true;
    default:
      return false;
  }
}

bool IsHandshakeSeen(const Session& f) {
  return f.outcome == Outcome::kIdentified && IsCryptographic(f.protocol) &&
         f.sides == SidesSeen::kBoth && !f.offered_only && f.evidence >= Evidence::kStrong;
}

WireState WireOf(const Session& f) {
  if (f.outcome == Outcome::kPlaintext) return WireState::kClear;
  if (f.outcome == Outcome::kOpaque) return WireState::kOpaque;
  if (f.key_exchange == KeyExchange::kNullCipher && IsHandshakeSeen(f)) return WireState::kClear;
  // Encrypted in name: keys that anyone can break prove nothing about who could read.
  if (f.key_exchange == KeyExchange::kExport) return WireState::kUnknown;
  // Without a key exchange a handshake negotiated no encryption that we could name.
  if (IsHandshakeSeen(f) && f.key_exchange != KeyExchange::kNone) return WireState::kEncrypted;
  return WireState::kUnknown;
}

struct ByRecording {
  ByPolicy provider;
  ByPolicy access_operator;
};

ByRecording Both(Answer answer, Reason reason) { return {{answer, reason}, {answer, reason}}; }

// Whether an earlier session's key decides what a recording of this one is worth.
bool HasResumption(Protocol protocol) {
  return protocol == Protocol::kTls || protocol == Protocol::kQuic || protocol == Protocol::kDtls;
}

ByRecording RecordedCiphertext(const Session& f) {
  if (f.outcome == Outcome::kPlaintext) return Both(Answer::kCould, Reason::kWireClear);
  if (f.outcome != Outcome::kIdentified || !IsCryptographic(f.protocol)) {
    return Both(Answer::kUnknown, Reason::kNotIdentified);
  }
  if (f.offered_only || f.sides == SidesSeen::kClientOnly || f.sides == SidesSeen::kServerOnly) {
    return Both(Answer::kUndetermined, Reason::kOneSideSeen);
  }
  if (!IsHandshakeSeen(f)) return Both(Answer::kUnknown, Reason::kWeakEvidence);
  switch (f.key_exchange) {
    case KeyExchange::kNone:
    case KeyExchange::kUnknown:
    case KeyExchange::kOtherDh:  // whether its keys are erased is not the protocol's promise
      return Both(Answer::kUnknown, Reason::kKeyExchangeUnknown);
    case KeyExchange::kNullCipher:
      return Both(Answer::kCould, Reason::kWireClear);
    case KeyExchange::kExport:
      return Both(Answer::kConditional, Reason::kExportKeys);
    case KeyExchange::kStaticRsa:
    case KeyExchange::kPskOnly:
      return {{Answer::kCould, Reason::kStaticKey}, {Answer::kConditional, Reason::kStaticKey}};
    case KeyExchange::kDhAnonymous:
      return Both(Answer::kConditional, Reason::kAnonymousKeyExchange);
    case KeyExchange::kPskDhe:
    case KeyExchange::kFfdhe:
    case KeyExchange::kEcdhe:
    case KeyExchange::kNoiseDh:
    case KeyExchange::kPqHybrid:
    case KeyExchange::kPq:
      break;
  }
  if (f.early_data != classify::EarlyData::kNone) {
    return Both(Answer::kConditional, Reason::kEarlyData);
  }
  if (f.key_exchange == KeyExchange::kPskDhe ||
      (HasResumption(f.protocol) && f.resumption != classify::Resumption::kNone)) {
    return f.resumption == classify::Resumption::kUnknown && f.key_exchange != KeyExchange::kPskDhe
               ? Both(Answer::kUndetermined, Reason::kResumption)
               : Both(Answer::kConditional, Reason::kResumption);
  }
  const bool post_quantum =
      f.key_exchange == KeyExchange::kPq || f.key_exchange == KeyExchange::kPqHybrid;
  return Both(Answer::kCouldNot, post_quantum ? Reason::kPostQuantumKeys : Reason::kEphemeralKeys);
}

// ---- the parties

void Set(Finding& finding, ByPolicy by) {
  finding = Finding{};
  finding.answer = by.answer;
  finding.reason = by.reason;
}

void SetAll(std::array<Finding, kCategoryCount>& party, Reason reason) {
  for (Finding& finding : party) Set(finding, {Answer::kUnknown, reason});
}

// No service is named: only what the protocol itself settles.
Finding LiveContentWithoutEndpoint(const Session& f) {
  Finding finding;
  if (!IsHandshakeSeen(f)) return finding;
  if (f.protocol == Protocol::kSsh && f.evidence == Evidence::kProof &&
      f.key_exchange != KeyExchange::kNone && f.key_exchange != KeyExchange::kUnknown) {
    Set(finding, {Answer::kCouldNot, Reason::kOwnKeys});
  } else if (f.protocol == Protocol::kWireGuard || f.protocol == Protocol::kOpenVpn ||
             f.protocol == Protocol::kIke) {
    Set(finding, {Answer::kUndetermined, Reason::kOwnOrProviderTunnel});
  }
  return finding;
}

void AssessProvider(const Session& f, const Catalogue& catalogue, base::Day day, Assessment& out) {
  const Endpoint& endpoint = catalogue.endpoint(f.endpoint);
  const bool named = f.endpoint != classify::kNoEndpoint && f.endpoint < catalogue.endpoints.size();
  for (const ScopeRef& ref : endpoint.scopes) {
    const Service& service = catalogue.services[ref.service];
    out.policies.push_back(PolicyAt(service, service.scopes[ref.scope], day));
  }
  Finding& live = out.provider[Index(Category::kLiveContent)];
  if (f.outcome != Outcome::kIdentified && f.outcome != Outcome::kPlaintext) {
    SetAll(out.provider, Reason::kNotIdentified);
  } else if (!named) {
    SetAll(out.provider, Reason::kNoEndpoint);
    live = LiveContentWithoutEndpoint(f);
  } else if (endpoint.group || endpoint.services.size() != 1) {
    SetAll(out.provider, Reason::kGroupEndpoint);
  } else if (f.evidence < Evidence::kStrong) {
    SetAll(out.provider, Reason::kWeakEvidence);
  } else {
    const Service& service = catalogue.services[endpoint.services.front()];
    for (std::size_t i = 0; i < kCategoryCount; ++i) {
      out.provider[i] = ByCapability(service, static_cast<Category>(i), day);
    }
    live = LiveContentByPolicy(out.policies, day);
    HoldAgainstCapability(service, day, live);
  }
  if (out.wire == WireState::kClear) Set(live, {Answer::kCould, Reason::kWireClear});
}

void AssessOperator(const OperatorDeclaration& declared, base::Day day, Assessment& out) {
  const bool in_time = declared.as_of && *declared.as_of <= day;
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    Finding& finding = out.access_operator[i];
    finding.reason = Reason::kOperatorNotDeclared;
    if (declared.answers[i] == Answer::kUnknown) continue;
    if (in_time) {
      Set(finding, {declared.answers[i], Reason::kOperatorDeclared});
    } else {
      finding.reason = declared.as_of ? Reason::kNoFactAtDate : Reason::kUndatedFact;
      finding.earliest_source = declared.as_of;
    }
  }
  Finding& live = out.access_operator[Index(Category::kLiveContent)];
  Set(live, {Answer::kUnknown, Reason::kOperatorNotDeclared});
  if (out.wire == WireState::kClear) {
    Set(live, {Answer::kCould, Reason::kWireClear});
  } else if (out.wire != WireState::kEncrypted) {
    live.reason = Reason::kWireNotProved;
  } else if (declared.tls_inspection_none && in_time) {
    Set(live, {Answer::kCouldNot, Reason::kNoTlsInspection});
  } else if (declared.tls_inspection_none) {
    live.reason = declared.as_of ? Reason::kNoFactAtDate : Reason::kUndatedFact;
    live.earliest_source = declared.as_of;
  }
}

Verdict VerdictOf(const Assessment& assessment) {
  if (assessment.wire == WireState::kClear) return Verdict::kClear;
  if (assessment.wire == WireState::kOpaque) return Verdict::kOpaque;
  const Finding& live = assessment.provider_for(Category::kLiveContent);
  switch (live.answer) {
    case Answer::kCouldNot:
      return live.reason == Reason::kOwnKeys ? Verdict::kOwnKeys : Verdict::kCouldNot;
    case Answer::kConditional:
      return Verdict::kConditional;
    case Answer::kUndetermined:
      return Verdict::kUndetermined;
    case Answer::kCould:
      return Verdict::kCould;
    case Answer::kNotAuthorised:
    case Answer::kNotApplicable:
    case Answer::kUnknown:
      break;
  }
  return Verdict::kUnknown;
}

}  // namespace

bool Answers(const Provenance& provenance, base::Day day) {
  if (provenance.until && day > *provenance.until) return false;
  if (provenance.from) return day >= *provenance.from;
  if (provenance.until) return true;
  return provenance.source_date && day >= *provenance.source_date;
}

Assessment Assess(const Shape& shape, const Catalogue& catalogue, base::Day day) {
  Assessment out;
  const Session& f = shape.facts;
  out.wire = WireOf(f);
  AssessProvider(f, catalogue, day, out);
  AssessOperator(catalogue.network_operator, day, out);
  const ByRecording recorded = RecordedCiphertext(f);
  Set(out.provider[Index(Category::kRecordedCiphertext)], recorded.provider);
  Set(out.access_operator[Index(Category::kRecordedCiphertext)], recorded.access_operator);
  out.exposed_to_quantum = recorded.provider.reason == Reason::kEphemeralKeys;
  out.verdict = VerdictOf(out);
  return out;
}

std::string_view PolicyLabel(const Assessment& assessment, bool endpoint_named) {
  if (!endpoint_named) return "none_named";
  if (assessment.policies.empty()) return Name(Policy::kUnknown);
  const Policy first = assessment.policies.front().policy;
  for (const ScopePolicy& at : assessment.policies) {
    if (at.policy != first) return "mixed";
  }
  return Name(first);
}

}  // namespace unopened::audit
