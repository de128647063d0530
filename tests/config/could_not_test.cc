// Every "could not" that the shipped catalogue can give, in words: a change of one is a change of
// what is said of somebody, and must be read by a person.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/config/shipped.h"
#include "tests/support/golden.h"

namespace unopened::config {
namespace {

using audit::Answer;
using audit::Category;

const std::vector<std::string>& Days() {
  static const std::vector<std::string> days = {"2015-06-01", "2019-11-18", "2022-06-01",
                                                "2024-06-01", "2026-11-23"};
  return days;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Under which instruments the finding stays could_not: those that reach the category and bind the
// provider, and those of which that is not known.
std::vector<std::string> Under(const audit::Assessment& assessed, const audit::Service& service,
                               Category category, base::Day day) {
  std::vector<std::string> ids;
  for (const audit::Instrument& instrument : Catalogue().instruments) {
    const auto disclosed = audit::DiscloseAll(assessed.provider, instrument, service.jurisdiction,
                                              day)[static_cast<std::size_t>(category)];
    if (disclosed.answer == Answer::kCouldNot) ids.push_back(instrument.id);
  }
  return ids;
}

struct Statement {
  std::vector<std::string> days;
  std::vector<std::string> under;
};

// One could_not of one category: the days on which it is said, its words, under what.
class Statements {
 public:
  void Add(const audit::Assessment& assessed, const audit::Service& service, Category category,
           const std::string& day) {
    const audit::Finding& finding = assessed.provider_for(category);
    if (finding.answer != Answer::kCouldNot) return;
    std::string words = audit::Describe(finding);
    if (!finding.condition.empty() && words.find(finding.condition) == std::string::npos) {
      words += "\n    as the source has it: " + finding.condition;
    }
    for (const audit::Provenance& source : finding.sources) {
      if (!source.note.empty()) words += "\n    note: " + source.note;
    }
    const auto under = Under(assessed, service, category, DayAt(day));
    auto& statements = of_[words];
    if (statements.empty() || statements.back().under != under) statements.push_back({{}, under});
    statements.back().days.push_back(day);
  }

  std::string Text(const std::string& title) const {
    std::string text;
    for (const auto& [words, statements] : of_) {
      text += "  " + title + ": " + words + "\n";
      for (const Statement& statement : statements) {
        text +=
            "    on " + Joined(statement.days) + ": under " +
            (statement.under.empty() ? "no instrument that reaches it" : Joined(statement.under)) +
            "\n";
      }
    }
    return text;
  }

 private:
  std::map<std::string, std::vector<Statement>> of_;
};

// Live content, of each scope alone.
std::string OfScopes(const audit::Service& service) {
  std::string text;
  for (const audit::Scope& scope : service.scopes) {
    Statements statements;
    for (const std::string& day : Days()) {
      statements.Add(AssessScope(service.id, scope.id, day), service, Category::kLiveContent, day);
    }
    text += statements.Text("live_content of " + scope.id + " (\"" + scope.title + "\")");
  }
  return text;
}

// The other categories, which do not depend on the scope.
std::string OfCategories(const audit::Service& service) {
  std::string text;
  if (service.scopes.empty()) return text;
  for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
    const auto category = static_cast<Category>(i);
    // The recording's answer is the handshake's, and live content is told by scope.
    if (category == Category::kRecordedCiphertext || category == Category::kLiveContent) continue;
    Statements statements;
    for (const std::string& day : Days()) {
      statements.Add(AssessScope(service.id, service.scopes.front().id, day), service, category,
                     day);
    }
    text += statements.Text(std::string(Name(category)));
  }
  return text;
}

std::string OfEndpoints(std::uint16_t number) {
  std::string text;
  const auto& endpoints = Catalogue().endpoints;
  for (std::size_t i = 1; i < endpoints.size(); ++i) {
    if (endpoints[i].group || endpoints[i].services.front() != number) continue;
    std::vector<std::string> days;
    for (const std::string& day : Days()) {
      const auto assessed = audit::Assess(
          audit::ShapeOf(TlsTo(static_cast<classify::EndpointId>(i))), Catalogue(), DayAt(day));
      if (assessed.provider_for(Category::kLiveContent).answer == Answer::kCouldNot) {
        days.push_back(day);
      }
    }
    if (days.empty()) continue;
    text += "  said of a session, by strong evidence, at " + endpoints[i].id + " (" +
            endpoints[i].title + "): on " + Joined(days) + "\n";
  }
  return text;
}

TEST(CouldNot, IsSaidOnlyAsTheReviewedFileHasIt) {
  ASSERT_EQ("", FormatProblems(Shipped().problems));
  std::string text = "Every \"could not\" of the shipped catalogue, service by service, on " +
                     Joined(Days()) +
                     ".\n"
                     "\"under\" names the instruments that would meet it: those that reach the "
                     "category and bind the\n"
                     "provider on that day, or of which one of both is not known. Where an "
                     "instrument does not reach, the\n"
                     "answer is \"not authorised\" and stands nowhere here. Not here either: what "
                     "a recording could be\n"
                     "decrypted to, and a session with an own SSH server, which follow from the "
                     "handshake alone.\n";
  std::size_t silent = 0;
  for (std::size_t i = 0; i < Catalogue().services.size(); ++i) {
    const audit::Service& service = Catalogue().services[i];
    const std::string of_service =
        OfScopes(service) + OfCategories(service) + OfEndpoints(static_cast<std::uint16_t>(i));
    if (of_service.empty()) {
      ++silent;
      continue;
    }
    text += "\n" + service.title + " (" + service.id + ")\n  " + service.provider +
            "; jurisdiction " + service.jurisdiction + "\n" + of_service;
  }
  text += "\nOf " + std::to_string(silent) + " other services nothing of the kind is said.\n";
  tests::ExpectGolden("../config/golden/could_not.txt", text);
}

// The rule behind the file, for every fact and every day that a fact begins or ends.
TEST(CouldNot, RestsOnAVerifiedSourceThatBeganOnOrBeforeTheDay) {
  std::size_t said = 0;
  for (const audit::Service& service : Catalogue().services) {
    std::vector<base::Day> days;
    const auto edges = [&days](const audit::Provenance& provenance) {
      for (const auto& edge : {provenance.from, provenance.until, provenance.source_date}) {
        if (edge) days.insert(days.end(), {*edge - 1, *edge, *edge + 1});
      }
    };
    for (const auto& capability : service.capabilities) edges(capability.provenance);
    for (const auto& scope : service.scopes) {
      for (const auto& interval : scope.intervals) edges(interval.provenance);
    }
    std::ranges::sort(days);
    days.erase(std::unique(days.begin(), days.end()), days.end());
    for (const audit::Scope& scope : service.scopes) {
      for (const base::Day day : days) {
        const auto assessed = AssessScope(service.id, scope.id, base::FormatDay(day));
        for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
          const audit::Finding& finding = assessed.provider[i];
          if (finding.answer != Answer::kCouldNot ||
              i == static_cast<std::size_t>(Category::kRecordedCiphertext)) {
            continue;
          }
          ++said;
          ASSERT_FALSE(finding.sources.empty()) << service.id << "." << scope.id;
          EXPECT_FALSE(finding.unverified) << service.id << "." << scope.id;
          for (const audit::Provenance& source : finding.sources) {
            EXPECT_EQ(audit::Verified::kYes, source.verified) << service.id << "." << scope.id;
            const auto start = source.from ? source.from : source.source_date;
            EXPECT_TRUE(start && *start <= day && (!source.until || day <= *source.until))
                << service.id << "." << scope.id << " " << base::FormatDay(day);
          }
        }
      }
    }
  }
  EXPECT_GT(said, 100U) << "nothing was checked";
}

}  // namespace
}  // namespace unopened::config
