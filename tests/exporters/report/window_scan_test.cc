#include "exporters/report/window_scan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "audit/entry.h"

namespace unopened::exporters::report {
namespace {

TEST(WindowScan, ReadsWhatTheEntrysOwnReaderReads) {
  std::ifstream golden(UNOPENED_SOURCE_DIR "/tests/golden/entries.jsonl");
  std::string line;
  std::size_t scanned = 0;
  while (std::getline(golden, line)) {
    if (!line.starts_with(R"({"type":"window")")) continue;
    const auto window = audit::ReadWindow(audit::Parse(line));
    ASSERT_TRUE(window);
    WindowScan scan(line);
    WindowHead head;
    if (!scan.Head(head)) {
      EXPECT_FALSE(window->losses.empty()) << line;
      continue;
    }
    ++scanned;
    EXPECT_EQ(head.start, window->start);
    EXPECT_EQ(head.seconds, window->seconds);
    EXPECT_EQ(head.first_part, window->part == 1);
    EXPECT_EQ(head.partial, window->partial);
    EXPECT_EQ(head.seen_packets, window->seen.packets);
    EXPECT_EQ(head.seen_bytes, window->seen.bytes);
    EXPECT_EQ(head.dropped, window->dropped);
    std::vector<audit::CountRow> rows;
    audit::CountRow row;
    while (scan.NextRow(row.shape, row.counts)) rows.push_back(row);
    EXPECT_TRUE(scan.ended());
    EXPECT_EQ(rows, window->counts);
  }
  EXPECT_GT(scanned, 0u);
}

TEST(WindowScan, LeavesWhatIsNotCanonicalToTheEntrysOwnReader) {
  audit::WindowEntry window;
  window.seconds = 60;
  window.tap = "edge-1";
  window.counts = {{1, {1, 1, 2, 120}}, {2, {1, 1, 2, 120}}};
  const std::string good = audit::Write(window);
  WindowHead head;
  ASSERT_TRUE(WindowScan(good).Head(head));
  window.tap = "a \"quoted\" tap";
  EXPECT_FALSE(WindowScan(audit::Write(window)).Head(head));
  window.tap = "edge-1";
  window.losses["not_ip"] = {1, 60};
  EXPECT_FALSE(WindowScan(audit::Write(window)).Head(head));
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    WindowScan scan(std::string_view(good).substr(0, cut));
    if (!scan.Head(head)) continue;
    std::uint32_t shape = 0;
    audit::Counts counts;
    while (scan.NextRow(shape, counts)) {
    }
    // A list that ended is whole, whatever is missing behind it.
    if (scan.ended()) {
      EXPECT_GE(cut, good.find("]]") + 2);
    }
  }
}

}  // namespace
}  // namespace unopened::exporters::report
