// From log folders to what a report is made of: verified and added up in one pass.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/note/checkpoint.h"
#include "audit/store/file_system.h"
#include "base/result.h"
#include "exporters/report/collected.h"
#include "exporters/report/period.h"

namespace unopened::gateway {

struct IntakeRequest {
  std::vector<std::string> folders;
  std::vector<std::string> keys;  // verifier keys, texts or files; each log must be one's
  std::string witness_policy;     // a file; "": lateness stays unknown
  std::uint64_t late_after = 300;
  bool allow_unverified = false;
  std::optional<exporters::report::Period> period;
  // Logs by origin that are taken as of an earlier tree head, which they must continue.
  std::map<std::string, audit::note::Checkpoint> as_of;
  bool progress = false;  // on standard error, by entries read
};

// kLog where a log does not verify, unless that is allowed: then its LogSource says so, and what
// could be read of it is in the result.
base::Result<exporters::report::Collected> CollectLogs(const IntakeRequest& request,
                                                       audit::FileSystem& file_system);

}  // namespace unopened::gateway
