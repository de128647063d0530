// bands.toml: the instruments whose counts may be told in bands only.
#pragma once

#include <string>
#include <vector>

#include "audit/demands/demand.h"
#include "config/config.h"
#include "config/document.h"
#include "config/provenance.h"

namespace unopened::config {

std::vector<audit::BandedInstrument> ReadBands(const Value& document, const std::string& file,
                                               const Sources& sources,
                                               std::vector<Problem>& problems);

}  // namespace unopened::config
