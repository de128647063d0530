#include "classify/upgrade/binary_upgrades.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace unopened::classify::upgrade {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;
using Then = Upgrade::Then;

bool StartsWith(Bytes bytes, Bytes start) {
  return bytes.size() >= start.size() && std::ranges::equal(bytes.first(start.size()), start);
}
// `bytes` may still become `start`, or begins with it.
bool MayStartWith(Bytes bytes, Bytes start) {
  const std::size_t size = std::min(bytes.size(), start.size());
  return std::ranges::equal(bytes.first(size), start.first(size));
}

// One direction's first message.
struct Message {
  enum class State : std::uint8_t { kWhole, kPart, kAbsent, kWrong };
  State state = State::kAbsent;
  std::size_t size = 0;      // kWhole: with its header
  std::size_t at_least = 1;  // kPart
  Bytes body;                // kWhole: without its header

  bool whole() const { return state == State::kWhole; }
  // Nothing, or a part of one, while more may come.
  bool waits(const ByteReader& reader) const {
    return reader.open() && (state == State::kAbsent || state == State::kPart);
  }
};

// ---- PostgreSQL

constexpr std::array<std::uint8_t, 8> kSslRequest = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
constexpr std::array<std::uint8_t, 8> kGssRequest = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30};

// ---- MySQL

constexpr std::uint16_t kClientSsl = 0x0800;
constexpr std::uint16_t kClientProtocol41 = 0x0200;

// A packet: length in three bytes, little endian, sequence number, and as many bytes.
Message MysqlPacket(const ByteReader& reader, std::uint8_t sequence) {
  constexpr std::size_t kHeader = 4;
  constexpr std::size_t kMaxBody = 1024;
  Message message;
  const Bytes bytes = reader.rest();
  if (bytes.empty()) return message;
  const bool wrong = (bytes.size() > 1 && bytes[1] > kMaxBody >> 8) ||
                     (bytes.size() > 2 && bytes[2] != 0) ||
                     (bytes.size() > 3 && bytes[3] != sequence);
  if (wrong) {
    message.state = Message::State::kWrong;
  } else if (bytes.size() < kHeader) {
    message.state = Message::State::kPart;
    message.at_least = kHeader - bytes.size();
  } else {
    message.size = kHeader + bytes[0] + (static_cast<std::size_t>(bytes[1]) << 8);
    const bool whole = bytes.size() >= message.size;
    message.state = whole ? Message::State::kWhole : Message::State::kPart;
    if (whole) {
      message.body = bytes.subspan(kHeader, message.size - kHeader);
    } else {
      message.at_least = message.size - bytes.size();
    }
  }
  return message;
}

// HandshakeV10: version 10, the server's version, a thread's id, eight bytes of a challenge, and
// what the server can do. False: it is none.
bool ReadMysqlGreeting(Bytes body, std::uint16_t& capabilities) {
  constexpr std::uint8_t kProtocol = 10;
  constexpr std::size_t kMaxVersion = 128;
  ByteReader reader(body);
  std::uint8_t byte = 0;
  if (!reader.ReadU8(byte) || byte != kProtocol) return false;
  for (std::size_t i = 0;; ++i) {
    if (i == kMaxVersion || !reader.ReadU8(byte)) return false;
    if (byte == 0) break;
    if (byte < ' ' || byte > '~') return false;
  }
  std::uint8_t low = 0, high = 0;
  if (!reader.Skip(4 + 8) || !reader.ReadU8(byte) || byte != 0 || !reader.ReadU8(low) ||
      !reader.ReadU8(high)) {
    return false;
  }
  capabilities = static_cast<std::uint16_t>(high << 8 | low);
  return true;
}

// ---- RDP

constexpr std::uint8_t kConnectionRequest = 0xe0;
constexpr std::uint8_t kConnectionConfirm = 0xd0;

