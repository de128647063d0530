// Suppress: withholds what is of too few, and as much besides as keeps it from being found by
// subtraction: from totals, from other tables, from parts of the period.
//
// Every measured row is a sum over the same kinds of session (Table::members). A reader of the
// report knows the published sums of each part of the period, and may know which kinds of session a
// part had at all. A small sum is safe in a part if it is no linear combination of the published
// ones there; that is decided exactly, by elimination modulo a prime. A row that is withheld in one
// part of the period is withheld in all of them, so that a difference of the whole and its parts
// tells nothing that a part by itself does not. What a table withholds adds up to no small number
// either. Not hidden: that there was something (0 is told as 0), and bounds that follow since no
// count is negative. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "exporters/report/build_parts.h"

namespace unopened::exporters::report {

// `parts` are those the tables were made from. Nothing is done below 2.
void Suppress(const std::vector<PartCounts>& parts, std::uint64_t min_count, Report& report);

// Whether `wanted` is a linear combination of `rows`, all over the same columns; then `used` gets
// the indexes of the rows that one such combination takes. Modulo 2^61 - 1, entries 0 or 1.
bool IsCombination(const std::vector<std::vector<bool>>& rows, const std::vector<bool>& wanted,
                   std::vector<std::size_t>& used);

}  // namespace unopened::exporters::report
