#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "config/drafts.h"

namespace unopened::config {
namespace {

// Ids become metric labels and words of the log.
bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool ReachesAnything(const audit::Instrument& instrument) {
  return std::ranges::any_of(instrument.rows, [](const audit::Instrument::Row& row) {
    return row.reach == audit::Reach::kInScope || row.reach == audit::Reach::kConditional;
  });
}

}  // namespace

std::string ReadId(TableReader& table) {
  std::string id = table.Text("id");
  if (!id.empty() && !IsId(id)) {
    table.Report("id", "\"id\" must be a-z, 0-9 and _, at most 32 of them, a letter first");
  }
  return id;
}

// An id equals its file's name, so that a reader finds the file of a word in the log.
void CheckFileName(TableReader& table, const std::string& id, Drafts& drafts) {
  const std::string stem = std::filesystem::path(table.file()).stem().string();
  if (stem == id) return;
  drafts.unread.push_back(stem);
  if (id.empty()) return;
  table.Report("id", "\"id\" is \"" + id + "\", but the file is named for \"" + stem + "\"");
}

void ReadInstrument(const Value& document, const std::string& file, const Sources& sources,
                    Drafts& drafts, std::vector<Problem>& problems) {
  TableReader table(document, file, problems);
  InstrumentDraft draft{.instrument = {}, .place = {file, table.LineOf("id")}};
  audit::Instrument& instrument = draft.instrument;
  instrument.id = ReadId(table);
  CheckFileName(table, instrument.id, drafts);
  instrument.title = table.Text("title");
  instrument.jurisdiction = table.Text("jurisdiction");
  instrument.section = table.Text("section");
  instrument.binds = table.Text("binds");
  instrument.in_force_from = table.Day("in_force_from");
  instrument.in_force_until = table.Day("in_force_until");
  if (instrument.in_force_until && !instrument.in_force_from) {
    table.Report("in_force_until", "\"in_force_until\" needs its \"in_force_from\"");
  } else if (instrument.in_force_until && *instrument.in_force_until < *instrument.in_force_from) {
    table.Report("in_force_until", "instrument \"" + instrument.id +
                                       "\" was never in force: \"in_force_until\" lies before "
                                       "\"in_force_from\"");
  }
  std::array<bool, audit::kCategoryCount> given{};
  bool all_read = true;
  for (TableReader& row : table.Tables("reach")) {
    const auto category = row.Word<audit::Category>("category", audit::kCategoryNames);
    const auto value = row.Word<audit::Reach>("value", audit::kReachNames);
    audit::Instrument::Row reach;
    reach.reach = value.value_or(audit::Reach::kUnknown);
    const audit::Provenance citation = ReadCitation(row, sources);
    const std::string section = row.TextOr("section");
    reach.note = citation.note;
    if (!section.empty()) reach.note += (reach.note.empty() ? "" : " ") + ("[" + section + "]");
    reach.source = citation.source;
    reach.verified = citation.verified;
    row.Finish();
    all_read = all_read && category && value;
    if (!category) continue;
    const auto at = static_cast<std::size_t>(*category);
    if (given[at]) row.Report("category", "category given twice");
    given[at] = true;
    instrument.rows[at] = std::move(reach);
  }
  // A word that is none was reported already.
  if (all_read && !ReachesAnything(instrument)) {
    table.Report("id", "instrument \"" + instrument.id +
                           "\" reaches nothing: no category is in_scope or conditional");
  }
  table.Finish();
  drafts.instruments.push_back(std::move(draft));
}

void ReadPractice(const Value& document, const std::string& file, const Sources& sources,
                  Drafts& drafts, std::vector<Problem>& problems) {
  TableReader table(document, file, problems);
  for (TableReader& row : table.Tables("practice")) {
    PracticeDraft draft;
    draft.place = {file, row.line()};
    draft.service = row.Text("service");
    draft.instrument = row.Text("instrument");
    const auto category = row.Word<audit::Category>("category", audit::kCategoryNames);
    const auto outcome = row.Word<audit::PracticeOutcome>("outcome", audit::kPracticeOutcomeNames);
    draft.practice.condition = row.TextOr("condition");
    draft.practice.provenance = ReadProvenance(row, sources);
    row.Finish();
    if (!category || !outcome) continue;
    draft.practice.category = *category;
    draft.practice.outcome = *outcome;
    drafts.practices.push_back(std::move(draft));
  }
  table.Finish();
}

}  // namespace unopened::config
