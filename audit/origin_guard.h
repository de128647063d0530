// OriginGuard: on one machine a log's key has one writer, over whatever folder, and never goes on
// from a copy that is behind or apart.
//
// The log's own lock is a file in its folder, so a copied folder brings another one. The guard is
// kept outside, in a folder shared by the machine, under the SHA-256 of the verifier key:
// unopened-<hex>.lock is held while the recorder lives, unopened-<hex>.checkpoint is the tree head
// published last, signed by that key. What it cannot see: another machine (witnesses do), and what
// was before its folder was emptied. Thread: the recorder's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "audit/note/checkpoint.h"
#include "audit/note/key.h"
#include "audit/reader.h"
#include "audit/store/file_system.h"
#include "base/result.h"

namespace unopened::audit {

class OriginGuard {
 public:
  // Takes the lock and reads what is known. kBusy where another process writes a log of this key;
  // kLog where what is kept was not written by a guard. Null where the system does not let this
  // user have it (another user's file): `skipped` says why. `file_system` outlives it.
  static base::Result<std::unique_ptr<OriginGuard>> Take(FileSystem& file_system,
                                                         const std::string& folder,
                                                         const note::VerifierKey& key,
                                                         std::string& skipped);

  // kLog where the log is neither the tree that is known nor a continuation of it.
  base::Result<base::Done> CheckContinues(const LogReader& log) const;

  // Before a tree head is signed: kBusy where what is kept is not what this guard left there, so
  // another one wrote it although the lock is held (its file was removed).
  base::Result<base::Done> CheckUnchanged() const;

  // Keeps a tree head that is on disk. That it cannot is no failure of the log: what is known is
  // then older, which refuses less, and the next call tries again.
  void Remember(const note::Checkpoint& checkpoint, const note::Signer& signer);

 private:
  OriginGuard(FileSystem& file_system, std::string path, std::unique_ptr<FileLock> lock)
      : file_system_(file_system), path_(std::move(path)), lock_(std::move(lock)) {}

  FileSystem& file_system_;
  const std::string path_;
  const std::unique_ptr<FileLock> lock_;
  std::string kept_;        // the file's bytes; "" where there is none
  bool uncertain_ = false;  // a write failed: either may be there
  note::Checkpoint known_;  // size 0: nothing is
};

}  // namespace unopened::audit
