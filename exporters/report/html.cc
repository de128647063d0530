#include "exporters/report/report.h"
namespace unopened::exporters::report {
std::string ToHtml(const Report&) { return ""; }
}  // namespace unopened::exporters::report
