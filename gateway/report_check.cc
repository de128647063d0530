#include "gateway/report_check.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/enum_names.h"

namespace unopened::gateway {
namespace {

namespace report = exporters::report;
using base::Fail;
using base::Failure;
using nlohmann::ordered_json;

std::string TextOf(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<audit::merkle::Hash> FromHex(const std::string& text) {
  audit::merkle::Hash hash{};
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    hash[i / 2] = static_cast<std::uint8_t>(hash[i / 2] << 4 | digit);
  }
  return hash;
}

bool DependsOnWhoVerifies(std::string_view table, std::string_view column) {
  return table == "logs" && (column == "key_from" || column == "late_windows" ||
                             column == "verifier_key" || column == "problems");
}

using Cells = std::map<std::string, std::string>;

}  // namespace

base::Result<ClaimedReport> ReadClaimedReport(std::string_view text) {
  const auto no_report = [](const char* why) {
    return Fail(Failure::kInput, "this is no report that can be recomputed", why,
                "unopened report --format json makes one");
  };
  ClaimedReport claimed;
  claimed.document = ordered_json::parse(text, nullptr, false);
  const ordered_json& document = claimed.document;
  if (!document.is_object() || !document.contains("header") || !document.contains("tables") ||
      !document["header"].is_object() || !document["tables"].is_object()) {
    return no_report("it is no JSON of one");
  }
  const auto header = [&](const char* name) -> std::string {
    const auto found = document["header"].find(name);
    return found != document["header"].end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (header("schema_version") != report::kSchemaVersion) return no_report("its schema_version");
  report::Period period;
  if (!base::ParseDay(header("period_start"), period.from) ||
      !base::ParseDay(header("period_end"), period.until)) {
    return no_report("its period");
  }
  claimed.options.period = period;
  const auto step = base::FromName<report::Step>(report::kStepNames, header("by"));
  if (!step) return no_report("its parts");
  claimed.options.step = *step;
  claimed.options.source =
      base::FromName<report::SourceKind>(report::kSourceKindNames, header("source"));
  const std::string min_count = header("min_count");
  if (min_count.empty() || min_count.size() > 9 ||
      min_count.find_first_not_of("0123456789") != std::string::npos) {
    return no_report("its min_count");
  }
  claimed.options.min_count = std::stoull(min_count);
  const ordered_json& tables = document["tables"];
  if (tables.contains("assumptions") && !tables["assumptions"].empty()) {
    return no_report("it is hypothetical");
  }
  if (!tables.contains("logs") || !tables["logs"].is_array()) return no_report("its logs");
  for (const ordered_json& row : tables["logs"]) {
    if (!row.is_object() || !row.contains("origin") || !row["origin"].is_string() ||
        !row.contains("tree_size") || !row["tree_size"].is_number_unsigned() ||
        !row.contains("root") || !row["root"].is_string()) {
      return no_report("its logs");
    }
    const auto root = FromHex(row["root"].get<std::string>());
    if (!root) return no_report("a log's root");
    const std::string origin = row["origin"].get<std::string>();
    claimed.logs[origin] = {origin, row["tree_size"].get<std::uint64_t>(), *root};
  }
  return claimed;
}

Comparison Compare(const ClaimedReport& claimed, const report::Report& recomputed) {
  Comparison comparison;
  const auto differs = [&](const std::string& cell, const std::string& there,
                           const std::string& here) {
    ++comparison.different;
    if (comparison.told.size() < kMostDifferences) {
      comparison.told.push_back(cell + ": " + there + " in the report, " + here + " from the log");
    }
  };
  const ordered_json& tables = claimed.document["tables"];
  for (const auto& [name, rows] : tables.items()) {
    if (recomputed.table(name).columns.empty()) differs(name, "a table", "none");
  }
  for (const report::Table& table : recomputed.tables) {
    Cells there;
    if (!tables.contains(table.name) || !tables[table.name].is_array()) {
      differs(table.name, "none", "a table");
      continue;
    }
    for (const ordered_json& row : tables[table.name]) {
      if (!row.is_object()) {
        differs(table.name, "what is no row", "rows");
        continue;
      }
      std::string cell = table.name;
      for (const report::Column& column : table.columns) {
        if (column.role == report::Role::kKey) {
          cell +=
              "/" + (row.contains(column.name) ? TextOf(row[column.name]) : std::string("none"));
        }
      }
      for (const auto& [column, value] : row.items()) {
        if (!there.emplace(fmt::format("{}/{}", cell, column), TextOf(value)).second) {
          differs(cell, "twice", "once");
        }
      }
    }
    for (const report::Row& row : table.rows) {
      const std::string name = table.RowName(row);
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const std::string cell = name + "/" + table.columns[i].name;
        const std::string here = PlainText(table, row, i);
        const auto found = there.find(cell);
        const bool given = found != there.end();
        const std::string claim = given ? found->second : "not there";
        if (given) there.erase(found);
        if (DependsOnWhoVerifies(table.name, table.columns[i].name)) continue;
        ++comparison.cells;
        if (!given || claim != here) differs(cell, claim, here);
      }
    }
    for (const auto& [cell, value] : there) differs(cell, value, "not there");
  }
  return comparison;
}

}  // namespace unopened::gateway
