// WindowScan: the counts of a window entry, read without building a document of it: a year of one
// tap is half a million windows. Reads the canonical form alone (docs/log_format.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "audit/shape.h"
#include "base/clock.h"

namespace unopened::exporters::report {

struct WindowHead {
  base::TimeNs start = 0;
  std::uint32_t seconds = 0;
  bool first_part = true;
  bool partial = false;
  std::uint64_t seen_packets = 0;
  std::uint64_t seen_bytes = 0;
  std::uint64_t dropped = 0;
};

class WindowScan {
 public:
  explicit WindowScan(std::string_view entry) : rest_(entry) {}

  // True where this is a window whose losses are none; its counts are next. False: read it as any
  // other entry.
  bool Head(WindowHead& head);
  // The next row. False at the end of the list, or where it is malformed.
  bool NextRow(std::uint32_t& shape, audit::Counts& counts);
  // After NextRow said false: whether the list ended as it must.
  bool ended() const { return ended_; }

 private:
  bool Literal(std::string_view text);
  bool Number(std::uint64_t& value);
  bool Time(base::TimeNs& time);

  std::string_view rest_;
  bool any_ = false;
  bool ended_ = false;
};

}  // namespace unopened::exporters::report
