#include "audit/origin_guard.h"

#include "audit/merkle/hash.h"
#include "audit/merkle/proof.h"
#include "audit/note/note.h"
#include "audit/store/atomic_file.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

}  // namespace

Result<std::unique_ptr<OriginGuard>> OriginGuard::Take(FileSystem& file_system,
                                                       const std::string& folder,
                                                       const note::VerifierKey& key,
                                                       std::string& skipped) {
  const std::string stem = folder + "/unopened-" + merkle::Hex(merkle::Hasher().Sha256(key.Text()));
  const auto skip = [&skipped](const base::Error& error) -> Result<std::unique_ptr<OriginGuard>> {
    if (error.failure != Failure::kPermission) return Fail(error);
    skipped = base::Describe(error);
    return std::unique_ptr<OriginGuard>();
  };
  auto lock = file_system.Lock(stem + ".lock");
  if (!lock && lock.error().failure == Failure::kBusy) {
    return Fail(Failure::kBusy, "another process writes a log with this log's key", stem + ".lock",
                "stop it: a log has one writer, and a copy of its folder is the same log");
  }
  if (!lock) return skip(lock.error());
  std::unique_ptr<OriginGuard> guard(
      new OriginGuard(file_system, stem + ".checkpoint", std::move(*lock)));
  auto kept = file_system.ReadAtMost(guard->path_, note::kMaxNoteBytes);
  if (!kept && kept.error().failure == Failure::kInput) return guard;
  if (!kept) return skip(kept.error());
  guard->kept_ = std::move(*kept);
  const auto text = note::OpenNote(guard->kept_, key);
  auto known = text ? note::ParseCheckpoint(*text) : std::nullopt;
  if (!known || known->origin != key.name()) {
    return Fail(Failure::kLog, "not a checkpoint of this log's key", guard->path_,
                "somebody else wrote it: remove it if you know that no copy of the log is ahead");
  }
  guard->known_ = std::move(*known);
  return guard;
}

Result<Done> OriginGuard::CheckContinues(const LogReader& log) const {
  const note::Checkpoint& now = log.checkpoint();
  if (known_.size == 0) return Done{};
  const std::string todo =
      "go on from the copy that is ahead; if that is lost, start a log in another folder, or "
      "remove the file named here and answer for the fork";
  if (now.size < known_.size) {
    return Fail(Failure::kLog,
                "the log is behind what was signed with its key on this machine: it has " +
                    std::to_string(now.size) + " entries, and there were " +
                    std::to_string(known_.size),
                path_, todo);
  }
  merkle::Hasher hasher;
  const auto proof = log.ProveConsistency(known_.size);
  if (!proof) return Fail(proof.error());
  if (!merkle::VerifyConsistency(known_.size, now.size, known_.root, now.root, *proof, hasher)) {
    return Fail(Failure::kLog,
                "the log does not continue the tree of " + std::to_string(known_.size) +
                    " entries that was signed with its key on this machine",
                path_, todo);
  }
  return Done{};
}

Result<Done> OriginGuard::CheckUnchanged() const {
  if (uncertain_) return Done{};
  const auto now = file_system_.ReadAtMost(path_, note::kMaxNoteBytes);
  if (!now || *now == kept_) return Done{};
  return Fail(Failure::kBusy, "another process has written a log with this log's key", path_,
              "stop one of the two; nothing was signed here since");
}

void OriginGuard::Remember(const note::Checkpoint& checkpoint, const note::Signer& signer) {
  std::string signed_note = note::SignNote(note::CheckpointText(checkpoint), signer);
  if (!uncertain_ && signed_note == kept_) return;
  uncertain_ = !WriteDurably(file_system_, path_, signed_note, kOpenMode);
  if (uncertain_) return;
  kept_ = std::move(signed_note);
  known_ = checkpoint;
}

}  // namespace unopened::audit
