#include "audit/recorder.h"

#include <atomic>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/blind.h"
#include "audit/merkle/bundle.h"
#include "audit/note/note.h"
#include "audit/origin_guard.h"
#include "audit/reader.h"
#include "audit/record_entry.h"
#include "audit/recovery.h"
#include "audit/store/atomic_file.h"
#include "audit/store/key_folder.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;
using merkle::kTileWidth;

constexpr unsigned kFolderMode = 0700;

std::string In(const std::string& folder, std::string_view name) {
  return folder + std::string(name);
}

class TileRecorder final : public Recorder {
 public:
  TileRecorder(std::string folder, FileSystem& file_system, const base::Clock& clock,
               std::unique_ptr<FileLock> lock, LogKeys keys, std::string guard_folder)
      : folder_(std::move(folder)),
        guard_folder_(std::move(guard_folder)),
        file_system_(file_system),
        clock_(clock),
        lock_(std::move(lock)),
        keys_(std::move(keys)),
        verifier_key_(keys_.signer.verifier().Text()),
        checkpoint_time_(clock.Now()) {}

  Result<Done> Start(Opened& opened);

  Result<Done> Commit(std::span<const std::string> bodies) override;
  Result<Done> Hold(std::span<const std::string> bodies) override;
  Result<Done> Cosign(std::uint64_t size, std::span<const std::string> lines) override;

  std::uint64_t tree_size() const override { return tree_size_; }
  base::TimeNs checkpoint_time() const override { return checkpoint_time_; }
  const std::string& origin() const override { return keys_.signer.name(); }
  const std::string& verifier_key() const override { return verifier_key_; }

 private:
  Result<Done> CheckBodies(std::span<const std::string> bodies) const;
  Result<Done> Journal(const Batch& batch);
  Result<Done> AppendJournalled(const Batch& batch);
  Result<Done> ForgetJournal();
  Result<Done> Publish(const note::Checkpoint& checkpoint);
  Result<Done> CommitHeld(Opened& opened);
  Result<Done> CheckVerifierFile();
  Result<Done> FinishRotation(Opened& opened);
  Result<std::string> LastEntry() const;
  // The guard of `key`, checked against the log; null where there is to be none.
  Result<std::unique_ptr<OriginGuard>> Guard(const note::VerifierKey& key, Opened& opened) const;
  // Notes a failure after which this Recorder may do nothing more, and passes it on.
  Result<Done> Stop(Result<Done> failed) {
    broken_ = broken_ || !failed;
    return failed;
  }

  const std::string folder_;
  const std::string guard_folder_;
  FileSystem& file_system_;
  const base::Clock& clock_;
  const std::unique_ptr<FileLock> lock_;
  LogKeys keys_;
  std::string verifier_key_;
  merkle::Hasher hasher_;
  Tip tip_;
  std::unique_ptr<OriginGuard> guard_;
  std::unique_ptr<OriginGuard> guard_before_;  // of the key that was rotated away meanwhile
  bool broken_ = false;
  std::atomic<std::uint64_t> tree_size_{0};
  std::atomic<base::TimeNs> checkpoint_time_;
};

Result<Done> TileRecorder::CheckBodies(std::span<const std::string> bodies) const {
  if (broken_) {
    return Fail(Failure::kGeneral, "the log was not continued after an earlier failure", folder_,
                "start again: nothing acknowledged is lost");
  }
  for (const std::string& body : bodies) {
    if (!IsBody(body)) return Fail(Failure::kGeneral, "an entry is not one line of JSON", folder_);
    if (body.size() + kBlindBytes > kMaxEntryBytes) {
      return Fail(Failure::kGeneral,
                  "an entry of " + std::to_string(body.size() + kBlindBytes) +
                      " bytes is longer than " + std::to_string(kMaxEntryBytes),
                  folder_);
    }
  }
  return Done{};
}

