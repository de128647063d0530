// Sections 5 to 7: what could and could not be handed over, legal demands, what was missed.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/catalogue.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/html_sections.h"
#include "exporters/report/summary.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

constexpr std::string_view kAnswerOrder[] = {"could_not", "conditional",    "undetermined",
                                             "unknown",   "not_applicable", "not_authorised",
                                             "could"};
constexpr std::size_t kMatrixServices = 12;

std::string Section(std::string_view id, int number, std::string_view title, std::string_view text,
                    const std::string& body) {
  return fmt::format(
      R"html(<section id="{}"><header><span class="no" aria-hidden="true">{}</span><div><h2>{}</h2>{}</div></header>{}</section>)html",
      id, number, title, text.empty() ? std::string() : fmt::format("<p>{}</p>", text), body);
}

// Conversations by answer, of the rows of `table` whose keys begin with `keys`.
std::map<std::string, const Row*> ByAnswer(const Table& table,
                                           const std::vector<std::string_view>& keys) {
  std::map<std::string, const Row*> found;
  const std::size_t answer = table.IndexOf("answer");
  for (const Row& row : table.rows) {
    bool same = true;
    for (std::size_t i = 0; i < keys.size() && same; ++i) same = row[i].text() == keys[i];
    if (same) found[row[answer].text()] = &row;
  }
  return found;
}

std::vector<Segment> SegmentsOf(const Table& table, const std::map<std::string, const Row*>& rows) {
  std::vector<Segment> segments;
  std::uint64_t rest = 0;
  bool withheld = false;
  for (const std::string_view answer : kAnswerOrder) {
    const auto found = rows.find(std::string(answer));
    if (found == rows.end()) continue;
    const Value& count = table.At(*found->second, "conversations");
    // No pattern of its own: nothing is held, or nothing is asked.
    const bool none = answer == "not_applicable" || answer == "not_authorised";
    segments.push_back(
        {none ? "mixed" : std::string(answer), Spaced(answer), count.count(), count.is_count()});
    rest = table.At(*found->second, "conversations_of").count();
    withheld = withheld || !count.is_count();
  }
  for (const Segment& segment : segments) rest -= std::min(rest, segment.count);
  if (withheld) segments.push_back({"gap", "withheld", rest});
  return segments;
}

std::string ShareOf(const Table& table, const std::map<std::string, const Row*>& rows,
                    const std::string& answer) {
  const auto found = rows.find(answer);
  if (found == rows.end()) return "0.0%";
  return Escaped(HumanShare(table.At(*found->second, "conversations"),
                            table.At(*found->second, "conversations_of")));
}

// The same as a person says it: "9.1% of conversations", "5 of 95 conversations".
std::string PortionOf(const Table& table, const std::map<std::string, const Row*>& rows,
                      const std::string& answer) {
  const auto found = rows.find(answer);
  if (found == rows.end()) return "no conversation";
  return Portion(table.At(*found->second, "conversations"),
                 table.At(*found->second, "conversations_of"), "conversations");
}

