#include "gateway/demand_csv.h"

#include <csv.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "audit/merkle/hash.h"
#include "audit/note/proof_file.h"
#include "base/enum_names.h"

namespace unopened::gateway {
namespace {

using audit::Amount;
using audit::Category;
using audit::Demand;
using audit::DemandBasis;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::size_t kMaxCsvBytes = 16 << 20;
constexpr std::string_view kSeriesHeader =
    "year,authorised_total,authorised_federal,authorised_state,encrypted_federal,encrypted_state,"
    "not_decrypted_federal,not_decrypted_state,late_reported_note,source,verified";

using Row = std::vector<std::string>;

struct Sheet {
  std::vector<Row> rows;
  Row row;
};

// Strict RFC 4180: a stray quote is an error, and so is one that nothing closes.
Result<std::vector<Row>> ReadRows(std::string_view text, const std::string& where) {
  if (text.size() > kMaxCsvBytes) return Fail(Failure::kUsage, "larger than 16 MiB", where);
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
    return Fail(Failure::kGeneral, "no memory for a CSV parser", where);
  }
  // Cells as they are: by itself the library trims spaces and tabs.
  csv_set_space_func(&parser, [](unsigned char) { return 0; });
  Sheet sheet;
  const auto on_cell = [](void* cell, std::size_t size, void* to) {
    static_cast<Sheet*>(to)->row.emplace_back(static_cast<const char*>(cell), size);
  };
  const auto on_row = [](int, void* to) {
    auto* filled = static_cast<Sheet*>(to);
    filled->rows.push_back(std::move(filled->row));
    filled->row.clear();
  };
  const bool ok =
      csv_parse(&parser, text.data(), text.size(), on_cell, on_row, &sheet) == text.size() &&
      csv_fini(&parser, on_cell, on_row, &sheet) == 0;
  csv_free(&parser);
  if (!ok) {
    return Fail(Failure::kUsage, "not CSV by RFC 4180",
                where + ":" + std::to_string(sheet.rows.size() + 1));
  }
  return std::move(sheet.rows);
}

std::string Joined(const Row& cells) {
  std::string text;
  for (const std::string& cell : cells) text += (text.empty() ? "" : ",") + cell;
  return text;
}

std::vector<std::string> SplitAt(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// A mistake in a cell, which is named but not repeated: it may be a person's.
tl::unexpected<base::Error> WrongCell(std::string_view what, const std::string& cell,
                                      const std::string& where) {
  if (const auto looks = audit::LooksLikeATarget(cell)) {
    return Fail(Failure::kUsage, "the cell looks like " + std::string(*looks), where,
                "the log holds counts and no person: take it out");
  }
  return Fail(Failure::kUsage, std::string(what), where);
}

Result<Demand> OwnRow(const Row& row, const std::string& where, const audit::DemandTerms& terms) {
  const std::vector<std::string> columns = SplitAt(kDemandColumns, ',');
  const auto at = [&](std::size_t column) { return where + " " + columns[column]; };
  if (row.size() != columns.size()) {
    return Fail(
        Failure::kUsage,
        "has " + std::to_string(row.size()) + " cells and not " + std::to_string(columns.size()),
        where);
  }
  Demand demand;
  demand.id = DrawDemandId();
  if (!base::ParseDay(row[0], demand.from)) return WrongCell("no day", row[0], at(0));
  if (!base::ParseDay(row[1], demand.until)) return WrongCell("no day", row[1], at(1));
  // Only what the catalogue names is taken over, so a name in these cells goes nowhere.
  const bool banded = std::any_of(terms.banded.begin(), terms.banded.end(),
                                  [&](const auto& b) { return b.id == row[2]; });
  if (!banded && !terms.instruments.contains(row[2])) {
    return WrongCell("no such instrument", row[2], at(2));
  }
  demand.instrument = row[2];
  demand.jurisdiction = row[3];
  const auto authority = base::FromName<audit::Authority>(audit::kAuthorityNames, row[4]);
  if (!authority) return WrongCell("no such authority", row[4], at(4));
  demand.authority = *authority;
  const bool known = row[5] == "network" || std::find(terms.subjects.begin(), terms.subjects.end(),
                                                      row[5]) != terms.subjects.end();
  if (!known) return WrongCell("no such service", row[5], at(5));
  demand.subject = row[5];
  const auto basis = base::FromName<DemandBasis>(audit::kDemandBasisNames, row[6]);
  if (!basis) return WrongCell("no such basis", row[6], at(6));
  demand.basis = *basis;
  demand.sources = SplitAt(row[7], ' ');
  for (const std::string& source : demand.sources) {
    if (!audit::IsSourceUrl(source)) return WrongCell("not a URL", source, at(7));
  }
  std::array<Amount*, 3> amounts = {&demand.demands, &demand.accounts, &demand.encryption_met};
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const auto amount = Amount::Parse(row[8 + i]);
    if (!amount) return WrongCell("no count, band or unknown", row[8 + i], at(8 + i));
    *amounts[i] = *amount;
  }
  for (const std::string& text : SplitAt(row[11], ';')) {
    const auto category = ParseDemandCategory(text);
    if (!category) return WrongCell(category.error().what, text, at(11));
    demand.categories.insert(*category);
  }
  return demand;
}

// One year of the wiretap reports: federal and state courts apart, and the total alone where
// nothing else is known. Empty cells are unknown.
Result<std::vector<Demand>> SeriesRow(const Row& row, const std::string& where) {
  if (row.size() != SplitAt(kSeriesHeader, ',').size()) {
    return Fail(Failure::kUsage, "has " + std::to_string(row.size()) + " cells", where);
  }
  Demand year;
  year.instrument = "us_title3";
  year.jurisdiction = "US";
  year.subject = "network";
  if (row[0].size() != 4 || !base::ParseDay(row[0] + "-01-01", year.from) ||
      !base::ParseDay(row[0] + "-12-31", year.until)) {
    return Fail(Failure::kUsage, "no year", where);
  }
  year.basis =
      row[10].starts_with("yes") ? DemandBasis::kPublished : DemandBasis::kAsReportedUnconfirmed;
  for (std::string word : SplitAt(row[9], ' ')) {
    while (!word.empty() && (word.back() == ';' || word.back() == ',')) word.pop_back();
    if (audit::IsSourceUrl(word) && year.sources.size() < 4) year.sources.push_back(word);
  }
  std::array<Amount, 7> cells;  // total, then federal and state of each of the three
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (row[1 + i].empty()) continue;
    const auto count = audit::note::ParseSize(row[1 + i]);
    const auto amount = count ? Amount::Exactly(*count) : std::nullopt;
    if (!amount) return WrongCell("no count", row[1 + i], where);
    cells[i] = *amount;
  }
  std::vector<Demand> demands;
  const auto add = [&](audit::Authority authority, Amount made, Amount met, Amount encrypted) {
    Demand demand = year;
    demand.id = DrawDemandId();
    demand.authority = authority;
    demand.demands = made;
    demand.encryption_met = met;
    demand.categories[Category::kLiveContent]
                     [static_cast<std::size_t>(audit::DemandOutcome::kEncrypted)] = encrypted;
    demands.push_back(std::move(demand));
  };
  add(audit::Authority::kFederal, cells[1], cells[3], cells[5]);
  add(audit::Authority::kState, cells[2], cells[4], cells[6]);
  if (!cells[0].is_unknown() && (cells[1].is_unknown() || cells[2].is_unknown())) {
    add(audit::Authority::kUnknown, cells[0], {}, {});
  }
  return demands;
}

