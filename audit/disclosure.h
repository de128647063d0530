// Disclosure: what an instrument obtains: capability (what a party holds) times reach (what the
// instrument covers). Practice, what was documented elsewhere, is looked up beside it and is no
// factor of it.
//
//   reach          could        conditional  could_not  undetermined  unknown  not_applicable
//   in_scope       could        conditional  could_not  undetermined  unknown  not_applicable
//   conditional    conditional  conditional  could_not  undetermined  unknown  not_applicable
//   unknown        unknown      unknown      could_not  unknown       unknown  not_applicable
//   out_of_scope   not_authorised, whatever the capability
//
// So the word could_not always speaks of what a party holds, never of what the law denies: where
// the instrument does not reach, the answer says so and nothing about the party. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "audit/assessment.h"
#include "audit/catalogue.h"
#include "base/clock.h"

namespace unopened::audit {

Answer Disclose(Answer capability, Reach reach);

enum class ReachReason : std::uint8_t {
  kByRow,           // the instrument's own row for the category
  kNotInForce,      // the day lies before in_force_from or after in_force_until
  kForceUnknown,    // no date from which it is in force is known
  kNotBinding,      // another jurisdiction's instrument
  kBindingUnknown,  // the party's jurisdiction is not known
};
inline constexpr std::array<std::string_view, 5> kReachReasonNames = {
    "by_row", "not_in_force", "force_unknown", "not_binding", "binding_unknown"};
constexpr std::string_view Name(ReachReason v) {
  return kReachReasonNames[static_cast<std::size_t>(v)];
}

struct Disclosed {
  Answer answer = Answer::kUnknown;
  Answer capability = Answer::kUnknown;
  Reach reach = Reach::kUnknown;
  ReachReason reason = ReachReason::kByRow;
  Verified reach_verified = Verified::kNo;
};

// Whether `instrument` binds a party under `jurisdiction` by itself, without another state's help:
// kInScope where the two share a code ("US; IE for European Region" holds US and IE) or the
// instrument's is "any" without a code, kUnknown where either has none or may be any, else
// kOutOfScope. So "UK; any operator elsewhere" binds in the UK, and elsewhere nobody knows.
Reach Binding(const Instrument& instrument, std::string_view jurisdiction);

// One row a category, for the party under `jurisdiction` on `day`.
std::array<Disclosed, kCategoryCount> DiscloseAll(const std::array<Finding, kCategoryCount>& party,
                                                  const Instrument& instrument,
                                                  std::string_view jurisdiction, base::Day day);

// What is documented of `service` under `instrument` (indices into `catalogue`) for `category`, by
// a source of `day` or before; of several the latest begun, null where there is none. Points into
// `catalogue`.
const Practice* FindPractice(const Catalogue& catalogue, std::uint16_t service,
                             std::uint16_t instrument, Category category, base::Day day);

// Whether the provider could have scanned what its users wrote (to report it to NCMEC, 18 USC
// 2258A): what it could read on the way or in store it could have scanned, and nothing else. What
// the software on a device could do before it encrypts is no part of this.
struct Scanning {
  Answer answer = Answer::kUnknown;
  Category decided_by = Category::kLiveContent;  // whose finding says so; live_content where both
  Finding because;                               // that finding
};
Scanning CouldHaveScanned(const std::array<Finding, kCategoryCount>& provider);

}  // namespace unopened::audit
