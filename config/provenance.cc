#include "config/provenance.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace unopened::config {
namespace {

constexpr std::array<std::string_view, 5> kKinds = {"primary", "secondary", "tertiary",
                                                    "implementation", "own_knowledge"};
enum class Kind : std::uint8_t { kPrimary, kSecondary, kTertiary, kImplementation, kOwnKnowledge };

// A source's date may be a year or a month; it then counts from its last day, so that no fact
// answers for a day before it was written.
bool ParseLastDay(const std::string& text, base::Day& day) {
  if (base::ParseDay(text, day)) return true;
  if (text.size() == 4) return base::ParseDay(text + "-12-31", day);
  if (text.size() != 7) return false;
  for (const char* last : {"-31", "-30", "-29", "-28"}) {
    if (base::ParseDay(text + last, day)) return true;
  }
  return false;
}

Source ReadSource(TableReader& table) {
  Source source;
  source.text = table.Text("title");
  const std::string url = table.TextOr("url");
  const std::string date = table.TextOr("date");
  const auto read = table.Day("read");
  const auto kind = table.Word<Kind>("kind", kKinds);
  source.personal = kind == Kind::kOwnKnowledge;
  if (!date.empty()) {
    if (!ParseLastDay(date, source.day)) {
      table.Report("date", "\"date\" is \"" + date + "\", neither year, month nor day");
    }
    // Of a page dated "2026" and read in November, December says nothing.
    if (read) source.day = std::min(source.day, *read);
    source.text += " (" + date + ")";
  } else if (read) {
    source.day = *read;
    source.undated = true;
    source.text += source.personal ? "" : " (undated, read " + base::FormatDay(*read) + ")";
  } else if (!table.Has("read")) {
    table.Report("title", "a source needs its \"date\", or the day an undated copy was \"read\"");
  }
  if (!url.empty()) source.text += " <" + url + ">";
  table.Finish();
  return source;
}

std::vector<const Source*> ReadCited(TableReader& table, const Sources& sources,
                                     audit::Provenance& provenance) {
  std::vector<const Source*> cited;
  const auto keys = table.Texts("sources");
  if (keys.empty()) {
    table.Report("sources", "a fact needs its \"sources\", keys of sources.toml");
  }
  for (const std::string& key : keys) {
    const auto at = sources.find(key);
    if (at == sources.end()) {
      table.Report("sources", "source \"" + key + "\" is not in sources.toml");
      continue;
    }
    cited.push_back(&at->second);
    provenance.source += (provenance.source.empty() ? "" : "; ") + at->second.text;
  }
  provenance.verified =
      table.Word<audit::Verified>("verified", audit::kVerifiedNames).value_or(audit::Verified::kNo);
  const bool confirmed =
      std::ranges::any_of(cited, [](const Source* source) { return !source->personal; });
  if (provenance.verified != audit::Verified::kNo && !cited.empty() && !confirmed) {
    table.Report("verified", "a fact that rests on own knowledge alone is verified \"no\"");
  }
  provenance.note = table.TextOr("note");
  return cited;
}

}  // namespace

Sources ReadSources(const Value& document, const std::string& file,
                    std::vector<Problem>& problems) {
  Sources sources;
  for (const Member& member : document.members) {
    if (member.value.kind != Value::Kind::kTable) {
      problems.push_back({file, member.line, "source \"" + member.key + "\" must be a table"});
      continue;
    }
    TableReader table(member.value, file, problems);
    sources.emplace(member.key, ReadSource(table));
  }
  return sources;
}

audit::Provenance ReadCitation(TableReader& table, const Sources& sources) {
  audit::Provenance provenance;
  ReadCited(table, sources, provenance);
  return provenance;
}

audit::Provenance ReadProvenance(TableReader& table, const Sources& sources) {
  audit::Provenance provenance;
  const auto cited = ReadCited(table, sources, provenance);
  provenance.from = table.Day("from");
  provenance.until = table.Day("until");
  provenance.source_date = table.Day("source_date");
  if (provenance.from && provenance.until && *provenance.from > *provenance.until) {
    table.Report("until", "\"until\" " + base::FormatDay(*provenance.until) +
                              " lies before \"from\" " + base::FormatDay(*provenance.from));
  }
  if (cited.empty()) return provenance;
  const auto [earliest, latest] = std::ranges::minmax_element(cited, {}, &Source::day);
  if (!provenance.source_date && !table.Has("source_date")) provenance.source_date = (*latest)->day;
  if (provenance.source_date && *provenance.source_date < (*earliest)->day) {
    table.Report("source_date",
                 "\"source_date\" lies before every source it cites (the earliest: " +
                     base::FormatDay((*earliest)->day) + ")");
  }
  const bool of_reading = std::ranges::any_of(cited, [&provenance](const Source* source) {
    return source->undated && !source->personal && provenance.source_date == source->day;
  });
  if (of_reading && !provenance.from && !provenance.until) {
    provenance.note += provenance.note.empty() ? "" : "; ";
    provenance.note += "the copy is undated: the date is the day it was read";
  }
  return provenance;
}

std::optional<Days> AnsweredDays(const audit::Provenance& provenance) {
  Days days{std::numeric_limits<base::Day>::min(), std::numeric_limits<base::Day>::max()};
  if (!provenance.from && !provenance.until) {
    if (!provenance.source_date) return std::nullopt;
    days.first = *provenance.source_date;
    return days;
  }
  if (provenance.from) days.first = *provenance.from;
  if (provenance.until) days.last = *provenance.until;
  return days;
}

}  // namespace unopened::config
