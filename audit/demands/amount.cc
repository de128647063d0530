#include "audit/demands/amount.h"

#include "audit/note/proof_file.h"

namespace unopened::audit {

std::optional<Amount> Amount::Exactly(std::uint64_t count) {
  if (count > kMost) return std::nullopt;
  return Amount(count, 1);
}

std::optional<Amount> Amount::Band(std::uint64_t low, std::uint64_t width) {
  if (width < 2 || width > kMost || low > kMost - width + 1 || low % width != 0) {
    return std::nullopt;
  }
  return Amount(low, width);
}

std::optional<Amount> Amount::Parse(std::string_view text) {
  if (text == "unknown") return Amount();
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto count = note::ParseSize(text);
    return count ? Exactly(*count) : std::nullopt;
  }
  const auto low = note::ParseSize(text.substr(0, dash));
  const auto high = note::ParseSize(text.substr(dash + 1));
  if (!low || !high || *high <= *low || *high > kMost) return std::nullopt;
  return Band(*low, *high - *low + 1);
}

std::string Amount::Text() const {
  if (is_unknown()) return "unknown";
  if (is_exact()) return std::to_string(low_);
  return std::to_string(low_) + "-" + std::to_string(low_ + width_ - 1);
}

}  // namespace unopened::audit
