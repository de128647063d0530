#include "capture/capture_format.h"

#include <algorithm>
#include <limits>

#include "capture/packet_time.h"

namespace unopened::capture {
namespace {

using base::Bytes;

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kModified = 0xa1b2cd34;
constexpr std::size_t kPcapHeaderSize = 24;
constexpr std::size_t kRecordHeaderSize = 16;
constexpr std::size_t kModifiedRecordHeaderSize = 24;

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;  // the same in both byte orders
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::size_t kBlockHeaderSize = 8;  // type and length
constexpr std::size_t kBlockFrameSize = 12;  // and the length again at the end
constexpr std::size_t kSectionStartSize = 12;

[[gnu::always_inline]] constexpr std::uint32_t Little(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}
constexpr std::uint32_t Big(Bytes bytes, std::size_t at) {
  return __builtin_bswap32(Little(bytes, at));
}

using Piece = CaptureFormat::Piece;
using Found = CaptureFormat::Found;

Piece Nothing(std::size_t size) { return {Found::kNothing, size, {}, {}}; }
Piece NeedMore(std::size_t size) { return {Found::kNeedMore, size, {}, {}}; }
Piece Damage(std::string_view what) { return {Found::kDamage, 0, {}, what}; }

// A pcapng time, in the interface's units.
base::TimeNs TimeOfUnits(const CaptureFormat::Interface& interface, std::uint64_t units) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<base::TimeNs>::max());
  if (interface.shift > 0) {
    const std::uint64_t seconds = units >> interface.shift;
    std::uint64_t fraction = units - (seconds << interface.shift);
    // 32 bits of a second are finer than a nanosecond, and leave room to multiply.
    constexpr int kEnough = 32;
    const int left = std::min<int>(interface.shift, kEnough);
    fraction >>= interface.shift - left;
    const std::uint64_t nanoseconds =
        (fraction * static_cast<std::uint64_t>(base::kNsPerSecond)) >> left;
    std::int64_t since_1970 = 0;
    if (__builtin_add_overflow(interface.offset_seconds, static_cast<std::int64_t>(seconds),
                               &since_1970)) {
      since_1970 = std::numeric_limits<std::int64_t>::max();
    }
    return TimeOf(since_1970, static_cast<std::int64_t>(nanoseconds));
  }
  std::uint64_t nanoseconds = 0;
  if (__builtin_mul_overflow(units, interface.multiply, &nanoseconds)) {
    nanoseconds = kMost;
  } else if (interface.divide > 1) {
    nanoseconds /= interface.divide;
  }
  return TimeOf(interface.offset_seconds, static_cast<std::int64_t>(std::min(nanoseconds, kMost)));
}

constexpr std::uint64_t PowerOfTen(int exponent) {
  std::uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// if_tsresol (pcapng §4.2): 10^-n or, with the highest bit, 2^-n of a second. False where a unit is
// too small for 64 bits to tell.
bool SetResolution(CaptureFormat::Interface& interface, std::uint8_t resolution) {
  const int exponent = resolution & 0x7f;
  if ((resolution & 0x80) != 0) {
    interface.shift = static_cast<std::uint8_t>(exponent);
    interface.multiply = static_cast<std::uint64_t>(base::kNsPerSecond);  // 2^0
    return exponent < 64;
  }
  if (exponent > 19) return false;
  interface.multiply = exponent <= 9 ? PowerOfTen(9 - exponent) : 1;
  interface.divide = exponent <= 9 ? 1 : PowerOfTen(exponent - 9);
  return true;
}

}  // namespace

LinkType LinkTypeOfFile(std::uint32_t link_type) {
  switch (link_type) {
    case 0:
      return LinkType::kNull;
    case 1:
      return LinkType::kEthernet;
    case 12:  // DLT_RAW, as some systems write it
    case 14:
    case 101:
    case 228:
    case 229:
      return LinkType::kRawIp;
    case 9:
    case 50:
      return LinkType::kPpp;
    case 51:
      return LinkType::kPppoe;
    case 104:
      return LinkType::kCiscoHdlc;
    case 105:
      return LinkType::kWireless;
    case 108:
      return LinkType::kLoop;
    case 113:
      return LinkType::kLinuxCooked1;
    case 119:
      return LinkType::kPrism;
    case 127:
      return LinkType::kRadiotap;
    case 163:
      return LinkType::kAvs;
    case 192:
      return LinkType::kPpi;
    case 239:
      return LinkType::kNetfilterLog;
    case 242:
      return LinkType::kIpOverInfiniband;
    case 276:
      return LinkType::kLinuxCooked2;
    default:
      return LinkType::kUnsupported;
  }
}

