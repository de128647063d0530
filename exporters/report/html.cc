// The report as one page: no script, no network, its style bound by a hash.
#include <fmt/format.h>

#include "audit/merkle/hash.h"
#include "audit/note/base64.h"
#include "exporters/report/assets.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/html_sections.h"
#include "exporters/report/report.h"
#include "exporters/report/summary.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

constexpr std::string_view kMark =
    R"html(<a class="mark" href="#main"><svg viewBox="0 0 24 18" aria-hidden="true" focusable="false"><rect x="1.5" y="2" width="21" height="14" rx="1.2" fill="currentColor"/><path d="M2.6 3.4 12 10.4 21.4 3.4" fill="none" stroke="var(--paper)" stroke-width="1.7"/></svg><span>Unopened</span></a>)html";

std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    const std::size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

// What stands in a string of CSS: no quote, no backslash, no line's end.
std::string CssString(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '"' || c == '\\' || c == '\n' || c == '<' ? ' ' : c;
  return safe;
}

std::string_view OrUnnamed(std::string_view text) {
  return text == "unknown" ? "Publisher not named" : text;
}

std::string TapNames(const Report& report) {
  std::string names;
  const Table& coverage = report.table("coverage");
  for (const Row* row : coverage.Where("period", kTotal)) {
    names += (names.empty() ? "tap " : ", ") + coverage.At(*row, "tap").text();
  }
  return names;
}

std::string Fact(std::string_view title, std::string_view number, std::string_view of,
                 std::string_view answer = "") {
  return fmt::format(
      R"html(<div><dt>{}</dt><dd class="n{}{}">{}</dd><dd class="d">{}</dd></div>)html", title,
      answer.empty() ? "" : " ", answer, Escaped(number), Escaped(of));
}

std::string Facts(const Report& report) {
  const Table& headline = report.table("headline");
  const auto share = [&](const Table& table, const std::vector<std::string_view>& keys,
                         std::string_view title, std::string_view answer) {
    const Row* row = table.Find(keys);
    if (row == nullptr) return std::string();
    const Value& part = table.At(*row, "conversations");
    const Value& whole = table.At(*row, "conversations_of");
    const bool few = whole.is_count() && whole.count() < kPercentFrom;
    // "5, conversations: ...", "5.3%, of conversations: ...".
    if (few && title.starts_with("of ")) title.remove_prefix(3);
    return Fact(title, few ? Human(part) : HumanShare(part, whole),
                Human(part) + " of " + Human(whole), answer);
  };
  std::string html = R"html(<dl class="facts">)html";
  html += share(headline, {kTotal, "could_not"},
                "of conversations: provider could not hand over live content, by service policy",
                "could_not");
  html += share(headline, {kTotal, "could"}, "of conversations: provider could", "could");
  html += share(report.table("key_properties"), {"post_quantum"},
                "of encrypted conversations used a post-quantum key exchange", "");
  const Recorded recorded = RecordedOf(report);
  if (recorded.expected != 0) {
    html += Fact("of the expected time was recorded", Percent(recorded.seconds, recorded.expected),
                 Duration(recorded.seconds) + " of " + Duration(recorded.expected));
  } else {
    const Table& runs = report.table("runs");
    html += Fact("capture files, each a run of its own", Grouped(runs.rows.size()),
                 "of files, no coverage can be told");
  }
  return html + "</dl>";
}

std::string Notes(const Report& report) {
  if (report.notes.empty()) return "";
  std::string html = R"html(<ul class="notes" aria-label="Before you read on">)html";
  for (const Note& note : report.notes) html += "<li>" + Escaped(note.text) + "</li>";
  return html + "</ul>";
}

