#include "exporters/web/headline.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace unopened::exporters {

using audit::Verdict;

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  if (part == 0) return "0.0%";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return share < 0.05 ? "< 0.1%" : fmt::format("{:.1f}%", share);
}

std::string Grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string HumanBytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string Headline(const audit::Summary& summary) {
  if (summary.conversations == 0) return "No conversation was seen from both sides yet.";
  const auto of = [&summary](audit::Verdict verdict) {
    const std::uint64_t part = summary.conversations_by_verdict[static_cast<std::size_t>(verdict)];
    return summary.conversations < kPercentFrom ? Grouped(part)
                                                : Percent(part, summary.conversations);
  };
  return fmt::format(
      "Providers could not have handed over the content of {} of {} conversations, by service "
      "policy. They could for {}. "
      "For {} no verified fact is held.",
      of(Verdict::kCouldNot), Grouped(summary.conversations), of(Verdict::kCould),
      of(Verdict::kUnknown));
}

}  // namespace unopened::exporters
