// Demand: what an authority demanded, as counts. The schema is closed and holds no person: no field
// takes free text, an address, a number of a line, a name.
//
// A row may stand for one demand or for the many of a published report. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/catalogue.h"
#include "audit/demands/amount.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

// Who demanded.
enum class Authority : std::uint8_t { kFederal, kState, kLocal, kForeign, kOther, kUnknown };
inline constexpr std::array<std::string_view, 6> kAuthorityNames = {"federal", "state", "local",
                                                                    "foreign", "other", "unknown"};

// Where a row is from: the operator's own desk, a report that somebody published, or the press.
enum class DemandBasis : std::uint8_t { kOwn, kPublished, kAsReportedUnconfirmed };
inline constexpr std::array<std::string_view, 3> kDemandBasisNames = {"own", "published",
                                                                      "as_reported_unconfirmed"};

// What came of a category that was demanded: produced, or why not.
enum class DemandOutcome : std::uint8_t {
  kProduced,
  kEncrypted,  // not produced: it could not be decrypted
  kNotHeld,
  kRejected,
  kOutOfScope,
};
inline constexpr std::size_t kDemandOutcomeCount = 5;
inline constexpr std::array<std::string_view, kDemandOutcomeCount> kDemandOutcomeNames = {
    "produced", "encrypted", "not_held", "rejected", "out_of_scope"};

constexpr std::string_view Name(Authority v) {
  return kAuthorityNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(DemandBasis v) {
  return kDemandBasisNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(DemandOutcome v) {
  return kDemandOutcomeNames[static_cast<std::size_t>(v)];
}

using Outcomes = std::array<Amount, kDemandOutcomeCount>;  // by DemandOutcome

struct Demand {
  std::string id;      // 16 hexadecimal digits, drawn; so that a row is not entered twice
  base::Day from = 0;  // of the period, both inclusive; one day for one demand
  base::Day until = 0;
  std::string instrument;    // id
  std::string jurisdiction;  // "US", "EU"
  Authority authority = Authority::kUnknown;
  std::string subject;  // a service's id, or "network"
  DemandBasis basis = DemandBasis::kOwn;
  std::vector<std::string> sources;  // of a row that is not one's own: URLs
  Amount demands;
  Amount accounts;
  Amount encryption_met;
  std::map<Category, Outcomes> categories;  // those that were demanded
};

// An instrument whose counts the law lets be told in bands only.
struct BandedInstrument {
  std::string id;
  std::string title;
  std::string jurisdiction;
  std::vector<std::uint32_t> widths;  // of the bands that are allowed
  std::string source;
};

// What a demand may name.
struct DemandTerms {
  std::map<std::string, std::string> instruments;  // id -> jurisdiction
  std::vector<std::string> subjects;               // service ids; "network" besides
  std::vector<BandedInstrument> banded;
};

// kUsage with the field that is wrong and why: an instrument or subject that nobody knows, a period
// that ends before it begins, an exact number where only bands may be told, outcomes above the
// demands they are of, a source on a row of one's own or none on another's.
base::Result<base::Done> CheckDemand(const Demand& demand, const DemandTerms& terms);

// Why a word that no field takes must not be entered at all: it looks like a mail or network
// address, a number of a line, a handle, or free text. Nothing where it does not.
std::optional<std::string_view> LooksLikeATarget(std::string_view word);

bool IsSourceUrl(std::string_view text);
bool IsDemandId(std::string_view text);

}  // namespace unopened::audit
