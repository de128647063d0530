#include "classify/stun/message.h"

#include <algorithm>
#include <array>

#include "classify/stun/checksum.h"

namespace unopened::classify::stun {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

// Data that came through a Microsoft relay: a type of its own, no answer ([MS-TURN] §2.2.1).
constexpr std::uint16_t kMicrosoftsData = 0x0115;
// Above what IANA has assigned.
constexpr Method kFirstPrivate = 0x100;
// More attributes than any message has: real ones end near twenty.
constexpr std::size_t kMaxAttributes = 64;

namespace attribute {
constexpr std::uint16_t kUsername = 0x0006;
constexpr std::uint16_t kChannelNumber = 0x000c;
constexpr std::uint16_t kMicrosoftCookie = 0x000f;
constexpr std::uint16_t kXorPeerAddress = 0x0012;
constexpr std::uint16_t kRealm = 0x0014;
constexpr std::uint16_t kMicrosoftRealm = 0x0015;  // which has its nonce where others have this
constexpr std::uint16_t kXorRelayedAddress = 0x0016;
constexpr std::uint16_t kRequestedTransport = 0x0019;
constexpr std::uint16_t kPriority = 0x0024;
constexpr std::uint16_t kUseCandidate = 0x0025;
constexpr std::uint16_t kFingerprint = 0x8028;
constexpr std::uint16_t kIceControlled = 0x8029;
constexpr std::uint16_t kIceControlling = 0x802a;
}  // namespace attribute

// RFC 5389 §6: the class is spread over two bits of the type, the method over the others.
constexpr Method MethodOf(std::uint16_t type) {
  return static_cast<Method>((type & 0x000f) | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2);
}
constexpr Class ClassOf(std::uint16_t type) {
  return static_cast<Class>((type & 0x0100) >> 7 | (type & 0x0010) >> 4);
}

// RFC 8656 §17 and RFC 6062 §6.1; 4 and 6 are Send and Set Active Destination at Microsoft.
constexpr bool IsTurnMethod(Method method) { return method >= 0x003 && method <= 0x00c; }
constexpr bool IsTurnAttribute(std::uint16_t type) {
  return type == attribute::kChannelNumber || type == attribute::kXorPeerAddress ||
         type == attribute::kXorRelayedAddress || type == attribute::kRequestedTransport;
}

void Take(std::uint16_t type, Bytes value, Message& message) {
  message.turn = message.turn || (message.method != kBinding && IsTurnAttribute(type));
  switch (type) {
    case attribute::kRealm:
    case attribute::kMicrosoftRealm:
      if (message.realm.empty() && (type == attribute::kMicrosoftRealm) == message.microsofts) {
        message.realm = value;
      }
      break;
    case attribute::kUsername:
      // "ours:theirs" (RFC 8445 §7.2.2); TURN's user names come with TURN's methods.
      message.ice = message.ice || message.method == kBinding;
      break;
    case attribute::kPriority:
    case attribute::kUseCandidate:
    case attribute::kIceControlled:
    case attribute::kIceControlling:
      message.ice = true;
      break;
    default:
      break;
  }
}

// RFC 8489 §14.7: over all before it. `whole` holds the message from its header on.
bool IsFingerprintRight(Bytes whole, std::size_t at, Bytes value) {
  ByteReader reader(value);
  std::uint32_t stated = 0;
  if (!reader.ReadU32(stated) || !reader.empty()) return false;
  constexpr std::uint32_t kXor = 0x5354554e;
  const Bytes covered = whole.first(kHeaderSize + at);
  return stated == (Crc32(covered) ^ kXor) || stated == (Crc32AsMicrosoft(covered) ^ kXor);
}

// [MS-TURN] §2.2.2.1: a magic cookie of its own, before all other attributes.
bool IsMicrosofts(Bytes attributes) {
  constexpr std::uint32_t kCookie = 0x72c64bc6;
  ByteReader reader(attributes);
  std::uint16_t type = 0;
  std::uint16_t length = 0;
  std::uint32_t cookie = 0;
  return reader.ReadU16(type) && type == attribute::kMicrosoftCookie && reader.ReadU16(length) &&
         length == 4 && reader.ReadU32(cookie) && cookie == kCookie;
}

// Whether attributes fill the list, none longer than what is left of it.
bool Fill(Bytes list, bool padded) {
  AttributeWalk walk(list, padded);
  std::size_t count = 0;
  while (walk.Next()) {
    if (++count > kMaxAttributes) return false;
  }
  return walk.well_formed();
}

// Reads what the attributes say. `whole`: the message from its header on, `complete` unless cut.
// Empty: nothing contradicts the message; else why not.
std::string_view ReadAttributes(Bytes whole, bool complete, Message& message) {
  if (IsMicrosofts(message.attributes)) {
    message.microsofts = true;
    message.turn = true;
    message.named = true;
  }
  // Before RFC 5389 some did not pad.
  const bool padded = !message.microsofts && (!complete || Fill(message.attributes, true));
  if (complete && !padded && !Fill(message.attributes, false)) return "stun: attributes";
  AttributeWalk walk(message.attributes, padded);
  std::size_t count = 0;
  while (count++ < kMaxAttributes && walk.Next()) {
    Take(walk.type(), walk.value(), message);
    if (walk.type() != attribute::kFingerprint || !complete) continue;
    if (!IsFingerprintRight(whole, walk.offset(), walk.value())) return "stun: fingerprint";
    message.has_fingerprint = true;
    break;  // RFC 8489 §14.7: it is the last
  }
  return {};
}

// Without a cookie: one of the few methods there were.
bool IsClassic(std::uint16_t type) {
  constexpr std::uint16_t kLastClassicMethod = 0x0006;
  const Method method = MethodOf(type);
  return type == kMicrosoftsData || (method != 0 && method <= kLastClassicMethod);
}

Parsed<Message> Read(ByteReader reader, std::size_t stated, bool classic_too) {
  const Bytes whole = reader.rest();
  std::uint16_t type = 0;
  std::uint16_t length = 0;
  std::uint32_t cookie = 0;
  Bytes transaction;
  if (!reader.ReadU16(type) || type >> 14 != 0) return NotThis{"stun: type"};
  if (!reader.ReadU16(length) || stated != kHeaderSize + length) return NotThis{"stun: length"};
  ByteReader identity = reader;
  if (!reader.ReadU32(cookie) || !reader.ReadBytes(12, transaction)) return NotThis{"stun: cut"};
  Message message;
  message.method = MethodOf(type);
  message.type = ClassOf(type);
  message.turn = IsTurnMethod(message.method);
  message.transaction = transaction;
  message.attributes = reader.rest().first(std::min<std::size_t>(length, reader.size()));
  message.classic = cookie != kMagicCookie;
  message.named = !message.classic;
  const bool complete = message.attributes.size() == length;
  if (message.classic) {
    if (!classic_too || !complete || !IsClassic(type)) return NotThis{"stun: cookie"};
    identity.ReadBytes(16, message.transaction);
  }
  const std::string_view why = ReadAttributes(whole, complete, message);
  if (!why.empty()) return NotThis{why};
  if (message.microsofts && type == kMicrosoftsData) message.type = Class::kIndication;
  return message;
}

}  // namespace

