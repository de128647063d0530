#include "exporters/report/html_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "audit/summary.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/summary.h"
#include "exporters/report/words.h"
#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

// Sealed at the left, readable at the right, doubt between.
constexpr std::string_view kStack[] = {"could_not", "own_keys", "conditional", "undetermined",
                                       "unknown",   "opaque",   "could",       "clear"};

Segment SegmentOf(const Table& table, const Row* row, std::string_view column,
                  std::string_view answer) {
  Segment segment{std::string(answer), Spaced(answer)};
  if (row == nullptr) return segment;
  const Value& value = table.At(*row, column);
  segment.known = value.is_count();
  segment.count = value.count();
  return segment;
}

std::vector<Segment> Stack(const Table& table, std::string_view part, std::string_view column) {
  std::vector<Segment> segments;
  std::uint64_t rest = 0;
  bool withheld = false;
  for (const std::string_view answer : kStack) {
    const Row* row = table.Find({part, answer});
    if (row != nullptr) rest = table.At(*row, std::string(column) + "_of").count();
    segments.push_back(SegmentOf(table, row, column, answer));
    withheld = withheld || !segments.back().known;
  }
  // What is withheld keeps its length, all together, so that the rest keeps its share.
  for (const Segment& segment : segments) rest -= std::min(rest, segment.count);
  if (withheld) segments.push_back({"gap", "withheld", rest});
  return segments;
}

std::string Shown(const Table& table, const Row& row, std::string_view column) {
  const Value& value = table.At(row, column);
  if (column.starts_with("bytes") && value.is_count()) return HumanBytes(value.count());
  return Escaped(Human(value));
}
std::string Share(const Table& table, const Row& row, std::string_view of) {
  return Escaped(HumanShare(table.At(row, of), table.At(row, std::string(of) + "_of")));
}

const Value& Denominator(const Report& report, std::string_view in, std::string_view column) {
  static const Value kNone(std::uint64_t{0});
  const Table& totals = report.table("totals");
  const Row* row = totals.Find({kTotal, in});
  return row == nullptr ? kNone : totals.At(*row, column);
}

std::string Section(std::string_view id, int number, std::string_view title, std::string_view text,
                    const std::string& body) {
  return fmt::format(
      R"html(<section id="{}"><header><span class="no" aria-hidden="true">{}</span><div><h2>{}</h2>{}</div></header>{}</section>)html",
      id, number, title, text.empty() ? std::string() : fmt::format("<p>{}</p>", text), body);
}

}  // namespace

std::string LiveContentSection(const Report& report) {
  const Table& headline = report.table("headline");
  const Value& conversations = Denominator(report, "both_sides", "conversations");
  const Value& bytes = Denominator(report, "both_sides", "bytes");
  HtmlTable table{"Table of figure 1: live content, service provider",
                  {{"Answer"},
                   {"Conversations", true},
                   {"Share", true},
                   {"Bytes", true, true},
                   {"Share of bytes", true}},
                  {}};
  CellSum doubt;
  for (const std::string_view answer : kStack) {
    const Row* row = headline.Find({kTotal, answer});
    if (row == nullptr) continue;
    if (answer == "unknown" || answer == "undetermined" || answer == "opaque") {
      doubt.Add(headline.At(*row, "conversations"));
    }
    table.rows.push_back({"<span class=\"a\">" + Swatch(answer) + Glyph(answer) + "<span>" +
                              Escaped(AnswerWords(answer)) + "</span></span>",
                          Shown(headline, *row, "conversations"),
                          Share(headline, *row, "conversations"), Shown(headline, *row, "bytes"),
                          Share(headline, *row, "bytes")});
  }
  table.foot = {"Denominator", Escaped(Human(conversations)), "100%",
                bytes.is_count() ? HumanBytes(bytes.count()) : Escaped(Human(bytes)), "100%"};
  Figure figure;
  figure.finding = report.empty ? "Nothing was recorded"
                                : Portion(doubt.value(), conversations, "conversations") +
                                      " had no answer: no verified fact, a service that offers "
                                      "both, or a protocol that was not recognised";
  figure.caption =
      "Figure 1. The service provider’s answer for live content. Share of conversations and of "
      "bytes on the wire, both sides seen. Scans and DNS are apart, under What we missed.";
  figure.body = fmt::format(R"html(<p class="barlabel">Conversations <span>{}</span></p>)html",
                            conversations.is_count() ? Human(conversations) + " in all"
                                                     : "how many is withheld") +
                WholeBar("Conversations", Stack(headline, kTotal, "conversations"), false) +
                fmt::format(R"html(<p class="barlabel">Bytes <span>{}, wire length</span></p>)html",
                            bytes.is_count() ? HumanBytes(bytes.count()) + " in all"
                                             : "how many is withheld") +
                WholeBar("Bytes", Stack(headline, kTotal, "bytes"), false) + Render(table);
  const Table& answers = report.table("answers");
  CellSum unverified;
  for (const Row& row : answers.rows) {
    if (row[0].text() == "provider" && row[1].text() == "live_content") {
      unverified.Add(answers.At(row, "unverified_conversations"));
    }
  }
  figure.note = fmt::format(
      "{} of these answers rest on facts that are not fully verified; none of them is a “could "
      "not”.",
      Escaped(unverified.value().is_count() ? HumanShare(unverified.value(), conversations)
                                            : std::string("A withheld share")));
  figure.cells = "headline/total";
  return Section("s1", 1, "What providers could read",
                 "The wire is proved by packets; what a provider could read follows from its "
                 "published policy on that date. A handshake names the service. It never shows "
                 "whether one chat was end-to-end encrypted.",
                 Render(figure));
}