std::string AnswersFigure(const Report& report) {
  const Table& answers = report.table("answers");
  HtmlTable table{"Table of figure 7: answers by category and party",
                  {{"Category"},
                   {"Service provider"},
                   {"could", true, true},
                   {"could not", true, true},
                   {"Access operator"},
                   {"could", true, true},
                   {"could not", true, true}},
                  {}};
  for (const std::string_view category : audit::kCategoryNames) {
    std::vector<std::string> row{Escaped(Capitalised(std::string(CategoryWords(category))))};
    for (const char* party : {"provider", "operator"}) {
      const auto rows = ByAnswer(answers, {party, category});
      const std::string could = ShareOf(answers, rows, "could");
      const std::string could_not = ShareOf(answers, rows, "could_not");
      row.push_back(
          WholeBar(fmt::format("{}, {}", CategoryWords(category), party), SegmentsOf(answers, rows),
                   true) +
          fmt::format("<span class=\"phone-only small quiet\">{} / {}</span>", could, could_not));
      row.push_back(could);
      row.push_back(could_not);
    }
    table.rows.push_back(std::move(row));
  }
  Figure figure;
  const auto messages = ByAnswer(answers, {"provider", "message_routing_metadata"});
  const auto content = ByAnswer(answers, {"provider", "live_content"});
  figure.finding = fmt::format(
      "Providers could say who wrote to whom for {}; what was written they, or anyone on the path, "
      "could hand over for {}",
      PortionOf(answers, messages, "could"), PortionOf(answers, content, "could"));
  figure.caption = fmt::format(
      "Figure 7. Each category, for the service provider and for the access operator who runs this "
      "network, before any instrument. Percent of {} conversations. A recording is answered from "
      "the recording alone. Could holds clear, could not holds own keys.",
      Escaped(Human(report.table("totals").At(*report.table("totals").Find({kTotal, "both_sides"}),
                                              "conversations"))));
  figure.body = Key({{"could_not", "could not"},
                     {"conditional", "conditional"},
                     {"undetermined", "undetermined"},
                     {"unknown", "unknown"},
                     {"mixed", "not applicable"},
                     {"could", "could"}}) +
                Render(table);
  std::string html = Render(figure);
  const Table& scanning = report.table("scanning");
  const auto scanned = ByAnswer(scanning, {});
  figure = {};
  figure.finding = fmt::format("Providers could have scanned what was written in {}",
                               PortionOf(scanning, scanned, "could"));
  figure.caption =
      "Figure 8. Whether the provider could have scanned what its users wrote, from what it could "
      "read on the way or in store (reports under 18 USC 2258A can hold nothing else). What "
      "software on a device could do before it encrypts is no part of it.";
  figure.body = WholeBar("Could have scanned", SegmentsOf(scanning, scanned), false) +
                Render(Plain(scanning, {"answer", "conversations", "conversations_share"}));
  figure.cells = "scanning";
  return html + Render(figure);
}

std::string InstrumentTitle(const Report& report, const std::string& id) {
  if (id == "none") return "What they hold at all, before any instrument";
  const Table& facts = report.table("instrument_facts");
  const Row* row = facts.Find({id});
  if (row == nullptr) return id;
  return fmt::format("{}, {} ({})", facts.At(*row, "title").text(),
                     facts.At(*row, "jurisdiction").text(), facts.At(*row, "section").text());
}

// One matrix: services across categories, under one instrument.
std::string Matrix(const Table& disclosure, const std::vector<std::string>& services,
                   const std::map<std::string, std::string>& titles, const std::string& instrument,
                   const std::string& title) {
  std::string html = fmt::format(
      R"html(<table class="matrix"><caption class="vh">Answers by service and category: {}</caption><colgroup><col class="c0"><col span="10"></colgroup><thead><tr><th scope="col">Service</th>)html",
      Escaped(title));
  for (const std::string_view category : audit::kCategoryNames) {
    if (category == "recorded_ciphertext") continue;
    html +=
        "<th scope=\"col\">" + Escaped(Capitalised(std::string(CategoryWords(category)))) + "</th>";
  }
  html += "</tr></thead><tbody>";
  for (const std::string& service : services) {
    const bool network = service == "network";
    html += "<tr><th scope=\"row\">" + Escaped(titles.at(service)) + "</th>";
    for (const std::string_view category : audit::kCategoryNames) {
      if (category == "recorded_ciphertext") continue;
      const Row* row =
          disclosure.Find({network ? "operator" : "provider", service, instrument, category});
      const std::string answer = row == nullptr ? "unknown" : disclosure.At(*row, "answer").text();
      const std::string verified = row == nullptr ? "" : disclosure.At(*row, "verified").text();
      const bool flagged = (verified == "no" || verified == "partly") && answer != "not_authorised";
      const bool wordless = answer == "not_authorised" || answer == "not_applicable";
      html += fmt::format(
          R"html(<td class="{}">{}<span class="{}">{}</span>{}</td>)html", Escaped(answer),
          Glyph(answer), wordless ? "vh" : "w", Escaped(Spaced(answer)),
          flagged
              ? R"html(<span class="fl" aria-hidden="true">*</span><span class="vh"> (not fully verified)</span>)html"
              : "");
    }
    html += "</tr>";
  }
  return html + "</tbody></table>";
}

