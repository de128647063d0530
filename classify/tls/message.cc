#include "classify/tls/message.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr int kMajorVersion = 3;
constexpr std::uint8_t kHostName = 0;  // RFC 6066 §3 NameType
// Version, random, and the session id's length: the smallest body there is.
constexpr std::size_t kMinHelloBody = 2 + kRandomSize + 1;

// RFC 8446 §4.1.3: SHA-256 of "HelloRetryRequest".
constexpr std::array<std::uint8_t, kRandomSize> kHelloRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

// Reads the header of a message of `type` and cuts out its body. What is wrong already in a prefix
// is refused there, so that no stream waits for the end of a length it made up.
template <class View>
Parsed<View> CutBody(ByteReader message, HandshakeType type, ByteReader& body) {
  const std::size_t have = message.size();
  std::uint8_t got_type = 0;
  std::uint32_t length = 0;
  if (message.ReadU8(got_type) && got_type != static_cast<std::uint8_t>(type)) {
    return NotThis{"tls: handshake type"};
  }
  if (!message.ReadU24(length)) {
    return base::Short<View>(message, "tls: handshake header", kHandshakeHeaderSize - have);
  }
  if (length < kMinHelloBody || length > kMaxHelloSize - kHandshakeHeaderSize) {
    return NotThis{"tls: hello length"};
  }
  if (!message.ReadReader(length, body)) {
    return base::Short<View>(message, "tls: hello cut short", length - message.size());
  }
  return View{};
}

// A list of 16-bit values after its length in two bytes, alone in `body`; empty where it is not.
Bytes U16List(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed16(list) || !body.empty() || list.size() % 2 != 0) return {};
  return list.rest();
}

// RFC 8446 §4.2.1: the client's list has a length of one byte.
Bytes VersionList(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed8(list) || !body.empty() || list.size() % 2 != 0) return {};
  return list.rest();
}

// RFC 6066 §3: the first host_name of the list.
Bytes HostName(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed16(list)) return {};
  std::uint8_t name_type = 0;
  ByteReader name;
  while (list.ReadU8(name_type) && list.ReadPrefixed16(name)) {
    if (name_type == kHostName) return name.rest();
  }
  return {};
}

// RFC 7301 §3.1: no name is empty; a list that breaks this is no list.
Bytes ProtocolNames(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed16(list) || !body.empty()) return {};
  for (ByteReader names = list; !names.empty();) {
    ByteReader name;
    if (!names.ReadPrefixed8(name) || name.empty()) return {};
  }
  return list.rest();
}

Bytes Prefixed16Body(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed16(list)) return {};
  return list.rest();
}

Bytes Prefixed8Body(ByteReader body) {
  ByteReader list;
  if (!body.ReadPrefixed8(list)) return {};
  return list.rest();
}

void ReadClientExtension(ExtensionType type, ByteReader body, ClientHelloView& hello) {
  switch (type) {
    case kServerName:
      hello.has_server_name = true;
      hello.server_name = HostName(body);
      break;
    case kAlpn:
      hello.has_alpn = true;
      hello.alpn = ProtocolNames(body);
      break;
    case kSupportedVersions:
      hello.supported_versions = VersionList(body);
      break;
    case kSupportedGroups:
      hello.supported_groups = U16List(body);
      break;
    case kEcPointFormats:
      hello.ec_point_formats = Prefixed8Body(body);
      break;
    case kSignatureAlgorithms:
      hello.signature_algorithms = U16List(body);
      break;
    case kKeyShare:
    case kDraftKeyShare:
      hello.key_share = Prefixed16Body(body);
      break;
    case kSessionTicket:
      hello.has_session_ticket = !body.empty();
      break;
    case kPreSharedKey:
      hello.has_pre_shared_key = true;
      break;
    case kEarlyData:
      hello.has_early_data = true;
      break;
    case kEncryptedClientHello:
      hello.has_encrypted_client_hello = true;
      break;
    case kUseSrtp:
      hello.has_use_srtp = true;
      break;
    default:
      break;
  }
}

