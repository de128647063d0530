// Demands as CSV (RFC 4180): our own columns both ways, and the published wiretap series one way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/demands/demand.h"
#include "base/result.h"

namespace unopened::gateway {

// The columns of our own files, in this order. `categories`: "live_content:encrypted=1:produced=3",
// several with ';' between them; `sources` with ' ' between them.
inline constexpr std::string_view kDemandColumns =
    "from,until,instrument,jurisdiction,authority,subject,basis,sources,demands,accounts,"
    "encryption_met,categories";

// Reads either kind, told by its header. kUsage with line and column of the first mistake; a cell
// that looks like a person's identifier is refused as such and not repeated. Each row is drawn an
// id. `terms`: what rows may name.
base::Result<std::vector<audit::Demand>> ReadDemandCsv(std::string_view text,
                                                       const std::string& where,
                                                       const audit::DemandTerms& terms);

std::string DemandCsv(const std::vector<audit::Demand>& demands);

// "live_content:encrypted=1:produced=3"
base::Result<std::pair<audit::Category, audit::Outcomes>> ParseDemandCategory(
    std::string_view text);

// 16 random hexadecimal digits.
std::string DrawDemandId();

}  // namespace unopened::gateway
