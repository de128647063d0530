#include "classify/mtproto/message.h"

#include <algorithm>
#include <bit>

namespace unopened::classify::mtproto {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;
using base::Short;
using Message = FirstMessage;

constexpr std::uint32_t kReqPq = 0x60469778;
constexpr std::uint32_t kReqPqMulti = 0xbe7e8ef1;
constexpr std::uint32_t kResPq = 0x05162463;
constexpr std::uint32_t kReqPqSize = 20;      // constructor and nonce
constexpr std::uint32_t kSmallestResPq = 56;  // with two nonces, pq, and one fingerprint
constexpr std::uint32_t kLargestResPq = 256;
constexpr std::uint32_t kUnencryptedHeader = 20;  // no key, message id, length
constexpr std::uint32_t kMessageKeyEnd = 24;      // key's identifier and message key
constexpr std::uint32_t kAesBlock = 16;
constexpr std::uint32_t kMaxPadding = 15;
constexpr std::uint32_t kQuickAck = 0x80000000;
constexpr std::int32_t kLowestError = -999;
constexpr std::size_t kFullOverhead = 12;  // length, sequence number, checksum
// A first message is a few hundred bytes; nobody waits for more on the word of eight.
constexpr std::size_t kMaxFullFrame = 4096;

bool ReadU64LE(ByteReader& reader, std::uint64_t& out) {
  ByteReader probe = reader;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  if (!probe.ReadU32LE(low) || !probe.ReadU32LE(high)) return false;
  reader = probe;
  out = std::uint64_t{high} << 32 | low;
  return true;
}

// The CRC-32 of IEEE 802.3, bit by bit: asked of a frame whose length and number were right.
std::uint32_t Crc32(Bytes bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

struct Frame {
  std::uint32_t size = 0;  // of the body, with its padding
  bool padded = false;
};

// Abridged: a length in words, in one byte or behind 0x7f in three. The top bit of a client's asks
// for a quick acknowledgement; a server's is one, of four bytes.
Parsed<Frame> ReadAbridged(Sender sender, ByteReader& stream) {
  for (std::size_t acks = 0; acks <= kMaxQuickAcks; ++acks) {
    ByteReader probe = stream;
    std::uint8_t first = 0;
    if (!probe.ReadU8(first)) return Short<Frame>(stream, "mtproto: cut");
    if (sender == Sender::kServer && (first & 0x80) != 0) {
      if (!stream.Skip(4)) return Short<Frame>(stream, "mtproto: cut");
      continue;
    }
    std::uint32_t words = first & 0x7fU;
    if (words == 0x7f) {
      Bytes more;
      if (!probe.ReadBytes(3, more)) return Short<Frame>(stream, "mtproto: cut");
      words = more[0] | more[1] << 8 | static_cast<std::uint32_t>(more[2]) << 16;
      if (words < 0x7f) return NotThis{"mtproto: length"};
    }
    if (words > kMaxFrame / 4) return NotThis{"mtproto: length"};
    stream = probe;
    return Frame{.size = words * 4};
  }
  return NotThis{"mtproto: acknowledgements"};
}

// Intermediate: a length in four bytes, of which the top bit is as in the abridged framing.
Parsed<Frame> ReadIntermediate(Sender sender, bool padded, ByteReader& stream) {
  for (std::size_t acks = 0; acks <= kMaxQuickAcks; ++acks) {
    std::uint32_t size = 0;
    if (!stream.ReadU32LE(size)) return Short<Frame>(stream, "mtproto: cut");
    if (sender == Sender::kServer && (size & kQuickAck) != 0) continue;
    size &= ~kQuickAck;
    if (size > kMaxFrame) return NotThis{"mtproto: length"};
    return Frame{.size = size, .padded = padded};
  }
  return NotThis{"mtproto: acknowledgements"};
}

// Full: length and number in front, a checksum of all behind.
Parsed<Frame> ReadFull(ByteReader& stream) {
  ByteReader probe = stream;
  std::uint32_t length = 0;
  std::uint32_t number = 0;
  if (!probe.ReadU32LE(length)) return Short<Frame>(stream, "mtproto: cut");
  if (length < kFullOverhead + 4 || length > kMaxFullFrame || length % 4 != 0) {
    return NotThis{"mtproto: length"};
  }
  if (!probe.ReadU32LE(number)) return Short<Frame>(stream, "mtproto: cut");
  if (number != 0) return NotThis{"mtproto: sequence number"};
  if (stream.size() < length) {
    return Short<Frame>(stream, "mtproto: cut", length - stream.size());
  }
  const Bytes covered = stream.rest().first(length - 4);
  ByteReader trailer(stream.rest().subspan(length - 4));
  std::uint32_t checksum = 0;
  if (!trailer.ReadU32LE(checksum) || checksum != Crc32(covered)) {
    return NotThis{"mtproto: checksum"};
  }
  const auto body = static_cast<std::uint32_t>(length - kFullOverhead);
  stream = ByteReader(probe.rest().first(body), base::End::kFinal);
  return Frame{.size = body};
}

Parsed<Frame> ReadFrame(Framing framing, Sender sender, ByteReader& stream) {
  switch (framing) {
    case Framing::kAbridged:
      return ReadAbridged(sender, stream);
    case Framing::kIntermediate:
      return ReadIntermediate(sender, false, stream);
    case Framing::kPaddedIntermediate:
      return ReadIntermediate(sender, true, stream);
    case Framing::kFull:
      return ReadFull(stream);
  }
  return NotThis{"mtproto: framing"};
}

// Whether a frame of this size holds exactly `size` bytes.
bool Holds(const Frame& frame, std::uint32_t size) {
  return frame.size >= size && frame.size - size <= (frame.padded ? kMaxPadding : 0);
}

Parsed<Message> ParseError(ByteReader body) {
  std::uint32_t code = 0;
  if (!body.ReadU32LE(code)) return Short<Message>(body, "mtproto: cut");
  const auto number = std::bit_cast<std::int32_t>(code);
  if (number >= 0 || number < kLowestError) return NotThis{"mtproto: error code"};
  return Message{.kind = Kind::kError};
}

// Behind an identifier of zero: no key, so this is where one is asked for.
Parsed<Message> ParseKeyExchange(const Frame& frame, Sender sender, ByteReader body) {
  std::uint64_t message_id = 0;
  std::uint32_t length = 0;
  std::uint32_t constructor = 0;
  Bytes nonce;
  // A client's message ids are multiples of four, a server's answers are one above.
  if (!ReadU64LE(body, message_id)) return Short<Message>(body, "mtproto: cut");
  const bool from_client = sender == Sender::kClient;
  if (message_id == 0 || message_id % 4 != (from_client ? 0U : 1U)) {
    return NotThis{"mtproto: message id"};
  }
  if (!body.ReadU32LE(length)) return Short<Message>(body, "mtproto: cut");
  const bool fits =
      from_client ? length == kReqPqSize : length >= kSmallestResPq && length <= kLargestResPq;
  if (!fits || !Holds(frame, kUnencryptedHeader + length)) return NotThis{"mtproto: length"};
  if (!body.ReadU32LE(constructor)) return Short<Message>(body, "mtproto: cut");
  const bool known =
      from_client ? constructor == kReqPq || constructor == kReqPqMulti : constructor == kResPq;
  if (!known) return NotThis{"mtproto: constructor"};
  if (!body.ReadBytes(kNonceSize, nonce)) return Short<Message>(body, "mtproto: cut");
  Message message{.kind = Kind::kKeyExchange};
  std::ranges::copy(nonce, message.nonce.begin());
  return message;
}

}  // namespace

Parsed<FirstMessage> ParseFirstMessage(Framing framing, Sender sender, ByteReader stream) {
  const auto read = ReadFrame(framing, sender, stream);
  const Frame* frame = base::Value(read);
  if (frame == nullptr) {
    if (const auto* need = std::get_if<base::NeedMore>(&read)) return *need;
    return std::get<NotThis>(read);
  }
  if (sender == Sender::kServer && Holds(*frame, 4)) return ParseError(stream);
  constexpr std::uint32_t kSmallest = kMessageKeyEnd + kAesBlock;
  if (frame->size < kSmallest) return NotThis{"mtproto: length"};
  std::uint64_t key_id = 0;
  if (!ReadU64LE(stream, key_id)) return Short<Message>(stream, "mtproto: cut");
  if (key_id == 0) return ParseKeyExchange(*frame, sender, stream);
  if (!frame->padded && (frame->size - kMessageKeyEnd) % kAesBlock != 0) {
    return NotThis{"mtproto: length"};
  }
  return Message{.kind = Kind::kEncrypted, .key_id = key_id};
}

}  // namespace unopened::classify::mtproto
