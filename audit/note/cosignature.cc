#include "audit/note/cosignature.h"

#include <array>
#include <vector>

namespace unopened::audit::note {
namespace {

constexpr std::size_t kTimeSize = 8;
constexpr std::uint64_t kLatestTime = (std::uint64_t{1} << 63) - 1;

std::string Message(std::string_view checkpoint_text, std::uint64_t timestamp) {
  return "cosignature/v1\ntime " + std::to_string(timestamp) + "\n" + std::string(checkpoint_text);
}

}  // namespace

std::string CosignatureLine(std::string_view checkpoint_text, const Signer& witness,
                            std::uint64_t timestamp) {
  const Signature signature = witness.Sign(Message(checkpoint_text, timestamp));
  std::vector<std::uint8_t> bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(timestamp >> shift));
  }
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return SignatureLineText(witness.verifier(), bytes);
}

std::optional<Cosignature> VerifyCosignature(std::string_view checkpoint_text,
                                             const SignatureLine& line,
                                             const VerifierKey& witness) {
  if (line.name != witness.name() || line.key_id != witness.id() ||
      line.signature.size() != kTimeSize + kSignatureSize) {
    return std::nullopt;
  }
  std::uint64_t timestamp = 0;
  for (std::size_t i = 0; i < kTimeSize; ++i) timestamp = timestamp << 8 | line.signature[i];
  const std::string_view signature(reinterpret_cast<const char*>(line.signature.data()) + kTimeSize,
                                   kSignatureSize);
  if (timestamp > kLatestTime || !witness.Verify(Message(checkpoint_text, timestamp), signature)) {
    return std::nullopt;
  }
  return Cosignature{witness.name(), timestamp};
}

}  // namespace unopened::audit::note
