// The numbered sections of a report's page, each from the report's own tables. For html.cc.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace unopened::exporters::report {

std::string LiveContentSection(const Report& report);
std::string OverTimeSection(const Report& report);  // "" where the period has no parts
std::string ServicesSection(const Report& report);
std::string RecordingsSection(const Report& report);
std::string HandedOverSection(const Report& report);
std::string LegalSection(const Report& report);
std::string MissedSection(const Report& report);

// The answers of a whole bar in the order in which they are drawn, from the rows of `table` that
// `keys` begin; `column` is what is counted.
inline constexpr std::size_t kServicesShown = 20;

}  // namespace unopened::exporters::report
