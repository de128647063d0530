// Collected: what a report is made of, added up by day from the entries of one or several logs.
//
// Memory: a log's facts, its assessed shapes, and for each day those that were counted in it;
// whatever the number of windows. Plain values.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/assessment.h"
#include "audit/catalogue.h"
#include "audit/demands/demand.h"
#include "audit/merkle/hash.h"
#include "audit/shape.h"
#include "audit/tally.h"
#include "base/clock.h"
#include "classify/session.h"

namespace unopened::exporters::report {

enum class SourceKind : std::uint8_t { kLive, kFile };
inline constexpr std::array<std::string_view, 2> kSourceKindNames = {"live", "file"};
constexpr std::string_view Name(SourceKind v) {
  return kSourceKindNames[static_cast<std::size_t>(v)];
}

// A log that the report rests on.
struct LogSource {
  std::string origin;
  std::uint64_t size = 0;
  audit::merkle::Hash root{};
  std::string key;         // verifier key that its checkpoint was checked with
  bool key_given = false;  // it did not merely lie beside the log
  bool verified = false;
  std::uint64_t problems = 0;     // what did not hold
  std::vector<std::string> told;  // the first of them
  std::uint64_t removed = 0;      // entries whose bodies are gone
  std::uint64_t witnessed = 0;    // statements of witnesses in the log
  std::string late;               // how many live windows no quorum saw in time; "": not asked
};

// What an assessment says, without the words: what is counted.
struct Answers {
  audit::WireState wire = audit::WireState::kUnknown;
  audit::Verdict verdict = audit::Verdict::kUnknown;
  bool exposed_to_quantum = false;
  std::string policy = "unknown";  // audit::PolicyLabel
  audit::Answer scanning = audit::Answer::kUnknown;
  struct Side {
    std::array<audit::Answer, audit::kCategoryCount> answers;
    std::array<audit::Reason, audit::kCategoryCount> reasons;
    std::bitset<audit::kCategoryCount> unverified;
    Side() {
      answers.fill(audit::Answer::kUnknown);
      reasons.fill(audit::Reason::kNoEndpoint);
    }
  };
  std::array<Side, 2> party;  // by audit::Party
};
Answers AnswersOf(const audit::Assessment& assessment, bool endpoint_named);

// A shape under one assessment; counted apart from the same shape under another.
struct Statement {
  classify::Session facts;  // its endpoint is an index into the catalogue
  std::string endpoint;     // id
  std::size_t catalogue = 0;
  base::Day day = 0;  // it is assessed for
  Answers answers;
  bool other = false;  // what a bound kept from a shape of its own
};

// What was recorded of one tap on one day.
struct Coverage {
  std::uint64_t windows = 0;
  std::uint64_t partial = 0;
  std::uint64_t seconds = 0;
  std::uint64_t packets = 0;  // that reached the tap, losses included
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;  // packets of them that no worker saw
  std::map<std::string, audit::Loss> losses;
};

struct DayTotals {
  std::vector<std::pair<std::uint32_t, audit::Counts>> counts;  // by statement, sorted
  std::map<std::size_t, Coverage> taps;                         // index into Collected::taps
};

struct Tap {
  std::size_t log = 0;
  std::string name;
  SourceKind kind = SourceKind::kLive;
};

struct Run {
  std::size_t log = 0;
  std::uint64_t entry = 0;
  base::TimeNs started = 0;
  std::string version;
  std::string model;
  SourceKind kind = SourceKind::kLive;
  std::size_t tap = 0;
  std::string legal_basis;
  std::string filter;
  std::uint32_t window_seconds = 0;
  std::size_t catalogue = 0;
  std::string configuration;
  std::uint64_t windows = 0;  // in the days collected
  std::optional<base::TimeNs> first_window;
  std::optional<base::TimeNs> last_window_end;
  std::string ended;  // reason; "" where no stop stands
};

struct Gap {
  std::size_t log = 0;
  std::uint64_t entry = 0;
  std::size_t tap = 0;
  base::TimeNs from = 0;
  base::TimeNs until = 0;
  std::string cause;
  audit::Loss lost;
};

struct BoundMet {
  std::size_t log = 0;
  std::uint64_t entry = 0;
  base::TimeNs window = 0;
  std::string bound;
  std::uint64_t met = 0;
};

struct LoggedDemand {
  std::size_t log = 0;
  std::uint64_t entry = 0;
  audit::Demand demand;
};

struct Collected {
  std::vector<LogSource> logs;
  std::vector<std::unique_ptr<audit::Catalogue>> catalogues;
  std::vector<Statement> statements;  // [0] is `other`
  std::vector<Tap> taps;
  std::vector<Run> runs;
  std::map<std::pair<SourceKind, base::Day>, DayTotals> days;
  std::vector<Gap> gaps;
  std::vector<BoundMet> bounds;
  std::vector<LoggedDemand> demands;
  std::uint64_t unreadable = 0;  // entries that could not be read (an unverified log)
};

}  // namespace unopened::exporters::report
