// Names of closed enums, one table beside each enum: the label in metrics, the word in the log, the
// key in config.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace unopened::base {

// Finds the value whose name is `text` in a table indexed by the enum's value.
template <class Enum, std::size_t kCount>
constexpr std::optional<Enum> FromName(const std::array<std::string_view, kCount>& names,
                                       std::string_view text) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace unopened::base
