#include "audit/note/note.h"

#include <utility>

#include "audit/note/base64.h"
#include "audit/note/utf8.h"

namespace unopened::audit::note {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

constexpr std::string_view kDash = "\u2014 ";  // em dash, space
constexpr std::size_t kKeyIdSize = 4;

std::optional<SignatureLine> ParseSignature(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  SignatureLine signature;
  signature.name = line.substr(0, space);
  auto bytes = DecodeBase64(line.substr(space + 1));
  if (!IsKeyName(signature.name) || !bytes || bytes->size() <= kKeyIdSize) return std::nullopt;
  for (std::size_t i = 0; i < kKeyIdSize; ++i) {
    signature.key_id = signature.key_id << 8 | (*bytes)[i];
  }
  signature.signature.assign(bytes->begin() + kKeyIdSize, bytes->end());
  return signature;
}

}  // namespace

std::optional<UnverifiedNote> ParseNote(std::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes || !IsUtf8WithoutControls(bytes)) return std::nullopt;
  const std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos) return std::nullopt;
  UnverifiedNote note;
  note.text = bytes.substr(0, blank + 1);
  std::string_view lines = bytes.substr(blank + 2);
  if (lines.empty() || lines.back() != '\n') return std::nullopt;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    auto signature = ParseSignature(lines.substr(0, end));
    if (!signature || note.signatures.size() == kMaxNoteSignatures) return std::nullopt;
    note.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  return note;
}

Result<std::string_view> OpenNote(std::string_view bytes, const VerifierKey& key) {
  const auto note = ParseNote(bytes);
  if (!note) return Fail(Failure::kLog, "not a signed note");
  bool verified = false;
  for (const SignatureLine& line : note->signatures) {
    if (line.name != key.name() || line.key_id != key.id()) continue;
    const std::string_view signature(reinterpret_cast<const char*>(line.signature.data()),
                                     line.signature.size());
    // One signature of a known key that does not verify spoils the whole note (C2SP signed-note).
    if (!key.Verify(note->text, signature)) {
      return Fail(Failure::kLog, "the signature of " + key.name() + " does not verify");
    }
    verified = true;
  }
  if (!verified) {
    return Fail(Failure::kLog, "signed by another key (" + std::string(note->signatures[0].name) +
                                   "), not by " + key.Text());
  }
  return note->text;
}

std::string SignatureLineText(const VerifierKey& key, std::span<const std::uint8_t> signature) {
  const std::uint32_t id = key.id();
  std::vector<std::uint8_t> bytes = {
      static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
      static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return std::string(kDash) + key.name() + " " + EncodeBase64(bytes) + "\n";
}

std::string SignNote(std::string_view text, const Signer& signer) {
  return std::string(text) + "\n" + SignatureLineText(signer.verifier(), signer.Sign(text));
}

}  // namespace unopened::audit::note
