#include "config/document.h"

// Debian's shared library is built to throw; header-only with TOML_EXCEPTIONS=0 is not.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

namespace unopened::config {
namespace {

Value Convert(const toml::node& node) {
  Value value;
  value.line = node.source().begin.line;
  if (const auto* table = node.as_table()) {
    value.kind = Value::Kind::kTable;
    for (const auto& [key, member] : *table) {
      value.members.push_back({std::string(key.str()), key.source().begin.line, Convert(member)});
    }
  } else if (const auto* array = node.as_array()) {
    value.kind = Value::Kind::kArray;
    for (const auto& item : *array) value.items.push_back(Convert(item));
  } else if (const auto* text = node.as_string()) {
    value.kind = Value::Kind::kText;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = Value::Kind::kInteger;
    value.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = Value::Kind::kBoolean;
    value.boolean = boolean->get();
  } else if (const auto* date = node.as_date()) {
    const toml::date day = date->get();
    std::array<char, 16> iso{};
    std::snprintf(iso.data(), iso.size(), "%04u-%02u-%02u", unsigned{day.year}, unsigned{day.month},
                  unsigned{day.day});
    value.kind = Value::Kind::kText;
    value.text = iso.data();
  }
  return value;
}

}  // namespace

std::optional<Value> ParseDocument(std::string_view text, const std::string& shown,
                                   std::vector<Problem>& problems) {
  const toml::parse_result parsed = toml::parse(text, shown);
  if (!parsed) {
    problems.push_back({shown, parsed.error().source().begin.line,
                        "no valid TOML: " + std::string(parsed.error().description())});
    return std::nullopt;
  }
  return Convert(parsed.table());
}

std::optional<Value> ReadDocument(const std::filesystem::path& path, const std::string& shown,
                                  std::vector<Problem>& problems) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    problems.push_back({shown, 0, "cannot be read, or is empty"});
    return std::nullopt;
  }
  return ParseDocument(content.str(), shown, problems);
}

}  // namespace unopened::config
