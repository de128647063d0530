#include "audit/store/kept_bundle.h"

#include <array>

#include "audit/merkle/bundle.h"
#include "audit/merkle/tile.h"
#include "audit/store/atomic_file.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using merkle::kTileWidth;

constexpr std::size_t kHeadBytes = 3;  // place and length
constexpr std::size_t kMaxKeptBytes = kTileWidth * (kHeadBytes + merkle::kMaxBundleEntry);

}  // namespace

std::string KeptPath(std::uint64_t bundle) {
  return "pruned/" + merkle::BundlePath(bundle, kTileWidth);
}

void AppendKept(std::uint8_t place, std::string_view entry, std::string& kept) {
  kept += static_cast<char>(place);
  kept += static_cast<char>(entry.size() >> 8);
  kept += static_cast<char>(entry.size() & 0xff);
  kept += entry;
}

bool KeptReader::Next(std::uint8_t& place, std::string_view& entry) {
  const std::string_view rest = kept_.substr(offset_);
  if (rest.size() < kHeadBytes) return false;
  const auto byte = [&rest](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(rest[i]));
  };
  const std::size_t size = byte(1) << 8 | byte(2);
  if (static_cast<int>(byte(0)) <= last_place_ || rest.size() - kHeadBytes < size) return false;
  place = static_cast<std::uint8_t>(rest[0]);
  entry = rest.substr(kHeadBytes, size);
  last_place_ = place;
  offset_ += kHeadBytes + size;
  return true;
}

Result<std::string> ReadKept(FileSystem& file_system, const std::string& folder,
                             std::uint64_t bundle) {
  return file_system.ReadAtMost(folder + "/" + KeptPath(bundle), kMaxKeptBytes);
}

Result<Done> RemoveBundle(FileSystem& file_system, const std::string& folder,
                          std::uint64_t bundle) {
  const std::string full = folder + "/" + merkle::BundlePath(bundle, kTileWidth);
  const std::string partial = ParentOf(folder + "/" + merkle::BundlePath(bundle, 1));
  if (file_system.Exists(partial)) {
    const auto names = file_system.List(partial);
    if (!names) return Fail(names.error());
    for (const std::string& name : *names) {
      if (auto removed = file_system.Remove(partial + "/" + name); !removed) return removed;
    }
    // Names below must be gone for good before the full bundle's is.
    if (auto synced = file_system.SyncDirectory(partial); !synced) return synced;
    if (auto removed = file_system.Remove(partial); !removed) return removed;
  }
  for (const std::string& path : {full + ".tmp", full}) {
    if (!file_system.Exists(path)) continue;
    if (auto removed = file_system.Remove(path); !removed) return removed;
  }
  return Done{};
}

Result<Done> SyncBundleFolder(FileSystem& file_system, const std::string& folder,
                              std::uint64_t bundle) {
  return file_system.SyncDirectory(ParentOf(folder + "/" + merkle::BundlePath(bundle, kTileWidth)));
}

}  // namespace unopened::audit