// TPKT (RFC 1006 §6) around one X.224 message of `code`.
Message X224(const ByteReader& reader, std::uint8_t code) {
  constexpr std::size_t kHeader = 4;
  constexpr std::size_t kFixed = 7;  // length, code, two references, class
  constexpr std::size_t kMaxSize = 1024;
  Message message;
  const Bytes bytes = reader.rest();
  if (bytes.empty()) return message;
  message.state = Message::State::kWrong;
  if (bytes[0] != 3 || (bytes.size() > 1 && bytes[1] != 0)) return message;
  message.state = Message::State::kPart;
  message.at_least = bytes.size() < kHeader ? kHeader - bytes.size() : 1;
  if (bytes.size() < kHeader) return message;
  message.size = static_cast<std::size_t>(bytes[2]) << 8 | bytes[3];
  const bool lies = message.size < kHeader + kFixed || message.size > kMaxSize ||
                    (bytes.size() > 4 && std::size_t{bytes[4]} + 1 + kHeader != message.size) ||
                    (bytes.size() > 5 && (bytes[5] & 0xf0) != code);
  if (lies) {
    message.state = Message::State::kWrong;
  } else if (bytes.size() < message.size) {
    message.at_least = message.size - bytes.size();
  } else {
    message.state = Message::State::kWhole;
    message.body = bytes.subspan(kHeader + kFixed, message.size - kHeader - kFixed);
  }
  return message;
}

// RDP_NEG_REQ, _RSP or _FAILURE at the end of a message: its type and what it says.
struct Negotiation {
  std::uint8_t type = 0;  // 0: there is none
  std::uint32_t protocols = 0;
};
Negotiation ReadNegotiation(Bytes body) {
  constexpr std::size_t kSize = 8;
  if (body.size() < kSize) return {};
  ByteReader reader(body.last(kSize));
  std::uint8_t type = 0, length = 0, zero = 0;
  Negotiation negotiation;
  if (!reader.ReadU8(type) || type < 1 || type > 3 || !reader.Skip(1) || !reader.ReadU8(length) ||
      length != kSize || !reader.ReadU8(zero) || zero != 0 ||
      !reader.ReadU32LE(negotiation.protocols)) {
    return {};
  }
  negotiation.type = type;
  return negotiation;
}

// ---- LDAP

constexpr std::uint8_t kExtendedRequest = 0x77;   // [APPLICATION 23], RFC 4511 §4.12
constexpr std::uint8_t kExtendedResponse = 0x78;  // [APPLICATION 24]
constexpr std::string_view kStartTlsName = "1.3.6.1.4.1.1466.20037";

// The next element in BER with a definite length, which need not be the shortest (RFC 4511 §5.1).
// False where it is not whole: `reader` stays; `wrong` where it never will be one.
bool ReadBer(ByteReader& reader, std::uint8_t& tag, ByteReader& contents, bool& wrong) {
  constexpr std::uint32_t kMaxLength = 16 * 1024;
  ByteReader probe = reader;
  std::uint8_t first = 0;
  wrong = false;
  if (!probe.ReadU8(tag) || !probe.ReadU8(first)) return false;
  std::uint32_t length = first;
  if (first >= 0x80) {
    const int count = first & 0x7f;
    wrong = count < 1 || count > 4;
    length = 0;
    for (int i = 0; i < count && !wrong; ++i) {
      std::uint8_t byte = 0;
      if (!probe.ReadU8(byte)) return false;
      length = length << 8 | byte;
    }
  }
  wrong = wrong || length > kMaxLength;
  if (wrong || !probe.ReadReader(length, contents)) return false;
  reader = probe;
  return true;
}

struct LdapMessage {
  std::uint32_t id = 0;
  std::uint8_t operation = 0;
  ByteReader contents;
};
enum class Read : std::uint8_t { kWhole, kPart, kWrong };

Read ReadLdap(ByteReader& reader, LdapMessage& message) {
  constexpr std::uint8_t kSequence = 0x30;
  constexpr std::uint8_t kInteger = 0x02;
  if (reader.empty()) return Read::kPart;
  if (reader.rest()[0] != kSequence) return Read::kWrong;
  ByteReader outer, id;
  std::uint8_t tag = 0;
  bool wrong = false;
  if (!ReadBer(reader, tag, outer, wrong)) return wrong ? Read::kWrong : Read::kPart;
  if (!ReadBer(outer, tag, id, wrong) || tag != kInteger || id.empty() || id.size() > 4 ||
      !ReadBer(outer, message.operation, message.contents, wrong)) {
    return Read::kWrong;
  }
  message.id = 0;
  for (std::uint8_t byte = 0; id.ReadU8(byte);) message.id = message.id << 8 | byte;
  return Read::kWhole;
}

