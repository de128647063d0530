// Configuration files: any text as each of the kinds there are. What is wrong is a problem with a
// place, and a catalogue put together from it has a canonical form.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/bands.h"
#include "config/canonical.h"
#include "config/document.h"
#include "config/drafts.h"
#include "config/gateway.h"
#include "config/provenance.h"
#include "exporters/web/listen_address.h"
#include "gateway/explanation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unopened;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Words of the command line.
  (void)gateway::ParseSession(text);
  if (const auto address = exporters::ParseListenAddress(text)) {
    if (address->port < 0 || address->port > 65535) std::abort();
  }

  std::vector<config::Problem> problems;
  const auto document = config::ParseDocument(text, "a.toml", problems);
  if (!document) {
    if (problems.size() != 1) std::abort();
    return 0;
  }
  (void)config::ReadGateway(*document, "a.toml", problems);
  const config::Sources sources = config::ReadSources(*document, "a.toml", problems);
  (void)config::ReadBands(*document, "a.toml", sources, problems);
  config::Drafts drafts;
  config::ReadGroups(*document, "a.toml", sources, drafts, problems);
  config::ReadService(*document, "a.toml", sources, drafts, problems);
  config::ReadInstrument(*document, "a.toml", sources, drafts, problems);
  config::ReadPractice(*document, "a.toml", sources, drafts, problems);
  const audit::Catalogue catalogue = config::Assemble(std::move(drafts), problems);
  if (config::CanonicalForm(catalogue).empty()) std::abort();
  for (const config::Problem& problem : problems) {
    if (problem.what.empty()) std::abort();
  }
  return 0;
}
