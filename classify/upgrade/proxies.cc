#include "classify/upgrade/proxies.h"

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

enum class Read : std::uint8_t { kDone, kPart, kWrong };

std::string_view TextOf(const ByteReader& reader) {
  return {reinterpret_cast<const char*>(reader.rest().data()), reader.size()};
}

// ---- SOCKS

constexpr std::uint8_t kSocks5 = 5;
constexpr std::uint8_t kSocks4 = 4;
constexpr std::uint8_t kConnect = 1;
constexpr std::uint8_t kPassword = 2;

// RFC 1928 §4, §6: after version, command or reply, and a zero byte: an address and a port.
Read SkipAddress(ByteReader& reader) {
  constexpr std::uint8_t kIpv4 = 1;
  constexpr std::uint8_t kName = 3;
  constexpr std::uint8_t kIpv6 = 4;
  constexpr std::size_t kPort = 2;
  std::uint8_t type = 0;
  ByteReader name;
  if (!reader.ReadU8(type)) return Read::kPart;
  if (type != kIpv4 && type != kName && type != kIpv6) return Read::kWrong;
  const bool skipped =
      type == kName ? reader.ReadPrefixed8(name) : reader.Skip(type == kIpv4 ? 4 : 16);
  return skipped && reader.Skip(kPort) ? Read::kDone : Read::kPart;
}

Read SkipByte(ByteReader& reader, std::uint8_t expected) {
  std::uint8_t byte = 0;
  if (!reader.ReadU8(byte)) return Read::kPart;
  return byte == expected ? Read::kDone : Read::kWrong;
}

Read SkipBytes(ByteReader& reader, std::initializer_list<std::uint8_t> expected) {
  for (const std::uint8_t byte : expected) {
    if (const Read read = SkipByte(reader, byte); read != Read::kDone) return read;
  }
  return Read::kDone;
}

// The client's greeting, user name and password where it sends them, and its request. Each begins
// with a version of its own, so they are told apart without the answers.
Read SkipSocks5Client(ByteReader& reader) {
  ByteReader field;
  if (const Read read = SkipByte(reader, kSocks5); read != Read::kDone) return read;
  // At least one method (RFC 1928 §3).
  if (!reader.empty() && reader.rest()[0] == 0) return Read::kWrong;
  if (!reader.ReadPrefixed8(field)) return Read::kPart;
  if (reader.empty()) return Read::kPart;
  if (reader.rest()[0] == 1) {
    if (!reader.Skip(1) || !reader.ReadPrefixed8(field) || !reader.ReadPrefixed8(field)) {
      return Read::kPart;
    }
  }
  const Read read = SkipBytes(reader, {kSocks5, kConnect, 0});
  return read == Read::kDone ? SkipAddress(reader) : read;
}

Read SkipSocks5Server(ByteReader& reader) {
  std::uint8_t method = 0;
  if (const Read read = SkipByte(reader, kSocks5); read != Read::kDone) return read;
  if (!reader.ReadU8(method)) return Read::kPart;
  if (method != 0 && method != kPassword) return Read::kWrong;
  if (method == kPassword) {
    // RFC 1929 §2: zero is success.
    if (const Read read = SkipBytes(reader, {1, 0}); read != Read::kDone) return read;
  }
  const Read read = SkipBytes(reader, {kSocks5, 0, 0});
  return read == Read::kDone ? SkipAddress(reader) : read;
}

Read SkipText(ByteReader& reader) {
  constexpr int kMaxText = 256;
  for (int i = 0; i < kMaxText; ++i) {
    std::uint8_t byte = 0;
    if (!reader.ReadU8(byte)) return Read::kPart;
    if (byte == 0) return Read::kDone;
  }
  return Read::kWrong;
}

Read SkipSocks4Client(ByteReader& reader) {
  std::uint32_t address = 0;
  if (const Read read = SkipBytes(reader, {kSocks4, kConnect}); read != Read::kDone) return read;
  if (!reader.Skip(2) || !reader.ReadU32(address)) return Read::kPart;
  const Read read = SkipText(reader);
  // SOCKS 4a: an address of 0.0.0.x says that a host's name follows.
  const bool named = address != 0 && address < 0x100;
  return read == Read::kDone && named ? SkipText(reader) : read;
}

Read SkipSocks4Server(ByteReader& reader) {
  constexpr std::uint8_t kGranted = 90;
  const Read read = SkipBytes(reader, {0, kGranted});
  if (read != Read::kDone) return read;
  return reader.Skip(6) ? Read::kDone : Read::kPart;
}

// ---- HTTP

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr int kMaxRequests = 4;  // NTLM asks three times

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The text begins with `word`, or may still.
Read Begins(std::string_view text, std::string_view word) {
  const std::size_t size = std::min(text.size(), word.size());
  if (text.substr(0, size) != word.substr(0, size)) return Read::kWrong;
  return size == word.size() ? Read::kDone : Read::kPart;
}

