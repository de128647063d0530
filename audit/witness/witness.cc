#include "audit/witness/witness.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "audit/merkle/hash.h"
#include "audit/note/cosignature.h"
#include "audit/note/proof_file.h"
#include "audit/store/atomic_file.h"
#include "audit/store/tile_store.h"

namespace unopened::audit::witness {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

constexpr unsigned kFolderMode = 0700;
constexpr std::string_view kKeysFolder = "/keys";
constexpr std::string_view kKeyFile = "/keys/witness.key";
constexpr std::size_t kMaxKeyFile = 4096;

Answer Refuse(int status, std::string why) { return {status, std::move(why) + "\n"}; }

Result<note::Signer> MakeKey(FileSystem& file_system, const std::string& folder, std::string name) {
  if (name.empty()) {
    std::array<std::uint8_t, 8> unique;
    if (RAND_bytes(unique.data(), static_cast<int>(unique.size())) != 1) {
      return Fail(Failure::kGeneral, "no randomness for the witness's name");
    }
    name = "unopened.invalid/witness-" + merkle::Hex(unique);
  }
  auto signer = note::Signer::Generate(name, note::KeyType::kCosignature);
  if (!signer) return signer;
  const std::string keys = folder + std::string(kKeysFolder);
  if (auto made = file_system.MakeDirectories(keys, kFolderMode); !made) return Fail(made.error());
  std::string text = signer->PrivateText() + "\n";
  const auto written = WriteDurably(file_system, folder + std::string(kKeyFile), text, kClosedMode);
  OPENSSL_cleanse(text.data(), text.size());
  if (!written) return Fail(written.error());
  if (auto synced = file_system.SyncDirectory(folder); !synced) return Fail(synced.error());
  return signer;
}

Result<note::Signer> LoadKey(FileSystem& file_system, const std::string& folder,
                             const std::string& name) {
  const std::string path = folder + std::string(kKeyFile);
  auto text = file_system.ReadAtMost(path, kMaxKeyFile);
  if (!text) return Fail(text.error());
  auto signer = note::Signer::Parse(*text, note::KeyType::kCosignature);
  OPENSSL_cleanse(text->data(), text->size());
  if (!signer) return Fail(Failure::kLog, "not a witness's key", path);
  if (!name.empty() && name != signer->name()) {
    return Fail(Failure::kUsage, "the witness's name is " + signer->name() + ", not " + name,
                folder, "leave the name out, or begin in another folder");
  }
  return signer;
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::Open(const std::string& folder, const std::string& name,
                                               std::vector<note::VerifierKey> logs,
                                               FileSystem& file_system, const base::Clock& clock) {
  if (folder.empty()) return Fail(Failure::kUsage, "no folder was named for the witness");
  if (logs.empty()) return Fail(Failure::kUsage, "no log was named to be witnessed");
  if (auto made = file_system.MakeDirectories(folder, kFolderMode); !made) {
    return Fail(made.error());
  }
  auto lock = file_system.Lock(folder + "/lock");
  if (!lock) return Fail(lock.error());
  if (file_system.Exists(folder + "/checkpoint")) {
    return Fail(Failure::kUsage, "the folder is a log's", folder,
                "a witness keeps its record in a folder of its own");
  }
  auto signer = file_system.Exists(folder + std::string(kKeyFile))
                    ? LoadKey(file_system, folder, name)
                    : MakeKey(file_system, folder, name);
  if (!signer) return Fail(signer.error());
  return std::unique_ptr<Witness>(new Witness(folder, std::move(*signer), std::move(logs),
                                              std::move(*lock), file_system, clock));
}

std::string Witness::PathFor(const std::string& origin) const {
  return folder_ + "/" + merkle::Hex(merkle::Hasher().Sha256(origin)) + ".checkpoint";
}

// The empty tree where nothing was cosigned yet.
Result<note::Checkpoint> Witness::Latest(const std::string& origin) const {
  const std::string path = PathFor(origin);
  if (!file_system_.Exists(path)) {
    return note::Checkpoint{origin, 0, merkle::Hasher().Root({})};
  }
  const auto bytes = file_system_.ReadAtMost(path, note::kMaxNoteBytes);
  if (!bytes) return Fail(bytes.error());
  const auto parsed = note::ParseNote(*bytes);
  auto checkpoint = parsed ? note::ParseCheckpoint(parsed->text) : std::nullopt;
  if (!checkpoint || checkpoint->origin != origin) {
    return Fail(Failure::kLog, "not a checkpoint that this witness kept", path);
  }
  // Its own statement: a record that somebody put there is none.
  const bool own = std::any_of(
      parsed->signatures.begin(), parsed->signatures.end(), [&](const note::SignatureLine& line) {
        return note::VerifyCosignature(parsed->text, line, signer_.verifier()).has_value();
      });
  if (!own) return Fail(Failure::kLog, "not cosigned by this witness", path);
  return *checkpoint;
}

Answer Witness::AddCheckpoint(std::string_view body) {
  const auto request = note::ParseConsistency(body);
  if (!request) return Refuse(400, "not a request of tlog-witness");
  const auto parsed = note::ParseNote(request->signed_checkpoint);
  const auto checkpoint = parsed ? note::ParseCheckpoint(parsed->text) : std::nullopt;
  if (!checkpoint) return Refuse(400, "not a signed checkpoint");

  const auto known = [&](const note::VerifierKey& key) { return key.name() == checkpoint->origin; };
  if (std::none_of(logs_.begin(), logs_.end(), known)) return Refuse(404, "unknown origin");
  const bool is_signed = std::any_of(logs_.begin(), logs_.end(), [&](const auto& key) {
    return known(key) && note::OpenNote(request->signed_checkpoint, key);
  });
  if (!is_signed) return Refuse(403, "not signed by a key trusted for this origin");
  if (request->old_size > checkpoint->size) return Refuse(400, "the old size is above the new one");

  // What is compared and what is kept is one step.
  const std::scoped_lock lock(mutex_);
  const auto latest = Latest(checkpoint->origin);
  if (!latest) return Refuse(500, latest.error().what);
  if (request->old_size != latest->size) {
    return {409, std::to_string(latest->size) + "\n", std::string(kSizeContentType)};
  }
  merkle::Hasher hasher;
  if (checkpoint->size == latest->size) {
    if (checkpoint->root != latest->root) {
      return {409, std::to_string(latest->size) + "\n", std::string(kSizeContentType)};
    }
    if (!request->proof.empty()) return Refuse(422, "a proof between equal sizes is empty");
  } else if (latest->size == 0) {
    if (!request->proof.empty()) return Refuse(422, "a proof from the empty tree is empty");
  } else if (!merkle::VerifyConsistency(latest->size, checkpoint->size, latest->root,
                                        checkpoint->root, request->proof, hasher)) {
    return Refuse(422, "the proof does not show a continuation");
  }
  const auto now = clock_.Now() / base::kNsPerSecond;
  const std::string line = note::CosignatureLine(
      parsed->text, signer_, static_cast<std::uint64_t>(std::max<base::TimeNs>(now, 0)));
  const auto written = WriteDurably(file_system_, PathFor(checkpoint->origin),
                                    std::string(parsed->text) + "\n" + line, kOpenMode);
  if (!written) return Refuse(500, "the checkpoint could not be kept");
  return {200, line};
}

}  // namespace unopened::audit::witness
