// Assessment: what is proved of a shape by packets (wire), what its endpoint's service promises at
// a day (policy), and what follows, by one published table (docs/disclosure-model.md), for the
// service provider and for the access operator.
//
// Pure: shape, catalogue and day alone decide, so anyone can recompute it from the log. Nothing
// that is unknown, unverified, one-sided or weakly evidenced ever becomes could_not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/catalogue.h"
#include "audit/shape.h"
#include "audit/summary.h"
#include "base/clock.h"

namespace unopened::audit {

// Changes whenever the same facts would be answered differently; a run states it.
inline constexpr std::string_view kAssessmentModel = "1";

// Proved by packets alone. Encrypted: both sides of a handshake were seen, with strong evidence.
enum class WireState : std::uint8_t { kClear, kEncrypted, kOpaque, kUnknown };
inline constexpr std::array<std::string_view, 4> kWireStateNames = {"clear", "encrypted", "opaque",
                                                                    "unknown"};

// Why an answer is what it is.
enum class Reason : std::uint8_t {
  kNoEndpoint,            // no known service is named
  kGroupEndpoint,         // several services share the endpoint
  kWeakEvidence,          // who was contacted is not shown
  kNotIdentified,         // opaque, unrecognised, midstream, ambiguous or without payload
  kWireClear,             // readable to anyone on the path
  kPolicyE2eeAlways,      //
  kPolicyE2eeDefault,     // the exceptions are the condition
  kPolicyE2eeOptional,    // offers both, a handshake cannot tell
  kScopesDiffer,          // what is reachable there is not under one policy
  kPolicyNotE2ee,         // none, or in transit only
  kOwnKeys,               // no third party could; the endpoint's owner holds the keys
  kTunnelProvider,        // the tunnel's operator can read what is not encrypted inside
  kOwnOrProviderTunnel,   // own tunnel or a provider's: a handshake cannot tell
  kPolicyNotApplicable,   //
  kPolicyUnknown,         // no policy is stated for a reachable scope
  kNoScope,               // nothing is declared as reachable at the endpoint
  kUnverifiedFact,        // `claimed` is what it would be
  kNoFact,                // the catalogue has none
  kNoFactAtDate,          // none that answers this day
  kUndatedFact,           // there is one, but it answers no day
  kConflictingFacts,      // facts for this day disagree
  kCapability,            // a cited fact says so
  kStaticKey,             // whoever keeps the long-term key can decrypt a recording
  kResumption,            // depends on a ticket or session key being kept
  kEarlyData,             // 0-RTT data rest on an earlier session's key
  kAnonymousKeyExchange,  // not from the recording; an active attack would have read it
  kEphemeralKeys,         // not from the recording alone; erasure of the keys cannot be seen
  kPostQuantumKeys,       // the same, and not exposed to a later quantum computer by what was seen
  kOneSideSeen,           // an offer is no negotiation
  kKeyExchangeUnknown,    //
  kNoTlsInspection,       // the operator declares none
  kOperatorDeclared,      //
  kOperatorNotDeclared,   //
  kWireNotProved,         // that the session was encrypted was not shown
  kExportKeys,            // keys of export strength: whoever has the recording could break them
};
inline constexpr std::array<std::string_view, 35> kReasonNames = {"no_endpoint",
                                                                  "group_endpoint",
                                                                  "weak_evidence",
                                                                  "not_identified",
                                                                  "wire_clear",
                                                                  "policy_e2ee_always",
                                                                  "policy_e2ee_default",
                                                                  "policy_e2ee_optional",
                                                                  "scopes_differ",
                                                                  "policy_not_e2ee",
                                                                  "own_keys",
                                                                  "tunnel_provider",
                                                                  "own_or_provider_tunnel",
                                                                  "policy_not_applicable",
                                                                  "policy_unknown",
                                                                  "no_scope",
                                                                  "unverified_fact",
                                                                  "no_fact",
                                                                  "no_fact_at_date",
                                                                  "undated_fact",
                                                                  "conflicting_facts",
                                                                  "capability",
                                                                  "static_key",
                                                                  "resumption",
                                                                  "early_data",
                                                                  "anonymous_key_exchange",
                                                                  "ephemeral_keys",
                                                                  "post_quantum_keys",
                                                                  "one_side_seen",
                                                                  "key_exchange_unknown",
                                                                  "no_tls_inspection",
                                                                  "operator_declared",
                                                                  "operator_not_declared",
                                                                  "wire_not_proved",
                                                                  "export_keys"};

constexpr std::string_view Name(WireState v) {
  return kWireStateNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(Reason v) { return kReasonNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Verdict v) { return kVerdictNames[static_cast<std::size_t>(v)]; }

// One answer with what a reader needs to judge it.
struct Finding {
  Answer answer = Answer::kUnknown;
  Reason reason = Reason::kNoEndpoint;
  bool unverified = false;        // a fact it rests on is not fully verified
  std::optional<Answer> claimed;  // what the facts claim, where that could not be said
  std::optional<base::Day>
      earliest_source;              // unknown since the earliest fact is later than the day
  std::string condition;            // the facts' own words
  std::string holder;               // who holds it, where that is not the party itself
  std::vector<std::string> scopes;  // titles of the scopes it speaks of (live_content)
  std::vector<Provenance> sources;  // of the facts used
};

// The policy of one scope on the day.
struct ScopePolicy {
  std::string service;
  std::string scope;
  std::string title;
  Policy policy = Policy::kUnknown;
  Reason reason = Reason::kPolicyUnknown;  // where kUnknown: why
  std::string exceptions;
  std::optional<base::Day> earliest_source;
  std::optional<Provenance> provenance;  // of the interval that answers
};

struct Assessment {
  WireState wire = WireState::kUnknown;
  std::vector<ScopePolicy> policies;  // of every scope reachable at the endpoint, in its order
  std::array<Finding, kCategoryCount> provider;
  std::array<Finding, kCategoryCount> access_operator;
  Verdict verdict = Verdict::kUnknown;
  // recorded_ciphertext is could_not from the recording alone, but its key exchange is not
  // post-quantum: counted apart as exposed to a later quantum computer.
  bool exposed_to_quantum = false;

  const Finding& provider_for(Category c) const { return provider[static_cast<std::size_t>(c)]; }
  const Finding& operator_for(Category c) const {
    return access_operator[static_cast<std::size_t>(c)];
  }
};

// `shape` is ShapeOf's; its endpoint is an index into `catalogue`.
Assessment Assess(const Shape& shape, const Catalogue& catalogue, base::Day day);

// Whether a fact answers `day` (Provenance's rule).
bool Answers(const Provenance& provenance, base::Day day);

// The policy label of unopened_sessions_total: that of the scopes where they agree, "mixed" where
// they differ, "none_named" without an endpoint, "unknown" where nothing is declared there.
std::string_view PolicyLabel(const Assessment& assessment, bool endpoint_named);

// The finding as a sentence without its full stop, by the wording rules of the disclosure model:
// could_not always with policy, date, scope and source; unknown always with why.
std::string Describe(const Finding& finding);

}  // namespace unopened::audit
