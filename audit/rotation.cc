#include "audit/rotation.h"

#include <array>

#include "audit/note/base64.h"
#include "audit/store/key_folder.h"

namespace unopened::audit {

using base::Fail;
using base::Failure;
using base::Result;

Result<Rotated> RotateKey(const std::string& folder, RotationReason reason, FileSystem& file_system,
                          const base::Clock& clock, const std::string& guard_folder,
                          const std::string& key_uri) {
  const RecorderOptions options{folder, "", guard_folder};
  if (!file_system.Exists(folder + "/checkpoint")) {
    return Fail(Failure::kInput, "no log is here", folder,
                "name the folder that holds the file checkpoint");
  }
  KeyEntry entry;
  {
    Opened opened;
    auto recorder = Recorder::Open(options, file_system, clock, opened);
    if (!recorder) return Fail(recorder.error());
    const auto keys = LoadKeys(file_system, folder);
    if (!keys) return Fail(keys.error());
    const std::string& name = keys->signer.name();
    const auto next =
        key_uri.empty() ? note::Signer::Generate(name) : note::Signer::FromUri(name, key_uri);
    if (!next) return Fail(next.error());
    if (next->verifier().SamePublicKey(keys->signer.verifier())) {
      return Fail(Failure::kUsage, "the key there signs the log already", key_uri);
    }
    entry.at = clock.Now();
    entry.size = (*recorder)->tree_size();
    entry.old_key = keys->signer.verifier().Text();
    entry.new_key = next->verifier().Text();
    entry.reason = reason;
    const std::string message = RotationMessage(entry);
    entry.old_signature = note::EncodeBase64(keys->signer.Sign(message));
    entry.new_signature = note::EncodeBase64(next->Sign(message));
    // Before the log names it: a key that the log names and nobody has would end the log.
    if (auto written = WriteNextKey(file_system, folder, *next); !written) {
      return Fail(written.error());
    }
    const std::array<std::string, 1> bodies = {Write(entry)};
    if (auto done = (*recorder)->Commit(bodies); !done) return Fail(done.error());
  }
  Opened opened;
  const auto recorder = Recorder::Open(options, file_system, clock, opened);
  if (!recorder) return Fail(recorder.error());
  if (opened.verifier_key != entry.new_key) {
    return Fail(Failure::kGeneral, "the new key was not put in place", folder);
  }
  return Rotated{entry.old_key, entry.new_key, opened.guard_skipped};
}

}  // namespace unopened::audit
