// EntryChecker: do a log's entries say what they must? Fed with every entry in order, it holds each
// to its schema, to what the entries before it said, and to the rules by which it was made.
//
// Checked: canonical form and closed schema; `blind`; windows in order, aligned, apart, and their
// gaps named; every number of a window conserved (carried + seen = counts + pending + losses) and
// `carried` the window's before; each shape stated before it is counted, numbered once, in order;
// each assessment recomputed from the facts the log itself holds. Where bodies were removed
// (Removed()), what depends on them starts afresh: nothing is held against what is gone. Not
// checked: hashes and signatures, and whether a removal is covered (audit/verifier.h). Memory: the
// facts and shapes of the log. Thread: its owner's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/catalogue.h"
#include "audit/demands/demands_entry.h"
#include "audit/entry.h"
#include "audit/record_entry.h"
#include "base/clock.h"

namespace unopened::audit {

struct EntryProblem {
  std::uint64_t index = 0;  // of the entry
  std::string member;       // "counts[3]"; "" for the entry as a whole
  std::string what;
};

// "entry 17, counts[3]: names shape 9, which no entry states"
std::string Describe(const EntryProblem& problem);

inline constexpr std::size_t kMaxPruningsListed = 100;

inline constexpr std::size_t kMaxUnevenNamed = 20;

struct EntryReport {
  std::uint64_t entries = 0;
  std::uint64_t runs = 0;
  std::uint64_t live_runs = 0;
  std::uint64_t reloads = 0;  // of the catalogue, within runs
  std::uint64_t windows = 0;  // a split one once
  std::uint64_t partial_windows = 0;
  std::uint64_t shapes = 0;       // numbers given
  std::uint64_t assessments = 0;  // recomputed
  std::uint64_t gaps = 0;
  std::uint64_t bounds = 0;
  std::string first_window;  // start of; "" without any
  std::string last_window;
  Counts counts;  // of all windows
  Loss seen;      // of all windows
  Loss losses;    // of all windows
  // The log's keys in the order of their rotations, oldest first; empty where there was none.
  std::vector<std::string> keys;
  std::uint64_t demands = 0;    // rows
  std::uint64_t witnessed = 0;  // statements of witnesses; whether they verify is a policy's to say
  std::uint64_t removed = 0;    // entries whose bodies are gone
  std::vector<PrunedEntry> prunings;  // the first kMaxPruningsListed
  std::uint64_t problems = 0;
  // Partial windows, gaps and bounds met, one line each, the first kMaxUnevenNamed: no mistakes,
  // but what a reader of the numbers has to know.
  std::vector<std::string> uneven;
};

class EntryChecker {
 public:
  // The first thing that is wrong with this entry. One with a problem is taken at its word as far
  // as it could be read, so that those after it are judged by themselves.
  std::optional<EntryProblem> Next(std::uint64_t index, std::string_view entry);
  // In the place of an entry whose body was removed: a window, a gap, a bound or demands.
  std::optional<EntryProblem> Removed(std::uint64_t index);
  // After the last entry: what is begun and not ended.
  std::optional<EntryProblem> Finish();

  const EntryReport& report() const { return report_; }

 private:
  struct Facts {
    Catalogue catalogue;
    bool complete = false;  // a later entry than its facts was seen
    std::uint32_t parts_left = 0;
  };
  struct Stated {
    std::string canonical;
    Shape shape;
    std::string endpoint;
    std::string assessment;
    base::Day assessed_on = 0;
    std::uint64_t holds_in = 0;    // the epoch_ in which the assessment was found to hold
    std::uint64_t counted_in = 0;  // the window that last counted it: windows_begun_ then
  };
  struct Open {         // a window some of whose parts are still to come
    WindowEntry first;  // but its rows
    std::uint32_t next_part = 1;
    std::uint32_t last_shape = 0;
    bool cut = false;  // the parts before the first seen one were removed
    bool any_row = false;
    bool any_other = false;
    Counts sum;
  };

  void Note(std::string member, std::string what);
  void Check(std::string_view entry);
  void CheckOrder(std::string_view type);
  template <class Entry>
  bool Take(const base::Result<Entry>& read, std::string_view entry);
  void OnRun(const RunEntry& run);
  void OnReload(const ReloadEntry& reload);
  void BeginFacts(const std::string& catalogue, const OperatorDeclaration& network_operator);
  void OnService(const ServiceEntry& entry);
  void OnEndpoint(const EndpointEntry& entry);
  void OnInstrument(const InstrumentEntry& entry);
  void OnShape(const ShapeEntry& entry);
  void OnWindow(WindowEntry& part);
  void BeginWindow(WindowEntry& window);
  void AddRows(const WindowEntry& part);
  void EndWindow();
  void OnGap(const GapEntry& gap);
  void OnBound(const BoundEntry& bound);
  void TellUneven(std::string what);
  void OnWitnessed(const WitnessedEntry& entry);
  void OnKey(const KeyEntry& entry);
  void OnDemands(const DemandsEntry& entry);
  void OnPruned(const PrunedEntry& entry);
  Facts* FactsOf(const std::string& catalogue);
  // What the assessment of a stated shape is on a day; nullptr where its endpoint is unknown.
  const std::string* AssessmentOn(std::uint32_t number, base::Day day);

  EntryReport report_;
  std::uint64_t index_ = 0;
  std::uint64_t next_index_ = 0;
  std::optional<EntryProblem> problem_;

  std::optional<RunEntry> run_;  // with the digests of its last reload
  bool stopped_ = false;
  std::map<std::string, Facts> facts_;  // by the catalogue's digest
  Facts* run_facts_ = nullptr;          // in facts_, the run's
  std::vector<Stated> shapes_;          // [number - 1]
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::uint32_t> stated_;    // since the last window
  std::optional<std::string> last_new_;  // canonical bytes of the last number given since then
  std::map<std::uint32_t, std::string> on_day_;
  base::Day day_ = 0;
  std::uint64_t epoch_ = 1;  // counts what can change an assessment: a day, a run, a reload

  WindowEntry window_;  // the entry in hand, for its memory
  std::uint64_t windows_begun_ = 0;
  std::optional<Open> open_;
  bool owes_bound_ = false;  // a window counted under `other`
  base::TimeNs window_start_ = 0;
  std::optional<base::TimeNs> window_end_;   // of the run's last window
  std::optional<base::TimeNs> reloaded_at_;  // of the run's last reload
  Loss pending_;
  bool pending_known_ = true;    // else a window before was removed, or a part of it
  bool after_removed_ = false;   // the entry before was removed
  bool since_removed_ = false;   // one was, since the run's last window or the run's begin
  bool any_gap_ = false;         // since the last window
  base::TimeNs told_until_ = 0;  // window_end_, and what gaps name from there on
  std::set<std::string> demand_ids_;
  std::optional<base::Day> demands_day_;  // of the last entry of demands
  std::uint32_t demands_part_ = 0;        // of it, and of how many
  std::uint32_t demands_parts_ = 0;
  std::uint64_t witnessed_size_ = 0;  // of the last witnessed tree head
  std::uint64_t pruned_before_ = 0;
};

}  // namespace unopened::audit
