#include "audit/disclosure.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace unopened::audit {
namespace {

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0) continue;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return words;
}

bool IsCode(std::string_view word) {
  if (word.size() < 2 || word.size() > 4) return false;
  for (const char c : word) {
    if (std::isupper(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

}  // namespace

Answer Disclose(Answer capability, Reach reach) {
  if (reach == Reach::kOutOfScope || capability == Answer::kNotAuthorised) {
    return Answer::kNotAuthorised;
  }
  if (capability == Answer::kCouldNot || capability == Answer::kNotApplicable) return capability;
  if (reach == Reach::kUnknown) return Answer::kUnknown;
  if (reach == Reach::kConditional && capability == Answer::kCould) return Answer::kConditional;
  return capability;
}

Reach Binding(const Instrument& instrument, std::string_view jurisdiction) {
  const std::vector<std::string_view> own = WordsOf(instrument.jurisdiction);
  bool party_known = false;
  const bool own_known = std::ranges::any_of(own, IsCode);
  bool any = std::ranges::find(own, "any") != own.end();
  if (any && !own_known) return Reach::kInScope;
  for (const std::string_view of_party : WordsOf(jurisdiction)) {
    any = any || of_party == "any";
    if (!IsCode(of_party)) continue;
    party_known = true;
    if (std::ranges::find(own, of_party) != own.end()) return Reach::kInScope;
  }
  return party_known && own_known && !any ? Reach::kOutOfScope : Reach::kUnknown;
}

std::array<Disclosed, kCategoryCount> DiscloseAll(const std::array<Finding, kCategoryCount>& party,
                                                  const Instrument& instrument,
                                                  std::string_view jurisdiction, base::Day day) {
  const Reach binding = Binding(instrument, jurisdiction);
  std::array<Disclosed, kCategoryCount> all;
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    Disclosed& one = all[i];
    const Instrument::Row& row = instrument.rows[i];
    one.capability = party[i].answer;
    one.reach = row.reach;
    one.reach_verified = row.verified;
    if ((instrument.in_force_from && *instrument.in_force_from > day) ||
        (instrument.in_force_until && *instrument.in_force_until < day)) {
      one.reach = Reach::kOutOfScope;
      one.reason = ReachReason::kNotInForce;
    } else if (binding == Reach::kOutOfScope) {
      one.reach = Reach::kOutOfScope;
      one.reason = ReachReason::kNotBinding;
    } else if (row.reach != Reach::kOutOfScope && !instrument.in_force_from) {
      one.reach = Reach::kUnknown;
      one.reason = ReachReason::kForceUnknown;
    } else if (row.reach != Reach::kOutOfScope && binding == Reach::kUnknown) {
      one.reach = Reach::kUnknown;
      one.reason = ReachReason::kBindingUnknown;
    }
    one.answer = Disclose(one.capability, one.reach);
  }
  return all;
}

const Practice* FindPractice(const Catalogue& catalogue, std::uint16_t service,
                             std::uint16_t instrument, Category category, base::Day day) {
  const Practice* found = nullptr;
  std::optional<base::Day> best;
  for (const Practice& practice : catalogue.practices) {
    if (practice.service != service || practice.instrument != instrument) continue;
    if (practice.category != category || !Answers(practice.provenance, day)) continue;
    const auto& of = practice.provenance;
    const std::optional<base::Day> start = of.from ? of.from : of.source_date;
    if (found != nullptr && start <= best) continue;
    found = &practice;
    best = start;
  }
  return found;
}

Scanning CouldHaveScanned(const std::array<Finding, kCategoryCount>& provider) {
  // One way in is enough, so the answer that says most of a way in stands; both must be shut for
  // could_not.
  constexpr std::array<Answer, 7> kStrongestFirst = {
      Answer::kCould,         Answer::kConditional, Answer::kUndetermined, Answer::kUnknown,
      Answer::kNotAuthorised, Answer::kCouldNot,    Answer::kNotApplicable};
  for (const Answer answer : kStrongestFirst) {
    for (const Category category : {Category::kLiveContent, Category::kStoredContent}) {
      const Finding& finding = provider[static_cast<std::size_t>(category)];
      if (finding.answer == answer) return {answer, category, finding};
    }
  }
  return {};
}

}  // namespace unopened::audit
