#include "audit/note/key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/store.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "audit/merkle/hash.h"
#include "audit/note/base64.h"
#include "audit/note/utf8.h"

namespace unopened::audit::note {
namespace {

using base::Fail;
using base::Failure;
using base::Result;
using KeyBytes = std::array<std::uint8_t, kEd25519Size>;

constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::string_view kUriPrefix = "URI ";
constexpr std::size_t kIdDigits = 8;

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

const unsigned char* Unsigned(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string IdText(std::uint32_t id) {
  const std::array<std::uint8_t, 4> bytes = {
      static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
      static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  return merkle::Hex(bytes);
}

std::string KeyText(std::string_view name, std::uint32_t id, KeyType type, const KeyBytes& key) {
  std::array<std::uint8_t, 1 + kEd25519Size> typed;
  typed[0] = static_cast<std::uint8_t>(type);
  std::copy(key.begin(), key.end(), typed.begin() + 1);
  std::string text = std::string(name) + "+" + IdText(id) + "+" + EncodeBase64(typed);
  OPENSSL_cleanse(typed.data(), typed.size());
  return text;
}

// The three parts of "name+hash+base64(type || key)", both kinds' common form.
struct KeyParts {
  std::string_view name;
  std::string_view id;
  KeyBytes key{};
};
std::optional<KeyParts> Split(std::string_view text, KeyType type) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  KeyParts parts;
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  parts.name = text.substr(0, first);
  parts.id = text.substr(first + 1, second - first - 1);
  auto typed = DecodeBase64(text.substr(second + 1));
  if (!IsKeyName(parts.name) || parts.id.size() != kIdDigits || !typed ||
      typed->size() != 1 + kEd25519Size || (*typed)[0] != static_cast<std::uint8_t>(type)) {
    return std::nullopt;
  }
  std::copy(typed->begin() + 1, typed->end(), parts.key.begin());
  OPENSSL_cleanse(typed->data(), typed->size());
  return parts;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

bool IsKeyName(std::string_view name) {
  return !name.empty() && IsUtf8WithoutControls(name) && !HasUnicodeSpace(name) &&
         name.find('+') == std::string_view::npos && name.find('\n') == std::string_view::npos;
}

std::uint32_t KeyId(std::string_view name, const KeyBytes& key, KeyType type) {
  std::string input(name);
  input += '\n';
  input += static_cast<char>(type);
  input.append(key.begin(), key.end());
  const merkle::Hash hash = merkle::Hasher().Sha256(input);
  return static_cast<std::uint32_t>(hash[0]) << 24 | static_cast<std::uint32_t>(hash[1]) << 16 |
         static_cast<std::uint32_t>(hash[2]) << 8 | hash[3];
}

Result<VerifierKey> VerifierKey::Parse(std::string_view text, KeyType type) {
  const auto parts = Split(text, type);
  if (!parts || IdText(KeyId(parts->name, parts->key, type)) != parts->id) {
    return Fail(Failure::kUsage, "not a verifier key of the form name+hash+base64 (Ed25519)");
  }
  VerifierKey verifier;
  verifier.name_ = parts->name;
  verifier.type_ = type;
  verifier.id_ = KeyId(parts->name, parts->key, type);
  verifier.public_key_ = parts->key;
  verifier.key_.reset(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, parts->key.data(), kEd25519Size));
  if (verifier.key_ == nullptr) return Fail(Failure::kUsage, "not an Ed25519 public key");
  return verifier;
}

std::string VerifierKey::Text() const { return KeyText(name_, id_, type_, public_key_); }

bool VerifierKey::Verify(std::string_view message, std::string_view signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  if (context == nullptr || signature.size() != kSignatureSize) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(), Unsigned(message),
                          message.size()) == 1;
}

Result<Signer> Signer::Generate(std::string_view name, KeyType type) {
  KeyBytes seed;
  if (RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) != 1) {
    return Fail(Failure::kGeneral, "no randomness for a signing key");
  }
  auto signer = FromSeed(name, type, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return signer;
}

Result<Signer> Signer::Parse(std::string_view text, KeyType type) {
  if (text.starts_with(kUriPrefix) && type == KeyType::kNote) {
    text.remove_prefix(kUriPrefix.size());
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return Fail(Failure::kLog, "not a key by URI");
    return FromUri(text.substr(0, space), std::string(text.substr(space + 1)));
  }
  std::optional<KeyParts> parts;
  if (text.starts_with(kPrivatePrefix)) parts = Split(text.substr(kPrivatePrefix.size()), type);
  if (!parts)
    return Fail(Failure::kLog, "not a signing key of the form PRIVATE+KEY+name+hash+base64");
  auto signer = FromSeed(parts->name, type, parts->key);
  OPENSSL_cleanse(parts->key.data(), parts->key.size());
  if (signer && IdText(signer->verifier_.id_) != parts->id) {
    return Fail(Failure::kLog, "the signing key does not fit its own hash");
  }
  return signer;
}

Result<Signer> Signer::FromSeed(std::string_view name, KeyType type, const KeyBytes& seed) {
  return FromKey(name, type,
                 OpensslKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(),
                                                         seed.size())));
}