// The bytes of a body by Content-Length; npos: framed otherwise.
std::size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "\ncontent-length:";
  constexpr std::size_t kMaxDigits = 6;
  for (std::size_t at = head.find('\n'); at != std::string_view::npos;
       at = head.find('\n', at + 1)) {
    const std::string_view field = head.substr(at, kName.size());
    if (!std::ranges::equal(field, kName, {}, &Lower)) continue;
    std::size_t length = 0, digits = 0;
    for (const char c : head.substr(at + kName.size())) {
      if (c == ' ' && digits == 0) continue;
      if (c < '0' || c > '9') break;
      if (++digits > kMaxDigits) return std::string_view::npos;
      length = length * 10 + static_cast<std::size_t>(c - '0');
    }
    return digits == 0 ? std::string_view::npos : length;
  }
  return std::string_view::npos;
}

// The requests of one connection and where the last one ends.
struct Requests {
  Read read = Read::kPart;
  int count = 0;
  std::size_t end = 0;
};
Requests ReadRequests(std::string_view text) {
  constexpr std::string_view kMethod = "CONNECT ";
  Requests requests;
  while (true) {
    const std::string_view rest = text.substr(requests.end);
    const Read begins = Begins(rest, kMethod);
    if (requests.count != 0 && (begins == Read::kWrong || rest.empty())) {
      requests.read = Read::kDone;
      return requests;
    }
    if (begins != Read::kDone || requests.count == kMaxRequests) {
      requests.read = requests.count == kMaxRequests ? Read::kWrong : begins;
      return requests;
    }
    const std::size_t line = rest.find("\r\n");
    const std::size_t version = rest.substr(0, line).rfind(' ');
    if (line != std::string_view::npos &&
        Begins(rest.substr(version + 1), "HTTP/1.") != Read::kDone) {
      requests.read = Read::kWrong;
      return requests;
    }
    const std::size_t end = rest.find(kEndOfHead);
    if (end == std::string_view::npos) return requests;
    requests.end += end + kEndOfHead.size();
    ++requests.count;
  }
}

// The answers: up to the one that grants or refuses for good.
struct Answers {
  Read read = Read::kPart;
  int count = 0;  // with the last one
  bool granted = false;
  std::size_t end = 0;  // of the head that grants
};
Answers ReadAnswers(std::string_view text) {
  constexpr std::size_t kStatusSize = 12;  // HTTP/1.x nnn
  Answers answers;
  while (true) {
    const std::string_view rest = text.substr(answers.end);
    if (answers.count == kMaxRequests || Begins(rest, "HTTP/1.") == Read::kWrong) {
      answers.read = Read::kWrong;
      return answers;
    }
    if (rest.size() < kStatusSize) return answers;
    const std::string_view code = rest.substr(9, 3);
    const bool granted = code[0] == '2';
    if (!granted && code != "407") {
      ++answers.count;
      answers.read = Read::kDone;
      return answers;
    }
    const std::size_t end = rest.find(kEndOfHead);
    if (end == std::string_view::npos) return answers;
    ++answers.count;
    if (granted) {
      answers.read = Read::kDone;
      answers.granted = true;
      answers.end += end + kEndOfHead.size();
      return answers;
    }
    const std::size_t body = ContentLength(rest.substr(0, end));
    if (body == std::string_view::npos) {
      answers.read = Read::kWrong;
      return answers;
    }
    const std::size_t next = answers.end + end + kEndOfHead.size() + body;
    if (next >= text.size()) return answers;
    answers.end = next;
  }
}

// The requests were not seen: what an answer grants may be a tunnel, or a page in clear.
Parsed<Upgrade> FindConnectByItsAnswer(ByteReader server) {
  constexpr std::uint8_t kTlsHandshake = 22;
  Upgrade upgrade{.then = Then::kOther, .before = Protocol::kHttp, .variant = Variant::kHttp1};
  const Answers answers = ReadAnswers(TextOf(server));
  if (answers.read == Read::kWrong) return NotThis{"connect: answer"};
  if (answers.read == Read::kPart) {
    if (server.open()) return NeedMore{1};
    if (answers.count == 0 && Begins(TextOf(server), "HTTP/1.") != Read::kDone) {
      return NotThis{"connect: answer"};
    }
    return upgrade;
  }
  if (!answers.granted) return upgrade;
  if (answers.end == server.size()) {
    if (server.open()) return NeedMore{1};
    return upgrade;
  }
  if (server.rest()[answers.end] != kTlsHandshake) return upgrade;
  upgrade.then = Then::kTunnel;
  upgrade.variant = Variant::kHttpConnect;
  upgrade.server_skip = answers.end;
  return upgrade;
}