bool IsStartTls(const LdapMessage& message) {
  constexpr std::uint8_t kRequestName = 0x80;
  ByteReader contents = message.contents;
  ByteReader name;
  std::uint8_t tag = 0;
  bool wrong = false;
  return message.operation == kExtendedRequest && ReadBer(contents, tag, name, wrong) &&
         tag == kRequestName &&
         std::ranges::equal(name.rest(), kStartTlsName, [](std::uint8_t a, char b) {
           return a == static_cast<std::uint8_t>(b);
         });
}

bool IsSuccess(const LdapMessage& message) {
  constexpr std::uint8_t kEnumerated = 0x0a;
  ByteReader contents = message.contents;
  ByteReader code;
  std::uint8_t tag = 0;
  bool wrong = false;
  return message.operation == kExtendedResponse && ReadBer(contents, tag, code, wrong) &&
         tag == kEnumerated && code.size() == 1 && code.rest()[0] == 0;
}

// A search of the server's capabilities may come first.
constexpr int kMaxLdapMessages = 8;

}  // namespace

// PostgreSQL §55.7, StartupMessage.
constexpr std::uint32_t kProtocol3 = 0x00030000;

Parsed<Upgrade> FindPostgresql(ByteReader client, ByteReader server) {
  constexpr std::uint8_t kYes = 'S';
  constexpr std::uint8_t kNo = 'N';
  Upgrade upgrade{.before = Protocol::kPostgresql, .variant = Variant::kPostgresql};
  Bytes asked = client.rest();
  Bytes answered = server.rest();
  if (StartsWith(asked, kGssRequest)) {
    if (!answered.empty() && answered[0] != kNo) return NotThis{"postgresql: gss"};
    upgrade.client_skip = kGssRequest.size();
    upgrade.server_skip = std::min<std::size_t>(1, answered.size());
    asked = asked.subspan(upgrade.client_skip);
    answered = answered.subspan(upgrade.server_skip);
  }
  if (!StartsWith(asked, kSslRequest)) {
    if (!MayStartWith(asked, kSslRequest) && !MayStartWith(client.rest(), kGssRequest)) {
      return NotThis{"postgresql: no request"};
    }
    // The last byte alone tells the two requests apart.
    return base::Short<Upgrade>(client, "postgresql: no request",
                                kSslRequest.size() - std::min(asked.size(), std::size_t{7}));
  }
  upgrade.client_skip += kSslRequest.size();
  if (answered.empty()) {
    if (server.open()) return NeedMore{1};
    return upgrade;
  }
  ++upgrade.server_skip;
  if (answered[0] == kYes) return upgrade;
  // 'E' begins the error of a server that knows no TLS.
  if (answered[0] != kNo && answered[0] != 'E') return NotThis{"postgresql: answer"};
  // Refused is not yet clear: the client may go away, or begin TLS all the same.
  ByteReader next(client.rest().subspan(upgrade.client_skip),
                  client.open() ? base::End::kOpen : base::End::kFinal);
  std::uint32_t length = 0;
  std::uint32_t version = 0;
  if (!next.ReadU32(length) || !next.ReadU32(version)) {
    return base::Short<Upgrade>(client, "postgresql: refused and silent", 8);
  }
  if (version != kProtocol3 || length < 9) return NotThis{"postgresql: refused, then another"};
  upgrade.then = Then::kClear;
  upgrade.variant = Variant::kNone;
  return upgrade;
}

