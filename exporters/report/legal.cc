// Legal demands, in the columns that wiretap reports and corporate reports use. Entered by hand,
// never measured, never noised, never suppressed; those of national-security instruments in bands
// alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "exporters/report/build_parts.h"
#include "exporters/report/range.h"
#include "exporters/report/words.h"

namespace unopened::exporters::report {
namespace {

using audit::Amount;
using audit::Category;
using audit::Demand;
using audit::DemandOutcome;
using audit::Outcomes;

bool IsContent(Category category) {
  return category == Category::kStoredContent || category == Category::kLiveContent ||
         category == Category::kBackups || category == Category::kRecordedCiphertext;
}

bool HasBand(const Demand& demand) {
  bool band =
      demand.demands.is_band() || demand.accounts.is_band() || demand.encryption_met.is_band();
  for (const auto& [category, outcomes] : demand.categories) {
    for (const Amount& amount : outcomes) band = band || amount.is_band();
  }
  return band;
}

// How many of a row's demands for one category had `outcome`. A demand has one outcome at most
// (audit::CheckDemand), so one that was not entered is bounded by what the others leave.
Range Of(const Demand& demand, const Outcomes& outcomes, DemandOutcome outcome) {
  const Amount& amount = outcomes[static_cast<std::size_t>(outcome)];
  if (amount.is_exact() || !demand.demands.is_exact()) return Range::Of(amount);
  std::uint64_t rest = demand.demands.low();
  for (const Amount& other : outcomes) rest -= std::min(rest, other.low());
  return {0, rest};
}

// How many of a row's demands had `outcome` in at least one of the categories that `counts` takes:
// of several demands only bounds are known, since the row counts by category.
template <class Counts>
Range AnyOf(const Demand& demand, DemandOutcome outcome, Counts counts) {
  std::uint64_t most = 0;
  std::optional<std::uint64_t> sum = 0;
  bool asked = false;
  for (const auto& [category, outcomes] : demand.categories) {
    if (!counts(category)) continue;
    asked = true;
    const Range had = Of(demand, outcomes, outcome);
    most = std::max(most, had.low);
    sum = sum && had.high ? std::optional(*sum + *had.high) : std::nullopt;
  }
  if (!asked) return Range::Exactly(0);
  Range range{most, sum};
  if (demand.demands.is_exact()) {
    range.high = std::min(range.high.value_or(demand.demands.low()), demand.demands.low());
  }
  // A wrong row must not become a range that ends before it begins.
  if (range.high && *range.high < range.low) range.low = *range.high;
  return range;
}

Range Minus(const Range& whole, const Range& part) {
  Range rest;
  rest.low = part.high && whole.low > *part.high ? whole.low - *part.high : 0;
  rest.high = whole.high ? std::optional(*whole.high > part.low ? *whole.high - part.low : 0)
                         : std::nullopt;
  return rest;
}

struct Sums {
  std::uint64_t rows = 0;
  Range demands, accounts, encryption_met, not_produced;
  Range some_data, content, non_content_only, no_data, rejected;
};

struct Group {
  std::string period;
  std::string instrument;
  std::string jurisdiction;
  std::string subject;
  std::string basis;
  friend auto operator<=>(const Group&, const Group&) = default;
};

Row KeyRow(const Group& group, const Sums& sums) {
  return {group.period,  group.instrument, group.jurisdiction,
          group.subject, group.basis,      sums.rows};
}

std::vector<Column> KeyColumns() {
  return {{"period", Role::kKey, "Period"},        {"legal_process", Role::kKey, "Instrument"},
          {"country", Role::kKey, "Jurisdiction"}, {"subject", Role::kKey, "Subject"},
          {"basis", Role::kKey, "Basis"},          {"rows", Role::kNumber, "Rows entered"}};
}

void Append(std::vector<Column>& columns, std::vector<Column> more) {
  columns.insert(columns.end(), more.begin(), more.end());
}

}  // namespace

void AddLegal(const Collected& collected, Report& report) {
  std::map<Group, Sums> groups;
  std::map<std::tuple<std::string, std::string, std::string, Category>,
           std::array<Range, audit::kDemandOutcomeCount>>
      by_category;
  Table bands{"legal_bands",
              "Demands that the law lets be told in bands only",
              "One row as it was entered; bands are added to nothing, and none at all is the "
              "lowest band.",
              {{"period_start", Role::kKey, "From"},
               {"period_end", Role::kKey, "To"},
               {"legal_process", Role::kKey, "Instrument"},
               {"country", Role::kKey, "Jurisdiction"},
               {"subject", Role::kKey, "Subject"},
               {"basis", Role::kKey, "Basis"},
               {"row", Role::kKey, "Row"},
               {"requests_received", Role::kLegal, "Requests"},
               {"accounts_specified", Role::kLegal, "Accounts"}},
              {}};
  Table sources{"legal_sources",
                "Rows of demands",
                "Where each row of legal demands is from, and in which entry of the log it stands.",
                {{"row", Role::kKey, "Row"},
                 {"entry", Role::kNumber, "Entry"},
                 {"period_start", Role::kText, "From"},
                 {"period_end", Role::kText, "To"},
                 {"requesting_authority_type", Role::kText, "Authority"},
                 {"legal_process", Role::kText, "Instrument"},
                 {"basis", Role::kText, "Basis"},
                 {"counted", Role::kText, "Counted"},
                 {"sources", Role::kText, "Sources"}},
                {}};
  for (const LoggedDemand& logged : collected.demands) {
    const Demand& demand = logged.demand;
    const Period own{demand.from, demand.until};
    if (!report.period.Meets(own)) continue;
    const bool inside = report.period.Holds(own);
    std::string urls;
    for (const std::string& source : demand.sources) urls += (urls.empty() ? "" : " ; ") + source;
    sources.rows.push_back({demand.id, logged.entry, base::FormatDay(own.from),
                            base::FormatDay(own.until), Name(demand.authority), demand.instrument,
                            Name(demand.basis), inside ? "yes" : "no: reaches beyond the period",
                            urls.empty() ? std::string("the operator's own desk") : urls});
    if (!inside) continue;
    if (HasBand(demand)) {
      bands.rows.push_back({base::FormatDay(own.from), base::FormatDay(own.until),
                            demand.instrument, demand.jurisdiction, demand.subject,
                            Name(demand.basis), demand.id, demand.demands.Text(),
                            demand.accounts.Text()});
      continue;
    }
    std::vector<std::string> labels{std::string(kTotal)};
    for (const Bucket& bucket : report.buckets) {
      if (bucket.period.Holds(own)) labels.push_back(bucket.label);
    }
    const auto any = [](Category) { return true; };
    const auto content = [](Category category) { return IsContent(category); };
    const Range demands = Range::Of(demand.demands);
    const Range some = AnyOf(demand, DemandOutcome::kProduced, any);
    const Range with_content = AnyOf(demand, DemandOutcome::kProduced, content);
    for (const std::string& label : labels) {
      Sums& sums = groups[{label, demand.instrument, demand.jurisdiction, demand.subject,
                           std::string(Name(demand.basis))}];
      ++sums.rows;
      sums.demands += demands;
      sums.accounts += Range::Of(demand.accounts);
      sums.encryption_met += Range::Of(demand.encryption_met);
      sums.not_produced += AnyOf(demand, DemandOutcome::kEncrypted, content);
      sums.some_data += some;
      sums.content += with_content;
      sums.non_content_only += Minus(some, with_content);
      sums.no_data += Minus(demands, some);
      sums.rejected += AnyOf(demand, DemandOutcome::kRejected, any);
    }
    for (const auto& [category, outcomes] : demand.categories) {
      auto& row = by_category[{demand.instrument, demand.jurisdiction,
                               std::string(Name(demand.basis)), category}];
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        row[i] += Of(demand, outcomes, static_cast<DemandOutcome>(i));
      }
    }
  }
  Table wiretap{
      "legal_wiretap",
      "Legal demands, in the columns of the wiretap report",
      "Demands, those that met encryption, and those whose content was not produced since "
      "it could not be decrypted. Encounters, not prevalence.",
      KeyColumns(),
      {}};
  Append(wiretap.columns, {{"demands", Role::kLegal, "Demands"},
                           {"encryption_encountered", Role::kLegal, "Met encryption"},
                           {"content_not_produced", Role::kLegal, "Content not produced"}});
  Table requests{"legal_requests",
                 "Legal demands, in the columns of corporate reports",
                 "Table A: requests, accounts, and what was produced. A range where the rows that "
                 "were entered allow no exact number.",
                 KeyColumns(),
                 {}};
  Append(requests.columns, {{"requests_received", Role::kLegal, "Requests"},
                            {"accounts_specified", Role::kLegal, "Accounts"},
                            {"requests_some_data", Role::kLegal, "Some data"},
                            {"requests_content_disclosed", Role::kLegal, "Content"},
                            {"requests_non_content_only", Role::kLegal, "Non-content only"},
                            {"requests_no_data", Role::kLegal, "No data"},
                            {"requests_rejected", Role::kLegal, "Rejected"},
                            {"percent_some_data", Role::kLegal, "Some data, %"}});
  for (const auto& [group, sums] : groups) {
    Row row = KeyRow(group, sums);
    for (const Range& range : {sums.demands, sums.encryption_met, sums.not_produced}) {
      row.emplace_back(range.Text());
    }
    wiretap.rows.push_back(std::move(row));
    row = KeyRow(group, sums);
    for (const Range& range : {sums.demands, sums.accounts, sums.some_data, sums.content,
                               sums.non_content_only, sums.no_data, sums.rejected}) {
      row.emplace_back(range.Text());
    }
    const bool exact = sums.demands.high == sums.demands.low &&
                       sums.some_data.high == sums.some_data.low && sums.demands.low != 0;
    row.emplace_back(exact ? fmt::format("{:.1f}", 100.0 * static_cast<double>(sums.some_data.low) /
                                                       static_cast<double>(sums.demands.low))
                           : std::string("unknown"));
    requests.rows.push_back(std::move(row));
  }
  Table categories{"legal_categories",
                   "Legal demands by category",
                   "Of what was demanded, what came of it. One demand may be in several rows.",
                   {{"legal_process", Role::kKey, "Instrument"},
                    {"country", Role::kKey, "Jurisdiction"},
                    {"basis", Role::kKey, "Basis"},
                    {"data_category_requested", Role::kKey, "Category"}},
                   {}};
  for (const std::string_view outcome : audit::kDemandOutcomeNames) {
    categories.columns.push_back(
        {std::string(outcome), Role::kLegal, Capitalised(Spaced(outcome))});
  }
  for (const auto& [key, outcomes] : by_category) {
    const auto& [instrument, country, basis, category] = key;
    Row row{instrument, country, basis, Name(category)};
    for (const Range& range : outcomes) row.emplace_back(range.Text());
    categories.rows.push_back(std::move(row));
  }
  for (Table* table : {&wiretap, &requests, &categories, &bands, &sources}) {
    report.tables.push_back(std::move(*table));
  }
}

}  // namespace unopened::exporters::report
