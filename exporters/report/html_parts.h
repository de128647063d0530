// The parts that a report's page is made of: words, glyphs, tables, charts as SVG. Everything that
// comes from a table goes through Escaped. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/report/table.h"

namespace unopened::exporters::report {

std::string Escaped(std::string_view text);
std::string Glyph(std::string_view answer);
std::string Swatch(std::string_view answer);
// A glyph with words beside it.
std::string AnswerMark(std::string_view answer, std::string_view words);
std::string Key(const std::vector<std::pair<std::string, std::string>>& answers);  // code, words

struct Segment {
  std::string answer;  // its pattern
  std::string words;
  std::uint64_t count = 0;
  bool known = true;  // false: suppressed, and drawn as no length
};
// A bar of 100 percent, labelled where there is room; `what` names it for who hears it. Small bars
// carry no words.
std::string WholeBar(std::string_view what, const std::vector<Segment>& segments, bool small);
// One grey bar of `part` in `scale`.
std::string RowBar(std::uint64_t part, std::uint64_t scale, bool accent = false);

struct PlotColumn {
  std::string label;
  bool recorded = true;           // false: nothing was; drawn dashed
  std::vector<Segment> segments;  // from below
  std::uint64_t share_part = 0;   // the dot below: of the sum
};
// Stacked columns over a line of shares.
std::string Plot(const std::vector<PlotColumn>& columns, std::string_view what);

struct HtmlColumn {
  std::string title;
  bool numeric = false;
  bool wide_only = false;
};
// Cells are HTML already. The first of each row is its head. In a region that scrolls sideways.
struct HtmlTable {
  std::string caption;
  std::vector<HtmlColumn> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> foot = {};
  bool tall = false;
};
std::string Render(const HtmlTable& table);
// A table of the report as it is, its text columns first; for what needs no drawing.
HtmlTable Plain(const Table& table, const std::vector<std::string_view>& columns);

struct Figure {
  std::string finding;  // HTML
  std::string caption;  // HTML
  std::string body;     // HTML
  std::string note = {};
  std::string cells = {};  // names of the tables it shows: "headline", "protocols"
};
std::string Render(const Figure& figure);
std::string Details(std::string_view summary, const std::string& body);

}  // namespace unopened::exporters::report
