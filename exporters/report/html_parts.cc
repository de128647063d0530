#include "exporters/report/html_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

constexpr double kLabelFrom = 8.0;  // percent of a bar that has room for words

double PercentOf(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t SumOf(const std::vector<Segment>& segments) {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments) sum += segment.count;
  return sum;
}

// The least of 1, 2, 5 times a power of ten that is not below `value`.
std::uint64_t NiceCeiling(std::uint64_t value) {
  std::uint64_t power = 1;
  while (power < value) {
    for (const std::uint64_t factor : {1, 2, 5}) {
      if (power * factor >= value) return power * factor;
    }
    power *= 10;
  }
  return power;
}

std::string Short(std::uint64_t value) {
  if (value >= 10'000'000) return fmt::format("{} M", value / 1'000'000);
  if (value >= 1'000'000) return fmt::format("{:.1f} M", static_cast<double>(value) / 1e6);
  if (value >= 10'000) return fmt::format("{} k", value / 1000);
  return Grouped(value);
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string Glyph(std::string_view answer) {
  return fmt::format(
      R"html(<svg class="g {0}" aria-hidden="true" focusable="false"><use href="#g-{0}"/></svg>)html",
      Escaped(answer));
}

std::string Swatch(std::string_view answer) {
  return fmt::format(
      R"html(<svg class="sw" aria-hidden="true" focusable="false"><rect class="seg {0}" x=".5" y=".5" width="25" height="13"{1}/></svg>)html",
      Escaped(answer),
      answer == "gap" ? std::string()
                      : fmt::format(R"html( fill="url(#p-{})")html", Escaped(answer)));
}

std::string AnswerMark(std::string_view answer, std::string_view words) {
  return fmt::format(R"html(<span class="a {}">{}<span>{}</span></span>)html", Escaped(answer),
                     Glyph(answer), Escaped(words));
}

std::string Key(const std::vector<std::pair<std::string, std::string>>& answers) {
  std::string html = R"html(<ul class="key" aria-label="Key">)html";
  for (const auto& [answer, words] : answers) {
    html += "<li>" + Swatch(answer) + "<span>" + Escaped(words) + "</span></li>";
  }
  return html + "</ul>";
}

std::string WholeBar(std::string_view what, const std::vector<Segment>& segments, bool small) {
  const std::uint64_t whole = SumOf(segments);
  std::vector<std::uint64_t> counts;
  counts.reserve(segments.size());
  for (const Segment& segment : segments) counts.push_back(segment.count);
  const auto shares = Shares(counts);
  std::string spoken = std::string(what) + ":";
  std::string drawn;
  double x = 0;
  double free_from = 0;  // where the next label may begin
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    if (!segment.known) {
      spoken += fmt::format("{} {} suppressed", i == 0 ? "" : ",", segment.words);
      continue;
    }
    if (segment.count == 0) continue;
    const double width = PercentOf(segment.count, whole);
    spoken += fmt::format("{} {} {}", spoken.ends_with(':') ? "" : ",", segment.words, shares[i]);
    drawn += fmt::format(
        R"html(<rect class="seg {0}" x="{1:.3f}%" y="{2}" width="{3:.3f}%" height="{4}" fill="url(#p-{0})"/>)html",
        segment.answer, x, small ? 1 : 20, width, small ? 14 : 44);
    if (!small && width >= kLabelFrom && x >= free_from) {
      const std::string_view often = width >= 16 ? "" : " mid";
      drawn += fmt::format(
          R"html(<line class="tick{3}" x1="{0:.3f}%" x2="{0:.3f}%" y1="4" y2="20"/><text class="big{3}" x="{0:.3f}%" dx="5" y="14">{1}<tspan class="phone-hide" font-weight="400" font-size="12">{2}</tspan></text>)html",
          x + 0.02, shares[i], width >= 14 ? " " + Escaped(segment.words) : std::string(), often);
      free_from = x + (width >= 14 ? 14 : 7);
    }
    x += width;
  }
  if (whole == 0) {
    spoken += " none";
    drawn =
        fmt::format(R"html(<rect class="seg gap" x="0.1%" y="{}" width="99.8%" height="{}"/>)html",
                    small ? 1 : 20, small ? 14 : 44);
  }
  return fmt::format(
      R"html(<svg class="chart" height="{}" role="img" aria-label="{}">{}</svg>)html",
      small ? 16 : 66, Escaped(spoken), drawn);
}

std::string RowBar(std::uint64_t part, std::uint64_t scale, bool accent) {
  return fmt::format(
      R"html(<svg class="chart" height="12" aria-hidden="true" focusable="false"><rect class="bar{}" x="0" y="1" height="10" width="{:.2f}%"/></svg>)html",
      accent ? " accent" : "", PercentOf(part, scale));
}

std::string Plot(const std::vector<PlotColumn>& columns, std::string_view what) {
  constexpr double kHeight = 170;
  constexpr double kShareHeight = 60;
  std::uint64_t most = 1;
  double most_share = 1;
  for (const PlotColumn& column : columns) {
    most = std::max(most, SumOf(column.segments));
    most_share = std::max(most_share, PercentOf(column.share_part, SumOf(column.segments)));
  }
  const std::uint64_t top = NiceCeiling(most);
  const double share_top = std::min(100.0, std::ceil(most_share / 5) * 5);
  std::string axis;
  std::string grid;
  for (int i = 0; i <= 4; ++i) {
    const double y = kHeight - kHeight * i / 4;
    if (top % 4 != 0 && i % 4 != 0) continue;
    axis += fmt::format(R"html(<text x="44" y="{:.1f}" text-anchor="end">{}</text>)html", y + 4,
                        Short(top * static_cast<std::uint64_t>(i) / 4));
    grid += fmt::format(R"html(<line class="{}" x1="0" x2="100%" y1="{:.1f}" y2="{:.1f}"/>)html",
                        i == 0 ? "axis" : "grid", y, y);
  }
  const double step = 100.0 / static_cast<double>(columns.size());
  // A label every so many columns, so that they never meet on a phone.
  const std::size_t every = std::max<std::size_t>(1, (columns.size() + 5) / 6);
  std::string drawn;
  std::string dots;
  std::string labels;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const PlotColumn& column = columns[i];
    const double x = step * static_cast<double>(i) + step * 0.12;
    const double width = step * 0.76;
    const std::uint64_t whole = SumOf(column.segments);
    if (!column.recorded) {
      drawn += fmt::format(
          R"html(<rect class="seg gap" x="{:.3f}%" y="1" width="{:.3f}%" height="{:.1f}"/>)html", x,
          width, kHeight - 1);
    }
    double y = kHeight;
    for (const Segment& segment : column.segments) {
      if (segment.count == 0) continue;
      const double height = kHeight * static_cast<double>(segment.count) / static_cast<double>(top);
      y -= height;
      drawn += fmt::format(
          R"html(<rect class="seg {0}" x="{1:.3f}%" y="{2:.2f}" width="{3:.3f}%" height="{4:.2f}" fill="url(#p-{0})"/>)html",
          segment.answer, x, y, width, height);
    }
    if (whole != 0) {
      dots += fmt::format(
          R"html(<circle class="dot" cx="{:.3f}%" cy="{:.1f}" r="{}"/>)html", x + width / 2,
          8 + kShareHeight - kShareHeight * PercentOf(column.share_part, whole) / share_top,
          columns.size() > 120 ? 1.6 : 3);
    }
    if (i % every == 0) {
      labels += fmt::format(R"html(<text x="{:.3f}%" y="{}" text-anchor="start">{}</text>)html", x,
                            kHeight + 18, Escaped(column.label));
    }
  }
  const std::string share_axis = fmt::format(
      R"html(<text x="44" y="12" text-anchor="end">{:.0f}%</text><text x="44" y="{:.0f}" text-anchor="end">0%</text>)html",
      share_top, 8 + kShareHeight + 4);
  return fmt::format(
      R"html(<div class="plot" role="img" aria-label="{0}"><svg height="196" aria-hidden="true">{1}</svg><svg height="196" aria-hidden="true">{2}{3}{4}</svg><svg height="84" aria-hidden="true">{5}</svg><svg height="84" aria-hidden="true"><line class="grid" x1="0" x2="100%" y1="8" y2="8"/><line class="axis" x1="0" x2="100%" y1="{6:.0f}" y2="{6:.0f}"/>{7}</svg></div>)html",
      Escaped(what), axis, grid, drawn, labels, share_axis, 8 + kShareHeight, dots);
}

std::string Render(const HtmlTable& table) {
  const auto classes = [](const HtmlColumn& column) {
    if (!column.numeric && !column.wide_only) return std::string();
    return fmt::format(R"html( class="{}{}{}")html", column.numeric ? "num" : "",
                       column.numeric && column.wide_only ? " " : "",
                       column.wide_only ? "wide-only" : "");
  };
  std::string html = fmt::format(
      R"html(<div class="scroll{0}" tabindex="0" role="region" aria-label="{1}"><table><caption class="vh">{1}</caption><thead><tr>)html",
      table.tall ? " tall" : "", Escaped(table.caption));
  for (const HtmlColumn& column : table.columns) {
    html += "<th scope=\"col\"" + classes(column) + ">" + column.title + "</th>";
  }
  html += "</tr></thead><tbody>";
  const auto cells = [&](const std::vector<std::string>& row) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += i == 0 ? "<th scope=\"row\">" + row[i] + "</th>"
                     : "<td" + classes(table.columns[i]) + ">" + row[i] + "</td>";
    }
    html += "</tr>";
  };
  for (const auto& row : table.rows) cells(row);
  html += "</tbody>";
  if (!table.foot.empty()) {
    html += "<tfoot>";
    cells(table.foot);
    html += "</tfoot>";
  }
  return html + "</table></div>";
}

HtmlTable Plain(const Table& table, const std::vector<std::string_view>& columns) {
  HtmlTable html{table.title, {}, {}};
  for (const std::string_view name : columns) {
    const Column& column = table.columns[table.IndexOf(name)];
    const bool text = column.role == Role::kKey || column.role == Role::kText;
    html.columns.push_back({Escaped(column.title), !text, false});
  }
  for (const Row& row : table.rows) {
    std::vector<std::string> cells;
    for (const std::string_view name : columns) {
      const std::size_t i = table.IndexOf(name);
      const Column& column = table.columns[i];
      if (column.role == Role::kShare) {
        cells.push_back(
            Escaped(HumanShare(table.At(row, column.part), table.At(row, column.whole))));
      } else if (name.starts_with("bytes") && row[i].is_count()) {
        cells.push_back(HumanBytes(row[i].count()));
      } else if (name == "answer" || name == "class" || name == "data_category_requested" ||
                 name == "cause" || name == "bound") {
        cells.push_back(Escaped(Spaced(row[i].text())));
      } else {
        cells.push_back(Escaped(Human(row[i])));
      }
    }
    html.rows.push_back(std::move(cells));
  }
  html.tall = html.rows.size() > 20;
  return html;
}

std::string Render(const Figure& figure) {
  std::string html = "<figure><figcaption><h3>" + figure.finding + "</h3><p>" + figure.caption +
                     "</p></figcaption>" + figure.body;
  if (!figure.note.empty()) html += "<p class=\"note\">" + figure.note + "</p>";
  if (!figure.cells.empty()) {
    html += "<p class=\"verify\"><span>How to verify: cells <code>" + Escaped(figure.cells) +
            "</code></span><span><code>unopened report --table " +
            Escaped(figure.cells.substr(0, figure.cells.find_first_of("/, "))) +
            "</code></span><span><a href=\"#verify\">steps</a></span></p>";
  }
  return html + "</figure>";
}

std::string Details(std::string_view summary, const std::string& body) {
  return "<details><summary>" + Escaped(summary) + "</summary>" + body + "</details>";
}

}  // namespace unopened::exporters::report