// Walks `list` and calls `on_extension(type, body)`. The literal says what is wrong; empty:
// nothing. The types this parser reads are at most once in a list (RFC 8446 §4.2): of two server
// names neither is the name.
template <class OnExtension>
std::string_view WalkExtensions(Bytes list, OnExtension on_extension) {
  std::uint64_t seen_low = 0;
  std::size_t count = 0;
  ExtensionWalk walk(list);
  while (walk.Next()) {
    if (++count > kMaxExtensions) return "tls: too many extensions";
    if (walk.type() < 64) {
      const std::uint64_t bit = std::uint64_t{1} << walk.type();
      if ((seen_low & bit) != 0) return "tls: extension twice";
      seen_low |= bit;
    }
    on_extension(walk.type(), walk.body());
  }
  return walk.well_formed() ? std::string_view{} : "tls: extensions";
}

// The rest of a hello is nothing, as in SSL 3.0, or a list of extensions that fills it.
bool ReadExtensionBlock(ByteReader& body, Bytes& extensions) {
  if (body.empty()) return true;
  ByteReader list;
  if (!body.ReadPrefixed16(list) || !body.empty()) return false;
  extensions = list.rest();
  return true;
}

bool IsFamily(ProtocolVersion version, bool dtls) {
  return dtls ? IsDtls(version) : version >> 8 == kMajorVersion;
}

Parsed<ClientHelloView> ParseClientBody(ByteReader body, bool dtls) {
  ClientHelloView hello;
  ByteReader session_id, cookie, cipher_suites, compression;
  if (!body.ReadU16(hello.legacy_version) || !body.Skip(kRandomSize) ||
      !body.ReadPrefixed8(session_id) || (dtls && !body.ReadPrefixed8(cookie)) ||
      !body.ReadPrefixed16(cipher_suites) || !body.ReadPrefixed8(compression)) {
    return NotThis{"tls: client_hello"};
  }
  if (!IsFamily(hello.legacy_version, dtls)) return NotThis{"tls: legacy_version"};
  if (session_id.size() > kMaxSessionIdSize) return NotThis{"tls: session_id"};
  if (cipher_suites.empty() || cipher_suites.size() % 2 != 0) return NotThis{"tls: cipher_suites"};
  if (compression.empty()) return NotThis{"tls: compression_methods"};
  hello.session_id = session_id.rest();
  hello.cookie = cookie.rest();
  hello.cipher_suites = cipher_suites.rest();
  if (!ReadExtensionBlock(body, hello.extensions)) return NotThis{"tls: extensions"};
  const auto wrong = WalkExtensions(hello.extensions, [&hello](ExtensionType type, ByteReader ext) {
    ReadClientExtension(type, ext, hello);
  });
  if (!wrong.empty()) return NotThis{wrong};
  return hello;
}

void ReadServerExtension(ExtensionType type, ByteReader body, ServerHelloView& hello) {
  switch (type) {
    case kSupportedVersions:
      body.ReadU16(hello.selected_version);
      break;
    case kKeyShare:
    case kDraftKeyShare:
      hello.has_key_share = body.ReadU16(hello.group);
      break;
    case kPreSharedKey:
      hello.has_pre_shared_key = true;
      break;
    case kUseSrtp:
      hello.has_use_srtp = true;
      break;
    case kAlpn: {
      // RFC 7301 §3.1: exactly one name.
      ByteReader name(ProtocolNames(body));
      ByteReader selected;
      if (name.ReadPrefixed8(selected) && name.empty()) hello.alpn = selected.rest();
      break;
    }
    default:
      break;
  }
}

