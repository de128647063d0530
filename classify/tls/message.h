// ClientHello and ServerHello as views of their bytes (RFC 8446 §4.1.2-4.1.4, RFC 5246 §7.4.1.2-3,
// RFC 6101 §5.6.1). Pure: no state, no allocation, one pass over the extensions.
//
// What a hello says about its flow is hello_facts.h; records and reassembly over TCP are record.h.
// QUIC hands in the bytes of its CRYPTO stream.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/tls/code_points.h"

namespace unopened::classify::tls {

inline constexpr std::size_t kHandshakeHeaderSize = 4;
inline constexpr std::size_t kRandomSize = 32;
inline constexpr std::size_t kMaxSessionIdSize = 32;
// Of one hello with its header. Real ones end near 4 KiB; what claims more is refused from its
// header on.
inline constexpr std::size_t kMaxHelloSize = 16 * 1024;
// Of one hello: what has more is no hello anyone sends.
inline constexpr std::size_t kMaxExtensions = 512;

// Every view borrows the parsed bytes. Contents of an extension that is absent, or malformed
// inside, are empty: an unknown or odd extension never makes a hello something else (RFC 8446
// §9.3).
struct ClientHelloView {
  ProtocolVersion legacy_version = 0;
  // RFC 5246 appendix E.2: sent in SSL 2.0's form, which has no extensions and three-byte suites.
  bool sslv2_form = false;
  base::Bytes session_id;
  base::Bytes cipher_suites;  // two bytes each; three each where sslv2_form
  base::Bytes extensions;     // the whole list, type and length of each verified; no outer length
  base::Bytes server_name;    // the first host_name as sent, unchecked
  base::Bytes alpn;           // RFC 7301 ProtocolName list: each after its own length in one byte
  base::Bytes supported_versions;
  base::Bytes supported_groups;
  base::Bytes ec_point_formats;
  base::Bytes signature_algorithms;
  base::Bytes key_share;  // KeyShareEntry list
  base::Bytes cookie;     // DTLS up to 1.2: the body's (RFC 6347 §4.2.1)
  bool has_server_name = false;
  bool has_alpn = false;
  bool has_session_ticket = false;  // with a ticket in it, not the empty offer of support
  bool has_pre_shared_key = false;
  bool has_early_data = false;
  bool has_encrypted_client_hello = false;
  bool has_use_srtp = false;
};

// A ServerHello, or a HelloRetryRequest, which is one with a fixed random (RFC 8446 §4.1.4).
struct ServerHelloView {
  ProtocolVersion legacy_version = 0;
  ProtocolVersion selected_version = 0;  // supported_versions; 0 where absent
  CipherSuite cipher_suite = 0;
  NamedGroup group = 0;  // key_share; 0 where absent
  base::Bytes session_id;
  base::Bytes alpn;  // TLS <= 1.2: the one protocol selected
  bool is_hello_retry_request = false;
  bool has_key_share = false;
  bool has_pre_shared_key = false;
  bool has_use_srtp = false;

  // The version that was negotiated (RFC 8446 §4.2.1).
  ProtocolVersion version() const {
    return selected_version != 0 ? selected_version : legacy_version;
  }
};

// `message` begins at the handshake header; bytes after the message are ignored. NeedMore asks for
// the rest of the message, never beyond it.
base::Parsed<ClientHelloView> ParseClientHello(base::ByteReader message);
base::Parsed<ServerHelloView> ParseServerHello(base::ByteReader message);

// The same of DTLS (RFC 6347 §4.3.2, RFC 9147 §5.3-5.4), whose handshake header and fragments are
// not of TLS: `body` is what they carried. Never NeedMore.
base::Parsed<ClientHelloView> ParseDtlsClientHello(base::ByteReader body);
base::Parsed<ServerHelloView> ParseDtlsServerHello(base::ByteReader body);

// A ClientHello in SSL 2.0's form that offers SSL 3.0 or later (RFC 5246 appendix E.2). `stream`
// begins at the record. Exact: every length must add up, since there is little else to go by.
base::Parsed<ClientHelloView> ParseSslv2ClientHello(base::ByteReader stream);

// Hands out the extensions of a validated list, one by one.
//   for (ExtensionWalk walk(hello.extensions); walk.Next();) walk.type(), walk.body();
class ExtensionWalk {
 public:
  explicit ExtensionWalk(base::Bytes list) : rest_(list) {}
  // False at the end, and where the list's own lengths do not add up: well_formed() tells.
  bool Next() {
    if (rest_.empty()) return false;
    well_formed_ = rest_.ReadU16(type_) && rest_.ReadPrefixed16(body_);
    return well_formed_;
  }
  ExtensionType type() const { return type_; }
  base::ByteReader body() const { return body_; }
  bool well_formed() const { return well_formed_; }

 private:
  base::ByteReader rest_;
  base::ByteReader body_;
  ExtensionType type_ = 0;
  bool well_formed_ = true;
};

}  // namespace unopened::classify::tls
