// The log's two secrets on disk: keys/signing.key (Go's PRIVATE+KEY form) and keys/log.secret (32
// bytes), both 0600 in a folder 0700.
#pragma once

#include <string>
#include <utility>

#include "audit/blind.h"
#include "audit/note/key.h"
#include "audit/store/file_system.h"

namespace unopened::audit {

struct LogKeys {
  note::Signer signer;
  LogSecret secret{};

  LogKeys(note::Signer the_signer, const LogSecret& the_secret)
      : signer(std::move(the_signer)), secret(the_secret) {}
  LogKeys(LogKeys&&) = default;
  LogKeys& operator=(LogKeys&&) = default;
  ~LogKeys();  // cleanses the secret
};

bool HasKeys(FileSystem& file_system, const std::string& folder);  // both files are there

// Makes the names of both durable; their bytes were before they had them.
base::Result<base::Done> SyncKeys(FileSystem& file_system, const std::string& folder);

// kLog where a key is missing or malformed.
base::Result<LogKeys> LoadKeys(FileSystem& file_system, const std::string& folder);

// The key that a rotation is to put in place: written before the log says so, and in its place once
// it does.
bool HasNextKey(FileSystem& file_system, const std::string& folder);
base::Result<note::Signer> LoadNextKey(FileSystem& file_system, const std::string& folder);
base::Result<base::Done> WriteNextKey(FileSystem& file_system, const std::string& folder,
                                      const note::Signer& signer);
base::Result<base::Done> InstallNextKey(FileSystem& file_system, const std::string& folder);
base::Result<base::Done> ForgetNextKey(FileSystem& file_system, const std::string& folder);

// Draws and writes both, durably. "" as origin: one is made, unopened.invalid/<random>.
base::Result<LogKeys> MakeKeys(FileSystem& file_system, const std::string& folder,
                               const std::string& origin);

}  // namespace unopened::audit
