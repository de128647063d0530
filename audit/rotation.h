// RotateKey: puts a new signing key in a log's place, so that whoever holds the old one can follow.
//
// The new key is written beside the old one, the log gets a `key` entry that both signed, and
// opening the log finishes the rest, as it does after a crash (audit/recorder.h): one path for
// both.
#pragma once

#include <string>

#include "audit/note/key.h"
#include "audit/record_entry.h"
#include "audit/recorder.h"
#include "audit/store/file_system.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

struct Rotated {
  std::string old_key;  // verifier keys
  std::string new_key;
  std::string guard_skipped;  // as Opened's
};

// Takes the log's lock: kBusy where it is being written. `guard_folder` as RecorderOptions'.
// `key_uri`: the new key is the one that lies there (note::Signer::FromUri), of which only the URI
// is written; "": one is drawn. kUsage, and nothing done, where there is none, or the one that
// signs already. Other failures as Recorder's.
base::Result<Rotated> RotateKey(const std::string& folder, RotationReason reason,
                                FileSystem& file_system, const base::Clock& clock,
                                const std::string& guard_folder = "",
                                const std::string& key_uri = "");

}  // namespace unopened::audit