std::string Cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string DrawDemandId() {
  std::array<std::uint8_t, 8> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  return audit::merkle::Hex(bytes);
}

Result<std::pair<Category, audit::Outcomes>> ParseDemandCategory(std::string_view text) {
  const std::vector<std::string> parts = SplitAt(text, ':');
  const auto category =
      parts.empty() ? std::nullopt : base::FromName<Category>(audit::kCategoryNames, parts[0]);
  if (!category) return Fail(Failure::kUsage, "no such category");
  audit::Outcomes outcomes;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::string> pair = SplitAt(parts[i], '=');
    if (pair.size() != 2) return Fail(Failure::kUsage, "no outcome with a count");
    const auto outcome = base::FromName<audit::DemandOutcome>(audit::kDemandOutcomeNames, pair[0]);
    const auto amount = Amount::Parse(pair[1]);
    if (!outcome || !amount) return Fail(Failure::kUsage, "no outcome with a count");
    outcomes[static_cast<std::size_t>(*outcome)] = *amount;
  }
  return std::pair(*category, outcomes);
}

Result<std::vector<Demand>> ReadDemandCsv(std::string_view text, const std::string& where,
                                          const audit::DemandTerms& terms) {
  const auto rows = ReadRows(text, where);
  if (!rows) return Fail(rows.error());
  const std::string header = rows->empty() ? "" : Joined(rows->front());
  const bool series = header == kSeriesHeader;
  if (!series && header != kDemandColumns) {
    return Fail(Failure::kUsage, "not the columns of a demand", where + ":1",
                std::string(kDemandColumns));
  }
  std::vector<Demand> demands;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const std::string line = where + ":" + std::to_string(i + 1);
    std::vector<Demand> read;
    if (series) {
      auto of_year = SeriesRow((*rows)[i], line);
      if (!of_year) return Fail(of_year.error());
      read = std::move(*of_year);
    } else {
      auto own = OwnRow((*rows)[i], line, terms);
      if (!own) return Fail(own.error());
      read.push_back(std::move(*own));
    }
    for (Demand& demand : read) {
      if (const auto checked = audit::CheckDemand(demand, terms); !checked) {
        base::Error error = checked.error();
        error.where = line + " " + error.where;
        return Fail(error);
      }
      demands.push_back(std::move(demand));
    }
  }
  return demands;
}

std::string DemandCsv(const std::vector<Demand>& demands) {
  std::string csv = std::string(kDemandColumns) + "\r\n";
  for (const Demand& demand : demands) {
    std::string sources;
    for (const std::string& source : demand.sources) {
      sources += (sources.empty() ? "" : " ") + source;
    }
    std::string categories;
    for (const auto& [category, outcomes] : demand.categories) {
      categories += (categories.empty() ? "" : ";") + std::string(Name(category));
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].is_unknown()) continue;
        categories += ":" + std::string(audit::kDemandOutcomeNames[i]) + "=" + outcomes[i].Text();
      }
    }
    const Row cells = {base::FormatDay(demand.from),
                       base::FormatDay(demand.until),
                       demand.instrument,
                       demand.jurisdiction,
                       std::string(Name(demand.authority)),
                       demand.subject,
                       std::string(Name(demand.basis)),
                       sources,
                       demand.demands.Text(),
                       demand.accounts.Text(),
                       demand.encryption_met.Text(),
                       categories};
    std::string line;
    for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + Cell(cell);
    csv += line + "\r\n";
  }
  return csv;
}

}  // namespace unopened::gateway
