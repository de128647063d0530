#include "audit/verifier.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "audit/merkle/bundle.h"
#include "audit/merkle/edge.h"
#include "audit/merkle/hash.h"
#include "audit/record_entry.h"
#include "audit/recovery.h"
#include "audit/store/kept_bundle.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using merkle::Hash;
using merkle::kHashSize;
using merkle::kTileWidth;
using merkle::TileId;

// A hash as computed from below; nothing where what lies below could not be read.
using Row = std::vector<std::optional<Hash>>;

std::string Bytes(std::size_t begin, std::size_t end) {
  return "bytes " + std::to_string(begin) + " to " + std::to_string(end - 1);
}
std::string HashBytes(std::size_t hash) { return Bytes(hash * kHashSize, (hash + 1) * kHashSize); }

std::string_view HashAt(std::string_view tile, std::size_t i) {
  return tile.substr(i * kHashSize, kHashSize);
}
Hash ToHash(std::string_view bytes) {
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

// The entries of one bundle, and where each lies in its file with its length.
struct Place {
  std::uint64_t index = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view entry;
};

// One pass over a log. Each file is held against the one above it as it stands on disk, so that a
// change shows where it was made and not in everything above.
class Pass {
 public:
  Pass(FileSystem& file_system, const std::string& folder, const EntryVisitor& visit,
       const RemovedVisitor& removed, TreeReport& report)
      : file_system_(file_system),
        folder_(folder),
        visit_(visit),
        removed_(removed),
        report_(report) {}

  Result<Done> Run();

 private:
  Result<Done> CheckBundle(std::uint64_t index);
  // The bundle, or what is kept of it; nothing where neither is there.
  Result<std::optional<Found>> ReadBundle(std::uint64_t index, std::uint64_t width, bool& pruned);
  std::vector<Place> Split(const Found& bundle, std::uint64_t first, std::uint64_t width);
  std::vector<Place> SplitKept(const Found& kept, std::uint64_t first);
  void See(const Place& place);
  void CheckPrunings();
  Result<std::optional<Found>> ReadTile(const TileId& id);
  Result<Done> CheckTile(unsigned level, std::uint64_t index);
  void CheckRoot();
  void Problem(std::string what) {
    if (report_.problems.size() < kMaxProblemsNamed) report_.problems.push_back(std::move(what));
    ++report_.problem_count;
  }
  // A file that is missing or too long is the log's problem; what the disk refuses is a failure of
  // the run.
  bool IsDamage(const base::Error& error) {
    if (error.failure != Failure::kInput && error.failure != Failure::kLog) return false;
    Problem(base::Describe(error));
    return true;
  }

  FileSystem& file_system_;
  const std::string& folder_;
  const EntryVisitor& visit_;
  const RemovedVisitor& removed_;
  TreeReport& report_;
  merkle::Hasher hasher_;
  std::array<Row, merkle::kMaxTileLevels> rows_;  // of the tile that is being filled, a level each
  std::uint64_t covered_ = 0;                     // entries below it may be removed
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pruned_;  // bundles [first, second)
};

Result<Done> Pass::Run() {
  const std::uint64_t size = report_.checkpoint.size;
  for (std::uint64_t bundle = 0; merkle::WidthIn(size, 0, bundle) > 0; ++bundle) {
    if (report_.problem_count >= kMaxProblems) return Done{};
    if (auto checked = CheckBundle(bundle); !checked) return checked;
    std::uint64_t index = bundle;
    for (unsigned level = 0; rows_[level].size() == kTileWidth; ++level) {
      if (level > 0) {
        if (auto checked = CheckTile(level, index); !checked) return checked;
      }
      std::vector<Hash> hashes;
      for (const auto& hash : std::exchange(rows_[level], {})) {
        if (hash) hashes.push_back(*hash);
      }
      const bool whole = hashes.size() == kTileWidth;
      rows_[level + 1].push_back(whole ? std::optional(hasher_.Root(hashes)) : std::nullopt);
      index /= kTileWidth;
    }
  }
  for (unsigned level = 1; level < merkle::kMaxTileLevels; ++level) {
    if (rows_[level].empty()) continue;
    const std::uint64_t index = merkle::HashesAtLevel(size, level) / kTileWidth;
    if (auto checked = CheckTile(level, index); !checked) return checked;
  }
  CheckRoot();
  CheckPrunings();
  return Done{};
}

void Pass::CheckPrunings() {
  const std::uint64_t covered = covered_ / kTileWidth;
  report_.unpruned_bundles = covered;
  for (const auto& [first, end] : pruned_) {
    report_.unpruned_bundles -= std::min(end, covered) - std::min(first, covered);
    if (end <= covered) continue;
    const std::uint64_t from = std::max(first, covered);
    Problem("entries " + std::to_string(from * kTileWidth) + " to " +
            std::to_string(end * kTileWidth - 1) + ": bodies are gone (from " +
            merkle::BundlePath(from, kTileWidth) + " on) that no `pruned` entry covers");
  }
}

Result<std::optional<Found>> Pass::ReadBundle(std::uint64_t index, std::uint64_t width,
                                              bool& pruned) {
  auto bundle = ReadBundleFile(file_system_, folder_, index, width);
  if (bundle) return std::move(*bundle);
  if (bundle.error().failure == Failure::kInput && width == kTileWidth) {
    auto kept = ReadKept(file_system_, folder_, index);
    if (kept) {
      pruned = true;
      return Found{KeptPath(index), std::move(*kept), false};
    }
    if (kept.error().failure != Failure::kInput) bundle = Fail(kept.error());
  }
  if (IsDamage(bundle.error())) return std::nullopt;
  return Fail(bundle.error());
}

std::vector<Place> Pass::SplitKept(const Found& kept, std::uint64_t first) {
  std::vector<Place> places;
  KeptReader reader(kept.bytes);
  Place place;
  std::uint8_t in_bundle = 0;
  while (reader.Next(in_bundle, place.entry)) {
    place.index = first + in_bundle;
    place.end = reader.offset();
    places.push_back(place);
    place.begin = place.end;
  }
  if (!reader.at_end()) {
    Problem(kept.path + ": an entry is cut or out of its place, from byte " +
            std::to_string(reader.offset()));
  }
  return places;
}

void Pass::See(const Place& place) {
  ++report_.entries;
  report_.entry_bytes += place.entry.size();
  if (place.entry.starts_with(R"({"type":"pruned",)")) {
    const auto pruned = ReadPruned(Parse(place.entry));
    // No entry lets itself be removed, or what comes after it.
    if (pruned && pruned->before <= place.index) covered_ = std::max(covered_, pruned->before);
  }
  if (visit_) (void)visit_(place.index, place.entry);
}

std::vector<Place> Pass::Split(const Found& bundle, std::uint64_t first, std::uint64_t width) {
  std::vector<Place> places;
  merkle::BundleReader reader(bundle.bytes);
  Place place;
  while (places.size() < width && reader.Next(place.entry)) {
    place.index = first + places.size();
    place.end = reader.offset();
    places.push_back(place);
    place.begin = place.end;
  }
  if (places.size() < width) {
    Problem(bundle.path + ": entry " + std::to_string(first + places.size()) +
            " is missing or cut, from byte " + std::to_string(reader.offset()));
  } else if (!bundle.wider && !reader.at_end()) {
    Problem(bundle.path + ": " + Bytes(reader.offset(), bundle.bytes.size()) +
            " follow the last entry");
  }
  return places;
}

Result<std::optional<Found>> Pass::ReadTile(const TileId& id) {
  auto tile = ReadTileFile(file_system_, folder_, id);
  if (tile) {
    ++report_.tiles;
    return std::move(*tile);
  }
  if (IsDamage(tile.error())) return std::nullopt;
  return Fail(tile.error());
}

// Leaves in row 0 what the tile says or, without a tile, what the entries hash to.
Result<Done> Pass::CheckBundle(std::uint64_t index) {
  const std::uint64_t first = index * kTileWidth;
  const std::uint64_t width = merkle::WidthIn(report_.checkpoint.size, 0, index);
  bool pruned = false;
  const auto bundle = ReadBundle(index, width, pruned);
  if (!bundle) return Fail(bundle.error());
  const auto tile = ReadTile({0, index, width});
  if (!tile) return Fail(tile.error());

  std::vector<Place> places;
  if (pruned) {
    places = SplitKept(**bundle, first);
    if (pruned_.empty() || pruned_.back().second != index) pruned_.emplace_back(index, index);
    pruned_.back().second = index + 1;
  } else if (*bundle) {
    places = Split(**bundle, first, width);
  }
  rows_[0].assign(width, std::nullopt);
  auto place = places.begin();
  for (std::size_t i = 0; i < width; ++i) {
    if (*tile) rows_[0][i] = ToHash(HashAt((*tile)->bytes, i));
    if (place == places.end() || place->index != first + i) {
      if (pruned) {
        ++report_.removed;
        if (removed_) removed_(first + i);
      }
      continue;
    }
    const Hash leaf = hasher_.Leaf(place->entry);
    if (!*tile) rows_[0][i] = leaf;
    if (leaf == rows_[0][i]) {
      See(*place);
    } else {
      Problem("entry " + std::to_string(first + i) + " (" + (*bundle)->path + ", " +
              Bytes(place->begin, place->end) + ") does not hash to its leaf (" + (*tile)->path +
              ", " + HashBytes(i) + ")");
    }
    ++place;
  }
  return Done{};
}

// Holds the roots of the tiles below, in the level's row, against the tile that lists them, and
// leaves in the row what the tile says.
Result<Done> Pass::CheckTile(unsigned level, std::uint64_t index) {
  Row& row = rows_[level];
  const auto tile = ReadTile({level, index, row.size()});
  if (!tile) return Fail(tile.error());
  if (!*tile) return Done{};
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Hash listed = ToHash(HashAt((*tile)->bytes, i));
    if (row[i] && *row[i] != listed) {
      const TileId below{level - 1, index * kTileWidth + i, kTileWidth};
      Problem((*tile)->path + ": " + HashBytes(i) + " are not the root of " +
              merkle::TilePath(below));
    }
    row[i] = listed;
  }
  return Done{};
}

