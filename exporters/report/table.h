// Table: a report's cells in rows of named columns. Every format is written from tables, so that
// all of them say the same; what is suppressed in a table is suppressed everywhere.
//
// A cell is named by table, the row's keys and the column:
// "headline/2026-10/could_not/conversations". Names are stable: a later version may add columns and
// rows, and renames none. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace unopened::exporters::report {

enum class Role : std::uint8_t {
  kKey,       // text; with the other keys it names the row
  kText,      // text about the row
  kMeasured,  // sessions or conversations: may be suppressed, may be noised
  kVolume,    // bytes or packets of sessions: may be suppressed, never noised
  kLegal,     // counts of legal demands: text ("12", "7 to 11", "0-249", "unknown"), never noised
  kNumber,    // a number about the record itself: seconds, windows, losses
  kShare,     // of two other columns; computed where it is written
};

struct Column {
  std::string name;
  Role role = Role::kText;
  std::string title;  // as a person reads it
  // kShare: the columns it is of.
  std::string part = {};
  std::string whole = {};
};

class Value {
 public:
  enum class Kind : std::uint8_t {
    kText,
    kCount,
    kSmall,     // suppressed: below the smallest count that may be told, and not none
    kWithheld,  // suppressed so that a small one cannot be found by subtraction
  };
  Value() = default;
  Value(std::string text) : text_(std::move(text)) {}  // NOLINT: a cell is written as it is
  Value(std::string_view text) : text_(text) {}        // NOLINT
  Value(const char* text) : text_(text) {}             // NOLINT
  Value(std::uint64_t count) : kind_(Kind::kCount), count_(count) {}  // NOLINT
  // Of fewer than `min_count`, which a person reads beside it.
  static Value Small(std::uint64_t min_count) {
    Value value(Kind::kSmall);
    value.text_ = "< " + std::to_string(min_count);
    return value;
  }
  static Value Withheld() { return Value(Kind::kWithheld); }

  Kind kind() const { return kind_; }
  bool is_count() const { return kind_ == Kind::kCount; }
  bool is_suppressed() const { return kind_ == Kind::kSmall || kind_ == Kind::kWithheld; }
  std::uint64_t count() const { return count_; }
  const std::string& text() const { return text_; }
  friend bool operator==(const Value&, const Value&) = default;

 private:
  explicit Value(Kind kind) : kind_(kind) {}
  Kind kind_ = Kind::kText;
  std::string text_;
  std::uint64_t count_ = 0;
};

using Row = std::vector<Value>;  // one for each column; kShare's are empty

struct Table {
  std::string name;
  std::string title;
  std::string note;  // one sentence: what a row is, of what
  std::vector<Column> columns;
  std::vector<Row> rows;
  // Of what each row's measured cells are the sum: indexes into Collected::statements, sorted; no
  // element where nothing is measured. For suppress.h, and in no format.
  std::vector<std::vector<std::uint32_t>> members = {};

  std::size_t IndexOf(std::string_view column) const;  // columns.size() where there is none
  const Value& At(const Row& row, std::string_view column) const;
  std::string RowName(const Row& row) const;  // "headline/2026-10/could_not"
  // The row with these keys; null where there is none.
  const Row* Find(const std::vector<std::string_view>& keys) const;
  std::vector<const Row*> Where(std::string_view column, std::string_view text) const;
};

// A share as an exact decimal of six places, "0.091000", rounded to the nearest; "" of nothing.
std::string ShareText(std::uint64_t part, std::uint64_t whole);
// How a cell stands in CSV, JSON and the digest: counts in digits, suppressed cells as "suppressed"
// or "suppressed_complementary", shares computed.
std::string PlainText(const Table& table, const Row& row, std::size_t column);

}  // namespace unopened::exporters::report
