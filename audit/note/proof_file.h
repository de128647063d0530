// Proofs as files: that an entry is in a signed tree (tlog-proof), and that one signed tree grew
// from an older one.
//
// Sources: C2SP tlog-proof (https://c2sp.org/tlog-proof); for consistency the body of
// tlog-witness's add-checkpoint, which is all that a witness needs and so all that anyone needs.
// Pure. What is parsed is a stranger's until it is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle/proof.h"
#include "audit/note/checkpoint.h"

namespace unopened::audit::note {

// A tree of 2^63 leaves needs no more (C2SP tlog-witness).
inline constexpr std::size_t kMaxProofHashes = 63;
inline constexpr std::size_t kMaxProofBytes = 1 << 20;

struct InclusionFile {
  std::uint64_t index = 0;
  merkle::Proof proof;
  std::string signed_checkpoint;  // a signed note, verbatim
};
std::string EncodeInclusion(const InclusionFile& file);
std::optional<InclusionFile> ParseInclusion(std::string_view bytes);  // `extra` is passed over

struct ConsistencyFile {
  std::uint64_t old_size = 0;
  merkle::Proof proof;
  std::string signed_checkpoint;
};
std::string EncodeConsistency(const ConsistencyFile& file);
std::optional<ConsistencyFile> ParseConsistency(std::string_view bytes);

// Decimal without leading zeros.
std::optional<std::uint64_t> ParseSize(std::string_view text);

}  // namespace unopened::audit::note
