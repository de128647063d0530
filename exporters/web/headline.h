// The sentence that terminal, page and report open with, and how they write numbers: one place, so
// that they say the same.
#pragma once

#include <cstdint>
#include <string>

#include "audit/summary.h"

namespace unopened::exporters {

// Below this many conversations a percentage says more than was measured, and the headline counts.
inline constexpr std::uint64_t kPercentFrom = 1000;

std::string Headline(const audit::Summary& summary);

std::string Grouped(std::uint64_t value);                      // 1048190 -> "1,048,190"
std::string HumanBytes(std::uint64_t bytes);                   // 3342001 -> "3.3 MB", decimal units
std::string Percent(std::uint64_t part, std::uint64_t whole);  // one decimal; "0.0%" only for 0

}  // namespace unopened::exporters
