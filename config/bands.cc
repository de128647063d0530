#include "config/bands.h"

#include <set>

#include "audit/demands/amount.h"
#include "audit/note/proof_file.h"
#include "config/table_reader.h"

namespace unopened::config {

std::vector<audit::BandedInstrument> ReadBands(const Value& document, const std::string& file,
                                               const Sources& sources,
                                               std::vector<Problem>& problems) {
  std::vector<audit::BandedInstrument> all;
  std::set<std::string> ids;
  TableReader root(document, file, problems);
  for (TableReader& table : root.Tables("instrument")) {
    audit::BandedInstrument banded;
    banded.id = table.Text("id");
    if (!banded.id.empty() && !ids.insert(banded.id).second) {
      table.Report("id", "\"" + banded.id + "\" stands twice");
    }
    banded.title = table.Text("title");
    banded.jurisdiction = table.Text("jurisdiction");
    (void)table.Text("section");
    for (const std::string& text : table.Texts("band_widths")) {
      const auto width = audit::note::ParseSize(text);
      if (!width || *width < 2 || *width > audit::Amount::kMost) {
        table.Report("band_widths", "\"" + text + "\" is no width of a band");
      } else {
        banded.widths.push_back(static_cast<std::uint32_t>(*width));
      }
    }
    if (banded.widths.empty()) table.Report("band_widths", "no width is given");
    banded.source = ReadCitation(table, sources).source;
    table.Finish();
    all.push_back(std::move(banded));
  }
  root.Finish();
  return all;
}

}  // namespace unopened::config