Parsed<Upgrade> FindMysql(ByteReader client, ByteReader server) {
  constexpr std::size_t kSslRequestBody = 32;
  constexpr std::size_t kOldSslRequestBody = 5;
  const Message greeting = MysqlPacket(server, 0);
  const Message answer = MysqlPacket(client, 1);
  using State = Message::State;
  if (greeting.state == State::kWrong || answer.state == State::kWrong) {
    return NotThis{"mysql: packets"};
  }
  std::uint16_t can = 0;
  if (greeting.whole() && !ReadMysqlGreeting(greeting.body, can)) return NotThis{"mysql: greeting"};
  if (greeting.waits(server)) return NeedMore{greeting.at_least};
  if (answer.waits(client)) return NeedMore{answer.at_least};
  // Without its greeting a packet is anyone's.
  if (!greeting.whole() || !answer.whole()) return NotThis{"mysql: one side"};
  if (answer.body.size() < 2) return NotThis{"mysql: answer"};
  const auto wants = static_cast<std::uint16_t>(answer.body[1] << 8 | answer.body[0]);
  const bool old = (wants & kClientProtocol41) == 0;
  // Every client since 4.1 takes what its server offers of this.
  if (old && (can & kClientProtocol41) != 0) return NotThis{"mysql: answer of another age"};
  const std::size_t request = old ? kOldSslRequestBody : kSslRequestBody;
  Upgrade upgrade{.before = Protocol::kMysql, .variant = Variant::kMysql};
  if ((wants & kClientSsl) != 0 && answer.body.size() == request) {
    upgrade.client_skip = answer.size;
    upgrade.server_skip = greeting.size;
    return upgrade;
  }
  // A request for TLS of another size is none, and nobody's word that what follows is in clear.
  if ((wants & kClientSsl) != 0 || answer.body.size() <= request) return NotThis{"mysql: answer"};
  upgrade.then = Then::kClear;
  upgrade.variant = (can & kClientSsl) != 0 ? Variant::kStartTlsUnused : Variant::kNone;
  return upgrade;
}

Parsed<Upgrade> FindRdp(ByteReader client, ByteReader server) {
  constexpr std::uint8_t kRequest = 1;
  constexpr std::uint8_t kResponse = 2;
  constexpr std::string_view kCookie = "Cookie: ";
  using State = Message::State;
  const Message request = X224(client, kConnectionRequest);
  const Message confirm = X224(server, kConnectionConfirm);
  if (request.state == State::kWrong || confirm.state == State::kWrong)
    return NotThis{"rdp: x.224"};
  if (request.waits(client)) return NeedMore{request.at_least};
  if (!request.whole()) return NotThis{"rdp: no request"};
  const bool cookie =
      std::ranges::equal(request.body.first(std::min(request.body.size(), kCookie.size())), kCookie,
                         [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  if (ReadNegotiation(request.body).type != kRequest && !cookie) return NotThis{"rdp: not named"};
  if (confirm.waits(server)) return NeedMore{confirm.at_least};
  Upgrade upgrade{.before = Protocol::kRdp, .variant = Variant::kRdp, .client_skip = request.size};
  if (confirm.whole()) {
    upgrade.server_skip = confirm.size;
    const Negotiation chosen = ReadNegotiation(confirm.body);
    // [MS-RDPBCGR] §2.2.1.2.1: zero is RDP's own security; all others begin with TLS.
    if (chosen.type == kResponse && chosen.protocols != 0) return upgrade;
    upgrade.variant = Variant::kNone;
    upgrade.then = Then::kOther;
  }
  return upgrade;
}

Parsed<Upgrade> FindLdap(ByteReader client, ByteReader server) {
  constexpr std::uint8_t kSearchRequest = 0x63;
  Upgrade upgrade{.before = Protocol::kLdap, .variant = Variant::kLdapStartTls};
  ByteReader asked = client;
  LdapMessage request;
  for (int i = 0;; ++i) {
    const Read read = ReadLdap(asked, request);
    if (read == Read::kWrong || i == kMaxLdapMessages) return NotThis{"ldap: request"};
    if (read == Read::kPart) return base::Short<Upgrade>(client, "ldap: request");
    if (IsStartTls(request)) break;
    if (request.operation != kSearchRequest) return NotThis{"ldap: no StartTLS"};
  }
  upgrade.client_skip = client.size() - asked.size();
  ByteReader answered = server;
  LdapMessage answer;
  for (int i = 0;; ++i) {
    const Read read = ReadLdap(answered, answer);
    if (read == Read::kWrong || i == 4 * kMaxLdapMessages) return NotThis{"ldap: answer"};
    if (read == Read::kPart) {
      if (server.open()) return NeedMore{1};
      upgrade.server_skip = server.size();
      return upgrade;
    }
    if (answer.operation == kExtendedResponse && answer.id == request.id) break;
  }
  if (!IsSuccess(answer)) return NotThis{"ldap: StartTLS refused"};
  upgrade.server_skip = server.size() - answered.size();
  return upgrade;
}

}  // namespace unopened::classify::upgrade
