#include "classify/gquic/frames.h"

#include <array>

#include "classify/quic/packet.h"

namespace unopened::classify::gquic {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::uint8_t kStreamBit = 0x80;
constexpr std::uint8_t kAckBit = 0x40;
constexpr std::uint64_t kHandshakeStream = 1;

constexpr std::uint8_t kPadding = 0x00;
constexpr std::uint8_t kResetStream = 0x01;
constexpr std::uint8_t kConnectionClose = 0x02;
constexpr std::uint8_t kGoAway = 0x03;
constexpr std::uint8_t kWindowUpdate = 0x04;
constexpr std::uint8_t kBlocked = 0x05;
constexpr std::uint8_t kStopWaiting = 0x06;
constexpr std::uint8_t kPing = 0x07;
constexpr std::uint8_t kCrypto = 0x08;

// By the two bits of a frame's type: of a packet number, and of a count of packets.
constexpr std::array<std::size_t, 4> kNumberSizes = {1, 2, 4, 6};

}  // namespace

bool FrameWalk::Refuse(std::string_view why) {
  refused_ = why;
  rest_ = ByteReader();
  return false;
}

bool FrameWalk::ReadUint(std::size_t size, std::uint64_t& out) {
  Bytes bytes;
  if (!rest_.ReadBytes(size, bytes)) return false;
  out = 0;
  for (std::size_t i = 0; i < size; ++i) {
    out = out << 8 | bytes[layout_.big_endian ? i : size - 1 - i];
  }
  return true;
}

// 1fdooossB: fin, data length present, sizes of offset and stream id.
bool FrameWalk::ReadStream(std::uint8_t type, bool& handshake) {
  const std::size_t offset_bits = type >> 2 & 0x7;
  const std::size_t offset_size = offset_bits == 0 ? 0 : offset_bits + 1;
  std::uint64_t id = 0;
  std::uint64_t size = 0;
  if (!ReadUint((type & 0x3U) + 1, id) || !ReadUint(offset_size, frame_.offset)) return false;
  const bool sized = (type & 0x20) != 0;
  if (sized && !ReadUint(2, size)) return false;
  if (!sized) size = rest_.size();
  handshake = id == kHandshakeStream;
  return rest_.ReadBytes(size, frame_.data);
}

bool FrameWalk::SkipTimestamps() {
  std::uint8_t count = 0;
  if (!rest_.ReadU8(count)) return false;
  // The first is a packet and four bytes of time, the others a packet and two.
  return count == 0 || rest_.Skip(std::size_t{count} * 3 + 2);
}

// 01ntllmm from Q034 on: ranges of packets that arrived.
bool FrameWalk::SkipAck(std::uint8_t type) {
  const std::size_t largest = kNumberSizes[type >> 2 & 0x3];
  const std::size_t length = kNumberSizes[type & 0x3];
  std::uint8_t more = 0;
  if (!rest_.Skip(largest + 2) || ((type & 0x20) != 0 && !rest_.ReadU8(more))) return false;
  return rest_.Skip(length + std::size_t{more} * (1 + length)) && SkipTimestamps();
}

// The same before Q034: an entropy hash, and ranges of packets that are missing.
bool FrameWalk::SkipMissingPacketsAck(std::uint8_t type) {
  const std::size_t largest = kNumberSizes[type >> 2 & 0x3];
  const std::size_t delta = kNumberSizes[type & 0x3];
  if (!rest_.Skip(1 + largest + 2) || !SkipTimestamps()) return false;
  if ((type & 0x20) == 0) return true;
  std::uint8_t ranges = 0;
  std::uint8_t revived = 0;
  return rest_.ReadU8(ranges) && rest_.Skip(std::size_t{ranges} * (delta + 1)) &&
         rest_.ReadU8(revived) && rest_.Skip(std::size_t{revived} * largest);
}

bool FrameWalk::SkipReason() {
  std::uint64_t size = 0;
  return ReadUint(2, size) && rest_.Skip(size);
}

bool FrameWalk::SkipOther(std::uint8_t type) {
  switch (type) {
    case kPadding:
    case kPing:
      return true;
    case kResetStream:
      return rest_.Skip(4 + 8 + 4);
    case kConnectionClose:
      return rest_.Skip(4) && SkipReason();
    case kGoAway:
      return rest_.Skip(4 + 4) && SkipReason();
    case kWindowUpdate:
      return rest_.Skip(4 + 8);
    case kBlocked:
      return rest_.Skip(4);
    case kStopWaiting:
      return rest_.Skip((layout_.missing_packets ? 1 : 0) + layout_.packet_number_size);
    default:
      return false;
  }
}

bool FrameWalk::Next() {
  for (std::uint8_t type = 0; rest_.ReadU8(type);) {
    if ((type & kStreamBit) != 0) {
      bool handshake = false;
      if (!ReadStream(type, handshake)) return Refuse("gquic: stream frame");
      if (handshake) return true;
    } else if ((type & kAckBit) != 0) {
      if (!(layout_.missing_packets ? SkipMissingPacketsAck(type) : SkipAck(type))) {
        return Refuse("gquic: ack frame");
      }
    } else if (type == kCrypto) {
      std::uint64_t size = 0;
      if (!quic::ReadVarint(rest_, frame_.offset) || !quic::ReadVarint(rest_, size) ||
          size > rest_.size() || !rest_.ReadBytes(size, frame_.data)) {
        return Refuse("gquic: crypto frame");
      }
      return true;
    } else if (!SkipOther(type)) {
      return Refuse("gquic: frame");
    }
  }
  return false;
}

std::string_view RefusedFrames(Bytes frames, const FrameLayout& layout) {
  if (frames.empty()) return "gquic: no frame";
  FrameWalk walk(frames, layout);
  while (walk.Next()) {
  }
  return walk.refused();
}

}  // namespace unopened::classify::gquic
