#include "classify/tls/hello_facts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "classify/fingerprint/ja3.h"
#include "classify/fingerprint/ja4.h"
#include "classify/tls/cipher_suites.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Contains(Bytes list_of_u16, std::uint16_t value) {
  ByteReader list(list_of_u16);
  for (std::uint16_t each = 0; list.ReadU16(each);) {
    if (each == value) return true;
  }
  return false;
}

bool OffersSuite(const ClientHelloView& client, CipherSuite suite) {
  if (!client.sslv2_form) return Contains(client.cipher_suites, suite);
  ByteReader specs(client.cipher_suites);
  for (std::uint32_t each = 0; specs.ReadU24(each);) {
    if (each == suite) return true;
  }
  return false;
}

Version VersionOf(ProtocolVersion version) {
  switch (version) {
    case kSsl30:
      return Version::kSsl30;
    case kTls10:
    case kDtls10:
      return Version::kTls10;
    case kTls11:
      return Version::kTls11;
    case kTls12:
    case kDtls12:
      return Version::kTls12;
    default:
      return IsTls13(version) ? Version::kTls13 : Version::kOther;
  }
}

// RFC 8446 §4.2.1: supported_versions alone decides where it is there; without it nothing above TLS
// 1.2 can be negotiated.
Version HighestOffered(const ClientHelloView& client) {
  Version highest = Version::kNone;
  ByteReader list(client.supported_versions);
  for (ProtocolVersion each = 0; list.ReadU16(each);) {
    const Version version = VersionOf(each);
    if (version != Version::kOther) highest = std::max(highest, version);
  }
  if (highest != Version::kNone) return highest;
  if (client.legacy_version == kDtlsPrestandard) return Version::kOther;
  return VersionOf(IsDtls(client.legacy_version) ? std::max(client.legacy_version, kDtls12)
                                                 : std::min(client.legacy_version, kTls12));
}

// A host name in letters, digits, hyphens and, since names in use have it, underscores (RFC 6066
// §3, RFC 1123 §2.1): lower-cased, without a trailing dot. False: it is none.
bool ReadHostName(Bytes name, InlineText<255>& host) {
  constexpr std::size_t kMaxLabel = 63;
  std::array<char, 255> text;
  if (!name.empty() && name.back() == '.') name = name.first(name.size() - 1);
  if (name.empty() || name.size() > text.size()) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = static_cast<char>(name[i]);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      if (++label > kMaxLabel) return false;
    } else {
      return false;
    }
    text[i] = c;
  }
  if (label == 0) return false;
  host.Set({text.data(), name.size()});
  return true;
}

bool IsGreaseName(Bytes name) {
  return name.size() == 2 && IsGrease(static_cast<std::uint16_t>(name[0] << 8 | name[1]));
}

// What can be written with ';' between: printable ASCII. Identifiers in use are (RFC 7301 §6).
bool IsPlainName(Bytes name) {
  return std::ranges::all_of(name, [](std::uint8_t c) { return c > ' ' && c < 0x7f && c != ';'; });
}

void JoinAlpn(Bytes offered, InlineText<128>& joined) {
  std::array<char, 129> text;  // one more than fits, so that an overflow is seen as one
  std::size_t size = 0;
  ByteReader list(offered);
  for (ByteReader name; list.ReadPrefixed8(name);) {
    if (IsGreaseName(name.rest()) || !IsPlainName(name.rest())) continue;
    const std::string_view word = AsText(name.rest());
    const std::size_t needed = word.size() + (size == 0 ? 0 : 1);
    if (needed > text.size() - 1 - size) {
      joined.Set({text.data(), text.size()});
      return;
    }
    if (size != 0) text[size++] = ';';
    std::ranges::copy(word, text.begin() + static_cast<std::ptrdiff_t>(size));
    size += word.size();
  }
  joined.Set({text.data(), size});
}

Variant VariantOfName(std::string_view alpn, bool quic) {
  if (alpn.starts_with("apns-")) return Variant::kApns;
  if (alpn == "xmpp-client") return Variant::kXmppClient;
  if (alpn == "xmpp-server") return Variant::kXmppServer;
  if (alpn == "dot") return Variant::kDot;
  if (alpn == "smp/1") return Variant::kSmp;
  if (alpn == "mqtt" || alpn == "x-amzn-mqtt-ca") return Variant::kMqtt;
  if (quic) {
    if (alpn == "doq" || alpn.starts_with("doq-")) return Variant::kDoq;
    return alpn == "h3" || alpn.starts_with("h3-") ? Variant::kHttp3 : Variant::kNone;
  }
  if (alpn == "h2") return Variant::kHttp2;
  return alpn == "http/1.1" || alpn == "http/1.0" ? Variant::kHttp1 : Variant::kNone;
}

// The one use that every offered name stands for; kNone where they differ, since TLS 1.3 hides
// which was selected.
Variant VariantOfOffer(Bytes offered, bool quic) {
  Variant all = Variant::kNone;
  ByteReader list(offered);
  for (ByteReader name; list.ReadPrefixed8(name);) {
    if (IsGreaseName(name.rest())) continue;
    const Variant variant = VariantOfName(AsText(name.rest()), quic);
    if (variant == Variant::kNone || (all != Variant::kNone && variant != all)) {
      return Variant::kNone;
    }
    all = variant;
  }
  return all;
}