// ---- PROXY protocol

constexpr std::array<std::uint8_t, 12> kProxy2 = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                  0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

// Version 1 is one line of at most 107 bytes.
Read SkipProxy1(ByteReader& reader) {
  constexpr std::size_t kMaxLine = 107;
  const std::string_view text = TextOf(reader);
  if (const Read begins = Begins(text, "PROXY "); begins != Read::kDone) return begins;
  const std::size_t end = text.substr(0, kMaxLine).find("\r\n");
  if (end == std::string_view::npos) return text.size() < kMaxLine ? Read::kPart : Read::kWrong;
  const std::string_view family = text.substr(6, 3);
  if (family != "TCP" && family != "UNK") return Read::kWrong;
  reader.Skip(end + 2);
  return Read::kDone;
}

Read SkipProxy2(ByteReader& reader) {
  constexpr std::uint8_t kVersion2 = 0x20;
  for (const std::uint8_t expected : kProxy2) {
    if (const Read read = SkipByte(reader, expected); read != Read::kDone) return read;
  }
  std::uint8_t command = 0;
  ByteReader addresses;
  if (!reader.ReadU8(command)) return Read::kPart;
  if ((command & 0xf0) != kVersion2 || (command & 0x0f) > 1) return Read::kWrong;
  return reader.Skip(1) && reader.ReadPrefixed16(addresses) ? Read::kDone : Read::kPart;
}

}  // namespace

Parsed<Upgrade> FindSocks(ByteReader client, ByteReader server) {
  Upgrade upgrade{.then = Then::kTunnel, .before = Protocol::kSocks, .variant = Variant::kSocks};
  if (client.empty()) return base::Short<Upgrade>(client, "socks: no request");
  const std::uint8_t version = client.rest()[0];
  if (version != kSocks4 && version != kSocks5) return NotThis{"socks: version"};
  ByteReader asked = client;
  ByteReader answered = server;
  const bool is_5 = version == kSocks5;
  const Read request = is_5 ? SkipSocks5Client(asked) : SkipSocks4Client(asked);
  const Read answer = is_5 ? SkipSocks5Server(answered) : SkipSocks4Server(answered);
  if (request == Read::kWrong) return NotThis{"socks: request"};
  if (answer == Read::kWrong) return NotThis{"socks: answer"};
  if (request == Read::kPart) return base::Short<Upgrade>(client, "socks: request");
  if (answer == Read::kPart && server.open()) return NeedMore{1};
  upgrade.client_skip = client.size() - asked.size();
  upgrade.server_skip = answer == Read::kDone ? server.size() - answered.size() : server.size();
  return upgrade;
}

Parsed<Upgrade> FindConnect(ByteReader client, ByteReader server) {
  Upgrade upgrade{
      .then = Then::kTunnel, .before = Protocol::kHttp, .variant = Variant::kHttpConnect};
  if (client.empty() && !client.open()) return FindConnectByItsAnswer(server);
  const Requests requests = ReadRequests(TextOf(client));
  if (requests.read == Read::kWrong) return NotThis{"connect: request"};
  if (requests.count == 0) return base::Short<Upgrade>(client, "connect: request");
  const Answers answers = ReadAnswers(TextOf(server));
  if (answers.read == Read::kWrong) return NotThis{"connect: answer"};
  if (answers.read == Read::kPart) {
    if (server.open()) return NeedMore{1};
    if (requests.read == Read::kPart) return base::Short<Upgrade>(client, "connect: request");
    upgrade.client_skip = requests.end;
    upgrade.server_skip = server.size();
    return upgrade;
  }
  if (!answers.granted) {
    upgrade.then = Then::kClear;
    upgrade.variant = Variant::kHttp1;
    return upgrade;
  }
  if (requests.count < answers.count) return base::Short<Upgrade>(client, "connect: request");
  if (requests.count > answers.count) return NotThis{"connect: more requests than answers"};
  upgrade.client_skip = requests.end;
  upgrade.server_skip = answers.end;
  return upgrade;
}

Parsed<Upgrade> FindProxyProtocol(ByteReader client, ByteReader /*server*/) {
  Upgrade upgrade{.then = Then::kTunnel, .variant = Variant::kProxyProtocol};
  if (client.empty()) return base::Short<Upgrade>(client, "proxy protocol: nothing");
  ByteReader reader = client;
  const Read read = client.rest()[0] == 'P' ? SkipProxy1(reader) : SkipProxy2(reader);
  if (read == Read::kWrong) return NotThis{"proxy protocol: header"};
  if (read == Read::kPart) return base::Short<Upgrade>(client, "proxy protocol: header");
  upgrade.client_skip = client.size() - reader.size();
  return upgrade;
}

}  // namespace unopened::classify::upgrade
