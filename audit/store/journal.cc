#include "audit/store/journal.h"

#include "audit/merkle/hash.h"
#include "base/byte_reader.h"

namespace unopened::audit {
namespace {

constexpr std::string_view kMagic = "unopened batch 1\n";

void AppendUint(std::uint64_t value, unsigned size, std::string& out) {
  for (unsigned i = size; i > 0; --i) out += static_cast<char>(value >> (8 * (i - 1)) & 0xff);
}

base::Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string EncodeBatch(const Batch& batch) {
  std::string bytes(kMagic);
  AppendUint(batch.base, 8, bytes);
  AppendUint(batch.entries.size(), 4, bytes);
  for (const std::string& entry : batch.entries) {
    AppendUint(entry.size(), 4, bytes);
    bytes += entry;
  }
  const merkle::Hash digest = merkle::Hasher().Sha256(bytes);
  bytes.append(digest.begin(), digest.end());
  return bytes;
}

std::optional<Batch> DecodeBatch(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + merkle::kHashSize || !bytes.starts_with(kMagic)) {
    return std::nullopt;
  }
  const std::string_view signed_part = bytes.substr(0, bytes.size() - merkle::kHashSize);
  const merkle::Hash digest = merkle::Hasher().Sha256(signed_part);
  if (merkle::AsText({&digest, 1}) != bytes.substr(signed_part.size())) return std::nullopt;

  base::ByteReader reader(AsBytes(signed_part.substr(kMagic.size())));
  Batch batch;
  std::uint32_t count = 0;
  if (!reader.ReadU64(batch.base) || !reader.ReadU32(count)) return std::nullopt;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    base::Bytes entry;
    if (!reader.ReadU32(size) || !reader.ReadBytes(size, entry)) return std::nullopt;
    batch.entries.emplace_back(entry.begin(), entry.end());
  }
  if (!reader.empty()) return std::nullopt;
  return batch;
}

}  // namespace unopened::audit
