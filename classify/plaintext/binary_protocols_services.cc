#include "classify/plaintext/binary_protocols_services.h"

#include <algorithm>
#include <array>

#include "classify/plaintext/ber.h"

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::Bytes;

bool UsesPort(const Head& head, std::uint16_t port) {
  return head.port == port || head.peer_port == port;
}

// ---- Kerberos

// An application tag, a sequence, then pvno 5 and the message type, which repeats the tag.
Fit Kerberos(const Head& head, ByteReader reader, bool request) {
  std::uint8_t tag = 0;
  std::uint8_t sequence = 0;
  std::uint32_t length = 0;
  if (!reader.ReadU8(tag)) return TooShort(head);
  const std::uint8_t kind = tag & 0x1fU;
  const bool known =
      request ? tag == 0x6a || tag == 0x6c : tag == 0x6b || tag == 0x6d || tag == 0x7e;
  if (!known) return Fit::kNo;
  Ber read = ReadBerLength(reader, length);
  if (read == Ber::kYes && !reader.ReadU8(sequence)) read = Ber::kCut;
  if (read == Ber::kYes && sequence != 0x30) read = Ber::kWrong;
  if (read == Ber::kYes) read = ReadBerLength(reader, length);
  // Requests number their fields from 1, replies and errors from 0.
  for (const std::uint32_t value : {std::uint32_t{5}, std::uint32_t{kind}}) {
    const bool first = value == 5;
    const auto context = static_cast<std::uint8_t>(0xa0 + (request ? 1 : 0) + (first ? 0 : 1));
    std::uint8_t got = 0;
    std::uint32_t size = 0;
    std::uint32_t number = 0;
    if (read == Ber::kYes && !reader.ReadU8(got)) read = Ber::kCut;
    if (read == Ber::kYes && got != context) read = Ber::kWrong;
    if (read == Ber::kYes) read = ReadBerLength(reader, size);
    if (read == Ber::kYes) read = ReadBerInteger(reader, number);
    if (read == Ber::kYes && number != value) read = Ber::kWrong;
  }
  if (read == Ber::kCut) return TooShort(head);
  return read == Ber::kYes ? Fit::kYes : Fit::kNo;
}

Fit KerberosOverTcp(const Head& head, bool request) {
  auto reader = head.reader();
  std::uint32_t length = 0;
  if (!reader.ReadU32(length)) return head.bytes.front() == 0 ? TooShort(head) : Fit::kNo;
  if (length < 16 || length > 0xffff) return Fit::kNo;
  return Kerberos(head, reader, request);
}

// ---- RADIUS

// RFC 2865 §5, RFC 2866 §5, RFC 2869 §5: types whose attributes have one length.
std::uint8_t FixedAttributeSize(std::uint8_t type) {
  switch (type) {
    case 3:  // CHAP-Password
      return 19;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:
    case 23:
    case 27:
    case 28:
    case 29:
    case 37:
    case 38:
    case 40:
    case 41:
    case 42:
    case 43:
    case 45:
    case 46:
    case 47:
    case 48:
    case 49:
    case 51:
    case 52:
    case 53:
    case 55:
    case 61:
    case 62:
      return 6;
    case 36:  // Login-LAT-Group
      return 34;
    case 80:  // Message-Authenticator
      return 18;
    default:
      return 0;
  }
}

// An attribute: a type, the length of all, a value. It ends with the datagram, which is `hidden`
// bytes longer than the reader, or leaves room for another.
bool SkipAttribute(ByteReader& reader, std::size_t hidden) {
  std::uint8_t type = 0;
  std::uint8_t size = 0;
  reader.ReadU8(type);
  const bool unassigned = type == 0 || type == 17 || type == 21 || (type > 192 && type < 241);
  if (unassigned || type > 246) return false;
  if (!reader.ReadU8(size)) return hidden > 0;
  const std::uint8_t fixed = FixedAttributeSize(type);
  if (fixed != 0 ? size != fixed : size < 3) return false;
  if (type == 2 && (size - 2) % 16 != 0) return false;  // User-Password
  if (reader.Skip(size - 2U)) return true;
  const std::size_t beyond = size - 2U - reader.size();
  reader = ByteReader();
  return beyond == hidden || beyond + 3 <= hidden;
}

Fit Radius(const Head& head, bool request) {
  constexpr std::size_t kAuthenticator = 16;
  constexpr std::uint16_t kSmallest = 20;
  constexpr std::uint16_t kLargest = 4096;
  auto reader = head.reader();
  std::uint8_t code = 0;
  std::uint8_t identifier = 0;
  std::uint16_t length = 0;
  if (!reader.ReadU8(code) || !reader.ReadU8(identifier) || !reader.ReadU16(length) ||
      !reader.Skip(kAuthenticator)) {
    return Fit::kNo;
  }
  const bool known = request ? code == 1 || code == 4 || code == 12
                             : code == 2 || code == 3 || code == 5 || code == 11;
  if (!known || length < kSmallest || length > kLargest || length != head.wire_length) {
    return Fit::kNo;
  }
  // A request says at least who asks (§4.1, §5.44).
  if (request && reader.empty()) return Fit::kNo;
  const std::size_t hidden = head.wire_length - head.bytes.size();
  while (!reader.empty()) {
    if (!SkipAttribute(reader, hidden)) return Fit::kNo;
  }
  for (const std::uint16_t port : std::array<std::uint16_t, 4>{1812, 1813, 1645, 1646}) {
    if (UsesPort(head, port)) return Fit::kYes;
  }
  return Fit::kLike;
}

