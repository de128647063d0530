// The sentence that terminal, page and report open with, and how they write numbers: one place, so
// that they say the same.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/summary.h"

namespace unopened::exporters {

// Below this many conversations a percentage says more than was measured, and the headline counts.
inline constexpr std::uint64_t kPercentFrom = 1000;

// What was found: "5 of 50 conversations went to a service that, by its own policy, could not have
// handed over what was said." Never a share of fewer than kPercentFrom.
std::string Finding(const audit::Summary& summary);
// The rest of the whole, with its denominator; "" before the first conversation.
std::string FindingNote(const audit::Summary& summary);
// Both.
std::string Headline(const audit::Summary& summary);

std::string Grouped(std::uint64_t value);                      // 1048190 -> "1,048,190"
std::string HumanBytes(std::uint64_t bytes);                   // 3342001 -> "3.3 MB", decimal units
std::string Percent(std::uint64_t part, std::uint64_t whole);  // one decimal; "0.0%" only for 0

// One share a part, by largest remainder, so that what is printed adds up to 100.0%. "0.0%" only
// for 0, else "< 0.1%"; "> 99.9%" for what is not all. Each is "" where the parts add up to 0.
std::vector<std::string> Shares(std::span<const std::uint64_t> parts);

}  // namespace unopened::exporters