bool HasCookie(Bytes bytes) {
  ByteReader reader(bytes);
  std::uint16_t type = 0;
  std::uint32_t cookie = 0;
  return reader.ReadU16(type) && type >> 14 == 0 && reader.Skip(2) && reader.ReadU32(cookie) &&
         cookie == kMagicCookie;
}

Parsed<Message> ParseDatagram(Bytes bytes, std::size_t wire_length) {
  return Read(ByteReader(bytes), wire_length, true);
}

Parsed<Message> ParseStream(ByteReader stream, std::size_t& size) {
  const Bytes have = stream.rest();
  if (!have.empty() && have[0] >> 6 != 0) return NotThis{"stun: type"};
  if (have.size() >= 8 && !HasCookie(have)) return NotThis{"stun: cookie"};
  if (have.size() < kHeaderSize) {
    return base::Short<Message>(stream, "stun: header", kHeaderSize - have.size());
  }
  size = kHeaderSize + (std::size_t{have[2]} << 8 | have[3]);
  ByteReader whole;
  if (!stream.ReadReader(size, whole)) {
    return base::Short<Message>(stream, "stun: message cut short", size - have.size());
  }
  return Read(whole, size, false);
}

bool IsAnswerTo(const Message& answer, const Message& question) {
  if (question.classic != answer.classic ||
      !std::ranges::equal(question.transaction, answer.transaction)) {
    return false;
  }
  // WhatsApp's own messages are requests by their class, the answers as well: the next method.
  const bool own = question.method >= kFirstPrivate && answer.method == question.method + 1;
  const bool same = question.method == answer.method && answer.answers();
  return question.asks() && (same || own);
}

bool AttributeWalk::Next() {
  if (rest_.empty() || !well_formed_) return false;
  ByteReader body;
  offset_ = next_;
  well_formed_ = rest_.ReadU16(type_) && rest_.ReadPrefixed16(body);
  if (!well_formed_) return false;
  value_ = body.rest();
  const std::size_t padding = padded_ ? (4 - body.size() % 4) % 4 : 0;
  // Some leave out the padding behind the last one.
  rest_.Skip(std::min(padding, rest_.size()));
  next_ += 4 + body.size() + padding;
  return true;
}

}  // namespace unopened::classify::stun