std::string OverTimeSection(const Report& report) {
  if (report.buckets.empty()) return "";
  const Table& headline = report.table("headline");
  const Table& coverage = report.table("coverage");
  std::vector<PlotColumn> columns;
  std::string_view by = report.header_value("by");
  HtmlTable table{fmt::format("Table of figure 2, by {}", by),
                  {{Capitalised(std::string(by)) + " (UTC)"},
                   {"Conversations", true},
                   {"Could not", true},
                   {"Share", true},
                   {"Could, clear", true}},
                  {}};
  // Rows stand in order: eight a part, the whole first.
  std::map<std::string, std::vector<const Row*>> rows;
  for (const Row& row : headline.rows) rows[row[0].text()].push_back(&row);
  std::map<std::string, std::uint64_t> windows;
  std::map<std::string, std::uint64_t> seconds_missing;
  for (const Row& row : coverage.rows) {
    windows[row[0].text()] += coverage.At(row, "windows").count();
    if (report.source != SourceKind::kLive) continue;
    const std::string& expected = coverage.At(row, "seconds_expected").text();
    const std::uint64_t wanted = std::stoull(expected);
    const std::uint64_t got = coverage.At(row, "seconds_recorded").count();
    seconds_missing[row[0].text()] += wanted - std::min(wanted, got);
  }
  std::uint64_t least_count = UINT64_MAX;
  std::uint64_t most_count = 0;
  std::uint64_t all = 0;
  double least = 100;
  double most = 0;
  std::size_t recorded = 0;
  for (const Bucket& bucket : report.buckets) {
    const auto of = [&](std::string_view answer) -> const Value& {
      static const Value kNone(std::uint64_t{0});
      for (const Row* row : rows[bucket.label]) {
        if ((*row)[1].text() == answer) return headline.At(*row, "conversations");
      }
      return kNone;
    };
    PlotColumn column;
    column.label = bucket.label;
    column.recorded = windows[bucket.label] != 0;
    Segment mixed{"mixed", "in doubt"};
    Segment readable{"could", "could, clear"};
    std::uint64_t whole = 0;
    bool suppressed = false;
    for (const std::string_view answer : kStack) {
      const Value& value = of(answer);
      suppressed = suppressed || value.is_suppressed();
      whole += value.count();
      if (answer == "could" || answer == "clear") {
        readable.count += value.count();
      } else if (answer != "could_not") {
        mixed.count += value.count();
      }
    }
    const Value& could_not = of("could_not");
    column.segments = {{"could_not", "could not", could_not.count()}, mixed, readable};
    column.share_part = could_not.count();
    columns.push_back(column);
    std::string head = Escaped(bucket.label);
    if (bucket.cut) head += " <span class=\"flag\">cut by the period</span>";
    if (!column.recorded) {
      table.rows.push_back({head, "no data", "no data", "no data", "no data"});
      continue;
    }
    if (seconds_missing[bucket.label] != 0) {
      head +=
          " <span class=\"flag\">" + Duration(seconds_missing[bucket.label]) + " missing</span>";
    }
    if (whole != 0 && !suppressed) {
      const double share =
          100.0 * static_cast<double>(could_not.count()) / static_cast<double>(whole);
      least_count = std::min(least_count, could_not.count());
      most_count = std::max(most_count, could_not.count());
      all += whole;
      least = std::min(least, share);
      most = std::max(most, share);
      ++recorded;
    }
    table.rows.push_back({head, suppressed ? "s" : Grouped(whole), Escaped(Human(could_not)),
                          suppressed ? "s" : Escaped(HumanShare(could_not, Value(whole))),
                          suppressed ? "s" : Grouped(readable.count)});
  }
  table.tall = table.rows.size() > 20;
  Figure figure;
  const std::string plural = std::string(by) + "s";
  const bool few = all < kPercentFrom;
  figure.finding =
      recorded == 0 ? std::string("No conversation was recorded in any part of the period")
      : most_count == 0
          ? fmt::format(
                "No conversation of any {} went to a service that could not have handed it over",
                by)
      : few ? fmt::format(
                  "In {} {} with conversations, between {} and {} of them in one {} "
                  "could not be handed over",
                  recorded, plural, least_count, most_count, by)
            : fmt::format("The share that could not be handed over lay between {:.1f}% and {:.1f}%",
                          least, most);
  figure.caption = fmt::format(
      "Figure 2. Above: conversations a {0}. Below: the share of could not. Denominator: all "
      "conversations of that {0}, both sides seen.",
      by);
  figure.body =
      Key({{"could_not", "could not"},
           {"mixed", "own keys, conditional, undetermined, unknown, opaque"},
           {"could", "could, clear"},
           {"gap", "not recorded"}}) +
      Plot(columns, fmt::format("{} columns, one a {}: {} with conversations. The share "
                                "that providers could not hand over lies between {:.1f} "
                                "and {:.1f} percent. The numbers are in the table below.",
                                columns.size(), by, recorded, recorded == 0 ? 0 : least, most)) +
      (table.rows.size() > 20
           ? Details(fmt::format("Table of figure 2: {} {}", table.rows.size(), plural),
                     Render(table))
           : Render(table));
  figure.note =
      "A dashed column was not recorded: it is no zero, and is counted nowhere. What is missing "
      "inside a column is named in the table and under What we missed.";
  figure.cells = "headline/" + report.buckets.front().label + " and on";
  std::string html = Render(figure);
  html.replace(html.find("<figure>"), 8, "<figure class=\"long\">");
  return Section("s2", 2, "Over time", "", html);
}

