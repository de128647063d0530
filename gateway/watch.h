// Watching: one run of `watch`, from opened inputs to the closed log. watch.cc wires the stages;
// each stage is elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "audit/recorder.h"
#include "base/clock.h"
#include "base/result.h"
#include "exporters/web/server.h"
#include "gateway/demand_desk.h"
#include "gateway/log_writer.h"
#include "gateway/unfinished_run.h"
#include "gateway/watch_settings.h"

namespace unopened::gateway {

// The log a run writes to, opened: the recorder (or none, for a file without --log), the ledger
// that goes on from what the log holds, and the writer's thread. Members are in the order of their
// dependence.
struct OpenLog {
  std::unique_ptr<audit::FileSystem> file_system;
  std::unique_ptr<base::Clock> clock;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<audit::Ledger> ledger;
  audit::Opened opened;
  std::optional<DemandDesk> demands;
  UnfinishedRun unfinished;  // what the log says of the run before this one
};

// Opens settings' log and replays it into the ledger.
base::Result<OpenLog> OpenLogFor(const WatchSettings& settings, const audit::Catalogue& catalogue);

}  // namespace unopened::gateway