// The integers of the machine that wrote the file. `at` lies inside: each caller has compared
// sizes.
[[gnu::always_inline]] inline std::uint16_t CaptureFormat::U16(Bytes bytes, std::size_t at) const {
  const auto little = static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
  return big_endian_ ? __builtin_bswap16(little) : little;
}
[[gnu::always_inline]] inline std::uint32_t CaptureFormat::U32(Bytes bytes, std::size_t at) const {
  return big_endian_ ? Big(bytes, at) : Little(bytes, at);
}

std::optional<CaptureFormat> CaptureFormat::Recognise(Bytes start) {
  CaptureFormat format;
  if (start.size() < kSectionStartSize) return std::nullopt;
  if (Little(start, 0) == kSectionHeader) {
    if (Little(start, 8) != kByteOrder && Big(start, 8) != kByteOrder) return std::nullopt;
    format.kind_ = Kind::kPcapNg;
    return format;
  }
  if (start.size() < kPcapHeaderSize) return std::nullopt;
  const auto is_magic = [](std::uint32_t magic) {
    return magic == kMicroseconds || magic == kNanoseconds || magic == kModified;
  };
  format.big_endian_ = is_magic(Big(start, 0));
  const std::uint32_t magic = format.U32(start, 0);
  if (!is_magic(magic)) return std::nullopt;
  format.kind_ = magic == kModified ? Kind::kModifiedPcap : Kind::kPcap;
  const std::uint16_t major = format.U16(start, 4);
  const std::uint16_t minor = format.U16(start, 6);
  // Version 543.0 is a tcpdump of DG/UX that swapped the lengths as well.
  if (major != 2 && major != 543) return std::nullopt;
  format.lengths_ = major == 543 || minor < 3 ? Lengths::kSwapped
                    : minor == 3              ? Lengths::kEither
                                              : Lengths::kInOrder;
  constexpr std::uint32_t kLinkTypeBits =
      0x03ffffff;  // above: the length of a frame check sequence
  Interface interface;
  interface.link_type = format.U32(start, 20) & kLinkTypeBits;
  interface.link = LinkTypeOfFile(interface.link_type);
  interface.snap_length = format.U32(start, 16);
  interface.multiply = magic == kNanoseconds ? 1 : 1000;
  format.interfaces_.push_back(interface);
  return format;
}

Piece CaptureFormat::Next(Bytes window) {
  return kind_ == Kind::kPcapNg ? NextBlock(window) : NextRecord(window);
}

Piece CaptureFormat::NextRecord(Bytes window) {
  if (at_header_) {
    if (window.size() < kPcapHeaderSize) return NeedMore(kPcapHeaderSize);
    at_header_ = false;
    return Nothing(kPcapHeaderSize);
  }
  const std::size_t header =
      kind_ == Kind::kModifiedPcap ? kModifiedRecordHeaderSize : kRecordHeaderSize;
  if (window.size() < header) return NeedMore(header);
  std::uint32_t captured = U32(window, 8);
  std::uint32_t wire_length = U32(window, 12);
  if (lengths_ == Lengths::kSwapped || (lengths_ == Lengths::kEither && captured > wire_length)) {
    std::swap(captured, wire_length);
  }
  if (captured > kMaxCapturedLength) return Damage("a captured length beyond any snap length");
  const std::size_t size = header + captured;
  if (window.size() < size) return NeedMore(size);
  const Interface& interface = interfaces_.front();
  Piece piece;
  piece.found = Found::kPacket;
  piece.size = size;
  piece.packet.bytes = window.subspan(header, captured);
  piece.packet.wire_length = std::max(wire_length, captured);
  piece.packet.time =
      TimeOf(U32(window, 0), static_cast<std::int64_t>(U32(window, 4) * interface.multiply));
  piece.packet.link = interface.link;
  return piece;
}

Piece CaptureFormat::NextBlock(Bytes window) {
  if (window.size() < kBlockHeaderSize) return NeedMore(kBlockHeaderSize);
  if (Little(window, 0) == kSectionHeader) return SectionHeader(window);
  const std::uint32_t type = U32(window, 0);
  const std::uint32_t size = U32(window, 4);
  if (size < kBlockFrameSize || size % 4 != 0) return Damage("a block of no possible length");
  if (size > kMaxBlockLength) return Damage("a block too long to be read");
  if (window.size() < size) return NeedMore(size);
  if (U32(window, size - 4) != size) return Damage("a block whose two lengths differ");
  const Bytes body = window.subspan(kBlockHeaderSize, size - kBlockFrameSize);
  switch (type) {
    case kEnhancedPacket:
      return Enhanced(body, size, false);
    case kInterfaceDescription:
      return Describe(body, size);
    case kSimplePacket:
      return Simple(body, size);
    case kObsoletePacket:
      return Enhanced(body, size, true);
    default:
      return Nothing(size);
  }
}

