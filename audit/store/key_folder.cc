#include "audit/store/key_folder.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <string_view>

#include "audit/merkle/hash.h"
#include "audit/store/atomic_file.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::string_view kKeysFolder = "/keys";
constexpr std::string_view kSigningKey = "/keys/signing.key";
constexpr std::string_view kNextKey = "/keys/signing.key.next";
constexpr std::string_view kLogSecret = "/keys/log.secret";
constexpr unsigned kFolderMode = 0700;
constexpr std::size_t kMaxKeyFile = 4096;

std::string In(const std::string& folder, std::string_view name) {
  return folder + std::string(name);
}

void Cleanse(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace

LogKeys::~LogKeys() { OPENSSL_cleanse(secret.data(), secret.size()); }

bool HasKeys(FileSystem& file_system, const std::string& folder) {
  return file_system.Exists(In(folder, kSigningKey)) && file_system.Exists(In(folder, kLogSecret));
}

Result<Done> SyncKeys(FileSystem& file_system, const std::string& folder) {
  for (const std::string& each : {In(folder, kKeysFolder), folder}) {
    if (auto synced = file_system.SyncDirectory(each); !synced) return Fail(Final(synced.error()));
  }
  return Done{};
}

Result<LogKeys> LoadKeys(FileSystem& file_system, const std::string& folder) {
  auto text = file_system.ReadAtMost(In(folder, kSigningKey), kMaxKeyFile);
  auto secret_bytes = file_system.ReadAtMost(In(folder, kLogSecret), kMaxKeyFile);
  for (const auto* read : {&text, &secret_bytes}) {
    if (*read) continue;
    base::Error error = read->error();
    if (error.failure == Failure::kInput) {
      error = {Failure::kLog, "the log's key is missing", error.where,
               "restore it: without it the log can be verified but not continued"};
    }
    return Fail(error);
  }
  auto signer = note::Signer::Parse(*text);
  Cleanse(*text);
  if (!signer) {
    base::Error error = signer.error();
    error.where = In(folder, kSigningKey);
    return Fail(error);
  }
  LogSecret secret;
  if (secret_bytes->size() != secret.size()) {
    return Fail(Failure::kLog, "the log secret is not 32 bytes long", In(folder, kLogSecret));
  }
  std::copy(secret_bytes->begin(), secret_bytes->end(), secret.begin());
  Cleanse(*secret_bytes);
  LogKeys keys(std::move(*signer), secret);
  OPENSSL_cleanse(secret.data(), secret.size());
  return keys;
}

bool HasNextKey(FileSystem& file_system, const std::string& folder) {
  return file_system.Exists(In(folder, kNextKey));
}

Result<note::Signer> LoadNextKey(FileSystem& file_system, const std::string& folder) {
  auto text = file_system.ReadAtMost(In(folder, kNextKey), kMaxKeyFile);
  if (!text) return Fail(text.error());
  auto signer = note::Signer::Parse(*text);
  Cleanse(*text);
  if (!signer) return Fail(Failure::kLog, signer.error().what, In(folder, kNextKey));
  return signer;
}

Result<Done> WriteNextKey(FileSystem& file_system, const std::string& folder,
                          const note::Signer& signer) {
  std::string text = signer.PrivateText() + "\n";
  auto written = WriteDurably(file_system, In(folder, kNextKey), text, kClosedMode);
  Cleanse(text);
  return written;
}

Result<Done> InstallNextKey(FileSystem& file_system, const std::string& folder) {
  auto renamed = file_system.Rename(In(folder, kNextKey), In(folder, kSigningKey));
  if (!renamed) return renamed;
  return SyncKeys(file_system, folder);
}

Result<Done> ForgetNextKey(FileSystem& file_system, const std::string& folder) {
  auto removed = file_system.Remove(In(folder, kNextKey));
  if (!removed) return removed;
  return SyncKeys(file_system, folder);
}

Result<LogKeys> MakeKeys(FileSystem& file_system, const std::string& folder,
                         const std::string& origin) {
  std::string name = origin;
  if (name.empty()) {
    // RFC 2606 §2: .invalid resolves nowhere, so the name claims nobody's.
    std::array<std::uint8_t, 8> unique;
    if (RAND_bytes(unique.data(), static_cast<int>(unique.size())) != 1) {
      return Fail(Failure::kGeneral, "no randomness for the log's name");
    }
    name = "unopened.invalid/" + merkle::Hex(unique);
  }
  LogSecret secret;
  if (RAND_priv_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return Fail(Failure::kGeneral, "no randomness for the log secret");
  }
  auto signer = note::Signer::Generate(name);
  if (!signer) return Fail(signer.error());
  LogKeys keys(std::move(*signer), secret);
  OPENSSL_cleanse(secret.data(), secret.size());

  if (auto made = file_system.MakeDirectories(In(folder, kKeysFolder), kFolderMode); !made) {
    return Fail(made.error());
  }
  const std::string_view secret_text(reinterpret_cast<const char*>(keys.secret.data()),
                                     keys.secret.size());
  if (auto written = WriteDurably(file_system, In(folder, kLogSecret), secret_text, kClosedMode);
      !written) {
    return Fail(written.error());
  }
  std::string text = keys.signer.PrivateText() + "\n";
  auto written = WriteDurably(file_system, In(folder, kSigningKey), text, kClosedMode);
  Cleanse(text);
  if (!written) return Fail(written.error());
  if (auto synced = SyncKeys(file_system, folder); !synced) return Fail(synced.error());
  return keys;
}

}  // namespace unopened::audit
