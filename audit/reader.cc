#include "audit/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "audit/merkle/bundle.h"
#include "audit/note/note.h"
#include "audit/recovery.h"
#include "audit/store/kept_bundle.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using merkle::kTileWidth;

}  // namespace

Result<LogReader> LogReader::Open(FileSystem& file_system, const std::string& folder) {
  LogReader reader(file_system, folder);
  const std::string path = folder + std::string(kCheckpointFile);
  auto bytes = file_system.ReadAtMost(path, note::kMaxNoteBytes);
  if (!bytes && bytes.error().failure == Failure::kInput) {
    return Fail(Failure::kInput, "no log is here", folder,
                "name the folder that holds the file checkpoint");
  }
  if (!bytes) return Fail(bytes.error());
  reader.signed_note_ = std::move(*bytes);
  const auto parsed = note::ParseNote(reader.signed_note_);
  auto checkpoint = parsed ? note::ParseCheckpoint(parsed->text) : std::nullopt;
  if (!checkpoint) return Fail(Failure::kLog, "not a checkpoint", path);
  reader.checkpoint_ = std::move(*checkpoint);
  return reader;
}

Result<Done> LogReader::ReadEntries(std::uint64_t from, std::uint64_t to, const EntryVisitor& visit,
                                    const RemovedVisitor& removed) const {
  to = std::min(to, checkpoint_.size);
  while (from < to) {
    const std::uint64_t bundle_index = from / kTileWidth;
    const std::uint64_t first = bundle_index * kTileWidth;
    const std::uint64_t width = merkle::WidthIn(checkpoint_.size, 0, bundle_index);
    const auto bundle = ReadBundleFile(*file_system_, folder_, bundle_index, width);
    const std::uint64_t end = std::min(to, first + width);
    if (!bundle && bundle.error().failure == Failure::kInput) {
      const auto kept = ReadKept(*file_system_, folder_, bundle_index);
      // A file that is none of the log's: what is missing is the bundle.
      if (!kept && kept.error().failure == Failure::kInput) return Fail(bundle.error());
      if (!kept) return Fail(kept.error());
      const auto go_on = ReadPruned(*kept, from, end, visit, removed);
      if (!go_on) return Fail(go_on.error());
      if (!*go_on) return Done{};
      from = end;
      continue;
    }
    if (!bundle) return Fail(bundle.error());
    merkle::BundleReader reader(bundle->bytes);
    for (std::uint64_t index = first; index < end; ++index) {
      std::string_view entry;
      if (!reader.Next(entry)) {
        return Fail(Failure::kLog, "entry " + std::to_string(index) + " is missing or cut",
                    folder_ + "/" + bundle->path);
      }
      if (index >= from && !visit(index, entry)) return Done{};
    }
    from = end;
  }
  return Done{};
}

Result<bool> LogReader::ReadPruned(const std::string& kept, std::uint64_t from, std::uint64_t to,
                                   const EntryVisitor& visit, const RemovedVisitor& removed) const {
  const std::uint64_t bundle = from / kTileWidth;
  KeptReader reader(kept);
  std::uint64_t next = bundle * kTileWidth;
  const auto remove_until = [&](std::uint64_t end) {
    for (; next < end; ++next) {
      if (removed && next >= from) removed(next);
    }
  };
  std::uint8_t place = 0;
  std::string_view entry;
  while (next < to && reader.Next(place, entry)) {
    const std::uint64_t index = bundle * kTileWidth + place;
    remove_until(std::min(index, to));
    if (index >= to) return true;
    if (index >= from && !visit(index, entry)) return false;
    next = index + 1;
  }
  if (next < to && !reader.at_end()) {
    return Fail(Failure::kLog,
                "an entry is cut or out of its place, from byte " + std::to_string(reader.offset()),
                folder_ + "/" + KeptPath(bundle));
  }
  remove_until(to);
  return true;
}

merkle::NodeSource LogReader::Nodes(merkle::Hasher& hasher) const {
  return [this, &hasher](merkle::NodeId node) -> Result<merkle::Hash> {
    // A node between two levels of tiles is the root over some neighbours in the lower one.
    const unsigned level = node.height / merkle::kTileHeight;
    const unsigned above = node.height % merkle::kTileHeight;
    const std::uint64_t start = node.index << above;
    const std::uint64_t index = start / kTileWidth;
    const std::uint64_t width = merkle::WidthIn(checkpoint_.size, level, index);
    const auto tile = ReadTileFile(*file_system_, folder_, {level, index, width});
    if (!tile) return Fail(tile.error());
    std::vector<merkle::Hash> hashes(std::size_t{1} << above);
    const std::size_t offset = (start % kTileWidth) * merkle::kHashSize;
    const std::size_t size = hashes.size() * merkle::kHashSize;
    if (offset + size > tile->bytes.size()) {
      return Fail(Failure::kGeneral, "no such node in the tree", folder_ + "/" + tile->path);
    }
    std::memcpy(hashes.data(), tile->bytes.data() + offset, size);
    return hasher.Root(hashes);
  };
}

Result<merkle::Proof> LogReader::ProveInclusion(std::uint64_t index) const {
  merkle::Hasher hasher;
  return merkle::ProveInclusion(index, checkpoint_.size, Nodes(hasher), hasher);
}

Result<merkle::Proof> LogReader::ProveConsistency(std::uint64_t old_size,
                                                  std::uint64_t size) const {
  if (size > checkpoint_.size) return Fail(Failure::kUsage, "the tree is not that large", folder_);
  merkle::Hasher hasher;
  return merkle::ProveConsistency(old_size, size, Nodes(hasher), hasher);
}

}  // namespace unopened::audit
