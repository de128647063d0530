#include "exporters/report/window_scan.h"

#include <charconv>

#include "audit/entry.h"

namespace unopened::exporters::report {

bool WindowScan::Literal(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

bool WindowScan::Number(std::uint64_t& value) {
  const char* const end = rest_.data() + rest_.size();
  const auto [at, error] = std::from_chars(rest_.data(), end, value);
  if (error != std::errc()) return false;
  rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()));
  return true;
}

bool WindowScan::Time(base::TimeNs& time) {
  constexpr std::size_t kSize = 20;  // "2026-11-23T02:00:00Z"
  if (rest_.size() < kSize || !audit::ParseTime(rest_.substr(0, kSize), time)) return false;
  rest_.remove_prefix(kSize);
  return true;
}

bool WindowScan::Head(WindowHead& head) {
  std::uint64_t seconds = 0;
  std::uint64_t part = 0;
  std::uint64_t ignored = 0;
  std::uint64_t partial = 0;
  if (!Literal(R"({"type":"window","start":")") || !Time(head.start) ||
      !Literal(R"(","seconds":)") || !Number(seconds) || !Literal(R"(,"tap":")")) {
    return false;
  }
  const std::size_t tap_end = rest_.find('"');
  // A name with an escape is read the other way.
  if (tap_end == std::string_view::npos || rest_.substr(0, tap_end).find('\\') != rest_.npos) {
    return false;
  }
  rest_.remove_prefix(tap_end);
  const auto two = [&](std::string_view name, std::uint64_t& packets, std::uint64_t& bytes) {
    return Literal(name) && Literal(R"("packets":)") && Number(packets) &&
           Literal(R"(,"bytes":)") && Number(bytes);
  };
  if (!Literal(R"(","part":)") || !Number(part) || !Literal(R"(,"parts":)") || !Number(ignored) ||
      !Literal(R"(,"partial":)") || !Number(partial) ||
      !two(R"(,"seen":{)", head.seen_packets, head.seen_bytes) || !Literal(R"(,"dropped":)") ||
      !Number(head.dropped) || !two(R"(},"carried":{)", ignored, ignored) ||
      !two(R"(},"pending":{)", ignored, ignored) || !Literal(R"(},"losses":{},"counts":[)")) {
    return false;
  }
  head.seconds = static_cast<std::uint32_t>(seconds);
  head.first_part = part == 1;
  head.partial = partial != 0;
  return true;
}

bool WindowScan::NextRow(std::uint32_t& shape, audit::Counts& counts) {
  if (Literal("]")) {
    ended_ = true;
    return false;
  }
  if (any_ && !Literal(",")) return false;
  any_ = true;
  std::uint64_t number = 0;
  if (!Literal("[") || !Number(number) || !Literal(",") || !Number(counts.sessions) ||
      !Literal(",") || !Number(counts.conversations) || !Literal(",") || !Number(counts.packets) ||
      !Literal(",") || !Number(counts.bytes) || !Literal("]")) {
    return false;
  }
  shape = static_cast<std::uint32_t>(number);
  return true;
}

}  // namespace unopened::exporters::report
