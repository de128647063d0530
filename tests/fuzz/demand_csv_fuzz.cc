// Demands in CSV and in the spool's JSON: what is taken is written and read again as the same, and
// nothing that looks like a person's identifier gets through a word.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "audit/demands/demands_entry.h"
#include "audit/entry.h"
#include "gateway/demand_csv.h"

namespace {

using namespace unopened;

void Require(bool holds) {
  if (!holds) std::abort();
}

const audit::DemandTerms& Terms() {
  static const audit::DemandTerms terms = [] {
    audit::DemandTerms all;
    all.instruments = {{"us_title3", "US"}, {"us_pen_trap", "US"}, {"uk_ti_warrant", "GB"}};
    all.subjects = {"network", "signal", "whatsapp"};
    return all;
  }();
  return terms;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto demands = gateway::ReadDemandCsv(bytes, "fuzz.csv", Terms())) {
    for (const audit::Demand& demand : *demands) {
      Require(audit::CheckDemand(demand, Terms()).has_value());
    }
    const std::string text = gateway::DemandCsv(*demands);
    const auto again = gateway::ReadDemandCsv(text, "again.csv", Terms());
    Require(again && again->size() == demands->size());
    Require(gateway::DemandCsv(*again) == text);
  }
  (void)gateway::ParseDemandCategory(bytes);
  (void)audit::ReadDemand(audit::Parse(bytes));
  return 0;
}