Parsed<ServerHelloView> ParseServerBody(ByteReader body, bool dtls) {
  ServerHelloView hello;
  Bytes random;
  if (!body.ReadU16(hello.legacy_version) || !body.ReadBytes(kRandomSize, random)) {
    return NotThis{"tls: server_hello"};
  }
  // Drafts up to 21 say so here and have neither session id nor compression; what became TLS 1.3
  // never writes its own number here.
  const bool early_draft =
      !dtls && (hello.legacy_version >> 8 == 0x7f || hello.legacy_version == kTls13);
  if (!early_draft && !IsFamily(hello.legacy_version, dtls)) {
    return NotThis{"tls: legacy_version"};
  }
  ByteReader session_id;
  std::uint8_t compression = 0;
  if ((!early_draft && !body.ReadPrefixed8(session_id)) || !body.ReadU16(hello.cipher_suite) ||
      (!early_draft && !body.ReadU8(compression))) {
    return NotThis{"tls: server_hello"};
  }
  if (session_id.size() > kMaxSessionIdSize) return NotThis{"tls: session_id"};
  hello.session_id = session_id.rest();
  hello.is_hello_retry_request = std::ranges::equal(random, kHelloRetryRandom);
  Bytes extensions;
  if (!ReadExtensionBlock(body, extensions)) return NotThis{"tls: extensions"};
  const auto wrong = WalkExtensions(extensions, [&hello](ExtensionType type, ByteReader ext) {
    ReadServerExtension(type, ext, hello);
  });
  if (!wrong.empty()) return NotThis{wrong};
  return hello;
}

}  // namespace

Parsed<ClientHelloView> ParseClientHello(ByteReader message) {
  ByteReader body;
  auto cut = CutBody<ClientHelloView>(message, HandshakeType::kClientHello, body);
  if (base::Value(cut) == nullptr) return cut;
  return ParseClientBody(body, false);
}

Parsed<ServerHelloView> ParseServerHello(ByteReader message) {
  ByteReader body;
  auto cut = CutBody<ServerHelloView>(message, HandshakeType::kServerHello, body);
  if (base::Value(cut) == nullptr) return cut;
  return ParseServerBody(body, false);
}

Parsed<ClientHelloView> ParseDtlsClientHello(ByteReader body) {
  return ParseClientBody(body, true);
}
Parsed<ServerHelloView> ParseDtlsServerHello(ByteReader body) {
  return ParseServerBody(body, true);
}

Parsed<ClientHelloView> ParseSslv2ClientHello(ByteReader stream) {
  constexpr std::uint16_t kTwoByteHeader = 0x8000;
  constexpr std::size_t kFixedSize = 1 + 2 + 3 * 2;  // type, version and three lengths
  constexpr std::size_t kSpecSize = 3;
  const std::size_t have = stream.size();
  ByteReader probe = stream;
  std::uint16_t header = 0;
  if (have > 0 && (stream.rest()[0] & 0x80) == 0) return NotThis{"tls: sslv2 header"};
  if (!probe.ReadU16(header)) {
    return base::Short<ClientHelloView>(stream, "tls: sslv2 header", 2 - have);
  }
  const std::size_t length = header & ~kTwoByteHeader;
  // RFC 5246 appendix E.2: at least one suite and a challenge of 16 bytes; session ids are of SSL
  // 2.0 and are not sent with a hello that wants more.
  if (length < kFixedSize + kSpecSize + 16 || length > kMaxHelloSize) {
    return NotThis{"tls: sslv2 length"};
  }
  std::uint8_t type = 0;
  ClientHelloView hello;
  if (probe.ReadU8(type) && type != static_cast<std::uint8_t>(HandshakeType::kClientHello)) {
    return NotThis{"tls: sslv2 type"};
  }
  if (probe.ReadU16(hello.legacy_version) &&
      (hello.legacy_version >> 8 != kMajorVersion || hello.legacy_version > kTls12)) {
    return NotThis{"tls: sslv2 version"};
  }
  if (have < 2 + length) {
    return base::Short<ClientHelloView>(stream, "tls: sslv2 cut short", 2 + length - have);
  }
  std::uint16_t specs = 0, session_id = 0, challenge = 0;
  if (!probe.ReadU16(specs) || !probe.ReadU16(session_id) || !probe.ReadU16(challenge) ||
      specs == 0 || specs % kSpecSize != 0 || session_id != 0 || challenge < 16 ||
      challenge > kRandomSize || kFixedSize + specs + challenge != length ||
      !probe.ReadBytes(specs, hello.cipher_suites)) {
    return NotThis{"tls: sslv2 lengths"};
  }
  hello.sslv2_form = true;
  return hello;
}

}  // namespace unopened::classify::tls