std::string InstrumentFigures(const Report& report) {
  const Table& disclosure = report.table("disclosure");
  if (disclosure.rows.empty()) return "";
  const Table& seen = report.table("services");
  std::vector<std::string> services;
  std::map<std::string, std::string> titles;
  for (const Row& row : seen.rows) {
    if (seen.At(row, "kind").text() != "service" || titles.contains(row[0].text())) continue;
    if (disclosure.Find({"provider", row[0].text(), "none", "live_content"}) == nullptr) continue;
    titles[row[0].text()] = seen.At(row, "title").text();
    if (services.size() < kMatrixServices) services.push_back(row[0].text());
  }
  titles["network"] = "This network’s operator";
  services.emplace_back("network");
  std::vector<std::string> instruments;
  for (const Row& row : disclosure.rows) {
    const std::string& instrument = row[2].text();
    if (std::find(instruments.begin(), instruments.end(), instrument) == instruments.end()) {
      instruments.push_back(instrument);
    }
  }
  const auto preferred = std::find(instruments.begin(), instruments.end(), "us_warrant");
  const std::string first = preferred != instruments.end() ? *preferred
                            : instruments.size() > 1       ? instruments[1]
                                                           : instruments[0];
  const std::string day = disclosure.At(disclosure.rows[0], "as_of").text();
  std::string key = R"html(<ul class="key" aria-label="Key">)html";
  for (const std::string_view answer : {"could", "could_not", "conditional", "undetermined",
                                        "unknown", "not_authorised", "not_applicable"}) {
    key += "<li>" + AnswerMark(answer, Spaced(answer)) + "</li>";
  }
  key += "</ul>";
  Figure figure;
  figure.finding = "Under the same instrument, providers hold very different things";
  if (services.size() <= 2) figure.finding = "What the instruments obtain";
  figure.caption = fmt::format(
      "Figure 9. {}, on {}. The services seen most, and the operator of "
      "this "
      "network. * a fact not fully verified.",
      Escaped(InstrumentTitle(report, first)), Escaped(day));
  figure.body = key + Matrix(disclosure, services, titles, first, InstrumentTitle(report, first));
  std::string others;
  for (const std::string& instrument : instruments) {
    if (instrument == first) continue;
    others += Details(
        InstrumentTitle(report, instrument),
        Matrix(disclosure, services, titles, instrument, InstrumentTitle(report, instrument)));
  }
  figure.body += others;
  figure.note = fmt::format(
      "Read across: what one party could hand over. Read down: who holds one kind of data. “Could "
      "not” speaks of what a party holds; where an instrument does not reach, the dash says so and "
      "nothing else. Condition, holder, source and date of every cell: <code>unopened report "
      "--table "
      "disclosure</code>, or <code>unopened explain SERVICE --instrument {} --at {}</code>.",
      Escaped(first), Escaped(day));
  figure.cells = "disclosure";
  std::string html = Render(figure);

  // The same weighed by conversations.
  const Table& obtained = report.table("instruments");
  HtmlTable table{"Table of figure 10: conversations by instrument",
                  {{"Instrument"},
                   {"Live content, provider"},
                   {"could", true},
                   {"Stored content, provider"},
                   {"could", true},
                   {"Who wrote to whom, provider"},
                   {"could", true}},
                  {}};
  for (const std::string& instrument : instruments) {
    if (instrument == "none") continue;
    std::vector<std::string> row{Escaped(InstrumentTitle(report, instrument))};
    for (const char* category : {"live_content", "stored_content", "message_routing_metadata"}) {
      const auto rows = ByAnswer(obtained, {"provider", instrument, category});
      row.push_back(WholeBar(fmt::format("{}, {}", instrument, CategoryWords(category)),
                             SegmentsOf(obtained, rows), true));
      row.push_back(ShareOf(obtained, rows, "could"));
    }
    table.rows.push_back(std::move(row));
  }
  figure = {};
  figure.finding = "What each instrument could have obtained, by conversations";
  figure.caption =
      "Figure 10. Service providers, three categories of content and contact. Each conversation is "
      "weighed once; grey is not authorised or not applicable. All categories and the operator: "
      "<code>--table instruments</code>.";
  figure.body = Render(table);
  figure.cells = "instruments";
  return html + Render(figure);
}

}  // namespace

