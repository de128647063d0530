#include "classify/noise/whatsapp_message.h"

#include <string_view>

namespace unopened::classify::noise {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;
using base::Short;

constexpr std::size_t kFrameHeaderSize = 3;
constexpr std::size_t kPrologueSize = 4;
constexpr std::uint8_t kShortListTag = 0xf8;  // of the binary XML before Noise

// The second byte numbers the dictionary of the binary XML inside, which grows on its own.
constexpr std::uint8_t kLastMinor = 9;
constexpr std::uint8_t kFirstNoise = 2;
constexpr std::uint8_t kLastNoise = 6;

bool IsBeforeNoise(std::uint8_t major) { return major == 1; }
// "WA" is short, and random streams are many: what follows the prologue is checked whole.
bool IsKnown(std::uint8_t major, std::uint8_t minor) {
  return (IsBeforeNoise(major) || (major >= kFirstNoise && major <= kLastNoise)) &&
         minor <= kLastMinor;
}

// Reads a literal byte by byte, so that another protocol is refused with its first wrong byte.
// kMore: the stream ended within it.
enum class Matched : std::uint8_t { kYes, kNo, kMore };
Matched Match(ByteReader& stream, std::string_view literal) {
  ByteReader probe = stream;
  for (const char expected : literal) {
    std::uint8_t got = 0;
    if (!probe.ReadU8(got)) return Matched::kMore;
    if (got != static_cast<std::uint8_t>(expected)) return Matched::kNo;
  }
  stream = probe;
  return Matched::kYes;
}

// Protocol Buffers, "Encoding": a varint of at most 32 bits, which every length here is.
bool ReadVarint(ByteReader& reader, std::uint32_t& out) {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 32; shift += 7) {
    std::uint8_t byte = 0;
    if (!reader.ReadU8(byte)) return false;
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      out = value;
      return true;
    }
  }
  return false;
}

// One field; `body` is empty but for those with a length. False: not well formed.
bool ReadField(ByteReader& message, std::uint32_t& number, ByteReader& body) {
  constexpr std::uint32_t kVarint = 0, kLengthPrefixed = 2;
  std::uint32_t tag = 0, value = 0;
  if (!ReadVarint(message, tag) || !ReadVarint(message, value)) return false;
  number = tag >> 3;
  body = ByteReader();
  if (number == 0) return false;
  if ((tag & 7) == kVarint) return true;
  return (tag & 7) == kLengthPrefixed && message.ReadReader(value, body);
}

// The fields that both hellos have. Others may follow and are no concern.
struct Hello {
  std::size_t ephemeral = 0;
  std::size_t sealed_static = 0;
  std::size_t payload = 0;
};

// A frame whose only field is number `outer`, around a hello with a key of the right size.
bool ReadHello(ByteReader frame, std::uint32_t outer, Hello& hello) {
  constexpr std::uint32_t kEphemeral = 1, kStatic = 2, kPayload = 3;
  std::uint32_t number = 0;
  ByteReader fields;
  if (!ReadField(frame, number, fields) || number != outer || !frame.empty()) return false;
  while (!fields.empty()) {
    ByteReader body;
    if (!ReadField(fields, number, body)) return false;
    if (number == kEphemeral) hello.ephemeral = body.size();
    if (number == kStatic) hello.sealed_static = body.size();
    if (number == kPayload) hello.payload = body.size();
  }
  return hello.ephemeral == kEphemeralKeySize &&
         (hello.sealed_static == 0 || hello.sealed_static == kSealedStaticKeySize);
}

// Cuts out the next frame. `behind`: bytes of the stream before it.
template <class T>
Parsed<T> CutFrame(ByteReader& stream, ByteReader& frame) {
  ByteReader probe = stream;
  std::uint32_t length = 0;
  if (!probe.ReadU24(length)) {
    return Short<T>(stream, "whatsapp: frame header", kFrameHeaderSize - stream.size());
  }
  if (length < kEphemeralKeySize || length > kMaxHelloFrame) {
    return NotThis{"whatsapp: frame length"};
  }
  if (!probe.ReadReader(length, frame)) {
    return Short<T>(stream, "whatsapp: frame cut short", length - probe.size());
  }
  stream = probe;
  return T{};
}

