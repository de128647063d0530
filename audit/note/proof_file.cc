#include "audit/note/proof_file.h"

#include <algorithm>
#include <charconv>

#include "audit/note/base64.h"

namespace unopened::audit::note {
namespace {

constexpr std::string_view kInclusionHeader = "c2sp.org/tlog-proof@v1";

// Takes the next line off `text`; nothing where no newline ends it.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> TakeNumber(std::string_view& text, std::string_view word) {
  const auto line = TakeLine(text);
  if (!line || !line->starts_with(word)) return std::nullopt;
  return ParseSize(line->substr(word.size()));
}

// Hashes, one a line, up to and with an empty line.
bool TakeProof(std::string_view& text, merkle::Proof& proof) {
  while (true) {
    const auto line = TakeLine(text);
    if (!line) return false;
    if (line->empty()) return true;
    const auto bytes = DecodeBase64(*line);
    if (!bytes || bytes->size() != merkle::kHashSize || proof.size() == kMaxProofHashes) {
      return false;
    }
    merkle::Hash hash;
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    proof.push_back(hash);
  }
}

void AppendProof(const merkle::Proof& proof, const std::string& signed_checkpoint,
                 std::string& out) {
  for (const merkle::Hash& hash : proof) out += EncodeBase64(hash) + "\n";
  out += "\n" + signed_checkpoint;
}

}  // namespace

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

std::string EncodeInclusion(const InclusionFile& file) {
  std::string out = std::string(kInclusionHeader) + "\nindex " + std::to_string(file.index) + "\n";
  AppendProof(file.proof, file.signed_checkpoint, out);
  return out;
}

std::optional<InclusionFile> ParseInclusion(std::string_view bytes) {
  if (bytes.size() > kMaxProofBytes) return std::nullopt;
  const auto header = TakeLine(bytes);
  if (!header || *header != kInclusionHeader) return std::nullopt;
  constexpr std::string_view kExtra = "extra ";
  if (bytes.starts_with(kExtra)) {
    const auto extra = TakeLine(bytes);
    if (!extra || !DecodeBase64(extra->substr(kExtra.size()))) return std::nullopt;
  }
  InclusionFile file;
  const auto index = TakeNumber(bytes, "index ");
  if (!index || !TakeProof(bytes, file.proof)) return std::nullopt;
  file.index = *index;
  file.signed_checkpoint = bytes;
  return file;
}

std::string EncodeConsistency(const ConsistencyFile& file) {
  std::string out = "old " + std::to_string(file.old_size) + "\n";
  AppendProof(file.proof, file.signed_checkpoint, out);
  return out;
}

std::optional<ConsistencyFile> ParseConsistency(std::string_view bytes) {
  if (bytes.size() > kMaxProofBytes) return std::nullopt;
  ConsistencyFile file;
  const auto old_size = TakeNumber(bytes, "old ");
  if (!old_size || !TakeProof(bytes, file.proof)) return std::nullopt;
  file.old_size = *old_size;
  file.signed_checkpoint = bytes;
  return file;
}

}  // namespace unopened::audit::note