std::string HandedOverSection(const Report& report) {
  return Section(
      "s5", 5, "What could and could not be handed over",
      "Two parties hold different things: the service provider, and the operator of this "
      "network. First the numbers, then the same question under legal instruments.",
      report.empty ? std::string("<p>Nothing was recorded.</p>")
                   : AnswersFigure(report) + InstrumentFigures(report));
}

std::string LegalSection(const Report& report) {
  const Table& wiretap = report.table("legal_wiretap");
  const Table& requests = report.table("legal_requests");
  const Table& bands = report.table("legal_bands");
  const Table& sources = report.table("legal_sources");
  std::string body;
  if (sources.rows.empty()) {
    body =
        "<p class=\"note\">No legal demand is entered in the log for this period. That is what "
        "the log holds; it does not say that none came.</p>";
  }
  Figure figure;
  if (!wiretap.rows.empty()) {
    figure.finding = wiretap.title;
    figure.caption =
        "Table 1. Demands, those that met encryption, and those whose content was not produced. "
        "Encounters, not prevalence: who expects encryption does not ask.";
    figure.body =
        Render(Plain(wiretap, {"legal_process", "period", "country", "subject", "basis", "demands",
                               "encryption_encountered", "content_not_produced"}));
    figure.cells = "legal_wiretap";
    body += Render(figure);
    figure = {};
    figure.finding = requests.title;
    figure.caption = "Table 2. " + Escaped(requests.note);
    figure.body = Render(
        Plain(requests, {"legal_process", "period", "country", "subject", "basis",
                         "requests_received", "accounts_specified", "requests_some_data",
                         "percent_some_data", "requests_content_disclosed",
                         "requests_non_content_only", "requests_no_data", "requests_rejected"}));
    figure.cells = "legal_requests";
    body += Render(figure);
    figure = {};
    const Table& categories = report.table("legal_categories");
    figure.finding = categories.title;
    figure.caption = "Table 3. " + Escaped(categories.note);
    figure.body = Render(
        Plain(categories, {"legal_process", "data_category_requested", "country", "basis",
                           "produced", "encrypted", "not_held", "rejected", "out_of_scope"}));
    figure.cells = "legal_categories";
    body += Render(figure);
  }
  if (!bands.rows.empty()) {
    figure = {};
    figure.finding = bands.title;
    figure.caption = "Table 4. " + Escaped(bands.note);
    figure.body =
        Render(Plain(bands, {"legal_process", "period_start", "period_end", "country", "subject",
                             "basis", "requests_received", "accounts_specified"}));
    figure.cells = "legal_bands";
    body += Render(figure);
  }
  if (!sources.rows.empty()) {
    body += Details(fmt::format("Where the {} rows of demands are from", sources.rows.size()),
                    Render(Plain(sources, {"row", "entry", "period_start", "period_end",
                                           "requesting_authority_type", "legal_process", "basis",
                                           "counted", "sources"})));
  }
  return Section(
      "s6", 6, "Legal demands",
      "Entered by hand, never measured, never noised. The operator’s own demands and those "
      "that others published are never added up.",
      body);
}

