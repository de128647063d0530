// Signed notes: text, a blank line, and lines of signatures by named keys.
//
// Source: C2SP signed-note (https://c2sp.org/signed-note). A note may be a stranger's: what it says
// counts only once OpenNote has verified it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/key.h"
#include "base/result.h"

namespace unopened::audit::note {

inline constexpr std::size_t kMaxNoteBytes = 1 << 20;
inline constexpr std::size_t kMaxNoteSignatures = 100;

struct SignatureLine {
  std::string_view name;
  std::uint32_t key_id = 0;
  std::vector<std::uint8_t> signature;  // without the key id
};

// A note taken apart, nothing of it verified. Borrows the note's bytes.
struct UnverifiedNote {
  std::string_view text;  // with its final newline: what is signed
  std::vector<SignatureLine> signatures;
};

// Nothing where the bytes are no note by the specification, or beyond the two bounds above.
std::optional<UnverifiedNote> ParseNote(std::string_view bytes);

// The text of a note that `key` signed; borrows `bytes`. kLog: malformed, not signed by this key,
// or signed with a signature that does not verify; `what` tells which.
base::Result<std::string_view> OpenNote(std::string_view bytes, const VerifierKey& key);

// One signature line with its newline: `signature` is what follows the key id.
std::string SignatureLineText(const VerifierKey& key, std::span<const std::uint8_t> signature);

// `text` (which ends in a newline) with one signature.
std::string SignNote(std::string_view text, const Signer& signer);

}  // namespace unopened::audit::note
