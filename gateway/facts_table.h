// FactsTable: sessions as a table for a person. Every fact is in it: what all sessions of a file
// share is said once below the table, and so is what none of them has.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace unopened::gateway {

// `sessions`: what `inspect` prints as JSON lines, all with the same members in the same order.
// Values from packets (server names) are printable ASCII already or are shown as '?'.
std::string FactsTable(const std::string& file,
                       const std::vector<nlohmann::ordered_json>& sessions);

}  // namespace unopened::gateway