std::string WhatIfSection(const Report& report, int number) {
  const Table& table = report.table("what_if");
  const Table& assumptions = report.table("assumptions");
  if (table.rows.empty()) return "";
  std::string said;
  std::string command;
  for (const Row& row : assumptions.rows) {
    const Table& services = report.table("services");
    const Row* service = nullptr;
    for (const Row& one : services.rows) {
      if (one[0].text() == row[1].text()) service = &one;
    }
    const std::string from = assumptions.At(row, "from").text();
    said += fmt::format(
        "{}{} {} were {}{}", said.empty() ? "if " : ", and ",
        Escaped(service == nullptr ? row[1].text() : services.At(*service, "title").text()),
        Escaped(Spaced(row[2].text())), Escaped(Spaced(row[3].text())),
        from == "always" ? std::string() : " since " + Escaped(from));
    command += " --assume " + row[0].text();
  }
  constexpr std::string_view kOrder[] = {"could_not", "own_keys", "conditional", "undetermined",
                                         "unknown",   "opaque",   "could",       "clear"};
  const auto stack = [&](std::string_view column) {
    std::vector<Segment> segments;
    for (const std::string_view answer : kOrder) {
      const Row* row = table.Find({"headline", answer});
      if (row == nullptr) continue;
      const Value& count = table.At(*row, column);
      segments.push_back({std::string(answer), Spaced(answer), count.count(), count.is_count()});
    }
    return segments;
  };
  const auto difference = [&](const Row& row) -> std::string {
    const Value& before = table.At(row, "conversations_recorded");
    const Value& after = table.At(row, "conversations_assumed");
    const Value& whole = table.At(row, "conversations_of");
    if (!before.is_count() || !after.is_count() || !whole.is_count()) return "s";
    if (before == after) return "<span class=\"quiet\">no change</span>";
    const bool more = after.count() > before.count();
    const std::uint64_t by = more ? after.count() - before.count() : before.count() - after.count();
    const std::string_view sign = more ? "+" : "\u2212";
    if (whole.count() < kPercentFrom) return fmt::format("<b>{}{}</b>", sign, Grouped(by));
    std::string points = Percent(by, whole.count());
    points.pop_back();
    return fmt::format("<b>{}{} pp</b>", sign, points);
  };
  HtmlTable html{"Table of what if: answers as recorded and as assumed",
                 {{"Answer"},
                  {"As recorded", true},
                  {"Share", true},
                  {"As assumed", true},
                  {"Share", true},
                  {"Change", true}},
                 {}};
  const auto add = [&](std::string_view quantity, std::string_view answer,
                       const std::string& head) {
    const Row* row = table.Find({quantity, answer});
    if (row == nullptr) return;
    const Value& whole = table.At(*row, "conversations_of");
    std::vector<std::string> cells{head};
    for (const char* column : {"conversations_recorded", "conversations_assumed"}) {
      cells.push_back(Escaped(Human(table.At(*row, column))));
      cells.push_back(Escaped(HumanShare(table.At(*row, column), whole)));
    }
    cells.push_back(difference(*row));
    html.rows.push_back(std::move(cells));
  };
  for (const std::string_view answer : kOrder) {
    add("headline", answer, AnswerMark(answer, Spaced(answer)));
  }
  for (const std::string_view answer : {"could_not", "could"}) {
    add("scanning", answer, "Could have scanned: " + AnswerMark(answer, Spaced(answer)));
  }
  const Row* could = table.Find({"headline", "could"});
  Figure figure;
  figure.finding = Capitalised(said);
  if (could != nullptr) {
    const Value& whole = table.At(*could, "conversations_of");
    figure.finding +=
        fmt::format(", providers could have handed over what was said in {} instead of {}",
                    Portion(table.At(*could, "conversations_assumed"), whole, "conversations"),
                    Portion(table.At(*could, "conversations_recorded"), whole, "conversations"));
  }
  figure.caption =
      "The service provider’s answer for live content; in the last rows whether it could have "
      "scanned content, on the way or in store. Stored content stays as it is cited.";
  figure.body =
      "<div class=\"hypo\"><p class=\"stamp\">HYPOTHETICAL, NOT MEASURED, NEVER LOGGED AS "
      "FACT</p><div class=\"in\"><p class=\"barlabel\">As recorded</p>" +
      WholeBar("As recorded", stack("conversations_recorded"), false) + "<p class=\"barlabel\">" +
      Capitalised(said) + "</p>" + WholeBar("As assumed", stack("conversations_assumed"), false) +
      Render(html) + "</div></div>";
  figure.note = "pp: percentage points. Recompute: <code>unopened report" + Escaped(command) +
                "</code> with the period and log of this report.";
  return Section(
      "whatif", number, "What if",
      "The same recorded period, answered again under another policy. Counts do not move; "
      "only the answers do.",
      Render(figure));
}