void Pass::CheckRoot() {
  std::array<std::vector<Hash>, merkle::kMaxTileLevels> levels;
  for (unsigned level = 0; level < merkle::kMaxTileLevels; ++level) {
    for (const auto& hash : rows_[level]) {
      if (hash) levels[level].push_back(*hash);
    }
  }
  merkle::Edge edge;
  // A hash that is missing has been named already.
  if (!edge.Restore(report_.checkpoint.size, levels)) return;
  if (edge.Root(hasher_) == report_.checkpoint.root) return;
  std::string last;
  for (const merkle::Tile& tile : edge.Partial()) last += " " + merkle::TilePath(tile.id);
  Problem("the last tiles do not make the signed root:" + last);
}

}  // namespace

Result<TreeReport> VerifyTree(FileSystem& file_system, const std::string& folder,
                              std::string_view verifier_key, const EntryVisitor& visit,
                              const RemovedVisitor& removed) {
  const auto key = note::VerifierKey::Parse(verifier_key);
  if (!key) return Fail(key.error());
  auto checkpoint = ReadCheckpoint(file_system, folder, *key);
  if (!checkpoint) return Fail(checkpoint.error());
  TreeReport report;
  report.checkpoint = std::move(*checkpoint);
  if (auto done = Pass(file_system, folder, visit, removed, report).Run(); !done) {
    return Fail(done.error());
  }
  return report;
}

Result<std::string> OfferedVerifierKey(FileSystem& file_system, const std::string& folder) {
  constexpr std::size_t kMaxKeyFile = 4096;
  auto text = file_system.ReadAtMost(folder + std::string(kVerifierFile), kMaxKeyFile);
  if (!text) return Fail(text.error());
  if (!text->empty() && text->back() == '\n') text->pop_back();
  return std::move(*text);
}

}  // namespace unopened::audit
