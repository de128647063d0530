#include "gateway/facts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace unopened::gateway {
namespace {

using nlohmann::ordered_json;

struct Column {
  std::string title;
  std::vector<std::string> cells;
  std::size_t width = 0;
  bool number = true;
};

// Names come from strangers: a terminal must not obey them.
std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string TextOf(const ordered_json& value) {
  return value.is_string() ? Printable(value.get<std::string>()) : value.dump();
}

bool SaysNothing(std::string_view text) {
  constexpr std::array<std::string_view, 3> kNothing = {"", "none", "not_applicable"};
  return std::find(kNothing.begin(), kNothing.end(), text) != kNothing.end();
}

bool IsSame(const Column& column) {
  return std::all_of(column.cells.begin(), column.cells.end(),
                     [&](const std::string& cell) { return cell == column.cells.front(); });
}

// What a reader looks for first, alike or not.
bool IsAlwaysAColumn(std::string_view member) {
  constexpr std::array<std::string_view, 10> kMembers = {
      "proto",    "src",     "sport",   "dst", "dport",
      "protocol", "version", "service", "sni", "provider_live_content"};
  return std::find(kMembers.begin(), kMembers.end(), member) != kMembers.end();
}

Column ColumnOf(const std::string& member, const std::vector<ordered_json>& sessions) {
  Column column{member, {}, member.size(), true};
  for (const ordered_json& session : sessions) {
    const ordered_json& value = session[member];
    column.number = column.number && value.is_number();
    column.cells.push_back(TextOf(value));
    column.width = std::max(column.width, column.cells.back().size());
  }
  return column;
}

std::string Padded(const Column& column, const std::string& cell, bool last) {
  if (column.number) return fmt::format("{:>{}}", cell, column.width);
  return last ? cell : fmt::format("{:<{}}", cell, column.width);
}

}  // namespace

std::string FactsTable(const std::string& file, const std::vector<ordered_json>& sessions) {
  std::string out = fmt::format("{}: {} session{}\n", Printable(file), sessions.size(),
                                sessions.size() == 1 ? "" : "s");
  if (sessions.empty()) return out;
  std::vector<Column> columns;
  std::string none;
  std::string all;
  for (const auto& [member, value] : sessions.front().items()) {
    if (member == "file") continue;
    Column column = ColumnOf(member, sessions);
    if (std::all_of(column.cells.begin(), column.cells.end(), SaysNothing)) {
      none += (none.empty() ? "" : ", ") + member;
    } else if (IsSame(column) && !IsAlwaysAColumn(member)) {
      all += fmt::format("{}{} {}", all.empty() ? "" : ", ", member, column.cells.front());
    } else {
      columns.push_back(std::move(column));
    }
  }
  const auto line = [&](auto&& cell_of) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i != 0) out += "  ";
      out += Padded(columns[i], cell_of(columns[i]), i + 1 == columns.size());
    }
    out += '\n';
  };
  line([](const Column& column) { return column.title; });
  for (std::size_t row = 0; row < sessions.size(); ++row) {
    line([row](const Column& column) { return column.cells[row]; });
  }
  if (!all.empty()) out += fmt::format("{}: {}\n", sessions.size() == 1 ? "its" : "all", all);
  if (!none.empty()) out += fmt::format("none: {}\n", none);
  return out;
}

}  // namespace unopened::gateway
