#include "exporters/report/what_if.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/enum_names.h"
#include "exporters/report/build_parts.h"

namespace unopened::exporters::report {
namespace {

using audit::Counts;
using audit::Policy;
using base::Day;
using base::Fail;
using base::Failure;

constexpr Day kAlways = -700'000;  // before any fact

tl::unexpected<base::Error> Malformed(std::string what, std::string_view text) {
  return Fail(Failure::kUsage, std::move(what), std::string(text),
              "for example whatsapp:messages=in_transit_only, or ...=e2ee_always@2019-11-01");
}

// Ends before `from`; what began at or after it answers no day.
void EndBefore(audit::Provenance& provenance, Day from) {
  const Day last = from - 1;
  provenance.until = std::min(provenance.until.value_or(last), last);
  // A fact with an end answers from its beginning; one that only has a source's date begins there.
  if (!provenance.from) provenance.from = provenance.source_date;
}

template <class Facts>
void Cut(Facts& facts, Day from) {
  for (auto& fact : facts) EndBefore(fact.provenance, from);
  std::erase_if(facts, [](const auto& fact) {
    return !fact.provenance.from || *fact.provenance.from > *fact.provenance.until;
  });
}

// Which of the quantities that an assumption moves.
struct Sides {
  std::array<std::array<Counts, audit::kVerdictCount>, 2> headline{};
  std::array<std::array<Counts, audit::kAnswerNames.size()>, 2> live{};
  std::array<std::array<Counts, audit::kAnswerNames.size()>, 2> scanning{};
  Counts whole;
  void Add(std::size_t side, const Answers& answers, const Counts& counts) {
    constexpr auto kLive = static_cast<std::size_t>(audit::Category::kLiveContent);
    headline[side][static_cast<std::size_t>(answers.verdict)] += counts;
    live[side][static_cast<std::size_t>(answers.party[0].answers[kLive])] += counts;
    scanning[side][static_cast<std::size_t>(answers.scanning)] += counts;
  }
};

bool Touches(const audit::Catalogue& catalogue, classify::EndpointId id,
             const std::vector<Assumption>& assumptions) {
  for (const audit::ScopeRef& ref : catalogue.endpoint(id).scopes) {
    for (const Assumption& assumption : assumptions) {
      if (catalogue.services[ref.service].id == assumption.service) return true;
    }
  }
  return false;
}

}  // namespace

std::string Assumption::Text() const {
  return service + ":" + scope + "=" + std::string(Name(policy)) +
         (from ? "@" + base::FormatDay(*from) : std::string());
}

base::Result<Assumption> ParseAssumption(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.substr(0, equals).find(':');
  if (equals == std::string_view::npos || colon == std::string_view::npos || colon == 0 ||
      colon + 1 == equals) {
    return Malformed("no assumption", text);
  }
  Assumption assumption;
  assumption.service = text.substr(0, colon);
  assumption.scope = text.substr(colon + 1, equals - colon - 1);
  std::string_view policy = text.substr(equals + 1);
  if (const std::size_t at = policy.find('@'); at != std::string_view::npos) {
    Day day = 0;
    if (!base::ParseDay(policy.substr(at + 1), day)) {
      return Malformed("an assumption begins on no day", text);
    }
    assumption.from = day;
    policy = policy.substr(0, at);
  }
  const auto known = base::FromName<Policy>(audit::kPolicyNames, policy);
  if (!known) {
    std::string all;
    for (const std::string_view name : audit::kPolicyNames) {
      all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return Fail(Failure::kUsage, "no such policy", std::string(policy), all);
  }
  assumption.policy = *known;
  return assumption;
}

base::Result<std::unique_ptr<audit::Catalogue>> Assumed(
    const audit::Catalogue& catalogue, const std::vector<Assumption>& assumptions) {
  auto assumed = std::make_unique<audit::Catalogue>(catalogue);
  for (const Assumption& assumption : assumptions) {
    const auto service =
        std::find_if(assumed->services.begin(), assumed->services.end(),
                     [&](const audit::Service& one) { return one.id == assumption.service; });
    if (service == assumed->services.end()) {
      return Fail(Failure::kUsage, "the log's catalogue has no such service", assumption.service,
                  "see: unopened explain --list");
    }
    const auto scope =
        std::find_if(service->scopes.begin(), service->scopes.end(),
                     [&](const audit::Scope& one) { return one.id == assumption.scope; });
    if (scope == service->scopes.end()) {
      std::string all;
      for (const audit::Scope& one : service->scopes) all += (all.empty() ? "" : ", ") + one.id;
      return Fail(Failure::kUsage, "the service has no such scope",
                  assumption.service + ":" + assumption.scope, "it has " + all);
    }
    const Day from = assumption.from.value_or(kAlways);
    Cut(scope->intervals, from);
    audit::PolicyInterval interval;
    interval.policy = assumption.policy;
    interval.provenance.source = "assumed, not measured";
    interval.provenance.from = from;
    interval.provenance.verified = audit::Verified::kYes;
    scope->intervals.push_back(std::move(interval));
    for (audit::Capability& capability : service->capabilities) {
      if (capability.category == audit::Category::kLiveContent) {
        EndBefore(capability.provenance, from);
      }
    }
    std::erase_if(service->capabilities, [](const audit::Capability& capability) {
      return capability.category == audit::Category::kLiveContent &&
             (!capability.provenance.from ||
              *capability.provenance.from > *capability.provenance.until);
    });
  }
  return assumed;
}

base::Result<base::Done> AddWhatIf(const Collected& collected,
                                   const std::vector<Assumption>& assumptions, Report& report) {
  Table assumed_table{"assumptions",
                      "What is assumed",
                      "HYPOTHETICAL, not measured, never logged as fact.",
                      {{"assumption", Role::kKey, "Assumption"},
                       {"service_id", Role::kText, "Service"},
                       {"scope", Role::kText, "Scope"},
                       {"policy", Role::kText, "Policy assumed"},
                       {"from", Role::kText, "From"}},
                      {}};
  Table table{
      "what_if",
      "What if",
      "HYPOTHETICAL: the same conversations answered again under the assumptions. Counts do "
      "not move, only answers do; stored content stays as it is cited.",
      {{"quantity", Role::kKey, "Quantity"},
       {"answer", Role::kKey, "Answer"},
       {"conversations_recorded", Role::kMeasured, "As recorded"},
       {"conversations_assumed", Role::kMeasured, "As assumed"},
       {"conversations_of", Role::kMeasured, "of"},
       {"recorded_share", Role::kShare, "Share recorded", "conversations_recorded",
        "conversations_of"},
       {"assumed_share", Role::kShare, "Share assumed", "conversations_assumed",
        "conversations_of"},
       {"bytes_recorded", Role::kVolume, "Bytes recorded"},
       {"bytes_assumed", Role::kVolume, "Bytes assumed"},
       {"bytes_of", Role::kVolume, "of bytes"},
       {"of", Role::kText, "Denominator"}},
      {}};
  if (!assumptions.empty()) {
    std::vector<std::unique_ptr<audit::Catalogue>> catalogues(collected.catalogues.size());
    std::set<std::size_t> used;
    for (const auto& [key, totals] : collected.days) {
      if (key.first != report.source || !report.period.Holds(key.second)) continue;
      for (const auto& [index, counts] : totals.counts) {
        if (!collected.statements[index].other) used.insert(collected.statements[index].catalogue);
      }
    }
    for (const std::size_t i : used) {
      auto assumed = Assumed(*collected.catalogues[i], assumptions);
      if (!assumed) return Fail(assumed.error());
      catalogues[i] = std::move(*assumed);
    }
    Sides sides;
    for (const auto& [key, totals] : collected.days) {
      const Day day = key.second;
      if (key.first != report.source || !report.period.Holds(day)) continue;
      for (const auto& [index, counts] : totals.counts) {
        const Statement& statement = collected.statements[index];
        if (ClassOf(statement) != Class::kBothSides) continue;
        sides.whole += counts;
        sides.Add(0, statement.answers, counts);
        const audit::Catalogue& catalogue = *catalogues[statement.catalogue];
        if (!Touches(catalogue, statement.facts.endpoint, assumptions)) {
          sides.Add(1, statement.answers, counts);
          continue;
        }
        sides.Add(1, AnswersOf(audit::Assess(audit::Shape{statement.facts}, catalogue, day), true),
                  counts);
      }
    }
    const std::string of = "totals/" + std::string(kTotal) + "/both_sides";
    const auto rows = [&](std::string_view quantity, const auto& sums, const auto& names) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        table.rows.push_back({quantity, names[i], sums[0][i].conversations,
                              sums[1][i].conversations, sides.whole.conversations, Value(), Value(),
                              sums[0][i].bytes, sums[1][i].bytes, sides.whole.bytes, of});
      }
    };
    rows("headline", sides.headline, audit::kVerdictNames);
    rows("live_content", sides.live, audit::kAnswerNames);
    rows("scanning", sides.scanning, audit::kAnswerNames);
    for (const Assumption& assumption : assumptions) {
      assumed_table.rows.push_back(
          {assumption.Text(), assumption.service, assumption.scope, Name(assumption.policy),
           assumption.from ? base::FormatDay(*assumption.from) : std::string("always")});
    }
    report.notes.push_back(
        {"hypothetical",
         "HYPOTHETICAL: this page also answers the period under assumptions that were not "
         "measured. "
         "They stand in the section What if alone, and are never logged as fact."});
  }
  report.tables.push_back(std::move(assumed_table));
  report.tables.push_back(std::move(table));
  return base::Done{};
}

}  // namespace unopened::exporters::report
