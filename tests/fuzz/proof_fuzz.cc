// Proof files and bodies of strangers: what is understood is written the same way, and no proof of
// theirs fits a tree that it was not made for.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/merkle/hash.h"
#include "audit/note/base64.h"
#include "audit/note/proof_file.h"

namespace {

using namespace unopened::audit;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsSame(const note::InclusionFile& a, const note::InclusionFile& b) {
  return a.index == b.index && a.proof == b.proof && a.signed_checkpoint == b.signed_checkpoint;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto file = note::ParseInclusion(bytes)) {
    Require(file->proof.size() <= note::kMaxProofHashes);
    Require(bytes.ends_with(file->signed_checkpoint));
    // Extra data aside.
    const auto again = note::ParseInclusion(note::EncodeInclusion(*file));
    Require(again && IsSame(*again, *file));
  }
  if (const auto file = note::ParseConsistency(bytes)) {
    Require(file->proof.size() <= note::kMaxProofHashes);
    Require(note::EncodeConsistency(*file) == bytes);
  }
  if (const auto number = note::ParseSize(bytes)) Require(std::to_string(*number) == bytes);
  if (const auto decoded = note::DecodeBase64(bytes)) {
    Require(note::EncodeBase64(*decoded) == bytes);
  }
  return 0;
}
