// Prune: removes the bodies of old counts under a policy that the log itself states, and nothing
// else: every hash stays, and every entry that later ones rest on.
//
// The policy is an entry `pruned` with the number of entries that it covers, committed before
// anything is removed. Then each bundle below it is replaced by what is kept of it
// (audit/store/kept_bundle.h). Whatever cuts that short, the log opens and verifies, and the next
// call finishes it. What a disk, a copy or a snapshot still holds of a removed file is not reached.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/recorder.h"
#include "audit/store/file_system.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

struct PruneRequest {
  std::string folder;
  base::Day before = 0;  // at most the clock's day: what has not been cannot be judged old
  std::string policy;    // IsPolicy
  std::string guard_folder;
};

struct PruneReport {
  std::uint64_t before = 0;   // entries below it are covered
  bool stated = false;        // by an entry of this call
  std::uint64_t bundles = 0;  // replaced by this call
  std::uint64_t removed = 0;  // bodies in them
  std::uint64_t kept = 0;
  Opened opened;
};

// A count, which nothing later rests on: a window, a gap, a bound, or demands. What is not known is
// none.
bool IsRemovable(std::string_view entry);

// Removes the longest run of whole bundles from the log's first on in which every window, gap and
// day of demands ends before the day, but never the bundle of the log's last window or a later one,
// which the next run's gap rests on. Takes the log's lock. kUsage where the request is none, kInput
// where there is no log, kLog where a bundle that is to go does not hash to its leaves; else as
// Recorder.
base::Result<PruneReport> Prune(const PruneRequest& request, FileSystem& file_system,
                                const base::Clock& clock);

}  // namespace unopened::audit
