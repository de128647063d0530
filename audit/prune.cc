#include "audit/prune.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <vector>

#include "audit/demands/demand_spool.h"
#include "audit/demands/demands_entry.h"
#include "audit/entry.h"
#include "audit/merkle/bundle.h"
#include "audit/merkle/tile.h"
#include "audit/reader.h"
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
using merkle::kTileWidth;

// Bundles whose kept entries are synced together; bounds memory.
constexpr std::size_t kGroup = 16;

bool IsOf(std::string_view entry, std::string_view type) {
  constexpr std::string_view kHead = R"({"type":")";
  return entry.starts_with(kHead) && entry.substr(kHead.size()).starts_with(type) &&
         entry.substr(kHead.size() + type.size()).starts_with('"');
}

class Pruning {
 public:
  Pruning(const PruneRequest& request, std::string folder, FileSystem& file_system,
          std::uint64_t tree_size)
      : folder_(std::move(folder)),
        file_system_(file_system),
        limit_(request.before * base::kSecondsPerDay * base::kNsPerSecond),
        day_(request.before),
        tree_size_(tree_size) {}

  // What the log's own entries cover already.
  Result<std::uint64_t> Covered() const;
  // How many entries from the log's first on the request covers: whole bundles, checked.
  Result<std::uint64_t> Reach(std::uint64_t covered);
  Result<Done> Remove(std::uint64_t covered, PruneReport& report);

 private:
  // The bodies of a full bundle, each of which hashes to its leaf. kInput where it is gone.
  Result<std::vector<std::string>> Entries(std::uint64_t bundle);
  Result<std::uint64_t> LastWindowsBundle() const;
  Result<bool> IsOld(std::string_view entry) const;
  Result<Done> ForgetSpooled(const std::vector<std::string>& entries);

  const std::string folder_;
  FileSystem& file_system_;
  const base::TimeNs limit_;
  const base::Day day_;
  const std::uint64_t tree_size_;
  merkle::Hasher hasher_;
};

Result<std::uint64_t> Pruning::Covered() const {
  const auto log = LogReader::Open(file_system_, folder_);
  if (!log) return Fail(log.error());
  std::uint64_t covered = 0;
  const auto read =
      log->ReadEntries(0, tree_size_, [&covered](std::uint64_t index, std::string_view entry) {
        if (!IsOf(entry, "pruned")) return true;
        const auto pruned = ReadPruned(Parse(entry));
        if (pruned && pruned->before <= index) covered = std::max(covered, pruned->before);
        return true;
      });
  if (!read) return Fail(read.error());
  return covered / kTileWidth * kTileWidth;
}

Result<std::uint64_t> Pruning::LastWindowsBundle() const {
  const auto log = LogReader::Open(file_system_, folder_);
  if (!log) return Fail(log.error());
  for (std::uint64_t bundle = (tree_size_ + kTileWidth - 1) / kTileWidth; bundle-- > 0;) {
    bool found = false;
    const auto read = log->ReadEntries(bundle * kTileWidth, (bundle + 1) * kTileWidth,
                                       [&found](std::uint64_t, std::string_view entry) {
                                         found = found || IsOf(entry, "window");
                                         return true;
                                       });
    if (!read) return Fail(read.error());
    if (found) return bundle;
  }
  return tree_size_ / kTileWidth;
}

Result<bool> Pruning::IsOld(std::string_view entry) const {
  const auto bad = [](const base::Error& error) {
    return Fail(Failure::kLog, "an entry is not what its type says: " + error.what, error.where,
                "run: unopened audit verify");
  };
  const Json body = Parse(entry);
  if (IsOf(entry, "window")) {
    const auto window = ReadWindow(body);
    if (!window) return bad(window.error());
    return window->start + window->seconds * base::kNsPerSecond <= limit_;
  }
  if (IsOf(entry, "gap")) {
    const auto gap = ReadGap(body);
    if (!gap) return bad(gap.error());
    return gap->until <= limit_;
  }
  if (IsOf(entry, "bound")) {
    const auto bound = ReadBound(body);
    if (!bound) return bad(bound.error());
    return bound->window < limit_;
  }
  if (IsOf(entry, "demands")) {
    const auto demands = ReadDemands(body);
    if (!demands) return bad(demands.error());
    return demands->day < day_;
  }
  return true;
}

Result<std::uint64_t> Pruning::Reach(std::uint64_t covered) {
  const auto last = LastWindowsBundle();
  if (!last) return Fail(last.error());
  const std::uint64_t end = std::min(*last, tree_size_ / kTileWidth);
  for (std::uint64_t bundle = covered / kTileWidth; bundle < end; ++bundle) {
    const auto entries = Entries(bundle);
    if (!entries) return Fail(entries.error());
    for (const std::string& entry : *entries) {
      const auto old = IsOld(entry);
      if (!old) return Fail(old.error());
      if (!*old) return covered;
    }
    covered = (bundle + 1) * kTileWidth;
  }
  return covered;
}

