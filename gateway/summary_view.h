// The terminal's face of a Summary: the same words and marks as report and page (docs/wording.md),
// in 100 columns.
//
// Colour never carries meaning alone: each verdict has a mark and a word. Pure: a Summary in, text
// out.
#pragma once

#include <cstdint>
#include <string>

#include "audit/summary.h"
#include "exporters/prometheus/operational.h"

namespace unopened::gateway {

struct ViewStyle {
  bool colour = false;
  bool utf8 = true;
  int width = 100;  // columns; under 60 the short form
};

struct ViewContext {
  std::string title;      // "edge-1 · eth2, eth3" or "tests/captures · 24 files"
  std::string qualifier;  // "filter: none · basis: research agreement 7"
  std::string log;        // folder, "" without a log
  std::string origin;
};

// The headline, one verdict a line with its bar, sessions by protocol, endpoint and policy, answers
// by category for both parties, losses, the log.
std::string RenderSummary(const audit::Summary& summary, const exporters::Operational& operational,
                          const ViewContext& context, const ViewStyle& style);

// One window as a JSON line (stdout that is no terminal): what the totals gained between `before`
// and `after`.
std::string WindowLine(const audit::Summary& before, const audit::Summary& after,
                       const std::string& tap);

// What the process's stdout can show: NO_COLOR, TERM, LANG and the window's width considered.
ViewStyle StyleOfStdout();

}  // namespace unopened::gateway