std::string Lede(const Report& report) {
  const Headline said = HeadlineOf(report);
  std::string seals;
  const Table& logs = report.table("logs");
  for (const Row& row : logs.rows) {
    seals += fmt::format(
        R"html(<p class="seal">{}<span>Made from log <span class="mono">{}</span>, tree size <span class="mono">{}</span>, root <span class="mono hash">{}</span>, {}. <a href="#verify">How to verify a number</a></span></p>)html",
        Glyph("could_not"), Escaped(logs.At(row, "origin").text()),
        Human(logs.At(row, "tree_size")), Escaped(logs.At(row, "root").text()),
        logs.At(row, "verified").text() == "yes" ? "verified" : "<b>not verified</b>");
  }
  std::string kicker = std::string(OrUnnamed(report.header_value("publisher")));
  if (report.header_value("service_or_network") != "unknown") {
    kicker += ", " + std::string(report.header_value("service_or_network"));
  }
  const std::string taps = TapNames(report);
  if (!taps.empty()) kicker += ", " + taps;
  return fmt::format(
      R"html(<div class="lede"><p class="kicker">{}, {}, UTC</p><h1>{}</h1><p class="sub">{} Unknown is never counted as could not.</p>{}{}</div>)html",
      Escaped(kicker), InWords(report.period), Escaped(said.finding), Escaped(said.detail), seals,
      Notes(report));
}

std::string VerifySection(const Report& report, int number) {
  std::string list;
  const Table& logs = report.table("logs");
  std::string folders;
  for (const Row& row : logs.rows) {
    list += fmt::format(
        R"html(<dt>Log origin</dt><dd class="mono">{}</dd><dt>Tree size</dt><dd class="mono">{}</dd><dt>Root hash</dt><dd class="mono hash">{}</dd><dt>Verifier key</dt><dd class="mono hash">{} ({})</dd><dt>Witnesses</dt><dd>{} statements in the log; late windows: {}</dd>)html",
        Escaped(logs.At(row, "origin").text()), Human(logs.At(row, "tree_size")),
        Escaped(logs.At(row, "root").text()), Escaped(logs.At(row, "verifier_key").text()),
        Escaped(logs.At(row, "key_from").text()), Human(logs.At(row, "witness_statements")),
        Escaped(logs.At(row, "late_windows").text()));
    folders += " --log DIR";
  }
  list += fmt::format(
      R"html(<dt>Report</dt><dd class="mono">{}, status {}, edition {}, supersedes {}</dd><dt>Digest of cells</dt><dd class="mono hash">sha256:{}</dd>)html",
      Escaped(report.header_value("report_id")), Escaped(report.header_value("status")),
      Escaped(report.header_value("version")), Escaped(report.header_value("supersedes")),
      Escaped(report.header_value("cells_sha256")));
  std::string period;
  for (const char* name : {"period_start", "period_end"}) {
    period += fmt::format(" --{} {}", name == std::string_view("period_start") ? "from" : "to",
                          report.header_value(name));
  }
  const std::string by = report.header_value("by") == "whole"
                             ? std::string()
                             : " --by " + std::string(report.header_value("by"));
  return fmt::format(
      R"html(<section id="verify"><header><span class="no" aria-hidden="true">{6}</span><div><h2>How to verify a number</h2></div></header><div class="check"><h3>{0}What this report was made from</h3><dl>{1}</dl><ol class="steps"><li><b>Is the log whole?</b> Its signature, every tile, every entry, every assessment, recomputed from the facts in the log itself. Needs the public key alone.<pre tabindex="0">unopened audit verify --log DIR --key VKEY</pre></li><li><b>With other people’s tools:</b> checkpoint, tiles and proofs are C2SP formats (signed-note, tlog-tiles, tlog-proof).</li><li><b>Do these cells follow from it?</b> The same period of the same log gives the same cells and the same digest, whoever makes it. Made again, or compared with the JSON that goes with this page:<pre tabindex="0">unopened report{2}{3}{4} --source {5} --format csv
unopened report --verify report.json{2}     # equal, or names the cell that differs</pre></li></ol><p class="small quiet">What the log proves: what this gateway recorded, and that it was not changed afterwards. Not that the tap showed everything.</p></div></section>)html",
      Glyph("could_not"), list, folders, period, by, Escaped(report.header_value("source")),
      number);
}

