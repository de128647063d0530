#include "classify/tls/server_flight.h"

#include <algorithm>
#include <variant>

#include "classify/tls/certificate.h"
#include "classify/tls/cipher_suites.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::NeedMore;

// A certificate, its status, supplemental data, the keys: more is no flight.
constexpr int kMaxMessages = 8;

bool HasServerKeys(KeyExchange agreement) {
  switch (agreement) {
    case KeyExchange::kEcdhe:
    case KeyExchange::kFfdhe:
    case KeyExchange::kDhAnonymous:
    case KeyExchange::kPskDhe:
      return true;
    default:
      return false;
  }
}

void KeepCertificate(ByteReader message, HandshakeFacts& facts) {
  const auto leaf = LeafOf(message);
  if (base::Value(leaf) == nullptr) return;
  const auto names = ParseCertificateNames(*base::Value(leaf));
  if (base::Value(names) == nullptr) return;
  KeepNames(*base::Value(names), facts.transient);
  if (LooksLikeTorLink(*base::Value(names))) {
    facts.variant = Variant::kTor;
    facts.evidence = std::min(facts.evidence, Evidence::kWeak);
  }
}

}  // namespace

NamedGroup GroupOfServerKeyExchange(ByteReader message, CipherSuite suite) {
  constexpr std::uint8_t kNamedCurve = 3;  // RFC 8422 §5.4 ECCurveType
  const KeyExchange agreement = AgreementOf(suite);
  if (!HasServerKeys(agreement) || agreement == KeyExchange::kFfdhe) return 0;
  ByteReader hint, point;
  std::uint8_t curve_type = 0;
  NamedGroup group = 0;
  if (!message.Skip(kHandshakeHeaderSize)) return 0;
  if (agreement == KeyExchange::kPskDhe && !message.ReadPrefixed16(hint)) return 0;
  if (!message.ReadU8(curve_type) || curve_type != kNamedCurve || !message.ReadU16(group) ||
      !message.ReadPrefixed8(point) || point.empty()) {
    return 0;
  }
  // Only ECDHE signs: what follows another is the sign of a finite field's numbers.
  if (agreement != KeyExchange::kEcdhe && !message.empty()) return 0;
  return group;
}

std::optional<NeedMore> ReadServerFlight(HandshakeReader reader, bool may_be_resumed,
                                         HandshakeFacts& facts) {
  const CipherSuite suite = facts.transient.cipher;
  const KeyExchange agreement = AgreementOf(suite);
  // A bare PSK needs neither a certificate nor keys.
  if (agreement == KeyExchange::kPskOnly && !may_be_resumed) return std::nullopt;
  for (int i = 0; i < kMaxMessages; ++i) {
    const auto upcoming = reader.Peek();
    if (const auto* need = std::get_if<NeedMore>(&upcoming)) return *need;
    const auto* next = base::Value(upcoming);
    if (next == nullptr) return std::nullopt;
    if (next->type == ContentType::kChangeCipherSpec && may_be_resumed) {
      facts.resumption = Resumption::kResumed;
    }
    if (next->type != ContentType::kHandshake) return std::nullopt;
    if (may_be_resumed) {
      // RFC 5077 §3.3: an abbreviated handshake may renew its ticket first.
      const bool renews = next->handshake_type == HandshakeType::kNewSessionTicket;
      facts.resumption = renews ? Resumption::kResumed : Resumption::kNone;
      may_be_resumed = false;
      if (agreement == KeyExchange::kPskOnly) return std::nullopt;
    }
    switch (next->handshake_type) {
      case HandshakeType::kCertificate:
      case HandshakeType::kServerKeyExchange: {
        const auto message = reader.ReadMessage();
        if (const auto* need = std::get_if<NeedMore>(&message)) return *need;
        if (base::Value(message) == nullptr) return std::nullopt;
        if (next->handshake_type == HandshakeType::kServerKeyExchange) {
          facts.transient.group = GroupOfServerKeyExchange(*base::Value(message), suite);
          return std::nullopt;
        }
        KeepCertificate(*base::Value(message), facts);
        if (!HasServerKeys(agreement)) return std::nullopt;
        break;
      }
      case HandshakeType::kCertificateStatus:
      case HandshakeType::kSupplementalData: {
        const auto skipped = reader.Skip();
        if (const auto* need = std::get_if<NeedMore>(&skipped)) return *need;
        if (base::Value(skipped) == nullptr) return std::nullopt;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace unopened::classify::tls
