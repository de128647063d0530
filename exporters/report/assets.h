// What a report's page is drawn with, compiled in (exporters/CMakeLists.txt embeds it).
#pragma once

#include <string_view>

namespace unopened::exporters::report {

std::string_view ReportCss();   // @@MARGIN@@ stands for the words in the printed pages' margin
std::string_view ReportDefs();  // an SVG of patterns p-ANSWER and symbols g-ANSWER

}  // namespace unopened::exporters::report