Result<std::vector<std::string>> Pruning::Entries(std::uint64_t bundle) {
  const auto found = ReadBundleFile(file_system_, folder_, bundle, kTileWidth);
  if (!found) return Fail(found.error());
  const auto tile = ReadTileFile(file_system_, folder_, {0, bundle, kTileWidth});
  if (!tile) return Fail(tile.error());
  std::vector<std::string> entries;
  merkle::BundleReader reader(found->bytes);
  for (std::size_t i = 0; i < kTileWidth; ++i) {
    std::string_view entry;
    const bool is_there = reader.Next(entry);
    const merkle::Hash leaf = hasher_.Leaf(entry);
    if (!is_there ||
        std::memcmp(leaf.data(), tile->bytes.data() + i * leaf.size(), leaf.size()) != 0) {
      return Fail(Failure::kLog,
                  "entry " + std::to_string(bundle * kTileWidth + i) +
                      " does not hash to its leaf, so nothing may be removed",
                  folder_ + "/" + found->path, "run: unopened audit verify --log " + folder_);
    }
    entries.emplace_back(entry);
  }
  return entries;
}

// Demands that are in the log and were not taken off the spool, since the process ended in between,
// are known by their entry alone: without it they would be entered again.
Result<Done> Pruning::ForgetSpooled(const std::vector<std::string>& entries) {
  std::vector<Demand> in_log;
  for (const std::string& entry : entries) {
    if (!IsOf(entry, "demands")) continue;
    if (auto read = ReadDemands(Parse(entry))) {
      std::move(read->demands.begin(), read->demands.end(), std::back_inserter(in_log));
    }
  }
  if (in_log.empty()) return Done{};
  DemandSpool spool(file_system_, folder_);
  auto pending = spool.Pending();
  if (!pending) return Fail(pending.error());
  std::erase_if(*pending, [&in_log](const Demand& waiting) {
    return std::none_of(in_log.begin(), in_log.end(),
                        [&waiting](const Demand& entered) { return entered.id == waiting.id; });
  });
  return pending->empty() ? Done{} : spool.Forget(*pending);
}

Result<Done> Pruning::Remove(std::uint64_t covered, PruneReport& report) {
  const std::uint64_t end = covered / kTileWidth;
  for (std::uint64_t group = 0; group < end; group += kGroup) {
    const std::uint64_t group_end = std::min<std::uint64_t>(group + kGroup, end);
    std::vector<StoredFile> kept_files;
    for (std::uint64_t bundle = group; bundle < group_end; ++bundle) {
      const auto entries = Entries(bundle);
      if (!entries && entries.error().failure == Failure::kInput &&
          file_system_.Exists(folder_ + "/" + KeptPath(bundle))) {
        continue;  // done before
      }
      if (!entries) return Fail(entries.error());
      if (auto forgotten = ForgetSpooled(*entries); !forgotten) return forgotten;
      std::string kept;
      for (std::size_t i = 0; i < entries->size(); ++i) {
        if (IsRemovable((*entries)[i])) {
          ++report.removed;
          continue;
        }
        AppendKept(static_cast<std::uint8_t>(i), (*entries)[i], kept);
        ++report.kept;
      }
      kept_files.push_back({KeptPath(bundle), std::move(kept), kClosedMode});
      ++report.bundles;
    }
    // On disk and read back before the first of these bundles goes.
    if (!kept_files.empty()) {
      if (auto written = WriteStored(file_system_, folder_, kept_files); !written) return written;
    }
    for (std::uint64_t bundle = group; bundle < group_end; ++bundle) {
      if (auto removed = RemoveBundle(file_system_, folder_, bundle); !removed) return removed;
      if (auto synced = SyncBundleFolder(file_system_, folder_, bundle); !synced) return synced;
    }
  }
  return Done{};
}

}  // namespace

bool IsRemovable(std::string_view entry) {
  return IsOf(entry, "window") || IsOf(entry, "gap") || IsOf(entry, "bound") ||
         IsOf(entry, "demands");
}

Result<PruneReport> Prune(const PruneRequest& request, FileSystem& file_system,
                          const base::Clock& clock) {
  std::string folder = request.folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (!IsPolicy(request.policy)) {
    return Fail(Failure::kUsage, "a policy is one line of text of at most 1,000 bytes");
  }
  if (request.before > base::DayOf(clock.Now())) {
    return Fail(Failure::kUsage, "the day has not come yet", base::FormatDay(request.before));
  }
  if (!file_system.Exists(folder + std::string(kCheckpointFile))) {
    return Fail(Failure::kInput, "no log is here", folder,
                "name the folder that holds the file checkpoint");
  }
  PruneReport report;
  auto recorder =
      Recorder::Open({folder, "", request.guard_folder}, file_system, clock, report.opened);
  if (!recorder) return Fail(recorder.error());
  // Bodies lie in the recorder's own files too: the commit below overwrites the journal.
  if (auto cleared = (*recorder)->Hold({}); !cleared) return Fail(cleared.error());
  Pruning pruning(request, folder, file_system, (*recorder)->tree_size());
  const auto covered = pruning.Covered();
  if (!covered) return Fail(covered.error());
  const auto reach = pruning.Reach(*covered);
  if (!reach) return Fail(reach.error());
  report.before = *reach;
  report.stated = *reach > *covered;
  if (report.stated) {
    const std::array<std::string, 1> body = {
        Write(PrunedEntry{clock.Now(), *reach, request.policy})};
    if (auto done = (*recorder)->Commit(body); !done) return Fail(done.error());
  }
  if (auto done = pruning.Remove(*reach, report); !done) return Fail(done.error());
  return report;
}

}  // namespace unopened::audit
