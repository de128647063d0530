// Lines of a log through the checker of entries: what it accepts is canonical, and nothing makes it
// fall. An empty line stands for an entry whose body was removed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "audit/entry_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unopened::audit;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  EntryChecker checker;
  std::uint64_t index = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto problem = line.empty() ? checker.Removed(index) : checker.Next(index, line);
    if (problem && problem->index != index) std::abort();
    if (!problem && !line.empty() && Parse(line).dump() != line) std::abort();
    ++index;
  }
  checker.Finish();
  if (checker.report().entries + checker.report().removed != index) std::abort();
  return 0;
}