Result<Signer> Signer::FromKey(std::string_view name, KeyType type, OpensslKey key) {
  if (!IsKeyName(name)) {
    return Fail(Failure::kUsage, "not usable as a log's origin", std::string(name),
                "no spaces, no '+', for example log.example.org/edge-1");
  }
  Signer signer;
  signer.key_ = std::move(key);
  VerifierKey& verifier = signer.verifier_;
  std::size_t size = kEd25519Size;
  if (signer.key_ == nullptr || EVP_PKEY_is_a(signer.key_.get(), "ED25519") != 1 ||
      EVP_PKEY_get_raw_public_key(signer.key_.get(), verifier.public_key_.data(), &size) != 1) {
    return Fail(Failure::kGeneral, "OpenSSL gives no Ed25519 key");
  }
  verifier.name_ = name;
  verifier.type_ = type;
  verifier.id_ = KeyId(name, verifier.public_key_, type);
  verifier.key_.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                  verifier.public_key_.data(), kEd25519Size));
  if (verifier.key_ == nullptr) return Fail(Failure::kGeneral, "OpenSSL has no Ed25519");
  return signer;
}

Result<Signer> Signer::FromUri(std::string_view name, const std::string& uri) {
  // No prompt: a key that asks for a passphrase belongs behind a provider that knows it.
  OSSL_STORE_CTX* store = OSSL_STORE_open(uri.c_str(), nullptr, nullptr, nullptr, nullptr);
  OpensslKey key;
  while (store != nullptr && key == nullptr && OSSL_STORE_eof(store) == 0) {
    OSSL_STORE_INFO* found = OSSL_STORE_load(store);
    if (found == nullptr) continue;  // not of a kind that it knows
    if (OSSL_STORE_INFO_get_type(found) == OSSL_STORE_INFO_PKEY) {
      key.reset(OSSL_STORE_INFO_get1_PKEY(found));
    }
    OSSL_STORE_INFO_free(found);
  }
  OSSL_STORE_close(store);
  if (key == nullptr) {
    return Fail(Failure::kUsage, "no private key is to be had there", uri,
                "a URI of OpenSSL's stores: pkcs11:... (with its provider) or file:...");
  }
  auto signer = FromKey(name, KeyType::kNote, std::move(key));
  if (!signer) return signer;
  signer->uri_ = uri;
  // A key that verifies and cannot sign would be noticed at the first commit only.
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature;
  std::size_t size = signature.size();
  const std::string_view probe = "unopened";
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, signer->key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, Unsigned(probe), probe.size()) != 1 ||
      !signer->verifier_.Verify(
          probe, {reinterpret_cast<const char*>(signature.data()), signature.size()})) {
    return Fail(Failure::kUsage, "the key there does not sign", uri);
  }
  return signer;
}

std::string Signer::PrivateText() const {
  if (!uri_.empty()) return std::string(kUriPrefix) + name() + " " + uri_;
  KeyBytes seed;
  std::size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key_.get(), seed.data(), &size) != 1) std::abort();
  std::string text =
      std::string(kPrivatePrefix) + KeyText(name(), verifier_.id(), verifier_.type_, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return text;
}

Signature Signer::Sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature;
  std::size_t size = signature.size();
  // Signing with a key that was accepted fails only where memory did: a log must not go on from it.
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, Unsigned(message), message.size()) !=
          1 ||
      size != signature.size()) {
    std::abort();
  }
  return signature;
}

}  // namespace unopened::audit::note
