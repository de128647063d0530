// A TOML document as plain values with line numbers. The only place that knows toml++.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace unopened::config {

struct Member;

// Integers, booleans, texts, arrays and tables; a date is the text of its day. Lines count from 1.
struct Value {
  enum class Kind : std::uint8_t { kText, kInteger, kBoolean, kArray, kTable, kOther };
  Kind kind = Kind::kOther;
  std::uint32_t line = 0;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Value> items;     // kArray
  std::vector<Member> members;  // kTable, in order of their keys
};

struct Member {
  std::string key;
  std::uint32_t line = 0;
  Value value;
};

// Nothing, and one more problem under the name `shown`, where `text` is no TOML.
std::optional<Value> ParseDocument(std::string_view text, const std::string& shown,
                                   std::vector<Problem>& problems);

// Reads and parses `path`. Nothing, and one more problem under the name `shown`, where it cannot be
// read or is no TOML: a parser stops at its first error, the other files are read all the same.
std::optional<Value> ReadDocument(const std::filesystem::path& path, const std::string& shown,
                                  std::vector<Problem>& problems);

}  // namespace unopened::config
