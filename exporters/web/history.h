// History: what a log's windows say of the last hour, day, week or month, and of all that this
// process has committed; for the page, and read from the log's entries alone.
//
// Fed with every entry in order; keeps the statements of shapes and, for each period, a bounded
// number of slices that count by statement. Windows of interfaces and of files are never in one
// period: what is kept is of the kind of the last run. Thread: one at a time (exporters/web/
// log_follower.h).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"

namespace unopened::exporters {

// A period that the page shows: its name in the API, and how it is cut.
struct Period {
  std::string_view name;
  std::int64_t slice_seconds;
  std::int64_t slices;
};
inline constexpr std::array<Period, 4> kPeriods = {
    {{"hour", 60, 60}, {"day", 900, 96}, {"week", 7'200, 84}, {"month", 28'800, 90}}};

// What windows of one slice of time add up to.
struct Slice {
  std::uint64_t windows = 0;
  std::uint64_t partial = 0;
  std::uint64_t gaps = 0;
  std::int64_t seconds = 0;  // that the windows cover
  audit::Loss seen;
  std::map<std::uint32_t, audit::Counts> counts;  // by statement
  std::map<std::string, audit::Loss> losses;
  std::map<std::string, std::uint64_t> bounds;

  void Add(const Slice& other);
};

class History {
 public:
  // `first_entry`: where this process began; entries from there on are "run".
  explicit History(std::uint64_t first_entry) : first_entry_(first_entry) {}

  // The entry with this index; those before it were given, or were removed. What is no entry is
  // passed over: verifying is EntryChecker's.
  void Next(std::uint64_t index, std::string_view entry);

  // The JSON of docs/api.md "GET /api/v1/history" for "run" or a name of kPeriods, without the
  // members that are not about entries; nothing for another name.
  std::optional<audit::Json> Told(std::string_view period) const;

 private:
  // A shape as it was stated, with what the page says of it.
  struct Statement {
    std::string protocol;
    std::string version;
    std::string key_exchange;
    std::string wire;
    std::string policy;
    std::string verdict;
    std::string endpoint;
    std::string outcome;
    bool both_sides = false;
    bool exposed_to_quantum = false;
    std::array<std::string, 2> answers;  // by party: the words of the categories, comma-separated
    friend auto operator<=>(const Statement&, const Statement&) = default;
  };
  struct Kept {
    Slice run;
    std::array<std::map<std::int64_t, Slice>, kPeriods.size()> slices;
    std::int64_t last_end = 0;  // seconds, of the last window
  };

  void OnRun(const audit::Json& body);
  void OnShape(const audit::Json& body);
  void OnWindow(std::uint64_t index, const audit::WindowEntry& window);
  void AddEverywhere(std::uint64_t index, std::int64_t at_seconds, const Slice& slice);
  audit::Json Totals(const Slice& all) const;

  std::uint64_t first_entry_;
  bool live_ = false;
  std::uint32_t window_seconds_ = 60;
  std::string tap_;
  std::string catalogue_;
  Kept kept_;
  std::map<Statement, std::uint32_t> numbers_;
  std::vector<const Statement*> statements_;       // into numbers_
  std::map<std::uint32_t, std::uint32_t> shapes_;  // shape's number -> statement's
  std::map<std::string, std::string> titles_;      // of endpoints
  std::optional<audit::Json> witnessed_;           // the last one
  audit::WindowEntry window_;                      // for its memory
};

}  // namespace unopened::exporters
