#include "config/table_reader.h"

#include <algorithm>
#include <utility>

namespace unopened::config {
namespace {

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string Listed(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

const Member* FindMember(const Value& table, std::string_view key) {
  const auto at = std::ranges::find(table.members, key, &Member::key);
  return at == table.members.end() ? nullptr : &*at;
}

}  // namespace

TableReader::TableReader(const Value& table, std::string file, std::vector<Problem>& problems)
    : table_(&table), file_(std::move(file)), problems_(&problems) {}

const Value* TableReader::Find(std::string_view key, Value::Kind kind, std::string_view expected) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.emplace_back(key);
  const Member* member = FindMember(*table_, key);
  if (member == nullptr) return nullptr;
  if (member->value.kind != kind) {
    Report(key, Quoted(key) + " must be " + std::string(expected));
    return nullptr;
  }
  return &member->value;
}

bool TableReader::Has(std::string_view key) const { return FindMember(*table_, key) != nullptr; }

std::uint32_t TableReader::LineOf(std::string_view key) const {
  const Member* member = FindMember(*table_, key);
  return member == nullptr ? table_->line : member->line;
}

void TableReader::Report(std::string_view key, std::string what) {
  problems_->push_back({file_, LineOf(key), std::move(what)});
}

void TableReader::ReportWord(std::string_view key, const std::string& text,
                             const std::vector<std::string_view>& allowed) {
  Report(key, Quoted(key) + " is " + Quoted(text) + ", but must be one of " + Listed(allowed));
}

std::string TableReader::Text(std::string_view key) {
  const bool present = Has(key);
  std::string text = TextOr(key);
  if (!present) {
    Report(key, Quoted(key) + " is missing");
  } else if (text.empty() && FindMember(*table_, key)->value.kind == Value::Kind::kText) {
    Report(key, Quoted(key) + " is empty");
  }
  return text;
}

std::string TableReader::TextOr(std::string_view key, const std::string& fallback) {
  const Value* value = Find(key, Value::Kind::kText, "a text");
  return value == nullptr ? fallback : value->text;
}

std::int64_t TableReader::IntegerOr(std::string_view key, std::int64_t fallback, std::int64_t low,
                                    std::int64_t high) {
  const Value* value = Find(key, Value::Kind::kInteger, "an integer");
  if (value == nullptr) return fallback;
  if (value->integer < low || value->integer > high) {
    Report(key, Quoted(key) + " is " + std::to_string(value->integer) + ", but must lie between " +
                    std::to_string(low) + " and " + std::to_string(high));
    return fallback;
  }
  return value->integer;
}

bool TableReader::BooleanOr(std::string_view key, bool fallback) {
  const Value* value = Find(key, Value::Kind::kBoolean, "true or false");
  return value == nullptr ? fallback : value->boolean;
}

std::optional<base::Day> TableReader::Day(std::string_view key) {
  const Value* value = Find(key, Value::Kind::kText, "a day like \"2026-11-23\"");
  if (value == nullptr) return std::nullopt;
  base::Day day = 0;
  if (!base::ParseDay(value->text, day)) {
    Report(key, Quoted(key) + " is " + Quoted(value->text) + ", no day of the form 2026-11-23");
    return std::nullopt;
  }
  return day;
}

std::vector<std::string> TableReader::Texts(std::string_view key) {
  std::vector<std::string> out;
  const Value* value = Find(key, Value::Kind::kArray, "a list of texts");
  if (value == nullptr) return out;
  for (const Value& item : value->items) {
    if (item.kind != Value::Kind::kText || item.text.empty()) {
      problems_->push_back({file_, item.line, Quoted(key) + " must be a list of texts"});
    } else {
      out.push_back(item.text);
    }
  }
  return out;
}

std::vector<TableReader> TableReader::Tables(std::string_view key) {
  std::vector<TableReader> out;
  const Value* value = Find(key, Value::Kind::kArray, "a list of tables, [[...]]");
  if (value == nullptr) return out;
  for (const Value& item : value->items) {
    if (item.kind != Value::Kind::kTable) {
      problems_->push_back({file_, item.line, Quoted(key) + " must be a list of tables, [[...]]"});
    } else {
      out.emplace_back(item, file_, *problems_);
    }
  }
  return out;
}

std::optional<TableReader> TableReader::Table(std::string_view key) {
  const Value* value = Find(key, Value::Kind::kTable, "a table, [...]");
  if (value == nullptr) return std::nullopt;
  return TableReader(*value, file_, *problems_);
}

void TableReader::Finish() {
  for (const Member& member : table_->members) {
    if (std::ranges::find(asked_, member.key) != asked_.end()) continue;
    std::vector<std::string_view> known(asked_.begin(), asked_.end());
    std::ranges::sort(known);
    problems_->push_back(
        {file_, member.line,
         "unknown key " + Quoted(member.key) + " (known here: " + Listed(known) + ")"});
  }
}

}  // namespace unopened::config
