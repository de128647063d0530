// Tiles and bundles on disk: a file's path names its width, and its bytes never change once a
// published checkpoint covers them.
//
// Source: C2SP tlog-tiles. Reading needs no key and no lock, so a reader may run beside the
// recorder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/merkle/tile.h"
#include "audit/store/file_system.h"

namespace unopened::audit {

inline constexpr unsigned kOpenMode = 0644;    // what anyone may read: tiles, checkpoint, key
inline constexpr unsigned kClosedMode = 0600;  // bodies and secrets

struct StoredFile {
  std::string path;  // relative to the log's folder
  std::string bytes;
  unsigned mode = kOpenMode;
};

// Writes `files`, syncs them and every folder above them up to the log's, reads them back and
// compares. kNoSpace: some may be there, none of them covered by a checkpoint; write them again or
// others in their place.
base::Result<base::Done> WriteStored(FileSystem& file_system, const std::string& folder,
                                     std::span<const StoredFile> files);

// The file that holds at least the first `width` hashes (or entries) of a tile: the one of that
// very width or, since a log may drop a partial file once a wider one is published, a wider one.
// kInput where there is none; `wider` tells that what follows the first `width` is not asked for.
struct Found {
  std::string path;
  std::string bytes;
  bool wider = false;
};
base::Result<Found> ReadTileFile(FileSystem& file_system, const std::string& folder,
                                 const merkle::TileId& tile);
base::Result<Found> ReadBundleFile(FileSystem& file_system, const std::string& folder,
                                   std::uint64_t index, std::uint64_t width);

// Drops what a checkpoint of `new_size`, now published, has superseded: partial tiles whose full
// tile is there, and partial bundles but the two newest. A file that stays is no failure.
void RemoveSuperseded(FileSystem& file_system, const std::string& folder, std::uint64_t old_size,
                      std::uint64_t new_size);

}  // namespace unopened::audit
