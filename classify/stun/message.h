// STUN messages (RFC 8489 §5, §14), with the dialects that came before: RFC 3489, without a magic
// cookie, and TURN as Microsoft speaks it ([MS-TURN], [MS-ICE2]). Pure: every view borrows the
// bytes, nothing is allocated. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::classify::stun {

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::uint32_t kMagicCookie = 0x2112a442;

// RFC 8489 §5, RFC 8656 §17, RFC 6062 §6.1. Open: an unknown method is a value.
using Method = std::uint16_t;
inline constexpr Method kBinding = 0x001;
inline constexpr Method kAllocate = 0x003;

enum class Class : std::uint8_t { kRequest, kIndication, kSuccess, kError };

struct Message {
  Method method = 0;
  Class type = Class::kRequest;
  bool classic = false;          // without a magic cookie in its header
  bool named = false;            // with one there, or with Microsoft's as its first attribute
  base::Bytes transaction;       // 12 bytes; 16 where classic
  base::Bytes attributes;        // as far as the bytes reach
  bool microsofts = false;       // its dialect: attributes begin anywhere, not at multiples of four
  bool turn = false;             // its method or an attribute is TURN's
  bool ice = false;              // it checks a path for ICE (RFC 8445 §7.1)
  base::Bytes realm;             // empty: none
  bool has_fingerprint = false;  // and it is right: one that is wrong makes the bytes NotThis

  bool asks() const { return type == Class::kRequest; }
  bool answers() const { return type == Class::kSuccess || type == Class::kError; }
};

// The first two bits, and the magic cookie at its place.
bool HasCookie(base::Bytes bytes);

// One message that a datagram of `wire_length` bytes holds and nothing else; `bytes` may be fewer,
// where the snap length cut. Never NeedMore.
base::Parsed<Message> ParseDatagram(base::Bytes bytes, std::size_t wire_length);

// One message at the head of `stream`, with its cookie (RFC 8489 §6.2.2). `size` is how many bytes
// of the stream it took.
base::Parsed<Message> ParseStream(base::ByteReader stream, std::size_t& size);

// Whether a message with its opposite number's transaction answers it: a response to a request.
bool IsAnswerTo(const Message& answer, const Message& question);

// Hands out the attributes of a message, one by one, and ends where their lengths do not add up.
class AttributeWalk {
 public:
  AttributeWalk(base::Bytes list, bool padded) : rest_(list), padded_(padded) {}
  bool Next();
  std::uint16_t type() const { return type_; }
  base::Bytes value() const { return value_; }
  // Bytes of the list before this attribute.
  std::size_t offset() const { return offset_; }
  bool well_formed() const { return well_formed_; }

 private:
  base::ByteReader rest_;
  bool padded_;
  std::uint16_t type_ = 0;
  base::Bytes value_;
  std::size_t offset_ = 0;
  std::size_t next_ = 0;
  bool well_formed_ = true;
};

}  // namespace unopened::classify::stun
