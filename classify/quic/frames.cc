#include "classify/quic/frames.h"

#include <cstring>

#include "classify/quic/packet.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::uint8_t kPadding = 0x00;
constexpr std::uint8_t kPing = 0x01;
constexpr std::uint8_t kAck = 0x02;
constexpr std::uint8_t kAckEcn = 0x03;
constexpr std::uint8_t kCrypto = 0x06;
constexpr std::uint8_t kConnectionClose = 0x1c;  // 0x1d is an application's: not in an Initial

bool SkipVarints(ByteReader& reader, int count) {
  std::uint64_t ignored = 0;
  for (int i = 0; i < count; ++i) {
    if (!ReadVarint(reader, ignored)) return false;
  }
  return true;
}

bool SkipSized(ByteReader& reader) {
  std::uint64_t size = 0;
  return ReadVarint(reader, size) && size <= reader.size() && reader.Skip(size);
}

// Most of a client's Initial is padding.
void SkipPadding(ByteReader& reader) {
  const Bytes bytes = reader.rest();
  std::uint64_t word = 0;
  std::size_t zeros = 0;
  for (; bytes.size() - zeros >= sizeof(word); zeros += sizeof(word)) {
    std::memcpy(&word, bytes.subspan(zeros).data(), sizeof(word));
    if (word != 0) break;
  }
  (void)reader.Skip(zeros);
}

// Largest acknowledged, delay, count, first range, then a gap and a length for each further range.
bool SkipAck(ByteReader& reader, bool ecn) {
  std::uint64_t count = 0;
  if (!SkipVarints(reader, 2) || !ReadVarint(reader, count) || !SkipVarints(reader, 1))
    return false;
  // A range takes two bytes at least, so the loop ends with the bytes, whatever the count says.
  for (; count > 0; --count) {
    if (!SkipVarints(reader, 2)) return false;
  }
  return !ecn || SkipVarints(reader, 3);
}

bool ReadCrypto(ByteReader& reader, CryptoFrame& frame) {
  std::uint64_t size = 0;
  return ReadVarint(reader, frame.offset) && ReadVarint(reader, size) && size <= reader.size() &&
         reader.ReadBytes(size, frame.data);
}

}  // namespace

bool CryptoFrameWalk::Refuse(std::string_view why) {
  refused_ = why;
  rest_ = ByteReader();
  return false;
}

bool CryptoFrameWalk::Next() {
  // A type of two bytes or more is either none allowed here or not in its shortest form, which is
  // as wrong (RFC 9000 §12.4): one byte is enough.
  for (std::uint8_t type = 0; rest_.ReadU8(type);) {
    bool good = true;
    switch (type) {
      case kPadding:
        SkipPadding(rest_);
        break;
      case kPing:
        break;
      case kAck:
      case kAckEcn:
        good = SkipAck(rest_, type == kAckEcn);
        break;
      case kCrypto:
        if (!ReadCrypto(rest_, frame_)) return Refuse("quic: crypto frame");
        return true;
      case kConnectionClose:
        good = SkipVarints(rest_, 2) && SkipSized(rest_);
        break;
      default:
        return Refuse("quic: frame not allowed");
    }
    if (!good) return Refuse("quic: frame cut");
  }
  return false;
}

std::string_view RefusedFrames(Bytes frames) {
  if (frames.empty()) return "quic: no frame";
  CryptoFrameWalk walk(frames);
  while (walk.Next()) {
  }
  return walk.refused();
}

}  // namespace unopened::classify::quic
