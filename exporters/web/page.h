// The first web page and the JSON it draws. Sources in exporters/web/assets; embedded by the build.
#pragma once

#include <string>
#include <string_view>

#include "audit/summary.h"
#include "exporters/prometheus/operational.h"

namespace unopened::exporters {

std::string_view PageHtml();
std::string_view PageCss();
std::string_view PageJs();  // bundled from exporters/web/src
std::string_view PageIcon();

// /api/v1/summary: integers and strings, documented in docs/api.md.
std::string SummaryJson(const audit::Summary& summary, const Operational& operational,
                        const std::string& version, const std::string& tap);

}  // namespace unopened::exporters
