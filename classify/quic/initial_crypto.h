// The protection of Initial packets, whose keys anybody on the path can derive from the client's
// first Destination Connection ID (RFC 9001 §5; RFC 9369 §3.3). AES-128-GCM and HKDF-SHA256.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/quic/initial_keys.h"
#include "classify/quic/packet.h"
#include "classify/quic/version.h"

namespace unopened::classify::quic {

inline constexpr std::size_t kAeadTagSize = 16;
// No Initial opens into more: a UDP payload is shorter.
inline constexpr std::size_t kMaxPlaintext = 65'536;

struct OpenedInitial {
  std::uint64_t packet_number = 0;
  std::size_t packet_number_size = 0;
  base::Bytes frames;  // into the buffer given to Open
};

// Owns fetched algorithms and their contexts, so that a packet costs no allocation. One a thread.
class InitialCrypto {
 public:
  InitialCrypto();
  ~InitialCrypto();
  InitialCrypto(const InitialCrypto&) = delete;
  InitialCrypto& operator=(const InitialCrypto&) = delete;

  // This thread's, made at its first call.
  static InitialCrypto& OfThread();

  // False where this machine's OpenSSL lacks an algorithm: then nothing opens.
  bool ready() const { return ready_; }

  // Removes header protection and opens the packet into `plaintext` (at least as long as the
  // packet). NotThis where the tag is wrong, and where RFC 9000 forbids what the tag covers. Never
  // NeedMore.
  base::Parsed<OpenedInitial> Open(const InitialKeys& keys, const LongHeader& header,
                                   std::span<std::uint8_t> plaintext);

  // Whether the Retry answers an Initial sent to `original_destination`, by its integrity tag (RFC
  // 9001 §5.8) or, up to draft 24, by repeating that id.
  bool RetryAnswers(const LongHeader& retry, base::Bytes original_destination);

  // AES-128 of one block, for the header protection mask (RFC 9001 §5.4.3). False on failure.
  bool EncryptBlock(const std::array<std::uint8_t, 16>& key, base::Bytes block,
                    std::array<std::uint8_t, 16>& out);

  // Packets that Open and RetryAnswers held against a tag so far.
  std::uint64_t tags_checked() const { return tags_checked_; }

 private:
  struct Algorithms;

  bool SetAeadKey(base::Bytes key, base::Bytes nonce);
  bool OpenAead(base::Bytes key, base::Bytes nonce, std::initializer_list<base::Bytes> associated,
                base::Bytes ciphertext, base::Bytes tag, std::span<std::uint8_t> plaintext);

  std::unique_ptr<Algorithms> algorithms_;
  // The keys that the contexts hold: one connection's packets follow each other, and to expand a
  // key takes as long as to open a short packet.
  std::array<std::uint8_t, 16> block_key_{};
  std::array<std::uint8_t, 16> aead_key_{};
  bool has_block_key_ = false;
  bool has_aead_key_ = false;
  std::uint64_t tags_checked_ = 0;
  bool ready_ = false;
};

}  // namespace unopened::classify::quic
