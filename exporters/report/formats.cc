// JSON, CSV and Markdown of a report: the tables as they are, with other punctuation.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "audit/summary.h"
#include "exporters/report/report.h"
#include "exporters/report/summary.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

using nlohmann::ordered_json;

// RFC 4180 §2: quoted where a comma, a quote or a line's end stands in it.
std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// A line of CSV; `fields` are quoted as need be.
std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + CsvField(fields[i]);
  return line + "\r\n";
}

std::string UnitOf(const Column& column) {
  switch (column.role) {
    case Role::kMeasured:
      return column.name.find("session") == std::string::npos ? "conversations" : "sessions";
    case Role::kVolume:
      return column.name.find("packet") == std::string::npos ? "bytes" : "packets";
    case Role::kLegal:
      return "demands";
    case Role::kShare:
      return "share";
    case Role::kNumber:
      return "number";
    case Role::kKey:
    case Role::kText:
      break;
  }
  return "text";
}

std::string PipesEscaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

bool IsNumeric(Role role) { return role != Role::kKey && role != Role::kText; }

std::string MarkdownCell(const Table& table, const Row& row, std::size_t i) {
  const Column& column = table.columns[i];
  if (column.role == Role::kShare) {
    return HumanShare(table.At(row, column.part), table.At(row, column.whole));
  }
  if (column.name.starts_with("bytes") && row[i].is_count()) return HumanBytes(row[i].count());
  return PipesEscaped(Human(row[i]));
}

}  // namespace

std::string ToCsv(const Table& table) {
  std::vector<std::string> fields;
  for (const Column& column : table.columns) fields.push_back(column.name);
  std::string csv = CsvLine(fields);
  for (const Row& row : table.rows) {
    fields.clear();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      fields.push_back(PlainText(table, row, i));
    }
    csv += CsvLine(fields);
  }
  return csv;
}

std::string ToCsv(const Report& report) {
  std::string csv = CsvLine({"cell", "value", "unit", "of"});
  for (const auto& [name, value] : report.header) {
    csv += CsvLine({"header/" + name, value, "text", "not_applicable"});
  }
  for (const Note& note : report.notes)
    csv += CsvLine({"note/" + note.id, note.text, "text", "not_applicable"});
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      const std::string name = table.RowName(row);
      const Value& of = table.At(row, "of");
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Column& column = table.columns[i];
        if (column.role == Role::kKey || column.name == "of") continue;
        const bool share = column.role == Role::kShare;
        csv += CsvLine({name + "/" + column.name, PlainText(table, row, i), UnitOf(column),
                        share ? of.text() + "/" + column.part : std::string("not_applicable")});
      }
    }
  }
  return csv;
}

std::string ToJson(const Report& report) {
  // Written row by row: a year by day is too much for a document of it in memory.
  const auto dumped = [](const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  };
  ordered_json header;
  for (const auto& [name, value] : report.header) header[name] = value;
  const Headline said = HeadlineOf(report);
  const ordered_json headline = {{"finding", said.finding}, {"detail", said.detail}};
  ordered_json notes = ordered_json::array();
  for (const Note& note : report.notes) notes.push_back({{"id", note.id}, {"text", note.text}});
  std::string text = "{\n\"header\":" + dumped(header) + ",\n\"headline\":" + dumped(headline) +
                     ",\n\"notes\":" + dumped(notes) + ",\n\"tables\":{";
  for (const Table& table : report.tables) {
    text += (&table == &report.tables.front() ? "\n" : ",\n") + dumped(table.name) + ":[";
    for (const Row& row : table.rows) {
      ordered_json object;
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Column& column = table.columns[i];
        if (row[i].is_count() && column.role != Role::kShare) {
          object[column.name] = row[i].count();
        } else {
          object[column.name] = PlainText(table, row, i);
        }
      }
      text += (&row == &table.rows.front() ? "\n" : ",\n") + dumped(object);
    }
    text += "]";
  }
  return text + "}}\n";
}

std::string ToMarkdown(const Report& report) {
  const Headline said = HeadlineOf(report);
  std::string text = "# " + said.finding + "\n\n";
  for (const Note& note : report.notes)
    text += "> **" + Capitalised(Spaced(note.id)) + "**: " + note.text + "\n>\n";
  if (!report.notes.empty()) text += "\n";
  text += said.detail + "\n\n## Of what\n\n| | |\n|---|---|\n";
  for (const auto& [name, value] : report.header) {
    text += "| " + Spaced(name) + " | " + PipesEscaped(value) + " |\n";
  }
  for (const Table& table : report.tables) {
    text += "\n## " + table.title + "\n\n" + table.note + "\n\n";
    if (table.rows.empty()) {
      text += "No row.\n";
      continue;
    }
    // One row a session's kind, or a service, instrument and category: for programs.
    if (table.name == "disclosure" || table.name == "measured" || table.name == "instruments") {
      text += fmt::format("{} rows: `--format csv --table {}`.\n", Grouped(table.rows.size()),
                          table.name);
      continue;
    }
    std::string rule = "|";
    text += "|";
    for (const Column& column : table.columns) {
      if (column.name == "of") continue;
      text += " " + column.title + " |";
      rule += IsNumeric(column.role) ? "---:|" : "---|";
    }
    text += "\n" + rule + "\n";
    for (const Row& row : table.rows) {
      text += "|";
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].name != "of") text += " " + MarkdownCell(table, row, i) + " |";
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace unopened::exporters::report
