#include "gateway/explanation.h"

#include <algorithm>

#include "audit/shape.h"
#include "base/enum_names.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

using audit::Category;
using base::Fail;
using base::Failure;
using base::Result;
using classify::Session;

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" ,");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" ,"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

template <std::size_t kCount>
void AddTo(std::vector<std::string>& known, const std::array<std::string_view, kCount>& names) {
  known.insert(known.end(), names.begin(), names.end());
}

// Sets `field` if `word` is one of `names`; false if it is none, or was said before.
template <class Enum, std::size_t kCount>
bool Take(std::string_view word, const std::array<std::string_view, kCount>& names, Enum& field,
          bool& said) {
  const auto value = base::FromName<Enum>(names, word);
  if (!value || said) return false;
  field = *value;
  said = true;
  return true;
}

ExplainedEndpoint ExplainEndpoint(const audit::Catalogue& catalogue, const Session& session,
                                  std::optional<std::uint16_t> service,
                                  std::optional<std::uint16_t> instrument, base::Day day) {
  const audit::Endpoint& endpoint = catalogue.endpoint(session.endpoint);
  const audit::Assessment assessment = audit::Assess(audit::ShapeOf(session), catalogue, day);
  ExplainedEndpoint explained{endpoint.id, endpoint.title, assessment.policies, {}, {}};
  explained.scanning = audit::CouldHaveScanned(assessment.provider);
  std::array<audit::Disclosed, audit::kCategoryCount> provider{};
  std::array<audit::Disclosed, audit::kCategoryCount> access_operator{};
  if (instrument) {
    const audit::Instrument& used = catalogue.instruments[*instrument];
    const std::string jurisdiction = service ? catalogue.services[*service].jurisdiction : "";
    provider = audit::DiscloseAll(assessment.provider, used, jurisdiction, day);
    // Where the tapped network lies the catalogue does not say: under the instrument's own law it
    // is bound, elsewhere not, so the reach by category is what can be said.
    access_operator = audit::DiscloseAll(assessment.access_operator, used, used.jurisdiction, day);
  }
  for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
    ExplainedCategory row;
    row.category = static_cast<Category>(i);
    row.provider = assessment.provider[i];
    row.access_operator = assessment.access_operator[i];
    if (instrument) {
      row.provider_obtained = provider[i];
      row.operator_obtained = access_operator[i];
      if (service) {
        row.practice = audit::FindPractice(catalogue, *service, *instrument, row.category, day);
      }
    }
    explained.categories.push_back(std::move(row));
  }
  return explained;
}

std::string Words(const Session& session) {
  std::string text(Name(session.protocol));
  if (session.version != classify::Version::kNone) text += " " + std::string(Name(session.version));
  text += session.key_exchange == classify::KeyExchange::kUnknown
              ? ", key exchange unknown"
              : ", " + std::string(Name(session.key_exchange));
  if (session.resumption == classify::Resumption::kResumed) text += ", resumed";
  if (session.early_data == classify::EarlyData::kOffered) text += ", early data offered";
  if (session.offered_only) text += ", offered only";
  if (session.sides != classify::SidesSeen::kBoth) text += ", one side seen";
  if (session.evidence < classify::Evidence::kStrong) {
    text += ", evidence " + std::string(Name(session.evidence));
  }
  return text;
}

template <class Things>
Result<std::uint16_t> FindById(const Things& things, std::string_view id, const char* what) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (things[i].id == id) return static_cast<std::uint16_t>(i);
    known.push_back(things[i].id);
  }
  const std::string near = Nearest(id, known);
  return Fail(Failure::kUsage, std::string("no such ") + what,
              near.empty() ? std::string(id) : std::string(id) + ", did you mean " + near + "?",
              "see: unopened explain --list");
}

}  // namespace

Result<Session> ParseSession(std::string_view words) {
  Session session;
  session.sides = classify::SidesSeen::kBoth;
  session.outcome = classify::Outcome::kIdentified;
  session.evidence = classify::Evidence::kProof;
  session.resumption = classify::Resumption::kNone;
  session.name_visibility = classify::NameVisibility::kVisible;
  bool protocol = false;
  bool version = false;
  bool keys = false;
  bool evidence = false;
  for (const std::string& word : Split(words)) {
    if (Take(word, classify::kProtocolNames, session.protocol, protocol) ||
        Take(word, classify::kVersionNames, session.version, version) ||
        Take(word, classify::kKeyExchangeNames, session.key_exchange, keys) ||
        Take(word, classify::kEvidenceNames, session.evidence, evidence)) {
      continue;
    }
    if (word == "resumed") {
      session.resumption = classify::Resumption::kResumed;
    } else if (word == "early_data") {
      session.early_data = classify::EarlyData::kOffered;
      session.resumption = classify::Resumption::kResumed;
    } else if (word == "one_side") {
      session.sides = classify::SidesSeen::kClientOnly;
      session.evidence = std::min(session.evidence, classify::Evidence::kWeak);
    } else if (word == "offered") {
      session.offered_only = true;
    } else if (word == "clear") {
      session.outcome = classify::Outcome::kPlaintext;
    } else {
      std::vector<std::string> known = {"resumed", "early_data", "one_side", "offered", "clear"};
      AddTo(known, classify::kProtocolNames);
      AddTo(known, classify::kVersionNames);
      AddTo(known, classify::kKeyExchangeNames);
      AddTo(known, classify::kEvidenceNames);
      const std::string near = Nearest(word, known);
      return Fail(
          Failure::kUsage, "no word of a session, or one said twice",
          near.empty() || near == word ? word : word + ", did you mean " + near + "?",
          "for example: tls 1.3 pq_hybrid, tls 1.2 static_rsa, ssh pq_hybrid, tls one_side");
    }
  }
  if (!protocol) {
    return Fail(Failure::kUsage, "which protocol", std::string(words),
                "for example: tls 1.2 static_rsa");
  }
  return session;
}

Result<std::uint16_t> FindService(const audit::Catalogue& catalogue, std::string_view id) {
  return FindById(catalogue.services, id, "service");
}
Result<std::uint16_t> FindInstrument(const audit::Catalogue& catalogue, std::string_view id) {
  return FindById(catalogue.instruments, id, "instrument");
}

Explanation Explain(const audit::Catalogue& catalogue, std::optional<std::uint16_t> service,
                    const Session& session, std::optional<std::uint16_t> instrument,
                    base::Day day) {
  Explanation explanation;
  explanation.day = day;
  explanation.session = Words(session);
  explanation.catalogue = catalogue.digest;
  if (instrument) explanation.instrument = &catalogue.instruments[*instrument];
  Session there = session;
  if (!service) {
    there.endpoint = classify::kNoEndpoint;
    explanation.endpoints.push_back(ExplainEndpoint(catalogue, there, service, instrument, day));
    return explanation;
  }
  explanation.service = &catalogue.services[*service];
  for (std::size_t i = 1; i < catalogue.endpoints.size(); ++i) {
    const audit::Endpoint& endpoint = catalogue.endpoints[i];
    if (endpoint.group || endpoint.services.size() != 1 || endpoint.services[0] != *service) {
      continue;
    }
    there.endpoint = static_cast<classify::EndpointId>(i);
    explanation.endpoints.push_back(ExplainEndpoint(catalogue, there, service, instrument, day));
  }
  return explanation;
}

}  // namespace unopened::gateway