Result<Done> TileRecorder::Commit(std::span<const std::string> bodies) {
  if (auto checked = CheckBodies(bodies); !checked) return checked;
  if (bodies.empty()) return Done{};
  Batch batch;
  batch.base = tip_.edge.size();
  for (const std::string& body : bodies) {
    batch.entries.push_back(WithBlind(body, keys_.secret, batch.base + batch.entries.size()));
  }
  // From here on a crash loses nothing: recovery replays the journal.
  auto done = Journal(batch);
  if (!done) return done.error().failure == Failure::kNoSpace ? done : Stop(done);
  done = AppendJournalled(batch);
  if (done) return done;
  if (done.error().failure != Failure::kNoSpace) return Stop(done);
  // No checkpoint of this batch was shown to anyone, so the caller may bring another in its place;
  // a journal left behind would bring this one back.
  if (auto forgotten = ForgetJournal(); !forgotten) return Stop(forgotten);
  return done;
}

Result<Done> TileRecorder::Journal(const Batch& batch) {
  return WriteDurably(file_system_, In(folder_, kJournalFile), EncodeBatch(batch), kClosedMode);
}

Result<Done> TileRecorder::ForgetJournal() {
  if (auto removed = file_system_.Remove(In(folder_, kJournalFile)); !removed) {
    return Fail(Final(removed.error()));
  }
  if (auto synced = file_system_.SyncDirectory(folder_); !synced) {
    return Fail(Final(synced.error()));
  }
  return Done{};
}

// The steps that a commit and recovery share. kNoSpace: no checkpoint was published.
Result<Done> TileRecorder::AppendJournalled(const Batch& batch) {
  Tip next = tip_;
  std::vector<StoredFile> files;
  std::vector<merkle::Tile> filled;
  for (const std::string& entry : batch.entries) {
    const std::uint64_t index = next.edge.size() / kTileWidth;
    if (!merkle::AppendToBundle(entry, next.bundle)) {
      return Fail(Failure::kGeneral, "an entry is too long for a bundle", folder_);
    }
    next.edge.Append(hasher_.Leaf(entry), hasher_, filled);
    if (next.edge.size() % kTileWidth == 0) {
      files.push_back(
          {merkle::BundlePath(index, kTileWidth), std::exchange(next.bundle, {}), kClosedMode});
    }
  }
  const std::uint64_t old_size = tip_.edge.size();
  const std::uint64_t size = next.edge.size();
  if (!next.bundle.empty()) {
    files.push_back(
        {merkle::BundlePath(size / kTileWidth, size % kTileWidth), next.bundle, kClosedMode});
  }
  for (merkle::Tile& tile : next.edge.Partial()) {
    const unsigned level = tile.id.level;
    if (merkle::HashesAtLevel(size, level) != merkle::HashesAtLevel(old_size, level)) {
      filled.push_back(std::move(tile));
    }
  }
  for (const merkle::Tile& tile : filled) {
    files.push_back(
        {merkle::TilePath(tile.id), std::string(merkle::AsText(tile.hashes)), kOpenMode});
  }
  if (auto written = WriteStored(file_system_, folder_, files); !written) return written;

  if (guard_) {
    if (auto unchanged = guard_->CheckUnchanged(); !unchanged) return unchanged;
  }
  // Sign last: a signature over a tree that a crash could lose would let two trees of one size
  // exist.
  const note::Checkpoint checkpoint{origin(), size, next.edge.Root(hasher_)};
  if (auto published = Publish(checkpoint); !published) return published;
  if (guard_) guard_->Remember(checkpoint, keys_.signer);
  tip_ = std::move(next);
  tree_size_ = size;
  checkpoint_time_ = clock_.Now();
  // What is left is tidying: recovery knows a journal whose entries are in the tree.
  (void)file_system_.Remove(In(folder_, kJournalFile));
  RemoveSuperseded(file_system_, folder_, old_size, size);
  return Done{};
}

Result<Done> TileRecorder::Publish(const note::Checkpoint& checkpoint) {
  const std::string signed_note = note::SignNote(note::CheckpointText(checkpoint), keys_.signer);
  if (const auto opened = note::OpenNote(signed_note, keys_.signer.verifier()); !opened) {
    return Fail(Failure::kGeneral, "the log's own signature does not verify", folder_);
  }
  return WriteDurably(file_system_, In(folder_, kCheckpointFile), signed_note, kOpenMode);
}

