// The words of docs/disclosure-model.md: each sentence names what it rests on, so that it can be
// quoted alone.
#include <algorithm>
#include <string>

#include "audit/assessment.h"

namespace unopened::audit {
namespace {

std::string Join(const std::vector<std::string>& texts, const char* between) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += between;
    joined += text;
  }
  return joined;
}

std::string Sources(const Finding& finding) {
  std::vector<std::string> sources;
  for (const Provenance& provenance : finding.sources) {
    if (!provenance.source.empty() &&
        std::find(sources.begin(), sources.end(), provenance.source) == sources.end()) {
      sources.push_back(provenance.source);
    }
  }
  return sources.empty() ? "" : " [" + Join(sources, "; ") + "]";
}

// The day from which all its facts hold.
std::string Since(const Finding& finding) {
  std::optional<base::Day> since;
  for (const Provenance& provenance : finding.sources) {
    const std::optional<base::Day> start =
        provenance.from ? provenance.from : provenance.source_date;
    if (start) since = std::max(since.value_or(*start), *start);
  }
  return since ? " since " + base::FormatDay(*since) : "";
}

std::string Scopes(const Finding& finding) {
  return finding.scopes.empty() ? "" : " (" + Join(finding.scopes, "; ") + ")";
}

std::string Conditions(const Finding& finding) {
  std::string words = finding.condition.empty() ? "" : ": " + finding.condition;
  if (!finding.holder.empty()) words += ", held by " + finding.holder;
  return words;
}

std::string CouldNot(const Finding& finding) {
  switch (finding.reason) {
    case Reason::kOwnKeys:
      return "no third party could; the endpoint's owner holds the keys" + Sources(finding);
    case Reason::kEphemeralKeys:
      return "could not, from the recording alone: the key exchange was ephemeral; a tap cannot "
             "show that the keys were erased, and a later quantum computer could change this";
    case Reason::kPostQuantumKeys:
      return "could not, from the recording alone: the session used a post-quantum key exchange; "
             "a tap cannot show that the keys were erased";
    case Reason::kNoTlsInspection:
      return "could not: the session was encrypted, and the operator declares no TLS inspection";
    case Reason::kOperatorDeclared:
      return "could not, by the operator's own declaration";
    case Reason::kPolicyE2eeAlways:
      return "could not, by service policy" + Since(finding) + Scopes(finding) + Sources(finding);
    default:
      // Who would hold it is beside the point: it is not there to be read.
      return "could not" + Since(finding) +
             (finding.condition.empty() ? "" : ": " + finding.condition) + Sources(finding);
  }
}

std::string Conditional(const Finding& finding) {
  switch (finding.reason) {
    case Reason::kPolicyE2eeDefault:
      return "conditional: end-to-end encrypted by default" + Since(finding) + Scopes(finding) +
             (finding.condition.empty() ? std::string(", with the exceptions the service names")
                                        : ", except: " + finding.condition) +
             Sources(finding);
    case Reason::kTunnelProvider:
      return "conditional: the tunnel's operator can read what is not encrypted inside" +
             Sources(finding);
    case Reason::kStaticKey:
      return "conditional: whoever obtains the server's long-term key could decrypt the recording";
    case Reason::kExportKeys:
      return "conditional: the keys are of export strength, and whoever has the recording could "
             "break them";
    case Reason::kResumption:
      return "conditional: the session resumed an earlier one, whose ticket key may have been kept";
    case Reason::kEarlyData:
      return "conditional: early data rest on an earlier session's key, which may have been kept";
    case Reason::kAnonymousKeyExchange:
      return "conditional: not from the recording, but nobody was authenticated, so an active "
             "attack at the time would have read it";
    default:
      return "conditional" + Conditions(finding) + Sources(finding);
  }
}

std::string Undetermined(const Finding& finding) {
  switch (finding.reason) {
    case Reason::kOwnOrProviderTunnel:
      return "undetermined: the user's own tunnel or a commercial provider's; a handshake cannot "
             "tell";
    case Reason::kOneSideSeen:
      return "undetermined: one side was seen, and an offer is no negotiation";
    case Reason::kResumption:
      return "undetermined: whether the session resumed an earlier one was not seen";
    case Reason::kPolicyE2eeOptional:
    case Reason::kScopesDiffer:
      return "undetermined: offers both; a handshake cannot tell" + Scopes(finding) +
             Sources(finding);
    default:
      return "undetermined" + Conditions(finding) + Sources(finding);
  }
}

std::string Could(const Finding& finding) {
  switch (finding.reason) {
    case Reason::kWireClear:
      return "could: not encrypted on the wire, readable to anyone on the path";
    case Reason::kStaticKey:
      return "could, while it keeps the key";
    case Reason::kPolicyNotE2ee:
      return "could: not end-to-end encrypted" + Scopes(finding) + Sources(finding);
    case Reason::kOperatorDeclared:
      return "could, by the operator's own declaration";
    default:
      return "could" + Conditions(finding) + Sources(finding);
  }
}

std::string_view WhyUnknown(Reason reason) {
  switch (reason) {
    case Reason::kNoEndpoint:
      return "no known service is named";
    case Reason::kGroupEndpoint:
      return "several services share the endpoint";
    case Reason::kWeakEvidence:
      return "the evidence is too weak to name who was contacted";
    case Reason::kNotIdentified:
      return "the session was not identified";
    case Reason::kNoScope:
      return "nothing is declared as reachable at the endpoint";
    case Reason::kUndatedFact:
      return "the fact has no date";
    case Reason::kConflictingFacts:
      return "the facts disagree";
    case Reason::kKeyExchangeUnknown:
      return "the key exchange was not seen";
    case Reason::kOperatorNotDeclared:
      return "the operator declares nothing";
    case Reason::kWireNotProved:
      return "that the session was encrypted was not shown";
    default:
      return "no verified fact";
  }
}

std::string Unknown(const Finding& finding) {
  if (finding.earliest_source) {
    return "unknown (earliest source " + base::FormatDay(*finding.earliest_source) + ")";
  }
  if (finding.claimed) {
    std::string claimed(Name(*finding.claimed));
    std::replace(claimed.begin(), claimed.end(), '_', ' ');
    const bool conflict = finding.reason == Reason::kConflictingFacts;
    return "unknown (claimed: " + claimed +
           (conflict ? ", but the facts disagree)" : ", unverified)");
  }
  return "unknown: " + std::string(WhyUnknown(finding.reason));
}

}  // namespace

std::string Describe(const Finding& finding) {
  std::string words;
  switch (finding.answer) {
    case Answer::kCouldNot:
      return CouldNot(finding);
    case Answer::kConditional:
      words = Conditional(finding);
      break;
    case Answer::kUndetermined:
      words = Undetermined(finding);
      break;
    case Answer::kCould:
      words = Could(finding);
      break;
    case Answer::kNotAuthorised:
      return "not authorised: this instrument does not reach it";
    case Answer::kNotApplicable:
      words = "not applicable" + Conditions(finding) + Sources(finding);
      break;
    case Answer::kUnknown:
      return Unknown(finding);
  }
  return finding.unverified ? words + ", fact not fully verified" : words;
}

}  // namespace unopened::audit
