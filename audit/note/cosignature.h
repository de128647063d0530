// Cosignatures: a witness's statement that, at a time, a checkpoint was the largest consistent tree
// head it had seen of a log.
//
// Source: C2SP tlog-cosignature, the Ed25519 type (https://c2sp.org/tlog-cosignature). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/note/key.h"
#include "audit/note/note.h"

namespace unopened::audit::note {

struct Cosignature {
  std::string name;             // of the witness's key
  std::uint64_t timestamp = 0;  // POSIX seconds
};

// The signature line (with its newline) of `witness` under `checkpoint_text` at `timestamp`.
// `witness` is of KeyType::kCosignature.
std::string CosignatureLine(std::string_view checkpoint_text, const Signer& witness,
                            std::uint64_t timestamp);

// What `line` states about `checkpoint_text` if it is by `witness` and verifies; else nothing.
std::optional<Cosignature> VerifyCosignature(std::string_view checkpoint_text,
                                             const SignatureLine& line, const VerifierKey& witness);

}  // namespace unopened::audit::note
