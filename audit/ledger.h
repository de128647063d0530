// Ledger: tallies of windows in, entries out; numbers the shapes and assesses them with the
// catalogue of that window.
//
// Knows no file: it returns bodies for Recorder::Commit. Deterministic: the same calls give the
// same bytes. Thread: the recorder's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/assessment.h"
#include "audit/catalogue.h"
#include "audit/entry.h"
#include "audit/summary.h"
#include "audit/tally.h"
#include "base/clock.h"

namespace unopened::audit {

// Shapes that one log numbers at most; what is new beyond it is counted under `other`. Keeps memory
// bounded whatever strangers send.
inline constexpr std::uint32_t kMaxNumberedShapes = 65'536;

class Ledger {
 public:
  // `shapes_bound`: shapes kept apart in one window; what comes beyond it is counted under `other`
  // and is a bound entry.
  explicit Ledger(const Catalogue& catalogue, std::uint32_t shapes_bound = 4096);

  // The entries that open a run: `run`, then the `service` and `instrument` facts its assessments
  // rest on, as far as this log does not hold them under this catalogue already.
  std::vector<std::string> BeginRun(const RunStatement& run, base::TimeNs started);

  // The entries that put another catalogue in the place of the run's, for all that follows:
  // `reload` and those of its facts that this log does not hold already. In force once Committed()
  // is told. `next` outlives the ledger's use of it. `at`: the end of the window before.
  std::vector<std::string> Reload(const Catalogue& next, const std::string& configuration_digest,
                                  base::TimeNs at);

  // The catalogue of the next BeginRun(), which outlives the ledger's use of it. Between runs only.
  void Use(const Catalogue& next);

  // One closed window [start, start + seconds): shapes that are new or whose assessment on this day
  // is not the one last written, the window (split where it would pass kMaxEntryBytes), and bounds.
  // Does not change what the next call returns until Committed() is told. `partial`: for
  // Recorder::Hold, should the process die before the window closes.
  std::vector<std::string> CloseWindow(base::TimeNs start, std::uint32_t seconds,
                                       const TallyDelta& tally, bool partial);

  // A window that is given up, since it could not be kept until the log had room: a Gap names it,
  // and the next window carries what was pending at its end. Returns what it carried in itself,
  // which is lost with it.
  Loss GiveUp(const TallyDelta& tally);

  // Time in which nothing was recorded ("restart", "disk_full"...).
  std::string Gap(base::TimeNs from, base::TimeNs until, const std::string& cause,
                  const std::map<std::string, Loss>& losses) const;

  // The run ends. A CloseWindow for a partial window that was only held is abandoned.
  std::string Stop(base::TimeNs at, const std::string& reason);

  // The bodies of the last BeginRun, Reload or CloseWindow are in the log: shape numbers stand,
  // summary() advances.
  void Committed(std::uint64_t tree_size, base::TimeNs checkpoint_time);

  // Restores shape numbers from entries of an existing log, in order, so that numbers are never
  // reused. Entries of other types and what is no entry are passed over: verifying is
  // EntryChecker's. The summary stays this process's own.
  void Replay(const std::string& entry_body);

  const Summary& summary() const { return summary_; }

 private:
  struct Known {
    std::uint32_t number = 0;
    std::string assessment;  // text last written
  };
  struct Assessed {
    Assessment assessment;
    std::string text;
  };
  // What Committed() makes true.
  struct Staged {
    std::map<std::string, Known> known;  // new or assessed anew
    std::uint32_t next_number = 1;
    std::string catalogue;  // BeginRun, Reload: facts written
    const Catalogue* reload = nullptr;
    std::string reload_configuration;
    bool partial = false;
    Loss pending;
    Summary summary;
  };
  struct Counted {
    Shape shape;
    Counts counts;
  };
  using Rows = std::map<std::string, Counted>;  // by canonical bytes

  const Assessed& AssessedOn(base::Day day, const std::string& canonical, const Shape& shape);
  std::string EndpointId(const Shape& shape) const;
  // Moves what is beyond the bound out of `rows` and adds it up.
  Counts Overflow(Rows& rows, std::uint64_t& moved) const;

  // Moves the facts that are not in the log yet behind `bodies`.
  void AddFacts(const Catalogue& catalogue, std::vector<std::string>& bodies) const;

  const Catalogue* catalogue_;
  std::uint32_t shapes_bound_;
  std::map<std::string, Known> known_;  // by canonical bytes
  std::uint32_t next_number_ = 1;
  std::set<std::string> catalogues_written_;  // digests
  RunStatement run_;
  Loss pending_;  // at the end of the run's last committed window
  Summary summary_;
  std::optional<Staged> staged_;
  base::Day assessed_day_ = 0;
  std::map<std::string, Assessed> assessed_;  // on assessed_day_, by canonical bytes
};

}  // namespace unopened::audit
