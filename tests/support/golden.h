// Golden: what a program writes, held against a committed file. UPDATE_GOLDEN=1 rewrites the file;
// the difference is then for a person to read.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace unopened::tests {

// Expects `actual` to be tests/golden/`name`, byte for byte, and names the first line that differs.
inline void ExpectGolden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(UNOPENED_SOURCE_DIR) + "/tests/golden/" + name;
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::ofstream(path, std::ios::binary) << actual;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path << " is missing; UPDATE_GOLDEN=1 writes it";
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  if (golden == actual) return;
  std::size_t line = 1;
  std::size_t start = 0;
  std::size_t i = 0;
  while (i < golden.size() && i < actual.size() && golden[i] == actual[i]) {
    if (golden[i++] == '\n') {
      ++line;
      start = i;
    }
  }
  const auto line_of = [start](const std::string& text) {
    return text.substr(start, text.find('\n', start) - start);
  };
  ADD_FAILURE() << path << ":" << line << ": differs\n  golden: " << line_of(golden)
                << "\n  actual: " << line_of(actual);
}

}  // namespace unopened::tests