Result<Done> TileRecorder::Cosign(std::uint64_t size, std::span<const std::string> lines) {
  if (broken_ || size != tip_.edge.size()) return Done{};
  const std::string path = In(folder_, kCheckpointFile);
  auto signed_note = file_system_.ReadAtMost(path, note::kMaxNoteBytes);
  if (!signed_note) return Stop(Fail(signed_note.error()));
  const std::string before = *signed_note;
  for (const std::string& line : lines) {
    if (signed_note->find(line) == std::string::npos) *signed_note += line;
  }
  // A line that is none would make the checkpoint none.
  const auto text = note::OpenNote(*signed_note, keys_.signer.verifier());
  if (!text || *signed_note == before) return Done{};
  auto done = WriteDurably(file_system_, path, *signed_note, kOpenMode);
  return done || done.error().failure == Failure::kNoSpace ? done : Stop(done);
}

Result<Done> TileRecorder::Hold(std::span<const std::string> bodies) {
  if (auto checked = CheckBodies(bodies); !checked) return checked;
  const std::string path = In(folder_, kHeldFile);
  if (!bodies.empty()) {
    const Batch batch{tip_.edge.size(), {bodies.begin(), bodies.end()}};
    auto done = WriteDurably(file_system_, path, EncodeBatch(batch), kClosedMode);
    return done || done.error().failure == Failure::kNoSpace ? done : Stop(done);
  }
  if (!file_system_.Exists(path)) return Done{};
  if (auto removed = file_system_.Remove(path); !removed) {
    return Stop(Fail(Final(removed.error())));
  }
  auto synced = file_system_.SyncDirectory(folder_);
  return synced ? synced : Stop(Fail(Final(synced.error())));
}

Result<Done> TileRecorder::CommitHeld(Opened& opened) {
  const auto held = ReadHeld(file_system_, folder_, tip_.edge.size());
  if (!held) return Fail(held.error());
  if (*held) {
    if (auto done = Commit((*held)->entries); !done) return done;
    opened.partial_window_recovered = true;
  }
  // It names a tree size that is past now; that it stays is no failure.
  (void)file_system_.Remove(In(folder_, kHeldFile));
  return Done{};
}

Result<Done> TileRecorder::Start(Opened& opened) {
  const std::string vkey_path = In(folder_, kVerifierFile);
  if (!file_system_.Exists(vkey_path)) {
    if (auto done = WriteDurably(file_system_, vkey_path, verifier_key_ + "\n", kOpenMode); !done) {
      return done;
    }
  }
  if (!file_system_.Exists(In(folder_, kCheckpointFile))) {
    if (auto done = Publish({origin(), 0, hasher_.Root({})}); !done) return done;
    opened.created = true;
  }
  if (auto checked = CheckVerifierFile(); !checked) return checked;
  const auto checkpoint = ReadCheckpoint(file_system_, folder_, keys_.signer.verifier());
  if (!checkpoint) return Fail(checkpoint.error());
  auto tip = ReadTip(file_system_, folder_, *checkpoint, hasher_);
  if (!tip) return Fail(tip.error());
  tip_ = std::move(*tip);
  tree_size_ = checkpoint->size;
  auto guard = Guard(keys_.signer.verifier(), opened);
  if (!guard) return Fail(guard.error());
  guard_ = std::move(*guard);
  if (guard_) guard_->Remember(*checkpoint, keys_.signer);

  const auto journal = ReadJournal(file_system_, folder_, checkpoint->size);
  if (!journal) return Fail(journal.error());
  if (*journal) {
    // Its bytes were on disk before they had this name, and the name is before anything is
    // published, since the folder is synced with the tiles.
    if (auto done = AppendJournalled(**journal); !done) return done;
    opened.recovered_entries = (*journal)->entries.size();
  }
  if (auto done = FinishRotation(opened); !done) return done;
  if (auto done = CommitHeld(opened); !done) return done;
  opened.tree_size = tree_size_;
  opened.verifier_key = verifier_key_;
  return Done{};
}

