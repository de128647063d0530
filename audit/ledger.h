// Ledger: tallies of windows in, entries out; numbers the shapes and assesses them with the
// catalogue of that window.
//
// Knows no file: it returns bodies for Recorder::Commit. Deterministic: the same calls give the
// same bytes. Thread: the recorder's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "audit/summary.h"
#include "audit/tally.h"
#include "base/clock.h"

namespace unopened::audit {

// What a run states of itself. Open in the log, so nothing here may name a person.
struct RunStatement {
  std::string version;           // of the program
  std::string source_kind;       // "live" or "file"
  std::string tap;               // the operator's name for the tap
  std::string legal_basis;       // live: required
  std::string filter;            // BPF text, "" for none
  std::string file_name_digest;  // file: SHA-256 of the file's content, "" live
  std::string configuration_digest;
  std::uint32_t window_seconds = 60;
};

class Ledger {
 public:
  // `shapes_bound`: shapes kept apart in one window; what comes beyond it is counted under `other`
  // and is a bound entry.
  explicit Ledger(const Catalogue& catalogue, std::uint32_t shapes_bound = 4096);

  // The entries that open a run: `run`, then the `service` and `instrument` facts its assessments
  // rest on, as far as this log does not hold them under this catalogue already.
  std::vector<std::string> BeginRun(const RunStatement& run, base::TimeNs started);

  // One closed window [start, start + seconds): new shapes, the window (split where it would pass
  // kMaxEntryBytes), gaps and bounds. Does not change what the next call returns until Committed()
  // is told.
  std::vector<std::string> CloseWindow(base::TimeNs start, std::uint32_t seconds,
                                       const TallyDelta& tally, bool partial);

  // Time in which nothing was recorded ("restart", "disk_full"...).
  std::string Gap(base::TimeNs from, base::TimeNs until, const std::string& cause,
                  const std::map<std::string, Loss>& losses) const;

  std::string Stop(base::TimeNs at, const std::string& reason) const;

  // The bodies of the last BeginRun or CloseWindow are in the log: shape numbers stand, summary()
  // advances.
  void Committed(std::uint64_t tree_size, base::TimeNs checkpoint_time);

  // Restores shape numbers from entries of an existing log, in order, so that numbers are never
  // reused.
  void Replay(const std::string& entry_body);

  const Summary& summary() const { return summary_; }

 private:
  struct Known {
    std::uint32_t number = 0;
    std::string catalogue;  // digest under which it was last assessed
  };
  const Catalogue& catalogue_;
  std::uint32_t shapes_bound_;
  std::map<std::string, Known> known_;  // canonical bytes -> number
  std::uint32_t next_number_ = 1;
  Summary summary_;
  struct Pending;
  std::vector<std::string> facts_written_;
};

}  // namespace unopened::audit
