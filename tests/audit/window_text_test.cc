#include "audit/window_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/blind.h"
#include "audit/recorder.h"
#include "tests/audit/sample_log.h"

namespace unopened::audit::tests {
namespace {

WindowEntry Full() {
  WindowEntry window;
  window.start = TimeAt("2024-02-29", 86'340);
  window.seconds = 60;
  window.tap = "edge-1";
  window.part = 1;
  window.parts = 2;
  window.partial = true;
  window.seen = {UINT64_MAX, 10};
  window.dropped = 4;
  window.carried = {1, 2};
  window.pending = {3, 4};
  window.losses = {{"dropped_kernel", {4, 0}}, {"not_ip", {1, 60}}};
  window.counts = {{0, {1, 0, 2, 3}}, {7, {10, 9, 800, UINT64_MAX}}, {UINT32_MAX, {}}};
  return window;
}

WindowEntry Empty() {
  WindowEntry window;
  window.start = TimeAt("1969-12-31");
  return window;
}

// What the way over a JSON document says of the same bytes: canonical or not.
bool IsCanonical(const std::string& entry, WindowEntry& window) {
  const Json json = Parse(entry);
  if (!json.is_object() || entry.size() <= kBlindBytes) return false;
  auto read = ReadWindow(json);
  if (!read) return false;
  window = *read;
  const std::string written = Write(window);
  const std::size_t blind = written.size() - 1;
  if (entry.size() != written.size() + kBlindBytes) return false;
  const std::string tail = entry.substr(blind);
  return entry.substr(0, blind) == written.substr(0, blind) &&
         tail.substr(0, 10) == R"(,"blind":")" && tail.substr(42) == "\"}" &&
         tail.find_first_not_of("0123456789abcdef", 10) == 42;
}

// Both ways agree about `entry`; returns whether it is a window.
bool ExpectAgreed(const std::string& entry) {
  WindowEntry slow;
  WindowEntry fast = Full();  // what is left of another window must not show
  const bool canonical = IsCanonical(entry, slow);
  const bool read = ReadCanonicalWindow(entry, fast);
  // What JSON escapes is left to the slow way, which may find it canonical.
  const bool escapes = entry.find('\\') != std::string::npos;
  EXPECT_EQ(read, canonical && !escapes) << entry;
  if (read && canonical) {
    EXPECT_EQ(Write(fast), Write(slow)) << entry;
  }
  return read;
}

TEST(WindowTextTest, IsReadAsItWasWritten) {
  for (const WindowEntry& window : {Full(), Empty()}) {
    EXPECT_TRUE(ExpectAgreed(Blinded(Write(window), 5)));
  }
  int windows = 0;
  for (const std::string& body : SampleLog()) windows += ExpectAgreed(Blinded(body, 5)) ? 1 : 0;
  EXPECT_EQ(windows, 5);
}

TEST(WindowTextTest, IsWhatAJsonLibraryWrites) {
  for (const WindowEntry& window : {Full(), Empty()}) {
    EXPECT_EQ(Json::parse(Write(window)).dump(), Write(window));
  }
  WindowEntry odd = Full();
  odd.tap = "a \"b\" \\ \n \x7f \xc3\xa9 \xff";
  EXPECT_EQ(Json::parse(Write(odd))["tap"], "a \"b\" \\ \n \x7f \xc3\xa9 \xef\xbf\xbd");
  EXPECT_EQ(Json::parse(Write(odd)).dump(), Write(odd));
}

TEST(WindowTextTest, LeavesTextsWithOtherCharactersToTheSlowWay) {
  for (const char* tap : {"a\"b", "a\\b", "a\nb", "a\x7f", "\xc3\xa9"}) {
    WindowEntry window = Full();
    window.tap = tap;
    WindowEntry read;
    EXPECT_FALSE(ReadCanonicalWindow(Blinded(Write(window), 5), read)) << tap;
  }
}

TEST(WindowTextTest, NoChangedByteIsReadOtherwiseThanByTheSlowWay) {
  const std::string good = Blinded(Write(Full()), 5);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : std::string("0195-+.eE \"\\[]{}:,aAz\n")) {
      std::string bad = good;
      bad[at] = c;
      ExpectAgreed(bad);
      bad = good;
      bad.insert(at, 1, c);
      ExpectAgreed(bad);
    }
    std::string bad = good;
    bad.erase(at, 1);
    ExpectAgreed(bad);
    EXPECT_FALSE(ExpectAgreed(good.substr(0, at))) << at;
    EXPECT_FALSE(ExpectAgreed(good + good.substr(0, at + 1))) << at;
  }
}

TEST(WindowTextTest, NumbersMustFitAndBeWrittenOneWay) {
  const std::string good = Blinded(Write(Full()), 5);
  const auto with = [&good](const std::string& what, const std::string& instead) {
    std::string entry = good;
    entry.replace(entry.find(what), what.size(), instead);
    return entry;
  };
  EXPECT_TRUE(ExpectAgreed(with("[7,10,", "[7,11,")));
  EXPECT_FALSE(ExpectAgreed(with("[7,10,", "[7,010,")));
  EXPECT_FALSE(ExpectAgreed(with("[7,10,", "[7,-10,")));
  EXPECT_FALSE(ExpectAgreed(with("[7,10,", "[7,1e1,")));
  EXPECT_FALSE(ExpectAgreed(with("[7,10,", "[7,,")));
  EXPECT_FALSE(ExpectAgreed(with("18446744073709551615", "18446744073709551616")));
  EXPECT_FALSE(ExpectAgreed(with("4294967295", "4294967296")));
  EXPECT_FALSE(ExpectAgreed(with(R"("partial":1)", R"("partial":2)")));
}

TEST(WindowTextTest, LossesMustBeSortedAndNoneTwice) {
  const std::string good = Blinded(Write(Full()), 5);
  std::string swapped = good;
  swapped.replace(swapped.find("dropped_kernel"), 14, "zropped_kernel");
  EXPECT_FALSE(ExpectAgreed(swapped));
  std::string twice = good;
  twice.replace(twice.find("not_ip"), 6, "dropped_kernel");
  EXPECT_FALSE(ExpectAgreed(twice));
}

}  // namespace
}  // namespace unopened::audit::tests