// verifier.vkey is the key's that signs, or of the one before where a rotation was cut short before
// its last step: then the checkpoint is signed by both.
Result<Done> TileRecorder::CheckVerifierFile() {
  const std::string path = In(folder_, kVerifierFile);
  const auto text = file_system_.Read(path);
  if (!text) return Fail(text.error());
  if (*text == verifier_key_ + "\n") return Done{};
  const auto before = note::VerifierKey::Parse(*text);
  const auto checkpoint =
      file_system_.ReadAtMost(In(folder_, kCheckpointFile), note::kMaxNoteBytes);
  if (!checkpoint) return Fail(checkpoint.error());
  if (before && before->name() == origin() && note::OpenNote(*checkpoint, *before) &&
      note::OpenNote(*checkpoint, keys_.signer.verifier())) {
    return WriteDurably(file_system_, path, verifier_key_ + "\n", kOpenMode);
  }
  return Fail(Failure::kLog, "not the verifier key of this log's signing key", path,
              "restore the keys folder and verifier.vkey that belong together");
}

Result<std::string> TileRecorder::LastEntry() const {
  std::string bundle = tip_.bundle;
  const std::uint64_t size = tip_.edge.size();
  if (bundle.empty() && size != 0) {
    auto full = ReadBundleFile(file_system_, folder_, size / kTileWidth - 1, kTileWidth);
    if (!full) return Fail(full.error());
    bundle = std::move(full->bytes);
  }
  merkle::BundleReader reader(bundle);
  std::string_view last;
  for (std::string_view entry; reader.Next(entry);) last = entry;
  return std::string(last);
}

// A key that waits is put in place if the log's last entry says so, and dropped if it does not:
// then the rotation was never committed. Each step may be done twice.
Result<Done> TileRecorder::FinishRotation(Opened& opened) {
  if (!HasNextKey(file_system_, folder_)) return Done{};
  auto next = LoadNextKey(file_system_, folder_);
  if (!next) return Fail(next.error());
  const auto last = LastEntry();
  if (!last) return Fail(last.error());
  const auto rotation = ReadKey(Parse(*last));
  if (!rotation || rotation->new_key != next->verifier().Text() ||
      rotation->old_key != verifier_key_ || !IsSignedByBoth(*rotation)) {
    return ForgetNextKey(file_system_, folder_);
  }
  auto guard = Guard(next->verifier(), opened);
  if (!guard) return Fail(guard.error());
  // Signed by both: whoever knows either key can follow.
  const note::Checkpoint checkpoint{origin(), tip_.edge.size(), tip_.edge.Root(hasher_)};
  const std::string text = note::CheckpointText(checkpoint);
  const std::string by_both = note::SignNote(text, keys_.signer) +
                              note::SignatureLineText(next->verifier(), next->Sign(text));
  if (auto done = WriteDurably(file_system_, In(folder_, kCheckpointFile), by_both, kOpenMode);
      !done) {
    return done;
  }
  if (auto done = InstallNextKey(file_system_, folder_); !done) return done;
  keys_.signer = std::move(*next);
  verifier_key_ = keys_.signer.verifier().Text();
  // The old key's stays as it is: it knows a tree that no copy from before the rotation has.
  guard_before_ = std::exchange(guard_, std::move(*guard));
  if (guard_) guard_->Remember(checkpoint, keys_.signer);
  opened.key_rotated = true;
  return WriteDurably(file_system_, In(folder_, kVerifierFile), verifier_key_ + "\n", kOpenMode);
}

Result<std::unique_ptr<OriginGuard>> TileRecorder::Guard(const note::VerifierKey& key,
                                                         Opened& opened) const {
  if (guard_folder_.empty()) return std::unique_ptr<OriginGuard>();
  auto guard = OriginGuard::Take(file_system_, guard_folder_, key, opened.guard_skipped);
  if (!guard || *guard == nullptr) return guard;
  const auto log = LogReader::Open(file_system_, folder_);
  if (!log) return Fail(log.error());
  if (auto continues = (*guard)->CheckContinues(*log); !continues) return Fail(continues.error());
  return guard;
}

