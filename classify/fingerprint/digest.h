// Hex digests of fingerprint texts, fed piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace unopened::classify::fingerprint {

enum class DigestKind : std::uint8_t { kMd5, kSha256 };

// Writes text into one digest. The contexts and algorithms of OpenSSL are fetched once a thread and
// used again, so one thread has one Digest of a kind at a time. A digest that the library refuses
// (MD5 under FIPS) gives no hex.
class Digest {
 public:
  explicit Digest(DigestKind kind);

  Digest& Text(std::string_view text);
  Digest& Char(char c) { return Text({&c, 1}); }
  Digest& Decimal(std::uint32_t value);
  Digest& Hex16(std::uint16_t value);  // four digits

  // Ends the digest. Lower-case hex; empty where it failed. Borrows this object.
  std::string_view Finish();

 private:
  void Flush();

  static constexpr std::size_t kMaxDigestSize = 32;
  DigestKind kind_;
  bool ok_ = false;
  std::size_t size_ = 0;
  std::array<char, 512> buffer_;
  std::array<char, 2 * kMaxDigestSize> hex_;
};

}  // namespace unopened::classify::fingerprint
