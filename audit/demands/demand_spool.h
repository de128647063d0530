// DemandSpool: demands that were entered and are not in the log yet, so that they can be entered
// while a gateway writes it. Files of one demand, mode 0600, in demands/ beside the log's keys.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "audit/demands/demand.h"
#include "audit/store/file_system.h"
#include "base/result.h"

namespace unopened::audit {

class DemandSpool {
 public:
  // `file_system` outlives it.
  DemandSpool(FileSystem& file_system, const std::string& log_folder)
      : file_system_(&file_system), folder_(log_folder + "/demands") {}

  // Durable when it returns. Entering an id twice replaces it.
  base::Result<base::Done> Add(const Demand& demand);
  // In the order of ids, which tells nothing. kLog where a file is no demand.
  base::Result<std::vector<Demand>> Pending() const;
  // Once they are in the log.
  base::Result<base::Done> Forget(const std::vector<Demand>& demands);

 private:
  FileSystem* file_system_;
  std::string folder_;
};

}  // namespace unopened::audit
