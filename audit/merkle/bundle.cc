#include "audit/merkle/bundle.h"

namespace unopened::audit::merkle {

bool AppendToBundle(std::string_view entry, std::string& bundle) {
  if (entry.size() > kMaxBundleEntry) return false;
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xff);
  bundle += entry;
  return true;
}

bool BundleReader::Next(std::string_view& entry) {
  const std::string_view rest = bundle_.substr(offset_);
  if (rest.size() < 2) return false;
  const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) << 8 |
                           static_cast<unsigned char>(rest[1]);
  if (rest.size() - 2 < size) return false;
  entry = rest.substr(2, size);
  offset_ += 2 + size;
  return true;
}

}  // namespace unopened::audit::merkle