std::string ServicesSection(const Report& report) {
  const Table& services = report.table("services");
  const Value& whole = Denominator(report, "both_sides", "conversations");
  std::uint64_t scale = 1;
  CellSum unnamed;
  CellSum sealed;
  const Row* most_sealed = nullptr;
  for (const Row& row : services.rows) {
    const std::uint64_t count = services.At(row, "conversations").count();
    if (row[0].text() == "none") {
      unnamed.Add(services.At(row, "conversations"));
      continue;
    }
    scale = std::max(scale, count);
    if (services.At(row, "answer").text() != "could_not") continue;
    sealed.Add(services.At(row, "conversations"));
    if (most_sealed == nullptr) most_sealed = &row;
  }
  HtmlTable table{"Table of figure 3: services",
                  {{"Service"},
                   {"Policy", false, true},
                   {"Live content"},
                   {"Conversations", false, true},
                   {"Count", true, true},
                   {"Share", true},
                   {"Bytes", true}},
                  {}};
  std::size_t shown = 0;
  CellSum rest_sum;
  CellSum rest_bytes;
  std::size_t rest_rows = 0;
  for (const Row& row : services.rows) {
    if (row[0].text() != "none" && shown == kServicesShown) {
      rest_sum.Add(services.At(row, "conversations"));
      rest_bytes.Add(services.At(row, "bytes"));
      ++rest_rows;
      continue;
    }
    const bool named = row[0].text() != "none";
    if (named) ++shown;
    const std::string& answer = services.At(row, "answer").text();
    const Value& count = services.At(row, "conversations");
    std::string title = Escaped(services.At(row, "title").text());
    if (services.At(row, "kind").text() == "group")
      title += " <span class=\"quiet\">(group)</span>";
    if (!named) {
      title = answer == "clear"          ? "Unencrypted, no service named"
              : answer == "opaque"       ? "Not recognised"
              : answer == "own_keys"     ? "Own SSH servers"
              : answer == "undetermined" ? "Tunnels, own or a provider’s"
                                         : "Outside the catalogue";
    }
    table.rows.push_back({title,
                          "<code>" + Escaped(Spaced(services.At(row, "policy").text())) + "</code>",
                          AnswerMark(answer, Spaced(answer)),
                          !count.is_count()       ? "<span class=\"quiet\">suppressed</span>"
                          : count.count() > scale ? "<span class=\"quiet\">beyond this scale</span>"
                                                  : RowBar(count.count(), scale),
                          Shown(services, row, "conversations"),
                          Share(services, row, "conversations"), Share(services, row, "bytes")});
  }
  if (rest_rows != 0) {
    const Value rest = rest_sum.value();
    table.rows.push_back(
        {fmt::format("Other services, {} rows", rest_rows),
         "<span class=\"quiet\">in the CSV</span>", "<span class=\"quiet\">several</span>",
         !rest.is_count()       ? "<span class=\"quiet\">withheld</span>"
         : rest.count() > scale ? "<span class=\"quiet\">beyond this scale</span>"
                                : RowBar(rest.count(), scale),
         Escaped(Human(rest)), Escaped(HumanShare(rest, whole)),
         Escaped(HumanShare(rest_bytes.value(), Denominator(report, "both_sides", "bytes")))});
  }
  Figure figure;
  if (most_sealed != nullptr && sealed.value().count() != 0) {
    const std::uint64_t all_sealed = sealed.value().count();
    const std::uint64_t count = services.At(*most_sealed, "conversations").count();
    figure.finding =
        fmt::format("{} makes {} of what could not be handed over",
                    Escaped(services.At(*most_sealed, "title").text()),
                    count == all_sealed ? std::string("all")
                    : all_sealed < kPercentFrom
                        ? fmt::format("{} of {} conversations", Grouped(count), Grouped(all_sealed))
                        : Percent(count, all_sealed));
  } else {
    figure.finding = Portion(unnamed.value(), whole, "conversations") +
                     " went to endpoints outside the catalogue";
  }
  figure.caption = fmt::format(
      "Figure 3. Who was contacted, under which policy, and the provider’s answer for live "
      "content. "
      "Share of {} conversations. A service whose policy changed in the period has a row for each.",
      Escaped(Human(whole)));
  figure.body = Render(table);
  figure.cells = "services";
  std::string body = Render(figure);

  const Table& protocols = report.table("protocols");
  HtmlTable kinds{
      "Table of figure 4: protocols",
      {{"Protocol"}, {"<span class=\"vh\">Bar</span>"}, {"Share", true}, {"Count", true, true}},
      {}};
  std::uint64_t most = 1;
  CellSum modern;
  for (const Row& row : protocols.rows) {
    const std::uint64_t count = protocols.At(row, "conversations").count();
    most = std::max(most, count);
    const std::string& protocol = row[0].text();
    const std::string& version = row[2].text();
    if (protocol == "quic" || (protocol == "tls" && version == "1.3"))
      modern.Add(protocols.At(row, "conversations"));
  }
  for (const Row& row : protocols.rows) {
    const Value& count = protocols.At(row, "conversations");
    kinds.rows.push_back(
        {Escaped(ProtocolWords(row[0].text(), row[1].text(), row[2].text())),
         count.is_count() ? RowBar(count.count(), most) : "<span class=\"quiet\">s</span>",
         Share(protocols, row, "conversations"), Shown(protocols, row, "conversations")});
  }
  kinds.tall = kinds.rows.size() > 20;
  Figure by_protocol;
  by_protocol.finding =
      Portion(modern.value(), whole, "conversations") + " ran over TLS 1.3 or QUIC";
  by_protocol.caption =
      fmt::format("Figure 4. Protocols, share of {} conversations.", Escaped(Human(whole)));
  by_protocol.body = Render(kinds);
  by_protocol.cells = "protocols";

  const Table& names = report.table("names");
  HtmlTable seen{
      "Table of figure 5: host names",
      {{"Name"}, {"<span class=\"vh\">Bar</span>"}, {"Share", true}, {"Count", true, true}},
      {}};
  const Value& hellos = Denominator(report, "hello_seen", "conversations");
  Value visible(std::uint64_t{0});
  for (const Row& row : names.rows) {
    const Value& count = names.At(row, "conversations");
    if (row[0].text() == "visible") visible = count;
    seen.rows.push_back({Capitalised(std::string(NameVisibilityWords(row[0].text()))),
                         count.is_count() && hellos.is_count()
                             ? RowBar(count.count(), hellos.count())
                             : "<span class=\"quiet\">s</span>",
                         Share(names, row, "conversations"), Shown(names, row, "conversations")});
  }
  Figure by_name;
  by_name.finding =
      Portion(visible, hellos, "conversations") + " showed their host name to the network";
  by_name.caption = fmt::format(
      "Figure 5. Server name in TLS, QUIC and DTLS hellos, share of {} conversations. An offer of "
      "Encrypted Client Hello is no hidden name: servers and filler look alike.",
      Escaped(Human(hellos)));
  by_name.body = Render(seen);
  by_name.cells = "names";
  body += "<div class=\"two\">" + Render(by_protocol) + Render(by_name) + "</div>";
  return Section("s3", 3, "Services and protocols", "", body);
}

