// The keys of signed notes: Ed25519, in the text forms that Go's sumdb/note and the C2SP tools use.
//
// Source: C2SP signed-note (https://c2sp.org/signed-note). No file here; see store/key_folder.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct evp_pkey_st;

namespace unopened::audit::note {

inline constexpr std::size_t kEd25519Size = 32;  // of a seed and of a public key
inline constexpr std::size_t kSignatureSize = 64;
using Signature = std::array<std::uint8_t, kSignatureSize>;

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using OpensslKey = std::unique_ptr<evp_pkey_st, FreeKey>;

// A key's name: UTF-8, not empty, without spaces of any script, without '+' and control characters.
bool IsKeyName(std::string_view name);

// A public key with its name. Threads: any, at once.
class VerifierKey {
 public:
  // Reads "name+hash+base64(0x01 || public key)"; one final newline is allowed. kUsage for anything
  // else.
  static base::Result<VerifierKey> Parse(std::string_view text);

  const std::string& name() const { return name_; }
  std::uint32_t id() const { return id_; }
  std::string Text() const;  // what Parse reads, without a newline
  bool Verify(std::string_view message, std::string_view signature) const;

 private:
  friend class Signer;
  VerifierKey() = default;

  std::string name_;
  std::uint32_t id_ = 0;
  std::array<std::uint8_t, kEd25519Size> public_key_{};
  OpensslKey key_;
};

// A private key with its name. What it keeps of the seed lies in OpenSSL's key and is cleansed
// with it.
class Signer {
 public:
  static base::Result<Signer> Generate(std::string_view name);
  // Reads "PRIVATE+KEY+name+hash+base64(0x01 || seed)"; one final newline is allowed.
  static base::Result<Signer> Parse(std::string_view text);

  const std::string& name() const { return verifier_.name(); }
  const VerifierKey& verifier() const { return verifier_; }
  std::string PrivateText() const;                 // what Parse reads; the caller cleanses it
  Signature Sign(std::string_view message) const;  // deterministic (RFC 8032)

 private:
  Signer() = default;
  static base::Result<Signer> FromSeed(std::string_view name,
                                       const std::array<std::uint8_t, kEd25519Size>& seed);

  VerifierKey verifier_;
  OpensslKey key_;
};

// The key id of C2SP signed-note: SHA-256(name || 0x0A || 0x01 || public key), first four bytes.
std::uint32_t KeyId(std::string_view name, const std::array<std::uint8_t, kEd25519Size>& key);

}  // namespace unopened::audit::note
