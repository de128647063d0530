// Sources and the part every fact has: where it is from, for which days it answers, how well it was
// confirmed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/catalogue.h"
#include "config/document.h"
#include "config/table_reader.h"

namespace unopened::config {

// One entry of sources.toml.
struct Source {
  std::string text;       // "title (2016-04) <url>", as the log prints it
  base::Day day = 0;      // the last day its date can mean, or the day it was read if earlier
  bool undated = false;   // `day` is the day of reading
  bool personal = false;  // kind "own_knowledge": confirms nothing
};
using Sources = std::map<std::string, Source, std::less<>>;

Sources ReadSources(const Value& document, const std::string& file, std::vector<Problem>& problems);

// Reads `sources`, `source_date`, `from`, `until`, `verified` and `note` of a fact. Without a
// `source_date` the latest day of the cited sources counts, since the fact rests on all of them; an
// explicit one must not be earlier than the earliest of them. Where the day that counts is a day of
// reading, the note says so.
audit::Provenance ReadProvenance(TableReader& table, const Sources& sources);

// The same for what is not dated: `sources`, `verified` and `note` alone.
audit::Provenance ReadCitation(TableReader& table, const Sources& sources);

// The days a fact answers; a missing end is open. Nothing where it answers no day.
struct Days {
  base::Day first;
  base::Day last;
};
std::optional<Days> AnsweredDays(const audit::Provenance& provenance);

}  // namespace unopened::config