std::string MissedSection(const Report& report, int number) {
  const Table& coverage = report.table("coverage");
  const Recorded recorded = RecordedOf(report);
  Figure figure;
  figure.finding = report.empty ? "Nothing was recorded"
                   : recorded.expected != 0
                       ? fmt::format("The tap recorded {} of the period",
                                     Percent(recorded.seconds, recorded.expected))
                       : "The numbers are of capture files: nothing says what they left out";
  figure.caption =
      "Figure 11. By tap, over the whole period. What reached the tap and is in no session is "
      "under "
      "losses.";
  Table whole = coverage;
  std::erase_if(whole.rows, [](const Row& row) { return row[0].text() != kTotal; });
  whole.title = "Table of figure 11: coverage";
  figure.body = Render(
      Plain(whole, {"tap", "windows", "partial_windows", "seconds_recorded", "seconds_expected",
                    "seconds_in_gaps", "seconds_unaccounted", "days_without_window", "packets_seen",
                    "bytes_seen", "packets_dropped"}));
  const auto list = [&](std::string_view name, const std::vector<std::string_view>& columns) {
    const Table& table = report.table(name);
    figure.body += fmt::format("<p class=\"barlabel\">{} <span>{}</span></p>", Escaped(table.title),
                               Escaped(table.note));
    figure.body += table.rows.empty() ? std::string("<p class=\"note\">None.</p>")
                                      : Render(Plain(table, columns));
  };
  list("losses", {"cause", "tap", "packets", "bytes"});
  list("gap_causes", {"cause", "gaps", "seconds"});
  list("bounds", {"bound", "windows", "met"});
  figure.cells = "coverage, losses, gaps, bounds";
  std::string body = Render(figure);
  figure = {};
  Table apart = report.table("totals");
  std::erase_if(apart.rows, [](const Row& row) {
    return row[0].text() != kTotal || row[1].text() == "encrypted" || row[1].text() == "hello_seen";
  });
  apart.title = "Table of figure 12: all sessions by class";
  figure.finding = "Scans, DNS and one-sided traffic are counted, and in no headline";
  figure.caption = "Figure 12. " + Escaped(report.table("totals").note);
  figure.body = Render(Plain(apart, {"class", "sessions", "conversations", "packets", "bytes"}));
  figure.cells = "totals";
  body += Render(figure);
  figure = {};
  const Table& runs = report.table("runs");
  const Table& catalogues = report.table("catalogues");
  figure.finding = catalogues.rows.size() == 1
                       ? "One catalogue of facts the whole time"
                       : fmt::format("{} catalogues of facts", catalogues.rows.size());
  figure.caption = "Figure 13. " + Escaped(catalogues.note);
  Table shortened = catalogues;
  figure.body =
      Render(Plain(shortened, {"catalogue", "runs", "windows", "services"})) +
      Details(fmt::format("{} runs of the gateway", runs.rows.size()),
              Render(Plain(runs, {"entry", "tap", "source", "started", "ended", "version", "model",
                                  "legal_basis", "filter", "window_seconds", "windows"})));
  figure.cells = "catalogues, runs";
  body += Render(figure);
  return Section("s7", number, "What we missed",
                 "A number is not published without what it missed. These are entries of the log, "
                 "not estimates.",
                 body);
}

}  // namespace unopened::exporters::report
