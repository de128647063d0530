// Entry bundles, what is kept of pruned ones, and journals of strangers: the entries put together
// again are the bundle, and a journal that is understood is written the same way.
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/merkle/bundle.h"
#include "audit/store/journal.h"
#include "audit/store/kept_bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unopened::audit;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  merkle::BundleReader reader(bytes);
  std::string again;
  for (std::string_view entry; reader.Next(entry);) {
    if (!merkle::AppendToBundle(entry, again)) __builtin_trap();
  }
  if (bytes.substr(0, reader.offset()) != again) __builtin_trap();
  if (reader.at_end() != (again.size() == bytes.size())) __builtin_trap();

  KeptReader kept(bytes);
  again.clear();
  int last = -1;
  std::uint8_t place = 0;
  for (std::string_view entry; kept.Next(place, entry); last = place) {
    if (place <= last) __builtin_trap();
    AppendKept(place, entry, again);
  }
  if (bytes.substr(0, kept.offset()) != again) __builtin_trap();

  if (const auto batch = DecodeBatch(bytes)) {
    if (EncodeBatch(*batch) != bytes) __builtin_trap();
  }
  return 0;
}
