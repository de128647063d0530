#include "audit/store/tile_store.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "audit/merkle/bundle.h"
#include "audit/merkle/hash.h"
#include "audit/store/atomic_file.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using merkle::kTileWidth;
using PathOfWidth = std::function<std::string(std::uint64_t width)>;

constexpr std::size_t kMaxTileBytes = kTileWidth * merkle::kHashSize;
constexpr std::size_t kMaxBundleBytes = kTileWidth * (2 + merkle::kMaxBundleEntry);

// The widths in a ".p" folder, smallest first; names that are none are left out.
std::vector<std::uint64_t> WidthsIn(FileSystem& file_system, const std::string& partial_folder) {
  std::vector<std::uint64_t> widths;
  const auto names = file_system.List(partial_folder);
  if (!names) return widths;
  for (const std::string& name : *names) {
    std::uint64_t width = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), width);
    if (error == std::errc() && end == name.data() + name.size() && width < kTileWidth) {
      widths.push_back(width);
    }
  }
  std::sort(widths.begin(), widths.end());
  return widths;
}

Result<Found> ReadWidth(FileSystem& file_system, const std::string& folder,
                        const PathOfWidth& path_of, std::uint64_t width, std::size_t max_bytes) {
  const std::string exact = path_of(width);
  auto bytes = file_system.ReadAtMost(folder + "/" + exact, max_bytes);
  if (bytes) return Found{exact, std::move(*bytes), false};
  if (bytes.error().failure != Failure::kInput || width == kTileWidth) return Fail(bytes.error());

  std::vector<std::uint64_t> wider = WidthsIn(file_system, ParentOf(folder + "/" + exact));
  wider.push_back(kTileWidth);
  for (const std::uint64_t other : wider) {
    if (other <= width) continue;
    auto found = file_system.ReadAtMost(folder + "/" + path_of(other), max_bytes);
    if (found) return Found{path_of(other), std::move(*found), true};
    if (found.error().failure != Failure::kInput) return Fail(found.error());
  }
  return Fail(bytes.error());
}

// Removes the partial files of one tile narrower than `below`, and their folder once it is empty.
void RemoveNarrower(FileSystem& file_system, const std::string& partial_folder,
                    std::uint64_t below) {
  if (!file_system.Exists(partial_folder)) return;
  for (const std::uint64_t width : WidthsIn(file_system, partial_folder)) {
    if (width < below) (void)file_system.Remove(partial_folder + "/" + std::to_string(width));
  }
  if (below == kTileWidth) (void)file_system.Remove(partial_folder);
}

}  // namespace

Result<Done> WriteStored(FileSystem& file_system, const std::string& folder,
                         std::span<const StoredFile> files) {
  const std::string root = folder + "/";
  std::set<std::string> folders;
  // Open to anyone the folder lets in, whatever is made first under it.
  if (auto made = file_system.MakeDirectories(root + "tile", 0755); !made) return made;
  for (const StoredFile& file : files) {
    const std::string path = root + file.path;
    if (!file_system.Exists(ParentOf(path))) {
      const unsigned mode = file.mode == kClosedMode ? 0700U : 0755U;
      if (auto made = file_system.MakeDirectories(ParentOf(path), mode); !made) return made;
    }
    if (auto written = WriteAside(file_system, path, file.bytes, file.mode); !written) {
      return written;
    }
    for (std::string above = ParentOf(file.path); !above.empty(); above = ParentOf(above)) {
      folders.insert(root + above);
    }
  }
  folders.insert(folder);
  for (const std::string& each : folders) {
    if (const auto synced = file_system.SyncDirectory(each); !synced) {
      return Fail(Final(synced.error()));
    }
  }
  for (const StoredFile& file : files) {
    const std::string path = root + file.path;
    const auto read = file_system.Read(path);
    if (!read) return Fail(Final(read.error()));
    if (*read != file.bytes) {
      return Fail(Failure::kGeneral, "what was written reads back differently", path,
                  "the disk cannot be trusted: replace it, then start again");
    }
  }
  return Done{};
}

Result<Found> ReadTileFile(FileSystem& file_system, const std::string& folder,
                           const merkle::TileId& tile) {
  const auto path_of = [&tile](std::uint64_t width) {
    return merkle::TilePath({tile.level, tile.index, width});
  };
  auto found = ReadWidth(file_system, folder, path_of, tile.width, kMaxTileBytes);
  if (!found) return found;
  const std::size_t wanted = tile.width * merkle::kHashSize;
  if (found->bytes.size() < wanted || (!found->wider && found->bytes.size() != wanted)) {
    return Fail(Failure::kLog,
                "the tile is " + std::to_string(found->bytes.size()) + " bytes long, not " +
                    std::to_string(wanted),
                folder + "/" + found->path);
  }
  found->bytes.resize(wanted);
  return found;
}

Result<Found> ReadBundleFile(FileSystem& file_system, const std::string& folder,
                             std::uint64_t index, std::uint64_t width) {
  const auto path_of = [index](std::uint64_t any) { return merkle::BundlePath(index, any); };
  return ReadWidth(file_system, folder, path_of, width, kMaxBundleBytes);
}

void RemoveSuperseded(FileSystem& file_system, const std::string& folder, std::uint64_t old_size,
                      std::uint64_t new_size) {
  for (unsigned level = 0; merkle::HashesAtLevel(old_size, level) > 0; ++level) {
    const std::uint64_t index = merkle::HashesAtLevel(old_size, level) / kTileWidth;
    if (merkle::WidthIn(new_size, level, index) != kTileWidth) continue;
    // C2SP tlog-tiles: a partial tile may go once the full one is available.
    RemoveNarrower(file_system, ParentOf(folder + "/" + merkle::TilePath({level, index, 1})),
                   kTileWidth);
  }
  const std::uint64_t index = old_size / kTileWidth;
  const bool full = merkle::WidthIn(new_size, 0, index) == kTileWidth;
  // Bundles are large and grow with every commit. The one before stays for a reader that has just
  // read the checkpoint before.
  RemoveNarrower(file_system, ParentOf(folder + "/" + merkle::BundlePath(index, 1)),
                 full ? kTileWidth : old_size % kTileWidth);
}

}  // namespace unopened::audit
