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
std::string WhatIfSection(const Report& report, int number);  // "" without an assumption
std::string MissedSection(const Report& report, int number);

// More are added up in one row.
inline constexpr std::size_t kServicesShown = 20;

}  // namespace unopened::exporters::report