// ---- ONC RPC

Fit Call(const Head& head, ByteReader reader) {
  constexpr std::uint32_t kMostProgram = 0x40000000;  // behind it: assigned at run time
  constexpr std::uint32_t kMostVersion = 16;
  constexpr std::uint32_t kMostProcedure = 64;
  std::uint32_t type = 0, rpc = 0, program = 0, version = 0, procedure = 0, flavor = 0;
  if (!reader.Skip(4) || !reader.ReadU32(type)) return TooShort(head);
  if (type != 0) return Fit::kNo;
  if (!reader.ReadU32(rpc)) return TooShort(head);
  if (rpc != 2) return Fit::kNo;
  if (!reader.ReadU32(program) || !reader.ReadU32(version) || !reader.ReadU32(procedure) ||
      !reader.ReadU32(flavor)) {
    return TooShort(head);
  }
  // RPCSEC_GSS may seal what follows, and AUTH_TLS asks for TLS (RFC 2203, RFC 9289).
  const bool clear = flavor <= 1;
  return program != 0 && program < kMostProgram && version <= kMostVersion &&
                 procedure <= kMostProcedure && clear
             ? Fit::kYes
             : Fit::kNo;
}

Fit Reply(const Head& head, ByteReader reader) {
  std::uint32_t type = 0, status = 0, verifier = 0;
  if (!reader.Skip(4) || !reader.ReadU32(type)) return TooShort(head);
  if (type != 1) return Fit::kNo;
  if (!reader.ReadU32(status) || !reader.ReadU32(verifier)) return TooShort(head);
  return status <= 1 && verifier <= 5 ? Fit::kLike : Fit::kNo;
}

// RFC 5531 §11: the length of a fragment, its top bit set on the last.
bool SkipRecordMark(ByteReader& reader, bool& wrong) {
  constexpr std::uint32_t kMostFragment = 1 << 20;
  std::uint32_t mark = 0;
  if (!reader.ReadU32(mark)) return false;
  wrong =
      (mark & 0x80000000) == 0 || (mark & 0x7fffffff) < 24 || (mark & 0x7fffffff) > kMostFragment;
  return !wrong;
}

bool SameBytes(const Head& a, const Head& b, std::size_t at, std::size_t size) {
  return a.bytes.size() >= at + size && b.bytes.size() >= at + size &&
         std::ranges::equal(a.bytes.subspan(at, size), b.bytes.subspan(at, size));
}

// ---- Modbus

struct Modbus {
  std::uint16_t length = 0;
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
};

Fit ReadModbus(const Head& head, Modbus& out) {
  auto reader = head.reader();
  std::uint16_t protocol = 0;
  if (!reader.Skip(2) || !reader.ReadU16(protocol)) return TooShort(head);
  if (protocol != 0) return Fit::kNo;
  if (!reader.ReadU16(out.length)) return TooShort(head);
  if (out.length < 2 || out.length > 254) return Fit::kNo;
  if (!reader.ReadU8(out.unit) || !reader.ReadU8(out.function)) return TooShort(head);
  return Fit::kLike;
}

// ---- CoAP

struct Coap {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  Bytes message_id;
  Bytes token;
};

// The header, and the first options as far as they show: OSCORE (RFC 8613) encrypts end to end.
bool ReadCoap(const Head& head, Coap& out) {
  constexpr std::uint32_t kOscore = 9;
  constexpr int kMaxOptions = 32;
  auto reader = head.reader();
  std::uint8_t first = 0;
  if (!reader.ReadU8(first) || first >> 6 != 1 || (first & 0x0f) > 8) return false;
  out.type = first >> 4 & 3;
  if (!reader.ReadU8(out.code) || !reader.ReadBytes(2, out.message_id) ||
      !reader.ReadBytes(first & 0x0f, out.token)) {
    return false;
  }
  std::uint32_t option = 0;
  for (int i = 0; i < kMaxOptions && !reader.empty(); ++i) {
    std::uint8_t sizes = 0;
    std::uint8_t more = 0;
    std::uint16_t word = 0;
    reader.ReadU8(sizes);
    if (sizes == 0xff) return true;
    std::uint32_t delta = sizes >> 4;
    std::size_t length = sizes & 0x0f;
    if (delta == 15 || length == 15) return false;
    if (delta >= 13) {
      if (delta == 13 ? !reader.ReadU8(more) : !reader.ReadU16(word)) return true;
      delta = delta == 13 ? more + 13U : word + 269U;
    }
    if (length >= 13) {
      if (length == 13 ? !reader.ReadU8(more) : !reader.ReadU16(word)) return true;
      length = length == 13 ? more + 13U : word + 269U;
    }
    option += delta;
    if (option == kOscore || option > 0xffff) return false;
    if (!reader.Skip(length)) {
      return head.wire_length >= kHeadSize;
    }
  }
  return true;
}