// A folder without a checkpoint may become a log only if nothing is lost or buried by it.
Result<Done> CheckFresh(FileSystem& file_system, const std::string& folder) {
  static const std::set<std::string, std::less<>> kOfACreationCutShort = {
      "lock", "keys", "verifier.vkey", "verifier.vkey.tmp", "checkpoint.tmp", "lost+found"};
  if (!file_system.Exists(folder)) return Done{};
  const auto names = file_system.List(folder);
  if (!names) return Fail(names.error());
  for (const std::string& name : *names) {
    if (kOfACreationCutShort.contains(name)) continue;
    if (name == "tile" || name == "journal") {
      return Fail(Failure::kLog, "the log has lost its checkpoint", In(folder, kCheckpointFile),
                  "restore it, or start a log in another folder");
    }
    return Fail(Failure::kUsage, "the folder holds other things (" + name + ")", folder,
                "name an empty folder, or one that does not exist yet, for the log");
  }
  return Done{};
}

// Makes the folder and what is missing above it, durably. A process that was killed in the midst of
// this may have left folders that no disk knows of yet, so all above ours are synced.
Result<Done> MakeFolder(FileSystem& file_system, const std::string& folder) {
  std::set<std::string> made_here;
  for (std::string above = folder; !above.empty() && !file_system.Exists(above);) {
    above = ParentOf(above);
    made_here.insert(above);
  }
  if (auto made = file_system.MakeDirectories(folder, kFolderMode); !made) return made;
  for (std::string above = folder; !above.empty() && above != "/";) {
    above = ParentOf(above);
    auto synced = file_system.SyncDirectory(above);
    // One above may be closed to us for reading, and so for syncing.
    if (!synced && made_here.contains(above) && synced.error().failure != Failure::kPermission) {
      return synced;
    }
  }
  return Done{};
}

// The keys of a log that has no checkpoint yet: those a creation cut short has left, or new ones.
// Durable, since the first checkpoint must not outlive its key.
Result<LogKeys> FirstKeys(FileSystem& file_system, const std::string& folder,
                          const std::string& origin) {
  if (!HasKeys(file_system, folder)) return MakeKeys(file_system, folder, origin);
  if (const auto synced = SyncKeys(file_system, folder); !synced) return Fail(synced.error());
  return LoadKeys(file_system, folder);
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::Open(const RecorderOptions& options,
                                                 FileSystem& file_system, const base::Clock& clock,
                                                 Opened& opened) {
  std::string folder = options.folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (folder.empty()) return Fail(Failure::kUsage, "no folder was named for the log");
  const bool fresh = !file_system.Exists(In(folder, kCheckpointFile));
  if (fresh) {
    if (auto checked = CheckFresh(file_system, folder); !checked) return Fail(checked.error());
    if (auto made = MakeFolder(file_system, folder); !made) return Fail(made.error());
  }
  auto lock = file_system.Lock(In(folder, kLockFile));
  if (!lock) return Fail(lock.error());

  auto keys =
      fresh ? FirstKeys(file_system, folder, options.origin) : LoadKeys(file_system, folder);
  if (!keys) return Fail(keys.error());
  if (!options.origin.empty() && options.origin != keys->signer.name()) {
    return Fail(Failure::kUsage,
                "the log's origin is " + keys->signer.name() + ", not " + options.origin, folder,
                "leave the origin out, or start a log in another folder");
  }
  auto recorder =
      std::make_unique<TileRecorder>(std::move(folder), file_system, clock, std::move(*lock),
                                     std::move(*keys), options.guard_folder);
  Opened found;
  if (auto started = recorder->Start(found); !started) return Fail(started.error());
  opened = found;
  return recorder;
}

}  // namespace unopened::audit
