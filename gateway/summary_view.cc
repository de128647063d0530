#include "gateway/summary_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/web/headline.h"

namespace unopened::gateway {
namespace {

using audit::Answer;
using audit::Category;
using audit::Party;
using audit::Summary;
using audit::Verdict;
using exporters::Grouped;
using exporters::Headline;
using exporters::HumanBytes;
using exporters::kPercentFrom;
using exporters::Percent;

// How one verdict looks: /docs/wording.md has the table.
struct Mark {
  Verdict verdict;
  std::string_view word;
  std::string_view utf8;
  char ascii;
  int colour;  // of the 256-colour palette
};
constexpr std::array<Mark, audit::kVerdictCount> kMarks = {{
    {Verdict::kCouldNot, "could not", "█", '#', 75},
    {Verdict::kOwnKeys, "own keys", "▓", 'K', 43},
    {Verdict::kConditional, "conditional", "╱", '/', 178},
    {Verdict::kUndetermined, "undetermined", "?", '?', 140},
    {Verdict::kUnknown, "unknown", "·", '.', 248},
    {Verdict::kOpaque, "opaque", "×", 'x', 245},
    {Verdict::kCould, "could", "≡", '=', 215},
    {Verdict::kClear, "clear", "-", '-', 209},
}};

constexpr std::size_t kRowsShown = 24;

std::uint64_t Of(const Summary& summary, Verdict verdict) {
  return summary.conversations_by_verdict[static_cast<std::size_t>(verdict)];
}

class Page {
 public:
  explicit Page(const ViewStyle& style) : style_(style) {}

  void Line(const std::string& text = "") { out_ += text + "\n"; }
  std::string Bold(const std::string& text) const { return Sgr("1", text); }
  std::string Quiet(const std::string& text) const { return Sgr("38;5;248", text); }
  std::string Warn(const std::string& text) const { return Sgr("38;5;221", text); }
  std::string Coloured(const Mark& mark, const std::string& text) const {
    return Sgr(fmt::format("38;5;{}", mark.colour), text);
  }
  std::string Repeat(const Mark& mark, std::size_t count) const {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += style_.utf8 ? std::string(mark.utf8) : std::string(1, mark.ascii);
    return Coloured(mark, text);
  }
  void Rule() {
    std::string rule;
    for (int i = 0; i < style_.width; ++i) rule += style_.utf8 ? "─" : "-";
    Line(Quiet(rule));
  }
  // Broken at spaces to the page's width.
  void Paragraph(const std::string& text) {
    std::size_t from = 0;
    const auto width = static_cast<std::size_t>(style_.width);
    while (text.size() - from > width) {
      std::size_t cut = text.rfind(' ', from + width);
      if (cut == std::string::npos || cut <= from) cut = from + width;
      Line(text.substr(from, cut - from));
      from = cut + 1;
    }
    Line(text.substr(from));
  }
  std::string Dot() const { return style_.utf8 ? " · " : " - "; }
  const ViewStyle& style() const { return style_; }
  std::string Take() { return std::move(out_); }

