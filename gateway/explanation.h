// Explanation: what a service, or a session given by hand, comes to on a day: party by category,
// with reason, condition, source, date and how well it is confirmed; and, under an instrument, what
// that obtains, with what is documented of it beside.
//
// The answers are audit/'s alone (Assess, DiscloseAll, FindPractice, CouldHaveScanned); here they
// are put side by side and into words. Pure.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/assessment.h"
#include "audit/catalogue.h"
#include "audit/disclosure.h"
#include "base/clock.h"
#include "base/result.h"
#include "gateway/summary_view.h"

namespace unopened::gateway {

struct ExplainedCategory {
  audit::Category category = audit::Category::kSubscriberIdentity;
  audit::Finding provider;
  audit::Finding access_operator;
  // Under the instrument, if one was named.
  std::optional<audit::Disclosed> provider_obtained;
  std::optional<audit::Disclosed> operator_obtained;
  const audit::Practice* practice = nullptr;  // points into the catalogue
};

// One endpoint of the service: what is reached there has one answer.
struct ExplainedEndpoint {
  std::string id;
  std::string title;
  std::vector<audit::ScopePolicy> policies;
  std::vector<ExplainedCategory> categories;
  audit::Scanning scanning;
};

struct Explanation {
  const audit::Service* service = nullptr;        // null: a session to nobody known
  const audit::Instrument* instrument = nullptr;  // null: none was named
  base::Day day = 0;
  std::string session;    // in words, "tls 1.3, ecdhe"
  std::string catalogue;  // digest
  std::vector<ExplainedEndpoint> endpoints;
};

// A session as a person writes it: words of the closed lists, each at most once, in any order: a
// protocol, a version, a key exchange, "resumed", "early_data", "one_side", "offered", an evidence.
// kUsage for a word that is none, with the nearest that is.
base::Result<classify::Session> ParseSession(std::string_view words);

// `service` by id. kUsage where there is none, with the nearest that is.
base::Result<std::uint16_t> FindService(const audit::Catalogue& catalogue, std::string_view id);
base::Result<std::uint16_t> FindInstrument(const audit::Catalogue& catalogue, std::string_view id);

// Of a service (every endpoint that is its own, each as a session to it), or with no service of the
// session alone. The result points into `catalogue`.
Explanation Explain(const audit::Catalogue& catalogue, std::optional<std::uint16_t> service,
                    const classify::Session& session, std::optional<std::uint16_t> instrument,
                    base::Day day);

// ", in force until DAY" of an instrument that has ended; else "".
std::string InForceText(const audit::Instrument& instrument);

std::string ExplanationTable(const Explanation& explanation, const ViewStyle& style);
std::string ExplanationMarkdown(const Explanation& explanation);
nlohmann::ordered_json ExplanationJson(const Explanation& explanation);

}  // namespace unopened::gateway