Variant VariantOf(const ClientHelloView* client, const ServerHelloView* server, bool quic) {
  if (server != nullptr && !server->alpn.empty()) return VariantOfName(AsText(server->alpn), quic);
  if (client == nullptr) return Variant::kNone;
  const Variant offered = VariantOfOffer(client->alpn, quic);
  // Up to TLS 1.2 a server that says nothing took none of them: an HTTP version is then no more
  // than wished for, while the other names tell what the client is whatever the answer.
  const bool declined = server != nullptr && !IsTls13(server->version());
  const bool http = offered == Variant::kHttp1 || offered == Variant::kHttp2;
  return declined && http ? Variant::kNone : offered;
}

// Of a server's hello. See hello_facts.h for what a PSK changes.
KeyExchange KeyExchangeOfServer(const ServerHelloView& server) {
  if (!IsTls13(server.version())) return KeyExchangeOf(server.cipher_suite);
  if (IsNullCipher(server.cipher_suite)) return KeyExchange::kNullCipher;
  if (server.has_key_share) return KeyExchangeOfGroup(server.group);
  return server.has_pre_shared_key ? KeyExchange::kPskOnly : KeyExchange::kUnknown;
}

Resumption ResumptionOf(const ClientHelloView* client, const ServerHelloView* server) {
  if (server == nullptr) {
    // A session id alone says something only of a client that does not speak TLS 1.3: the others
    // send a random one (RFC 8446 appendix D.4).
    const bool offers_id =
        !client->session_id.empty() && HighestOffered(*client) != Version::kTls13;
    const bool offers = client->has_pre_shared_key || client->has_session_ticket || offers_id;
    return offers ? Resumption::kOffered : Resumption::kNone;
  }
  if (IsTls13(server->version())) {
    return server->has_pre_shared_key ? Resumption::kResumed : Resumption::kNone;
  }
  if (client == nullptr || ResumptionNeedsNext(*client, *server)) return Resumption::kUnknown;
  return Resumption::kNone;
}

void AddClient(const ClientHelloView& client, HandshakeFacts& facts) {
  const bool named = ReadHostName(client.server_name, facts.transient.sni);
  if (client.has_encrypted_client_hello) {
    facts.name_visibility = NameVisibility::kOuterOrGrease;
  } else {
    facts.name_visibility = named ? NameVisibility::kVisible : NameVisibility::kAbsent;
  }
  if (client.has_early_data) facts.early_data = EarlyData::kOffered;
  JoinAlpn(client.alpn, facts.transient.alpn);
}

void AddServer(const ServerHelloView& server, HandshakeFacts& facts) {
  facts.key_exchange = KeyExchangeOfServer(server);
  facts.plaintext = IsNullCipher(server.cipher_suite);
  facts.transient.cipher = server.cipher_suite;
  if (IsTls13(server.version())) facts.transient.group = server.group;
  if (IsPlainName(server.alpn)) facts.transient.alpn_selected.Set(server.alpn);
}

}  // namespace

HandshakeFacts FactsOf(const ClientHelloView* client, const ServerHelloView* server,
                       const DissectOptions& options, bool quic) {
  HandshakeFacts facts;
  if (client == nullptr && server == nullptr) return facts;
  facts.protocol = quic ? Protocol::kQuic : Protocol::kTls;
  facts.variant = VariantOf(client, server, quic);
  facts.offered_only = server == nullptr;
  facts.version = server != nullptr ? VersionOf(server->version()) : HighestOffered(*client);
  facts.resumption = ResumptionOf(client, server);
  if (client != nullptr) AddClient(*client, facts);
  if (client != nullptr && options.fingerprints) {
    facts.transient.ja3 = fingerprint::Ja3(*client);
    facts.transient.ja4 = fingerprint::Ja4(*client, quic);
  }
  if (server != nullptr) AddServer(*server, facts);
  if (client != nullptr && server != nullptr) {
    facts.sides = SidesSeen::kBoth;
    facts.evidence = Evidence::kProof;
  } else {
    facts.sides = client != nullptr ? SidesSeen::kClientOnly : SidesSeen::kServerOnly;
    facts.evidence = Evidence::kWeak;
  }
  return facts;
}

std::string_view Contradiction(const ClientHelloView& client, const ServerHelloView& server) {
  if (!OffersSuite(client, server.cipher_suite)) return "tls: suite not offered";
  const ProtocolVersion version = server.version();
  const bool dtls = IsDtls(client.legacy_version);
  // RFC 9147 §5.3: DTLS repeats no session id in 1.3, and its versions count down.
  if (dtls) {
    if (version == kDtls13 ? !Contains(client.supported_versions, version)
                           : version < client.legacy_version) {
      return "tls: version not offered";
    }
  } else if (server.selected_version == kTls13) {
    if (!Contains(client.supported_versions, version)) return "tls: version not offered";
    // RFC 8446 §4.1.3: legacy_session_id_echo.
    if (!std::ranges::equal(client.session_id, server.session_id)) return "tls: session_id echo";
  } else if (!IsTls13(version) && version > client.legacy_version) {
    return "tls: version not offered";
  }
  if (server.has_key_share && !client.supported_groups.empty() &&
      !Contains(client.supported_groups, server.group)) {
    return "tls: group not offered";
  }
  return {};
}

bool ResumptionNeedsNext(const ClientHelloView& client, const ServerHelloView& server) {
  if (IsTls13(server.version())) return false;
  if (client.session_id.empty()) return client.has_session_ticket;
  return std::ranges::equal(client.session_id, server.session_id);
}

}  // namespace unopened::classify::tls
