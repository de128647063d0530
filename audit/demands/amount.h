// Amount: how many, as the law lets it be told: exactly, in a band, or unknown. A band has no exact
// number inside it, so none can leak from one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unopened::audit {

class Amount {
 public:
  // Above it lies nothing that counts demands; a longer number is somebody's.
  static constexpr std::uint64_t kMost = 99'999'999;

  Amount() = default;  // unknown
  static std::optional<Amount> Exactly(std::uint64_t count);
  // [low, low + width): width 1000, low 0 is "0-999".
  static std::optional<Amount> Band(std::uint64_t low, std::uint64_t width);
  // "12", "0-249", "unknown". Nothing for anything else.
  static std::optional<Amount> Parse(std::string_view text);

  bool is_unknown() const { return width_ == 0; }
  bool is_exact() const { return width_ == 1; }
  bool is_band() const { return width_ > 1; }
  std::uint64_t low() const { return low_; }
  std::uint64_t width() const { return width_; }
  std::string Text() const;

  friend bool operator==(const Amount&, const Amount&) = default;

 private:
  Amount(std::uint64_t low, std::uint64_t width) : low_(low), width_(width) {}
  std::uint64_t low_ = 0;
  std::uint64_t width_ = 0;
};

}  // namespace unopened::audit