 private:
  std::string Sgr(const std::string& code, const std::string& text) const {
    return style_.colour ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
  ViewStyle style_;
  std::string out_;
};

// Shares of a bar of `cells`, by largest remainder, so that they fill it exactly.
std::vector<std::size_t> Cells(const Summary& summary, std::size_t cells) {
  std::vector<std::size_t> shares(audit::kVerdictCount, 0);
  if (summary.conversations == 0) return shares;
  std::vector<std::pair<double, std::size_t>> remainders;
  std::size_t given = 0;
  for (std::size_t i = 0; i < kMarks.size(); ++i) {
    const double exact = static_cast<double>(Of(summary, kMarks[i].verdict)) *
                         static_cast<double>(cells) / static_cast<double>(summary.conversations);
    shares[i] = static_cast<std::size_t>(exact);
    given += shares[i];
    remainders.emplace_back(exact - static_cast<double>(shares[i]), i);
  }
  std::sort(remainders.rbegin(), remainders.rend());
  for (std::size_t i = 0; given < cells && i < remainders.size(); ++i, ++given)
    ++shares[remainders[i].second];
  return shares;
}

void Verdicts(Page& page, const Summary& summary) {
  const auto cells = Cells(summary, static_cast<std::size_t>(page.style().width));
  std::string bar;
  for (std::size_t i = 0; i < kMarks.size(); ++i) bar += page.Repeat(kMarks[i], cells[i]);
  if (summary.conversations != 0) {
    page.Line(bar);
    page.Line();
  }
  page.Line("  " + page.Bold("LIVE CONTENT, PROVIDER") +
            page.Quiet("           conversations, both sides seen"));
  for (const Mark& mark : kMarks) {
    const std::uint64_t count = Of(summary, mark.verdict);
    page.Line(fmt::format(
        "  {} {:<18} {:>12} {:>9}", page.Repeat(mark, 2), mark.word, Grouped(count),
        summary.conversations < kPercentFrom ? "" : Percent(count, summary.conversations)));
  }
  page.Line(fmt::format("     {:<18} {:>12}", "all", Grouped(summary.conversations)));
}

void Sessions(Page& page, const Summary& summary) {
  page.Line();
  page.Line("  " +
            page.Bold(fmt::format("{:<16} {:<22} {:<18} {:>10} {:>13} {:>10}", "PROTOCOL",
                                  "ENDPOINT", "POLICY", "SESSIONS", "CONVERSATIONS", "BYTES")));
  std::vector<std::pair<std::tuple<std::string, std::string, std::string>, audit::Counts>> rows(
      summary.sessions.begin(), summary.sessions.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second.sessions > b.second.sessions;
  });
  std::size_t shown = 0;
  std::uint64_t rest = 0;
  for (const auto& [key, counts] : rows) {
    if (shown++ >= kRowsShown) {
      rest += counts.sessions;
      continue;
    }
    const auto& [protocol, endpoint, policy] = key;
    page.Line(fmt::format("  {:<16} {:<22} {:<18} {:>10} {:>13} {:>10}", protocol, endpoint, policy,
                          Grouped(counts.sessions), Grouped(counts.conversations),
                          HumanBytes(counts.bytes)));
  }
  if (rest != 0)
    page.Line(fmt::format("  {:<58} {:>10}", "other rows (all are in /metrics and the log)",
                          Grouped(rest)));
}

void Categories(Page& page, const Summary& summary) {
  constexpr std::array<std::pair<Answer, std::string_view>, 6> kColumns = {
      {{Answer::kCould, "could"},
       {Answer::kCouldNot, "could not"},
       {Answer::kConditional, "conditional"},
       {Answer::kUndetermined, "undetermined"},
       {Answer::kUnknown, "unknown"},
       {Answer::kNotApplicable, "no such"}}};
  for (const Party party : {Party::kProvider, Party::kOperator}) {
    page.Line();
    std::string head =
        fmt::format("{:<26}", party == Party::kProvider ? "SERVICE PROVIDER" : "ACCESS OPERATOR");
    for (const auto& [_, word] : kColumns) head += fmt::format(" {:>11}", word.substr(0, 12));
    page.Line("  " + page.Bold(head));
    for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
      const auto category = static_cast<Category>(i);
      std::string words(Name(category));
      std::replace(words.begin(), words.end(), '_', ' ');
      std::string row = fmt::format("{:<26}", words);
      for (const auto& [answer, _] : kColumns) {
        const auto found = summary.assessed.find({party, category, answer});
        row +=
            fmt::format(" {:>11}", found == summary.assessed.end() ? "0" : Grouped(found->second));
      }
      page.Line("  " + row);
    }
  }
  page.Line(
      "  " +
      page.Quiet("sessions; each answer's reason, condition and source: unopened audit show"));
}

void Losses(Page& page, const Summary& summary, const exporters::Operational& operational) {
  page.Line();
  page.Line("  " + page.Bold("SEEN AND MISSED"));
  page.Line(fmt::format("  {:<26} {:>14} packets {:>12}", "seen", Grouped(summary.packets),
                        HumanBytes(summary.bytes)));
  page.Line(fmt::format("  {:<26} {:>14} packets", "dropped by the kernel",
                        Grouped(operational.dropped_kernel)));
  for (const auto& [cause, counts] : summary.losses) {
    page.Line(fmt::format("  {:<26} {:>14} packets {:>12}", "not read: " + cause,
                          Grouped(counts.packets), HumanBytes(counts.bytes)));
  }
  if (summary.losses.empty()) page.Line(fmt::format("  {:<26} {:>14} packets", "not read", "0"));
  page.Line(fmt::format("  {:<26} {:>14} sessions", "settled", Grouped(summary.sessions_total)));
  for (const auto& [outcome, sessions] : summary.outcomes) {
    std::string words = outcome;
    std::replace(words.begin(), words.end(), '_', ' ');
    page.Line(fmt::format("    {:<24} {:>14}", words, Grouped(sessions)));
  }
  for (const auto& [bound, times] : summary.bounds) {
    page.Line("  " +
              page.Warn(fmt::format("warning: bound met: {} ({} times)", bound, Grouped(times))));
  }
}

void Log(Page& page, const Summary& summary, const exporters::Operational& operational,
         const ViewContext& context) {
  page.Line();
  page.Line("  " + page.Bold("LOG"));
  if (context.log.empty()) {
    page.Line("  " +
              page.Warn("warning: nothing was recorded: --log DIR keeps a verifiable record"));
    return;
  }
  page.Line(fmt::format("  {:<26} {}", "folder", context.log));
  page.Line(fmt::format("  {:<26} {} entries, {} windows, checkpoint signed and read back", "tree",
                        Grouped(summary.tree_size), Grouped(summary.windows)));
  page.Line(fmt::format("  {:<26} {}", "origin", context.origin));
  if (!operational.log_writable) page.Line("  " + page.Warn("warning: " + operational.log_trouble));
}

void Short(Page& page, const Summary& summary, const exporters::Operational& operational) {
  for (const Mark& mark : kMarks) {
    page.Line(fmt::format("{:<18} {:>10} {:>7}", mark.word, Grouped(Of(summary, mark.verdict)),
                          summary.conversations < kPercentFrom
                              ? ""
                              : Percent(Of(summary, mark.verdict), summary.conversations)));
  }
  page.Line();
  page.Line(fmt::format("dropped {}{}log {}", Grouped(operational.dropped_kernel), page.Dot(),
                        operational.log_writable ? "ok" : "not written"));
}

}  // namespace

