// Entry bundles and journals of strangers: a bundle's entries put together again are the bundle,
// and a journal that is understood is written the same way.
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/merkle/bundle.h"
#include "audit/store/journal.h"

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

  if (const auto batch = DecodeBatch(bytes)) {
    if (EncodeBatch(*batch) != bytes) __builtin_trap();
  }
  return 0;
}
