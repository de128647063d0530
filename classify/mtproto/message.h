// The first message of a side of MTProto, Telegram's channel between client and server, in any of
// its framings.
//
// core.telegram.org/mtproto/mtproto-transports (framings, quick acknowledgements, transport
// errors), /mtproto/description (unencrypted and encrypted messages), /mtproto/auth_key (req_pq,
// resPQ). Everything is little-endian. The last eight bytes of a message's SHA-1 name the key it is
// encrypted with: both sides of a connection begin with that name. Pure. Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::classify::mtproto {

enum class Framing : std::uint8_t { kAbridged, kIntermediate, kPaddedIntermediate, kFull };
enum class Sender : std::uint8_t { kClient, kServer };

enum class Kind : std::uint8_t {
  kKeyExchange,  // req_pq or resPQ: a new key is being agreed
  kEncrypted,    // under a key that both sides have
  kError,        // the server's transport error: four bytes, a negative number
};

inline constexpr std::size_t kNonceSize = 16;
inline constexpr std::size_t kMaxQuickAcks = 2;
// What a parser may look at: quick acknowledgements, the longest frame header, then identifier of
// the key, message id, length, constructor, nonce. Of kFull it is the whole frame.
inline constexpr std::size_t kMostRead = 4 * kMaxQuickAcks + 8 + 8 + 8 + 4 + 4 + kNonceSize;
inline constexpr std::size_t kMaxFrame = 1 << 20;

struct FirstMessage {
  Kind kind = Kind::kEncrypted;
  std::uint64_t key_id = 0;                      // kEncrypted
  std::array<std::uint8_t, kNonceSize> nonce{};  // kKeyExchange
  friend bool operator==(const FirstMessage&, const FirstMessage&) = default;
};

// `stream` begins behind the tag that names the framing. kFull has none; its checksum is held
// against the frame, which must be there whole.
base::Parsed<FirstMessage> ParseFirstMessage(Framing framing, Sender sender,
                                             base::ByteReader stream);

}  // namespace unopened::classify::mtproto
