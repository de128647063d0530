// The closed enums of the classifier and their names. A name is a metric label, a word of the log
// and a key in config, so it never changes meaning; new values are added at the end of their table
// (shapes in a log are read by name).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/enum_names.h"

namespace unopened::classify {

enum class Protocol : std::uint8_t {
  kUnknown,
  kTls,
  kQuic,
  kSsh,
  kWireGuard,
  kWhatsAppNoise,
  kEsp,
  kAh,
  kSctp,
  kIcmp,
  kOtherIp,
  kHttp,
  kDns,
  kMdns,
  kSmtp,
  kImap,
  kPop3,
  kFtp,
  kTelnet,
  kNtp,
  kDhcp,
  kSip,
  kRtsp,
  kSsdp,
  kIrc,
  kXmpp,
  kMqtt,
  kBitTorrent,
  kSnmp,
  kSyslog,
  kLlmnr,
  kNetbios,
  kSmb,
  kStun,
  kGquic,
  kDtls,
  kTurn,
  kZrtp,
  kRtp,
  kOpenVpn,
  kIke,
  kMtproto,
  kThreemaCsp,
  kTox,
  kBitTorrentMse,
  kViber,
  kLine,
  kMmtls,
  kZoom,
  kSkype,
  kDiscordVoice,
  kTailscaleDisco,
  kNntp,
  kSieve,
  kLdap,
  kRdp,
  kVnc,
  kMysql,
  kPostgresql,
  kRedis,
  kAmqp,
  kKerberos,
  kRadius,
  kSunRpc,
  kModbus,
  kCoap,
  kSocks,
};
inline constexpr std::array<std::string_view, 67> kProtocolNames = {"unknown",
                                                                    "tls",
                                                                    "quic",
                                                                    "ssh",
                                                                    "wireguard",
                                                                    "whatsapp_noise",
                                                                    "esp",
                                                                    "ah",
                                                                    "sctp",
                                                                    "icmp",
                                                                    "other_ip",
                                                                    "http",
                                                                    "dns",
                                                                    "mdns",
                                                                    "smtp",
                                                                    "imap",
                                                                    "pop3",
                                                                    "ftp",
                                                                    "telnet",
                                                                    "ntp",
                                                                    "dhcp",
                                                                    "sip",
                                                                    "rtsp",
                                                                    "ssdp",
                                                                    "irc",
                                                                    "xmpp",
                                                                    "mqtt",
                                                                    "bittorrent",
                                                                    "snmp",
                                                                    "syslog",
                                                                    "llmnr",
                                                                    "netbios",
                                                                    "smb",
                                                                    "stun",
                                                                    "gquic",
                                                                    "dtls",
                                                                    "turn",
                                                                    "zrtp",
                                                                    "rtp",
                                                                    "openvpn",
                                                                    "ike",
                                                                    "mtproto",
                                                                    "threema_csp",
                                                                    "tox",
                                                                    "bittorrent_mse",
                                                                    "viber",
                                                                    "line",
                                                                    "mmtls",
                                                                    "zoom",
                                                                    "skype",
                                                                    "discord_voice",
                                                                    "tailscale_disco",
                                                                    "nntp",
                                                                    "sieve",
                                                                    "ldap",
                                                                    "rdp",
                                                                    "vnc",
                                                                    "mysql",
                                                                    "postgresql",
                                                                    "redis",
                                                                    "amqp",
                                                                    "kerberos",
                                                                    "radius",
                                                                    "sunrpc",
                                                                    "modbus",
                                                                    "coap",
                                                                    "socks"};

// A use of the protocol that its handshake names: ALPN, what was spoken before it on the same flow
// (STARTTLS, CONNECT), an extension (use_srtp), or a well-known port.
enum class Variant : std::uint8_t {
  kNone,
  kDot,
  kDoh,
  kDoq,
  kHttp1,
  kHttp2,
  kHttp3,
  kApns,
  kXmppClient,
  kXmppServer,
  kSmp,
  kMqtt,
  kSmtps,
  kImaps,
  kPop3s,
  kFtps,
  kLdaps,
  kIrcs,
  kNntps,
  kSips,
  kSmtpStartTls,
  kImapStartTls,
  kPop3StartTls,
  kFtpStartTls,
  kXmppStartTls,
  kLdapStartTls,
  kIrcStartTls,
  kNntpStartTls,
  kSieveStartTls,
  kPostgresql,
  kMysql,
  kRdp,
  kHttpConnect,
  kSocks,
  kProxyProtocol,
  kStartTlsUnused,  // a dialogue in clear although its server offered STARTTLS
  kTor,
  kDtlsSrtp,
  kNatTraversal,  // IKE or ESP behind the markers of RFC 3948
  kTcp,           // a protocol of datagrams, over TCP
  kClassic,       // STUN before its magic cookie (RFC 3489)
  kAbridged,      // framings of MTProto
  kIntermediate,
  kPaddedIntermediate,
  kFull,
  kPlain,  // OpenVPN: how its control channel is wrapped
  kTlsAuth,
  kTlsCrypt,
  kTlsCryptV2,
  kUtp,
};
inline constexpr std::array<std::string_view, 50> kVariantNames = {"none",
                                                                   "dot",
                                                                   "doh",
                                                                   "doq",
                                                                   "http1",
                                                                   "http2",
                                                                   "http3",
                                                                   "apns",
                                                                   "xmpp_client",
                                                                   "xmpp_server",
                                                                   "smp",
                                                                   "mqtt",
                                                                   "smtps",
                                                                   "imaps",
                                                                   "pop3s",
                                                                   "ftps",
                                                                   "ldaps",
                                                                   "ircs",
                                                                   "nntps",
                                                                   "sips",
                                                                   "smtp_starttls",
                                                                   "imap_starttls",
                                                                   "pop3_starttls",
                                                                   "ftp_starttls",
                                                                   "xmpp_starttls",
                                                                   "ldap_starttls",
                                                                   "irc_starttls",
                                                                   "nntp_starttls",
                                                                   "sieve_starttls",
                                                                   "postgresql",
                                                                   "mysql",
                                                                   "rdp",
                                                                   "http_connect",
                                                                   "socks",
                                                                   "proxy_protocol",
                                                                   "starttls_unused",
                                                                   "tor",
                                                                   "dtls_srtp",
                                                                   "nat_traversal",
                                                                   "tcp",
                                                                   "classic",
                                                                   "abridged",
                                                                   "intermediate",
                                                                   "padded_intermediate",
                                                                   "full",
                                                                   "plain",
                                                                   "tls_auth",
                                                                   "tls_crypt",
                                                                   "tls_crypt_v2",
                                                                   "utp"};

// Negotiated, or the highest offered where HandshakeFacts::offered_only says so. DTLS uses the
// numbers of TLS, 1.0, 1.2 and 1.3.
enum class Version : std::uint8_t {
  kNone,
  kSsl30,
  kTls10,
  kTls11,
  kTls12,
  kTls13,
  kQuic1,
  kQuic2,
  kSsh1,
  kSsh2,
  kOther,
  kQuicDraft,
  kMvfst,
  kGquicQ,  // Google QUIC with its own handshake, Q024 to Q050
  kGquicT,  // Google QUIC with TLS, T050 and T051
  kIke1,
  kIke2,
};
inline constexpr std::array<std::string_view, 17> kVersionNames = {
    "none",       "ssl3.0",  "1.0",     "1.1",     "1.2",   "1.3",
    "quic-1",     "quic-2",  "ssh-1.x", "ssh-2.0", "other", "quic-draft",
    "quic-mvfst", "gquic-q", "gquic-t", "ike-1",   "ike-2"};

enum class KeyExchange : std::uint8_t {
  kNone,
  kStaticRsa,
  kDhAnonymous,
  kFfdhe,
  kEcdhe,
  kPqHybrid,
  kPq,
  kPskOnly,
  kPskDhe,
  kNoiseDh,
  kUnknown,
  kExport,      // RSA or DH of export strength (RFC 2246 appendix A.5): breakable by anyone
  kNullCipher,  // whatever the key exchange: the suite encrypts nothing
  kOtherDh,     // an ephemeral Diffie-Hellman of the protocol's own making
};
inline constexpr std::array<std::string_view, 14> kKeyExchangeNames = {
    "none",     "static_rsa", "dh_anonymous", "ffdhe",   "ecdhe",  "pq_hybrid",   "pq",
    "psk_only", "psk_dhe",    "noise_dh",     "unknown", "export", "null_cipher", "other_dh"};

enum class Resumption : std::uint8_t { kNone, kOffered, kResumed, kUnknown };
inline constexpr std::array<std::string_view, 4> kResumptionNames = {"none", "offered", "resumed",
                                                                     "unknown"};

enum class EarlyData : std::uint8_t { kNone, kOffered };
inline constexpr std::array<std::string_view, 2> kEarlyDataNames = {"none", "offered"};

// Whether a tap sees which host is meant. An ECH extension is not a hidden name: real and GREASE
// look alike (RFC 9849 §6.2), so both are outer_or_grease.
enum class NameVisibility : std::uint8_t {
  kNotApplicable,
  kVisible,
  kAbsent,
  kOuterOrGrease,
  kKnownFront
};
inline constexpr std::array<std::string_view, 5> kNameVisibilityNames = {
    "not_applicable", "visible", "absent", "outer_or_grease", "known_front"};

// Whose bytes of the handshake the tap saw.
enum class SidesSeen : std::uint8_t { kNone, kClientOnly, kServerOnly, kBoth };
inline constexpr std::array<std::string_view, 4> kSidesSeenNames = {"none", "client_only",
                                                                    "server_only", "both"};

enum class Outcome : std::uint8_t {
  kIdentified,
  kPlaintext,
  kOpaque,  // fully random first bytes of no known handshake
  kUnrecognised,
  kMidstream,         // the start was not seen
  kMidstreamAtStart,  // the same, within one idle period after a start of the gateway
  kNoPayload,         // scans, refused connections
  kAmbiguous,         // copies of the same bytes disagreed
};
inline constexpr std::array<std::string_view, 8> kOutcomeNames = {
    "identified", "plaintext",          "opaque",     "unrecognised",
    "midstream",  "midstream_at_start", "no_payload", "ambiguous"};

// From weakest to strongest, so that std::min is the weaker of two.
enum class Evidence : std::uint8_t {
  kNone,
  kHint,    // port or address
  kWeak,    // magic or lengths, or one direction only
  kStrong,  // a clear identifier in a validated handshake
  kProof,   // authenticated structure, or both directions cross-checked
};
inline constexpr std::array<std::string_view, 5> kEvidenceNames = {"none", "hint", "weak", "strong",
                                                                   "proof"};

// Why a flow was settled; each is a counter.
enum class SettleCause : std::uint8_t {
  kComplete,
  kRefused,
  kPrefixCap,
  kNoProgress,
  kHandshakeTimeout,
  kFinOrRst,
  kIdle,
  kEvicted,
  kEndOfInput,
};
inline constexpr std::array<std::string_view, 9> kSettleCauseNames = {
    "complete",   "refused", "prefix_cap", "no_progress", "handshake_timeout",
    "fin_or_rst", "idle",    "evicted",    "end_of_input"};

// No table is longer than its enum.
static_assert(kProtocolNames.size() == static_cast<std::size_t>(Protocol::kSocks) + 1);
static_assert(kVariantNames.size() == static_cast<std::size_t>(Variant::kUtp) + 1);
static_assert(kVersionNames.size() == static_cast<std::size_t>(Version::kIke2) + 1);
static_assert(kKeyExchangeNames.size() == static_cast<std::size_t>(KeyExchange::kOtherDh) + 1);

constexpr std::string_view Name(Protocol v) { return kProtocolNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Variant v) { return kVariantNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Version v) { return kVersionNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(KeyExchange v) {
  return kKeyExchangeNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(Resumption v) {
  return kResumptionNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(EarlyData v) {
  return kEarlyDataNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(NameVisibility v) {
  return kNameVisibilityNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(SidesSeen v) {
  return kSidesSeenNames[static_cast<std::size_t>(v)];
}
constexpr std::string_view Name(Outcome v) { return kOutcomeNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Evidence v) { return kEvidenceNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(SettleCause v) {
  return kSettleCauseNames[static_cast<std::size_t>(v)];
}

}  // namespace unopened::classify
