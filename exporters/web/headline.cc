#include "exporters/web/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

namespace unopened::exporters {

using audit::Verdict;

namespace {

constexpr std::string_view kClaim =
    "went to a service that, by its own policy, could not have handed over what was said.";

std::uint64_t Of(const audit::Summary& summary, Verdict verdict) {
  return summary.conversations_by_verdict[static_cast<std::size_t>(verdict)];
}

// The N of "about one in N", where the share lies within a twentieth of 1/N; 0 where no N does.
std::uint64_t OneIn(std::uint64_t part, std::uint64_t whole) {
  const std::uint64_t n = (whole + part / 2) / part;
  if (n < 2 || n > 20) return 0;
  const std::uint64_t product = part * n;
  const std::uint64_t off = product > whole ? product - whole : whole - product;
  return off <= product / 20 ? n : 0;
}

std::string Tenths(std::uint64_t tenths, std::uint64_t part, std::uint64_t whole) {
  if (tenths == 0 && part != 0) return "< 0.1%";
  if (tenths >= 1000 && part != whole) return "> 99.9%";
  return fmt::format("{}.{}%", tenths / 10, tenths % 10);
}

}  // namespace

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  const double tenths = 1000.0 * static_cast<double>(part) / static_cast<double>(whole);
  return Tenths(static_cast<std::uint64_t>(std::lround(tenths)), part, whole);
}

std::vector<std::string> Shares(std::span<const std::uint64_t> parts) {
  const std::uint64_t whole = std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
  std::vector<std::string> shares(parts.size());
  if (whole == 0) return shares;
  std::vector<std::uint64_t> tenths(parts.size());
  std::vector<std::pair<double, std::size_t>> remainders;  // negative, so that the largest is first
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double exact = 1000.0 * static_cast<double>(parts[i]) / static_cast<double>(whole);
    tenths[i] = static_cast<std::uint64_t>(exact);
    given += tenths[i];
    remainders.emplace_back(static_cast<double>(tenths[i]) - exact, i);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t i = 0; given < 1000 && i < remainders.size(); ++i, ++given)
    ++tenths[remainders[i].second];
  for (std::size_t i = 0; i < parts.size(); ++i) shares[i] = Tenths(tenths[i], parts[i], whole);
  return shares;
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

std::string Finding(const audit::Summary& summary) {
  const std::uint64_t whole = summary.conversations;
  const std::uint64_t part = Of(summary, Verdict::kCouldNot);
  if (whole == 0) return "No conversation was seen from both sides yet.";
  if (part == 0) return fmt::format("No conversation {}", kClaim);
  if (whole < kPercentFrom) {
    return fmt::format("{} of {} conversation{} {}", part, whole, whole == 1 ? "" : "s", kClaim);
  }
  if (const std::uint64_t n = OneIn(part, whole); n != 0)
    return fmt::format("About one conversation in {} {}", n, kClaim);
  return fmt::format("{} of conversations {}", Shares(summary.conversations_by_verdict).front(),
                     kClaim);
}

std::string FindingNote(const audit::Summary& summary) {
  if (summary.conversations == 0) return "";
  const auto shares = Shares(summary.conversations_by_verdict);
  const auto of = [&](Verdict verdict) {
    return summary.conversations < kPercentFrom ? Grouped(Of(summary, verdict))
                                                : shares[static_cast<std::size_t>(verdict)];
  };
  return fmt::format(
      "Of {} conversation{} seen from both sides, the provider could have for {}, anyone on the "
      "path for {}; for {} no verified fact is held.",
      Grouped(summary.conversations), summary.conversations == 1 ? "" : "s", of(Verdict::kCould),
      of(Verdict::kClear), of(Verdict::kUnknown));
}

std::string Headline(const audit::Summary& summary) {
  const std::string note = FindingNote(summary);
  return note.empty() ? Finding(summary) : Finding(summary) + " " + note;
}

}  // namespace unopened::exporters