std::string RenderSummary(const Summary& summary, const exporters::Operational& operational,
                          const ViewContext& context, const ViewStyle& style) {
  Page page(style);
  page.Line(page.Bold("unopened watch") + "  " + context.title + page.Dot() + context.qualifier);
  page.Rule();
  page.Paragraph(Headline(summary));
  page.Line();
  if (style.width < 60) {
    Short(page, summary, operational);
    return page.Take();
  }
  Verdicts(page, summary);
  Sessions(page, summary);
  Categories(page, summary);
  Losses(page, summary, operational);
  Log(page, summary, operational, context);
  page.Rule();
  return page.Take();
}

std::string WindowLine(const Summary& before, const Summary& after, const std::string& tap) {
  nlohmann::ordered_json line;
  line["window"] = after.last_window_start;
  line["tap"] = tap;
  line["sessions"] = after.sessions_total - before.sessions_total;
  line["conversations"] = after.conversations - before.conversations;
  for (const Mark& mark : kMarks) {
    line[std::string(audit::kVerdictNames[static_cast<std::size_t>(mark.verdict)])] =
        Of(after, mark.verdict) - Of(before, mark.verdict);
  }
  line["packets"] = after.packets - before.packets;
  line["bytes"] = after.bytes - before.bytes;
  std::uint64_t lost = 0;
  for (const auto& [_, counts] : after.losses) lost += counts.packets;
  for (const auto& [_, counts] : before.losses) lost -= counts.packets;
  line["lost_packets"] = lost;
  line["tree_size"] = after.tree_size;
  return line.dump();
}

ViewStyle StyleOfStdout() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  ViewStyle style;
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const char* term = std::getenv("TERM");
  style.colour =
      terminal && !set("NO_COLOR") && term != nullptr && std::string_view(term) != "dumb";
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (set(name)) {
      locale = std::getenv(name);
      break;
    }
  }
  style.utf8 =
      locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::min<int>(size.ws_col, 100);
  }
  return style;
}

}  // namespace unopened::gateway
