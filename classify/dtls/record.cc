#include "classify/dtls/record.h"

#include <algorithm>

namespace unopened::classify::dtls {
namespace {

using base::ByteReader;
using tls::ContentType;

constexpr std::uint8_t kTls12Cid = 25;  // RFC 9146
constexpr std::uint8_t kAck = 26;       // RFC 9147 §7
// RFC 9147 §4: 001CSLEE.
constexpr bool IsUnifiedHeader(std::uint8_t first) { return (first & 0xe0) == 0x20; }

constexpr bool IsRecordVersion(tls::ProtocolVersion version) {
  return version == tls::kDtls10 || version == tls::kDtls12 || version == tls::kDtlsPrestandard;
}

}  // namespace

bool SkipCapwapPreamble(ByteReader& datagram) {
  constexpr std::uint32_t kDtlsPreamble = 0x01000000;
  std::uint32_t preamble = 0;
  ByteReader probe = datagram;
  if (!probe.ReadU32(preamble) || preamble != kDtlsPreamble) return false;
  datagram = probe;
  return true;
}

bool IsCapwapInClear(base::Bytes datagram) {
  // RFC 5415 §4.3: the preamble, then the header's length in words, radio and binding, flags.
  constexpr std::uint32_t kMinWords = 2;
  constexpr std::uint32_t kMaxWords = 8;
  constexpr std::uint32_t kLastMessageType = 26;  // RFC 5415 §4.5.1.1
  ByteReader reader(datagram);
  std::uint32_t head = 0;
  if (!reader.ReadU32(head) || head >> 24 != 0) return false;
  const std::uint32_t words = head >> 19 & 0x1f;
  std::uint32_t message = 0;
  std::uint8_t sequence = 0;
  std::uint16_t length = 0;
  if (words < kMinWords || words > kMaxWords || !reader.Skip(words * 4 - 4) ||
      !reader.ReadU32(message) || !reader.ReadU8(sequence) || !reader.ReadU16(length)) {
    return false;
  }
  // RFC 5415 §4.5.1.3: counted from behind the sequence number.
  const bool whole = length == reader.size() + 2;
  return message >= 1 && message <= kLastMessageType && whole;
}

bool RecordWalk::Next() {
  if (rest_.empty() || !well_formed_) return false;
  const std::uint8_t first = rest_.rest()[0];
  if (IsUnifiedHeader(first) || first == kTls12Cid) return false;
  std::uint8_t type = 0;
  std::uint16_t length = 0;
  well_formed_ = first >= static_cast<std::uint8_t>(ContentType::kChangeCipherSpec) &&
                 first <= kAck && rest_.ReadU8(type) && rest_.ReadU16(record_.version) &&
                 IsRecordVersion(record_.version) && rest_.ReadU16(record_.epoch) &&
                 rest_.Skip(6) && rest_.ReadU16(length);
  if (!well_formed_) return false;
  record_.type = static_cast<ContentType>(type);
  // A snapped datagram ends inside its last record.
  return rest_.ReadReader(std::min<std::size_t>(length, rest_.size()), record_.fragment);
}

bool FragmentWalk::Next() {
  if (rest_.empty() || !well_formed_) return false;
  std::uint8_t type = 0;
  std::uint32_t size = 0;
  well_formed_ = rest_.ReadU8(type) && rest_.ReadU24(fragment_.length) &&
                 rest_.ReadU16(fragment_.sequence) && rest_.ReadU24(fragment_.offset) &&
                 rest_.ReadU24(size) && fragment_.length <= kMaxMessageSize &&
                 std::size_t{fragment_.offset} + size <= fragment_.length &&
                 rest_.ReadBytes(size, fragment_.bytes);
  fragment_.type = static_cast<tls::HandshakeType>(type);
  return well_formed_;
}

}  // namespace unopened::classify::dtls
