// TableReader: one table of a document, read key by key. Every mistake becomes a Problem with its
// line and reading goes on with a harmless value, so that one pass finds them all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/enum_names.h"
#include "config/document.h"

namespace unopened::config {

class TableReader {
 public:
  // `table` is a kTable and outlives the reader, as does `problems`.
  TableReader(const Value& table, std::string file, std::vector<Problem>& problems);

  // A required text that is not empty, and an optional one.
  std::string Text(std::string_view key);
  std::string TextOr(std::string_view key, const std::string& fallback = {});
  // An integer in [low, high].
  std::int64_t IntegerOr(std::string_view key, std::int64_t fallback, std::int64_t low,
                         std::int64_t high);
  bool BooleanOr(std::string_view key, bool fallback);
  // "2026-11-23", as a text or a TOML date. Nothing where the key is absent or the day is no day.
  std::optional<base::Day> Day(std::string_view key);
  std::vector<std::string> Texts(std::string_view key);
  // The tables of an array of tables ([[key]]), and one table ([key]); absent: none.
  std::vector<TableReader> Tables(std::string_view key);
  std::optional<TableReader> Table(std::string_view key);

  // One of an enum's names; required.
  template <class Enum, std::size_t kCount>
  std::optional<Enum> Word(std::string_view key,
                           const std::array<std::string_view, kCount>& names) {
    const std::string text = Text(key);
    if (text.empty()) return std::nullopt;
    const auto value = base::FromName<Enum>(names, text);
    if (!value) ReportWord(key, text, {names.begin(), names.end()});
    return value;
  }

  bool Has(std::string_view key) const;
  // The line of `key`, or the table's own.
  std::uint32_t LineOf(std::string_view key) const;
  std::uint32_t line() const { return table_->line; }
  const std::string& file() const { return file_; }
  void Report(std::string_view key, std::string what);
  // Reports `text` as none of `allowed`.
  void ReportWord(std::string_view key, const std::string& text,
                  const std::vector<std::string_view>& allowed);
  // Reports every key that nobody asked for. Call last.
  void Finish();

 private:
  const Value* Find(std::string_view key, Value::Kind kind, std::string_view expected);

  const Value* table_;
  std::string file_;
  std::vector<Problem>* problems_;
  std::vector<std::string> asked_;
};

}  // namespace unopened::config
