#include "audit/demands/demand.h"

#include <algorithm>

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::size_t kMaxSources = 4;
constexpr std::size_t kMaxSourceBytes = 300;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

tl::unexpected<base::Error> Wrong(std::string what, std::string where, std::string todo = {}) {
  return Fail(Failure::kUsage, std::move(what), std::move(where), std::move(todo));
}

std::string WidthsOf(const BandedInstrument& banded) {
  std::string text;
  for (const std::uint32_t width : banded.widths) {
    text += (text.empty() ? "0-" : " or 0-") + std::to_string(width - 1);
  }
  return text;
}

// Every amount of a demand with the field it stands in.
std::vector<std::pair<std::string, const Amount*>> AmountsOf(const Demand& demand) {
  std::vector<std::pair<std::string, const Amount*>> all = {
      {"demands", &demand.demands},
      {"accounts", &demand.accounts},
      {"encryption_met", &demand.encryption_met}};
  for (const auto& [category, outcomes] : demand.categories) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      all.emplace_back(std::string(Name(category)) + "." + std::string(kDemandOutcomeNames[i]),
                       &outcomes[i]);
    }
  }
  return all;
}

Result<Done> CheckBands(const Demand& demand, const BandedInstrument& banded) {
  for (const auto& [field, amount] : AmountsOf(demand)) {
    if (amount->is_unknown()) continue;
    const bool allowed = std::find(banded.widths.begin(), banded.widths.end(), amount->width()) !=
                         banded.widths.end();
    if (amount->is_band() && allowed) continue;
    return Wrong("counts of this instrument may be told in bands only",
                 field + " " + amount->Text(),
                 "a band as " + WidthsOf(banded) + "; none at all is the lowest band, never 0");
  }
  return Done{};
}

Result<Done> CheckSums(const Demand& demand) {
  if (demand.demands.is_unknown()) return Done{};
  const std::uint64_t most = demand.demands.low() + demand.demands.width() - 1;
  const auto above = [most](const Amount& amount) {
    return !amount.is_unknown() && amount.low() > most;
  };
  if (above(demand.encryption_met)) {
    return Wrong("more met encryption than were made", "encryption_met");
  }
  for (const auto& [category, outcomes] : demand.categories) {
    std::uint64_t sum = 0;
    for (const Amount& amount : outcomes) sum += amount.low();
    if (sum > most) {
      return Wrong("the outcomes are more than the demands", std::string(Name(category)));
    }
  }
  return Done{};
}

}  // namespace

bool IsDemandId(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), IsHexDigit);
}

bool IsSourceUrl(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?=&%+";
  return text.size() <= kMaxSourceBytes &&
         (text.starts_with("https://") || text.starts_with("http://")) &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::optional<std::string_view> LooksLikeATarget(std::string_view word) {
  const auto digits = std::count_if(word.begin(), word.end(), IsDigit);
  if (word.find('@') != std::string_view::npos) {
    return word.front() == '@' ? "a handle" : "a mail address";
  }
  if (std::count(word.begin(), word.end(), '.') == 3 && digits >= 4 &&
      word.find_first_not_of("0123456789./") == std::string_view::npos) {
    return "a network address";
  }
  if (std::count(word.begin(), word.end(), ':') >= 2) return "a network address";
  if (digits >= 7 && word.find_first_not_of("0123456789+-() ./") == std::string_view::npos &&
      word.find_first_not_of("0123456789-") != 10) {
    return "a number of a line or an account";
  }
  if (std::count(word.begin(), word.end(), ' ') != 0) return "free text";
  return std::nullopt;
}

Result<Done> CheckDemand(const Demand& demand, const DemandTerms& terms) {
  if (!IsDemandId(demand.id)) return Wrong("not a demand's id", "id");
  if (demand.from > demand.until) {
    return Wrong("the period ends before it begins", base::FormatDay(demand.until));
  }
  const auto banded =
      std::find_if(terms.banded.begin(), terms.banded.end(),
                   [&](const BandedInstrument& b) { return b.id == demand.instrument; });
  const auto known = terms.instruments.find(demand.instrument);
  if (banded == terms.banded.end() && known == terms.instruments.end()) {
    return Wrong("no such instrument", demand.instrument, "see: unopened explain --list");
  }
  const std::string& jurisdiction =
      banded != terms.banded.end() ? banded->jurisdiction : known->second;
  if (demand.jurisdiction != jurisdiction) {
    return Wrong("the instrument is of jurisdiction " + jurisdiction, demand.jurisdiction);
  }
  if (demand.subject != "network" && std::find(terms.subjects.begin(), terms.subjects.end(),
                                               demand.subject) == terms.subjects.end()) {
    return Wrong("no such service", demand.subject, "a service's id, or network");
  }
  if (demand.categories.empty()) return Wrong("no category was demanded", "categories");
  if (demand.basis == DemandBasis::kOwn ? !demand.sources.empty() : demand.sources.empty()) {
    return Wrong(demand.basis == DemandBasis::kOwn ? "a row of one's own has no source"
                                                   : "a row of others needs its source",
                 "sources");
  }
  if (demand.sources.size() > kMaxSources ||
      !std::all_of(demand.sources.begin(), demand.sources.end(),
                   [](const std::string& source) { return IsSourceUrl(source); })) {
    return Wrong("not a list of up to 4 URLs", "sources");
  }
  if (banded != terms.banded.end()) {
    if (auto checked = CheckBands(demand, *banded); !checked) return checked;
  }
  return CheckSums(demand);
}

}  // namespace unopened::audit
