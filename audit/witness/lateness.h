// Lateness: when did strangers see each window? Fed with a log's entries in order, it verifies each
// statement of witnesses in it, and holds the time of a quorum against the windows' ends.
//
// A window is late where no quorum had cosigned a tree with it within the bound: until then its
// numbers could have been written otherwise. Memory: the windows between two statements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/checkpoint.h"
#include "audit/reader.h"
#include "audit/witness/policy.h"
#include "base/clock.h"

namespace unopened::audit::witness {

inline constexpr std::size_t kMaxLateNamed = 20;

struct LatenessReport {
  std::uint64_t statements = 0;  // by a quorum, of a tree that this one continues
  std::uint64_t windows = 0;     // of live runs
  std::uint64_t from_files = 0;  // windows of captures read later: their time is the packets'
  std::uint64_t late = 0;
  std::uint64_t unwitnessed = 0;      // by the log's end
  std::vector<std::string> named;     // late ones, the first kMaxLateNamed
  std::vector<std::string> problems;  // statements that are not what they say, the first ones
};

class Lateness {
 public:
  // `log` stays with the tree that is verified; all outlive the object. `bound_seconds`: from a
  // window's end.
  Lateness(const Policy& policy, const LogReader& log, std::uint64_t bound_seconds)
      : policy_(policy), log_(log), bound_(bound_seconds) {}

  void Next(std::uint64_t index, std::string_view entry);
  // After the last entry; the checkpoint's own cosignatures count for what no entry states yet.
  const LatenessReport& Finish();

 private:
  struct Waiting {
    std::uint64_t index = 0;
    base::TimeNs end = 0;
  };
  // Every window below `size` was seen by a quorum at `time`.
  void Seen(std::uint64_t size, std::uint64_t time);
  void Problem(std::string what);

  const Policy& policy_;
  const LogReader& log_;
  const std::uint64_t bound_;
  bool live_ = false;
  std::vector<Waiting> waiting_;
  LatenessReport report_;
};

}  // namespace unopened::audit::witness
