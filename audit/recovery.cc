#include "audit/recovery.h"

#include <array>
#include <cstring>
#include <vector>

#include "audit/merkle/bundle.h"
#include "audit/note/note.h"
#include "audit/recorder.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Fail;
using base::Failure;
using base::Result;
using merkle::kTileWidth;

constexpr std::string_view kRestore = "restore the log from a copy, or start one in another folder";

std::string In(const std::string& folder, std::string_view name) {
  return folder + std::string(name);
}

Result<std::optional<Batch>> ReadBatch(FileSystem& file_system, const std::string& path) {
  const auto bytes = file_system.Read(path);
  if (!bytes && bytes.error().failure == Failure::kInput) return std::nullopt;
  if (!bytes) return Fail(bytes.error());
  return DecodeBatch(*bytes);
}

// The first `width` entries of a bundle, which must hash to `leaves`. Borrows nothing.
Result<std::string> CheckedBundle(const Found& bundle, std::span<const merkle::Hash> leaves,
                                  const std::string& folder, merkle::Hasher& hasher) {
  merkle::BundleReader reader(bundle.bytes);
  for (const merkle::Hash& leaf : leaves) {
    std::string_view entry;
    if (!reader.Next(entry) || hasher.Leaf(entry) != leaf) {
      return Fail(Failure::kLog, "an entry does not hash to its leaf", folder + "/" + bundle.path,
                  "run: unopened audit verify --log " + folder);
    }
  }
  if (!bundle.wider && !reader.at_end()) {
    return Fail(Failure::kLog, "bytes after the last entry", folder + "/" + bundle.path,
                "run: unopened audit verify --log " + folder);
  }
  return bundle.bytes.substr(0, reader.offset());
}

}  // namespace

Result<note::Checkpoint> ReadCheckpoint(FileSystem& file_system, const std::string& folder,
                                        const note::VerifierKey& key) {
  const std::string path = In(folder, kCheckpointFile);
  const auto bytes = file_system.ReadAtMost(path, note::kMaxNoteBytes);
  if (!bytes) return Fail(bytes.error());
  const auto text = note::OpenNote(*bytes, key);
  if (!text) {
    base::Error error = text.error();
    error.where = path;
    return Fail(error);
  }
  auto checkpoint = note::ParseCheckpoint(*text);
  if (!checkpoint) return Fail(Failure::kLog, "signed, but not a checkpoint", path);
  if (checkpoint->origin != key.name()) {
    return Fail(Failure::kLog, "a checkpoint of another log (" + checkpoint->origin + ")", path);
  }
  return std::move(*checkpoint);
}

Result<Tip> ReadTip(FileSystem& file_system, const std::string& folder,
                    const note::Checkpoint& checkpoint, merkle::Hasher& hasher) {
  std::array<std::vector<merkle::Hash>, merkle::kMaxTileLevels> levels;
  for (unsigned level = 0; level < merkle::kMaxTileLevels; ++level) {
    const std::uint64_t hashes = merkle::HashesAtLevel(checkpoint.size, level);
    if (hashes % kTileWidth == 0) continue;
    const auto tile =
        ReadTileFile(file_system, folder, {level, hashes / kTileWidth, hashes % kTileWidth});
    if (!tile) {
      base::Error error = tile.error();
      if (error.failure == Failure::kInput) error.failure = Failure::kLog;
      error.todo = kRestore;
      return Fail(error);
    }
    levels[level].resize(hashes % kTileWidth);
    std::memcpy(levels[level].data(), tile->bytes.data(), tile->bytes.size());
  }
  Tip tip;
  if (!tip.edge.Restore(checkpoint.size, levels) || tip.edge.Root(hasher) != checkpoint.root) {
    return Fail(Failure::kLog, "the tiles do not make the signed root", folder,
                std::string(kRestore));
  }
  if (levels[0].empty()) return tip;
  const auto bundle = ReadBundleFile(file_system, folder, checkpoint.size / kTileWidth,
                                     checkpoint.size % kTileWidth);
  if (!bundle) {
    base::Error error = bundle.error();
    if (error.failure == Failure::kInput) error.failure = Failure::kLog;
    error.todo = kRestore;
    return Fail(error);
  }
  auto entries = CheckedBundle(*bundle, levels[0], folder, hasher);
  if (!entries) return Fail(entries.error());
  tip.bundle = std::move(*entries);
  return tip;
}

Result<std::optional<Batch>> ReadJournal(FileSystem& file_system, const std::string& folder,
                                         std::uint64_t tree_size) {
  const std::string path = In(folder, kJournalFile);
  auto batch = ReadBatch(file_system, path);
  if (!batch || !*batch) return batch;
  const std::uint64_t base = (*batch)->base;
  const std::uint64_t end = base + (*batch)->entries.size();
  if (end >= base && end <= tree_size) return std::nullopt;
  if (base != tree_size) {
    return Fail(Failure::kLog,
                "the journal continues a tree of " + std::to_string(base) +
                    " entries, the checkpoint signs " + std::to_string(tree_size),
                path, "an older checkpoint was put back: restore the newest one");
  }
  for (const std::string& entry : (*batch)->entries) {
    if (entry.size() > kMaxEntryBytes) {
      return Fail(Failure::kLog, "the journal holds an entry that is too long", path);
    }
  }
  return batch;
}

Result<std::optional<Batch>> ReadHeld(FileSystem& file_system, const std::string& folder,
                                      std::uint64_t tree_size) {
  auto batch = ReadBatch(file_system, In(folder, kHeldFile));
  if (batch && *batch && ((*batch)->base != tree_size || (*batch)->entries.empty())) {
    return std::nullopt;
  }
  return batch;
}

}  // namespace unopened::audit
