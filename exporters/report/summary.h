// The sentences a report opens with, from its own cells.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace unopened::exporters::report {

struct Headline {
  std::string finding;  // one sentence without its full stop
  std::string detail;   // what it is of, the other answers, and what was missed
};
Headline HeadlineOf(const Report& report);

// Of the live taps: the share of expected seconds that was recorded; "" for files.
struct Recorded {
  std::uint64_t seconds = 0;
  std::uint64_t expected = 0;  // 0: nothing was expected
};
Recorded RecordedOf(const Report& report);

}  // namespace unopened::exporters::report
