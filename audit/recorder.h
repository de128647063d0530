// Recorder: the one writer of a log folder. Entries in, a signed checkpoint out; nothing
// acknowledged is ever lost.
//
// Folder (C2SP tlog-tiles): checkpoint, tile/<level>/<n>[.p/<w>], tile/entries/<n>[.p/<w>] (mode
// 0600), verifier.vkey; beside them our own lock, journal and held. The keys (signing key and log
// secret, mode 0600) live in a folder of their own under it, `keys/`. Thread: the recorder's; only
// tree_size() and the times may be read by any.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audit/store/file_system.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

struct RecorderOptions {
  std::string folder;
  std::string origin;  // log origin of the checkpoint, a schema-less URL; "": the recorded one, and
                       // on a new log one of its own, unopened.invalid/<random>
  std::string guard_folder = {};  // see audit/origin_guard.h; "": the log has no guard
};

// What opening found and did.
struct Opened {
  std::uint64_t tree_size = 0;
  bool created = false;                   // keys and folder were made now
  std::uint64_t recovered_entries = 0;    // finished from the journal
  bool partial_window_recovered = false;  // a held tally was committed as a partial window
  bool key_rotated = false;               // a rotation that the log holds was finished
  std::string verifier_key;               // signed-note form
  std::string guard_skipped;              // why the guard asked for is not kept; "" where it is
};

class Recorder {
 public:
  // Takes the lock, makes keys and folder on the first run, and finishes what a crash left. kBusy
  // where another process holds the log or a copy of it, kLog where it is damaged, the key is
  // another's, or a copy of the log was known to be ahead of it or apart from it, kUsage where the
  // folder holds other things or the origin is not the recorded one. `file_system` and
  // `clock` outlive the Recorder.
  static base::Result<std::unique_ptr<Recorder>> Open(const RecorderOptions& options,
                                                      FileSystem& file_system,
                                                      const base::Clock& clock, Opened& opened);
  virtual ~Recorder() = default;

  // Appends `bodies` (each a canonical JSON object without its `blind`, which is spliced in as the
  // last member) and returns once a signed checkpoint that covers them is on disk. kNoSpace:
  // nothing was acknowledged, the batch (or another in its place) may be tried again; any other
  // error is final for this Recorder: stop, and Open() finishes from what is on disk. A body that
  // is no line of JSON or too long is refused before anything is done. An empty batch is no commit.
  virtual base::Result<base::Done> Commit(std::span<const std::string> bodies) = 0;

  // Keeps `bodies` for a crash: the next Open() commits them if no Commit() came after. Replaced by
  // each call; empty clears. Synced before it returns.
  virtual base::Result<base::Done> Hold(std::span<const std::string> bodies) = 0;

  // Writes cosignature lines (each with its newline) under the published checkpoint, if that is
  // still the tree of `size` entries; else nothing, since the next checkpoint needs its own. Lines
  // that stand there already are kept. Failures as Commit's.
  virtual base::Result<base::Done> Cosign(std::uint64_t size,
                                          std::span<const std::string> lines) = 0;

  virtual std::uint64_t tree_size() const = 0;
  virtual base::TimeNs checkpoint_time() const = 0;  // last published; before that, when opened
  virtual const std::string& origin() const = 0;
  virtual const std::string& verifier_key() const = 0;
};

// Entries are at most this long with their blind; the ledger splits a window before it.
inline constexpr std::size_t kMaxEntryBytes = 60'000;

}  // namespace unopened::audit
