// The formats of capture files: pcap (its micro- and nanosecond forms and the modified one, either
// byte order; draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng: any number of sections,
// of interfaces with their own link type, snap length and time resolution; enhanced, simple and
// obsolete packet blocks; every other block is skipped).
//
// Reads from a window of the file: whoever owns the bytes gives what it has, from the first one not
// consumed on, and asks again with more where that is not enough. Allocates nothing a packet; an
// interface of pcapng costs 56 bytes. Thread: the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "capture/packet.h"

namespace unopened::capture {

class CaptureFormat {
 public:
  static constexpr std::uint32_t kMaxCapturedLength = 256 * 1024;     // of a packet, as in libpcap
  static constexpr std::uint32_t kMaxBlockLength = 16 * 1024 * 1024;  // of a pcapng block, likewise
  static constexpr std::size_t kMaxInterfaces = 65'536;               // of a section

  enum class Found : std::uint8_t {
    kPacket,
    kNothing,   // a header or block without a packet
    kNeedMore,  // the window ends inside what begins at its front
    kDamage,    // nothing behind this place can be read
  };
  struct Piece {
    Found found = Found::kNothing;
    // kPacket, kNothing: bytes consumed. kNeedMore: bytes that the window must hold.
    std::size_t size = 0;
    Packet packet;            // kPacket; a view of the window
    std::string_view damage;  // a literal
  };

  // The format that begins so; none if `start` (of kStartSize bytes, or all of a shorter file) is
  // of no capture.
  static constexpr std::size_t kStartSize = 24;
  static std::optional<CaptureFormat> Recognise(base::Bytes start);

  // What stands at the front of `window`.
  Piece Next(base::Bytes window);

  // The link types seen so far, as the file numbers them.
  struct Interface {
    std::uint32_t link_type = 0;
    LinkType link = LinkType::kUnsupported;
    std::uint32_t snap_length = 0;  // 0: none
    // A time of so many units since 1970: nanoseconds are units * multiply / divide, or, where a
    // unit is 2^-shift of a second, units * 10^9 / 2^shift; then so many seconds are added.
    std::uint64_t multiply = 1000;
    std::uint64_t divide = 1;
    std::uint8_t shift = 0;
    std::int64_t offset_seconds = 0;
  };
  const std::vector<Interface>& interfaces() const { return interfaces_; }

 private:
  enum class Kind : std::uint8_t { kPcap, kModifiedPcap, kPcapNg };
  // Captured and original length of a record: before version 2.3 they were the other way around,
  // in 2.3 either.
  enum class Lengths : std::uint8_t { kInOrder, kSwapped, kEither };

  Piece NextRecord(base::Bytes window);
  Piece NextBlock(base::Bytes window);
  Piece SectionHeader(base::Bytes window);
  Piece Describe(base::Bytes body, std::size_t size);
  Piece Enhanced(base::Bytes body, std::size_t size, bool obsolete) const;
  Piece Simple(base::Bytes body, std::size_t size) const;

  std::uint16_t U16(base::Bytes bytes, std::size_t at) const;
  std::uint32_t U32(base::Bytes bytes, std::size_t at) const;

  Kind kind_ = Kind::kPcap;
  bool big_endian_ = false;
  bool at_header_ = true;  // pcap's file header is not consumed yet
  Lengths lengths_ = Lengths::kInOrder;
  std::vector<Interface> interfaces_;
};

// The link type that a file numbers so (LINKTYPE_*); kUnsupported for one that link.h does not
// read.
LinkType LinkTypeOfFile(std::uint32_t link_type);

}  // namespace unopened::capture