// ---- trackers

constexpr std::uint32_t kTrackerSize = 16;
constexpr std::uint64_t kTrackerMagic = 0x41727101980;

}  // namespace

Fit KerberosRequest(const Head& head) { return Kerberos(head, head.reader(), true); }
Fit KerberosReply(const Head& head) { return Kerberos(head, head.reader(), false); }
Fit KerberosRequestOverTcp(const Head& head) { return KerberosOverTcp(head, true); }
Fit KerberosReplyOverTcp(const Head& head) { return KerberosOverTcp(head, false); }

Fit RadiusRequest(const Head& head) { return Radius(head, true); }
Fit RadiusAnswer(const Head& head) { return Radius(head, false); }
bool RadiusEchoes(const Head& request, const Head& answer) {
  return SameBytes(request, answer, 1, 1) &&
         (request.bytes[0] == 4) == (answer.bytes[0] == 5);  // accounting has an answer of its own
}

Fit RpcCall(const Head& head) { return Call(head, head.reader()); }
Fit RpcReply(const Head& head) { return Reply(head, head.reader()); }
bool RpcEchoes(const Head& request, const Head& answer) { return SameBytes(request, answer, 0, 4); }
Fit RpcCallOverTcp(const Head& head) {
  auto reader = head.reader();
  bool wrong = false;
  if (!SkipRecordMark(reader, wrong)) return wrong ? Fit::kNo : TooShort(head);
  return Call(head, reader);
}
Fit RpcReplyOverTcp(const Head& head) {
  auto reader = head.reader();
  bool wrong = false;
  if (!SkipRecordMark(reader, wrong)) return wrong ? Fit::kNo : TooShort(head);
  return Reply(head, reader);
}
bool RpcEchoesOverTcp(const Head& request, const Head& answer) {
  return SameBytes(request, answer, 4, 4);
}

Fit ModbusRequest(const Head& head) {
  Modbus modbus;
  const Fit fit = ReadModbus(head, modbus);
  return fit == Fit::kLike && (modbus.function == 0 || modbus.function > 0x7f) ? Fit::kNo : fit;
}
Fit ModbusAnswer(const Head& head) {
  Modbus modbus;
  const Fit fit = ReadModbus(head, modbus);
  // An exception is the function with its top bit set, and a code.
  return fit == Fit::kLike && modbus.function > 0x7f && modbus.length != 3 ? Fit::kNo : fit;
}
bool ModbusEchoes(const Head& request, const Head& answer) {
  return SameBytes(request, answer, 0, 2) && SameBytes(request, answer, 6, 1) &&
         request.bytes.size() > 7 && answer.bytes.size() > 7 &&
         request.bytes[7] == (answer.bytes[7] & 0x7f);
}

Fit CoapRequest(const Head& head) {
  Coap coap;
  if (!ReadCoap(head, coap)) return Fit::kNo;
  return coap.type <= 1 && coap.code >= 1 && coap.code <= 7 ? Fit::kLike : Fit::kNo;
}
Fit CoapAnswer(const Head& head) {
  Coap coap;
  if (!ReadCoap(head, coap)) return Fit::kNo;
  const unsigned answer_class = coap.code >> 5;
  return answer_class == 2 || answer_class == 4 || answer_class == 5 ? Fit::kLike : Fit::kNo;
}
bool CoapEchoes(const Head& request, const Head& answer) {
  // Two bytes are few: a token, or the customary port, must stand beside them.
  Coap asked;
  Coap answered;
  if (!ReadCoap(request, asked) || !ReadCoap(answer, answered)) return false;
  const bool piggybacked = asked.type == 0 && answered.type == 2 &&
                           std::ranges::equal(asked.message_id, answered.message_id);
  const bool same_token = std::ranges::equal(asked.token, answered.token);
  return piggybacked && same_token && (asked.token.size() >= 2 || UsesPort(request, 5683));
}

Fit TrackerConnect(const Head& head) {
  auto reader = head.reader();
  std::uint64_t magic = 0;
  std::uint32_t action = 0;
  const bool read = reader.ReadU64(magic) && reader.ReadU32(action);
  return read && magic == kTrackerMagic && action == 0 && head.wire_length == kTrackerSize
             ? Fit::kYes
             : Fit::kNo;
}
Fit TrackerAnswer(const Head& head) {
  auto reader = head.reader();
  std::uint32_t action = 0;
  const bool read = reader.ReadU32(action);
  const bool connected = action == 0 && head.wire_length == kTrackerSize;
  const bool error = action == 3 && head.wire_length > 8;
  return read && (connected || error) ? Fit::kLike : Fit::kNo;
}
bool TrackerEchoes(const Head& request, const Head& answer) {
  return request.bytes.size() >= kTrackerSize && answer.bytes.size() >= 8 &&
         std::ranges::equal(request.bytes.subspan(12, 4), answer.bytes.subspan(4, 4));
}

}  // namespace unopened::classify::plaintext