Piece CaptureFormat::SectionHeader(Bytes window) {
  if (window.size() < kSectionStartSize) return NeedMore(kSectionStartSize);
  if (Little(window, 8) != kByteOrder && Big(window, 8) != kByteOrder) {
    return Damage("a section of no byte order");
  }
  big_endian_ = Big(window, 8) == kByteOrder;
  const std::uint32_t size = U32(window, 4);
  constexpr std::uint32_t kSmallest = 28;
  if (size < kSmallest || size % 4 != 0) return Damage("a section header of no possible length");
  if (size > kMaxBlockLength) return Damage("a block too long to be read");
  if (window.size() < size) return NeedMore(size);
  if (U32(window, size - 4) != size) return Damage("a block whose two lengths differ");
  if (U16(window, 12) != 1) return Damage("a section of another version");
  interfaces_.clear();  // they are the section's
  return Nothing(size);
}

Piece CaptureFormat::Describe(Bytes body, std::size_t size) {
  constexpr std::uint16_t kEndOfOptions = 0;
  constexpr std::uint16_t kResolution = 9;
  constexpr std::uint16_t kOffset = 14;
  if (body.size() < 8) return Damage("an interface without its fields");
  if (interfaces_.size() == kMaxInterfaces) return Damage("more interfaces than are read");
  Interface interface;
  interface.link_type = U16(body, 0);
  interface.link = LinkTypeOfFile(interface.link_type);
  interface.snap_length = U32(body, 4);
  std::size_t at = 8;
  while (body.size() - at >= 4) {
    const std::uint16_t code = U16(body, at);
    const std::size_t length = U16(body, at + 2);
    at += 4;
    if (code == kEndOfOptions) break;
    if (length > body.size() - at) return Damage("an option longer than its block");
    if (code == kResolution && length == 1 && !SetResolution(interface, body[at])) {
      return Damage("a time resolution that 64 bits cannot hold");
    }
    if (code == kOffset && length == 8) {
      const std::uint64_t first = U32(body, at);
      const std::uint64_t second = U32(body, at + 4);
      interface.offset_seconds =
          static_cast<std::int64_t>(big_endian_ ? first << 32 | second : second << 32 | first);
    }
    at += std::min((length + 3) / 4 * 4, body.size() - at);
  }
  interfaces_.push_back(interface);
  return Nothing(size);
}

Piece CaptureFormat::Enhanced(Bytes body, std::size_t size, bool obsolete) const {
  constexpr std::size_t kFieldsSize = 20;
  if (body.size() < kFieldsSize) return Damage("a packet block without its fields");
  const std::uint32_t index = obsolete ? U16(body, 0) : U32(body, 0);
  if (index >= interfaces_.size()) return Damage("a packet of an interface that is not described");
  const std::uint32_t captured = U32(body, 12);
  if (captured > body.size() - kFieldsSize) return Damage("a packet longer than its block");
  const Interface& interface = interfaces_[index];
  Piece piece;
  piece.found = Found::kPacket;
  piece.size = size;
  piece.packet.bytes = body.subspan(kFieldsSize, captured);
  piece.packet.wire_length = std::max(U32(body, 16), captured);
  piece.packet.time =
      TimeOfUnits(interface, static_cast<std::uint64_t>(U32(body, 4)) << 32 | U32(body, 8));
  piece.packet.link = interface.link;
  return piece;
}

// It has no time: that of 1970, which whoever reads on keeps from going back.
Piece CaptureFormat::Simple(Bytes body, std::size_t size) const {
  if (body.size() < 4) return Damage("a packet block without its fields");
  if (interfaces_.empty()) return Damage("a packet of an interface that is not described");
  const Interface& interface = interfaces_.front();
  Piece piece;
  piece.found = Found::kPacket;
  piece.size = size;
  const std::uint32_t wire_length = U32(body, 0);
  const std::uint32_t snap = interface.snap_length == 0 ? std::numeric_limits<std::uint32_t>::max()
                                                        : interface.snap_length;
  const std::size_t captured = std::min(wire_length, snap);
  if (captured > body.size() - 4) return Damage("a packet longer than its block");
  piece.packet.bytes = body.subspan(4, captured);
  piece.packet.wire_length = wire_length;
  piece.packet.link = interface.link;
  return piece;
}

}  // namespace unopened::capture