std::string RecordingsSection(const Report& report) {
  const Table& keys = report.table("key_exchange");
  const Table& properties = report.table("key_properties");
  const Value& encrypted = Denominator(report, "encrypted", "conversations");
  HtmlTable table{"Table of figure 6: key exchange",
                  {{"Key exchange"},
                   {"<span class=\"vh\">Bar</span>", false, true},
                   {"Share", true},
                   {"Count", true, true},
                   {"A recording, later"}},
                  {}};
  for (const Row& row : keys.rows) {
    const Value& count = keys.At(row, "conversations");
    const std::string& answer = keys.At(row, "recorded_ciphertext").text();
    const bool exposed = keys.At(row, "exposed_to_quantum").text() == "yes";
    std::string later = Spaced(answer);
    if (answer == "could_not") later += ", from the recording alone";
    later += fmt::format(" ({})", Spaced(keys.At(row, "reason").text()));
    if (exposed) later += "; exposed to a later quantum computer";
    table.rows.push_back(
        {Escaped(Capitalised(std::string(KeyExchangeWords(row[0].text())))) +
             " <code class=\"quiet\">" + Escaped(row[0].text()) + "</code>",
         count.is_count() && encrypted.is_count()
             ? RowBar(count.count(), encrypted.count(), row[0].text().starts_with("pq"))
             : "<span class=\"quiet\">s</span>",
         Share(keys, row, "conversations"), Shown(keys, row, "conversations"),
         AnswerMark(answer, later)});
  }
  HtmlTable held{"Properties of the key exchange",
                 {{"Property"}, {"Conversations", true}, {"Share", true}},
                 {}};
  static const std::map<std::string, std::string> kWords = {
      {"forward_secrecy", "Keys of the session alone (forward secrecy)"},
      {"post_quantum", "Used a post-quantum key exchange"},
      {"static_rsa", "Static RSA: whoever keeps the server’s key can read a recording"},
      {"exposed_to_quantum", "Exposed to a later quantum computer"},
      {"resumed", "Resumed an earlier session"},
      {"early_data_offered", "Offered early data"},
      {"key_exchange_unknown", "Key exchange not shown by the handshake"},
  };
  const auto property = [&](std::string_view name) {
    const Row* row = properties.Find({name});
    return row == nullptr ? Value(std::uint64_t{0}) : properties.At(*row, "conversations");
  };
  for (const Row& row : properties.rows) {
    const auto words = kWords.find(row[0].text());
    held.rows.push_back({Escaped(words == kWords.end() ? row[0].text() : words->second),
                         Shown(properties, row, "conversations"),
                         Share(properties, row, "conversations")});
  }
  Figure figure;
  figure.finding = Portion(property("post_quantum"), encrypted, "encrypted conversations") +
                   " used a post-quantum key exchange";
  figure.caption = fmt::format(
      "Figure 6. Key exchange, share of {} encrypted conversations. Forward secrecy: {}. Static "
      "RSA: {}. A tap cannot show that the ends erased their keys.",
      Escaped(Human(encrypted)), Escaped(HumanShare(property("forward_secrecy"), encrypted)),
      Escaped(HumanShare(property("static_rsa"), encrypted)));
  figure.body = Render(table) + Render(held);
  figure.cells = "key_exchange, key_properties";
  return Section("s4", 4, "Recordings, read later",
                 "Could someone who recorded these sessions decrypt them later? Only the key "
                 "exchange can say.",
                 Render(figure));
}

}  // namespace unopened::exporters::report