// Before Noise: a length in three bytes, then the tag of a list.
template <class T>
Parsed<T> CheckFrameBeforeNoise(ByteReader stream) {
  const std::size_t have = stream.size();
  std::uint32_t length = 0;
  std::uint8_t tag = 0;
  if (!stream.ReadU24(length) || !stream.ReadU8(tag)) {
    return Short<T>(stream, "whatsapp: frame header", kFrameHeaderSize + 1 - have);
  }
  if (length == 0 || length > kMaxHelloFrame || tag != kShortListTag) {
    return NotThis{"whatsapp: stream start"};
  }
  return T{};
}

}  // namespace

Parsed<WhatsAppClientStart> ParseWhatsAppClientStart(ByteReader stream) {
  using Start = WhatsAppClientStart;
  constexpr std::string_view kPreamble{"ED\0\1", 4};
  Start start;
  const Matched preamble = Match(stream, kPreamble);
  if (preamble == Matched::kMore && !stream.empty()) {
    return Short<Start>(stream, "whatsapp: preamble", kPreamble.size() - stream.size());
  }
  if (preamble == Matched::kYes) {
    start.has_routing_info = true;
    ByteReader probe = stream;
    std::uint32_t length = 0;
    if (!probe.ReadU24(length)) {
      return Short<Start>(stream, "whatsapp: preamble", kFrameHeaderSize - stream.size());
    }
    if (length > kMaxRoutingInfo) return NotThis{"whatsapp: preamble length"};
    if (!probe.Skip(length)) {
      return Short<Start>(stream, "whatsapp: preamble", length - probe.size());
    }
    stream = probe;
  }
  const std::size_t have = stream.size();
  switch (Match(stream, "WA")) {
    case Matched::kNo:
      return NotThis{"whatsapp: prologue"};
    case Matched::kMore:
      return Short<Start>(stream, "whatsapp: prologue", kPrologueSize - have);
    case Matched::kYes:
      break;
  }
  if (!stream.ReadU8(start.major) || !stream.ReadU8(start.minor)) {
    return Short<Start>(stream, "whatsapp: prologue", kPrologueSize - have);
  }
  if (!IsKnown(start.major, start.minor)) return NotThis{"whatsapp: prologue version"};
  if (IsBeforeNoise(start.major)) {
    const auto frame = CheckFrameBeforeNoise<Start>(stream);
    if (base::Value(frame) == nullptr) return frame;
    start.before_noise = true;
    return start;
  }
  ByteReader frame;
  const auto cut = CutFrame<Start>(stream, frame);
  if (base::Value(cut) == nullptr) return cut;
  constexpr std::uint32_t kClientHello = 2;
  Hello hello;
  if (!ReadHello(frame, kClientHello, hello)) return NotThis{"whatsapp: client hello"};
  start.has_static_key = hello.sealed_static != 0;
  return start;
}

Parsed<WhatsAppServerHello> ParseWhatsAppServerHello(ByteReader stream) {
  ByteReader frame;
  const auto cut = CutFrame<WhatsAppServerHello>(stream, frame);
  if (base::Value(cut) == nullptr) return cut;
  constexpr std::uint32_t kServerHello = 3;
  Hello hello;
  if (!ReadHello(frame, kServerHello, hello) || hello.payload < kTagSize) {
    return NotThis{"whatsapp: server hello"};
  }
  return WhatsAppServerHello{.has_static_key = hello.sealed_static != 0};
}

Parsed<WhatsAppServerHello> ParseWhatsAppServerBeforeNoise(ByteReader stream) {
  return CheckFrameBeforeNoise<WhatsAppServerHello>(stream);
}

}  // namespace unopened::classify::noise
