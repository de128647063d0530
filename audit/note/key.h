// The keys of signed notes: Ed25519, in the text forms that Go's sumdb/note and the C2SP tools use.
//
// Sources: C2SP signed-note (https://c2sp.org/signed-note), and for a witness's keys C2SP
// tlog-cosignature. No file here; see store/key_folder.h.
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

// What a key may sign. The type is part of the key's id, so that one is never taken for the other.
enum class KeyType : std::uint8_t {
  kNote = 0x01,         // a note's text as it is: a log's own key
  kCosignature = 0x04,  // a witness's timestamped statement about it (audit/note/cosignature.h)
};

// A key's name: UTF-8, not empty, without spaces of any script, without '+' and control characters.
bool IsKeyName(std::string_view name);

// A public key with its name. Threads: any, at once.
class VerifierKey {
 public:
  // Reads "name+hash+base64(type || public key)"; one final newline is allowed. kUsage for anything
  // else, and for a key of another type.
  static base::Result<VerifierKey> Parse(std::string_view text, KeyType type = KeyType::kNote);

  const std::string& name() const { return name_; }
  std::uint32_t id() const { return id_; }
  std::string Text() const;  // what Parse reads, without a newline
  bool Verify(std::string_view message, std::string_view signature) const;
  // The same public key, whatever its name and type (C2SP tlog-policy, "duplicate").
  bool SamePublicKey(const VerifierKey& other) const { return public_key_ == other.public_key_; }

 private:
  friend class Signer;
  VerifierKey() = default;

  std::string name_;
  KeyType type_ = KeyType::kNote;
  std::uint32_t id_ = 0;
  std::array<std::uint8_t, kEd25519Size> public_key_{};
  OpensslKey key_;
};

// A private key with its name. What it keeps of the seed lies in OpenSSL's key and is cleansed
// with it; of a key by URI it never had any.
class Signer {
 public:
  static base::Result<Signer> Generate(std::string_view name, KeyType type = KeyType::kNote);
  // Reads "PRIVATE+KEY+name+hash+base64(type || seed)", or "URI name uri" and fetches that key; one
  // final newline is allowed.
  static base::Result<Signer> Parse(std::string_view text, KeyType type = KeyType::kNote);

  // A key that lies elsewhere, by a URI that OpenSSL's stores understand: "pkcs11:token=log;..."
  // with a provider for it in OpenSSL's configuration, "file:/etc/unopened/key.pem". kUsage where
  // no Ed25519 private key is there, or it may not be used.
  static base::Result<Signer> FromUri(std::string_view name, const std::string& uri);

  const std::string& name() const { return verifier_.name(); }
  const VerifierKey& verifier() const { return verifier_; }
  // What Parse reads, or for a key by URI the line "URI name uri"; the caller cleanses it.
  std::string PrivateText() const;
  Signature Sign(std::string_view message) const;  // deterministic (RFC 8032)

 private:
  Signer() = default;
  static base::Result<Signer> FromSeed(std::string_view name, KeyType type,
                                       const std::array<std::uint8_t, kEd25519Size>& seed);

  static base::Result<Signer> FromKey(std::string_view name, KeyType type, OpensslKey key);

  VerifierKey verifier_;
  OpensslKey key_;
  std::string uri_;  // where it lies, if elsewhere
};

// The key id of C2SP signed-note: SHA-256(name || 0x0A || type || public key), first four bytes.
std::uint32_t KeyId(std::string_view name, const std::array<std::uint8_t, kEd25519Size>& key,
                    KeyType type = KeyType::kNote);

}  // namespace unopened::audit::note