std::string MethodSection(const Report& report, int number) {
  std::string gloss;
  for (const std::string_view answer :
       {"could_not", "could", "conditional", "undetermined", "unknown", "own_keys", "clear",
        "opaque", "not_authorised", "not_applicable"}) {
    gloss += "<dt>" + AnswerMark(answer, Spaced(answer)) + "</dt><dd>" +
             Escaped(AnswerMeaning(answer)) + "</dd>";
  }
  gloss +=
      "<dt>Conversation</dt><dd>A session with payload in both directions.</dd>"
      "<dt>Both sides seen</dt><dd>The tap saw the handshake of each end. One-sided traffic can be "
      "forged by a stranger, so it is in no headline.</dd>"
      "<dt>Bytes</dt><dd>On the wire, headers included, of all sessions of which both sides were "
      "seen.</dd>"
      "<dt>Forward secrecy</dt><dd>The key exchange used keys made for the session alone. A tap "
      "cannot show that the ends erased them.</dd>"
      "<dt>Scan, no payload</dt><dd>A connection that was tried and carried nothing.</dd>"
      "<dt>Suppressed</dt><dd>A number withheld since it is of too few; “s” is withheld so that "
      "the "
      "first cannot be found by subtraction.</dd>";
  return fmt::format(
      R"html(<section id="method"><header><span class="no" aria-hidden="true">{3}</span><div><h2>Method and words</h2><p>{0} The rules are published in docs/disclosure-model.md, version {1}. This is not legal advice.</p></div></header><dl class="gloss">{2}</dl></section>)html",
      Escaped(report.header_value("method_note")), Escaped(audit::kAssessmentModel), gloss, number);
}

}  // namespace

std::string ToHtml(const Report& report) {
  const std::string title = fmt::format("Transparency report, {}{}", InWords(report.period),
                                        report.verified ? "" : " (UNVERIFIED)");
  const std::string margin =
      fmt::format("Unopened, {}, report {}, {}", title, report.header_value("report_id"),
                  report.header_value("status"));
  const std::string style = Replaced(ReportCss(), "@@MARGIN@@", CssString(margin));
  audit::merkle::Hasher hasher;
  const std::string hash = audit::note::EncodeBase64(hasher.Sha256(style));
  std::string body;
  if (!report.verified) {
    body +=
        R"html(<aside class="banner" aria-label="Unverified"><div class="wrap"><b>UNVERIFIED</b>The log that this report was made from does not verify. Nothing on this page is proved.</div></aside>)html";
  }
  const std::string over_time = OverTimeSection(report);
  const std::string what_if = WhatIfSection(report, 7);
  const int missed = what_if.empty() ? 7 : 8;
  body += fmt::format(
      R"html(<div class="wrap"><header class="top">{}<p>Transparency report {}, {}</p></header><main id="main">{}{}<nav class="toc" aria-label="Contents"><ol><li><a href="#s1">1 What providers could read</a></li>{}<li><a href="#s3">3 Services and protocols</a></li><li><a href="#s4">4 Recordings, read later</a></li><li><a href="#s5">5 What could be handed over</a></li><li><a href="#s6">6 Legal demands</a></li>{}<li><a href="#s7">{} What we missed</a></li><li><a href="#verify">{} How to verify</a></li><li><a href="#method">{} Method and words</a></li></ol></nav>)html",
      kMark, Escaped(report.header_value("report_id")),
      report.header_value("published_at") == "not_published"
          ? std::string(report.verified ? "draft, not published" : "unverified, not published")
          : "published " + std::string(report.header_value("published_at")),
      Lede(report), Facts(report),
      over_time.empty() ? "" : "<li><a href=\"#s2\">2 Over time</a></li>",
      what_if.empty() ? "" : "<li><a href=\"#whatif\">7 What if</a></li>", missed, missed + 1,
      missed + 2);
  body += LiveContentSection(report) + over_time + ServicesSection(report) +
          RecordingsSection(report) + HandedOverSection(report) + LegalSection(report) + what_if +
          MissedSection(report, missed) + VerifySection(report, missed + 1) +
          MethodSection(report, missed + 2);
  body += fmt::format(
      R"html(</main><footer><p>{}{} The same numbers: <code>--format json</code>, <code>--format csv</code>. No address, host name or person is in the log or in this report.</p></footer></div>)html",
      Escaped(OrUnnamed(report.header_value("publisher"))),
      report.header_value("contact") == "unknown"
          ? std::string(".")
          : ". Contact: " + Escaped(report.header_value("contact")) + ".");
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; "
      "base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}\n<a "
      "class=\"skip\" href=\"#main\">Skip to the report</a>\n{}\n</body>\n</html>\n",
      hash, Escaped(title), style, ReportDefs(), body);
}

}  // namespace unopened::exporters::report
