#include "exporters/report/table.h"

#include <fmt/format.h>

namespace unopened::exporters::report {

std::size_t Table::IndexOf(std::string_view column) const {
  std::size_t i = 0;
  while (i < columns.size() && columns[i].name != column) ++i;
  return i;
}

const Value& Table::At(const Row& row, std::string_view column) const {
  static const Value kNone;
  const std::size_t i = IndexOf(column);
  return i < row.size() ? row[i] : kNone;
}

std::string Table::RowName(const Row& row) const {
  std::string text = name;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].role == Role::kKey) text += "/" + row[i].text();
  }
  return text;
}

const Row* Table::Find(const std::vector<std::string_view>& keys) const {
  for (const Row& row : rows) {
    bool same = true;
    for (std::size_t i = 0; i < keys.size() && same; ++i) same = row[i].text() == keys[i];
    if (same) return &row;
  }
  return nullptr;
}

std::vector<const Row*> Table::Where(std::string_view column, std::string_view text) const {
  std::vector<const Row*> found;
  const std::size_t i = IndexOf(column);
  if (i == columns.size()) return found;
  for (const Row& row : rows) {
    if (row[i].text() == text) found.push_back(&row);
  }
  return found;
}

std::string ShareText(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  constexpr std::uint64_t kScale = 1'000'000;
  // 128 bits, since a year's bytes times a million do not fit in 64.
  __extension__ using Wide = unsigned __int128;
  const auto share = static_cast<std::uint64_t>((Wide{part} * kScale + whole / 2) / whole);
  return fmt::format("{}.{:06}", share / kScale, share % kScale);
}

std::string PlainText(const Table& table, const Row& row, std::size_t column) {
  const Column& shown = table.columns[column];
  if (shown.role == Role::kShare) {
    const Value& part = table.At(row, shown.part);
    const Value& whole = table.At(row, shown.whole);
    if (part.is_suppressed() || whole.is_suppressed()) return "suppressed";
    if (!part.is_count() || !whole.is_count()) return "unknown";
    const std::string share = ShareText(part.count(), whole.count());
    return share.empty() ? "not_applicable" : share;
  }
  const Value& value = row[column];
  switch (value.kind()) {
    case Value::Kind::kCount:
      return std::to_string(value.count());
    case Value::Kind::kSmall:
      return "suppressed";
    case Value::Kind::kWithheld:
      return "suppressed_complementary";
    case Value::Kind::kText:
      break;
  }
  return value.text();
}

}  // namespace unopened::exporters::report
