// EndpointMatcher: the catalogue's host, certificate, realm, ALPN and signature rules, compiled at
// start; facts in, endpoint out.
//
// A host rule matches its suffix on label boundaries: "whatsapp.net" matches whatsapp.net and
// a.whatsapp.net, never notwhatsapp.net. The longest suffix wins. Comparison is on lower-case
// A-labels; a name that overflowed or is no host name matches nothing. Never grows after Build,
// allocates nothing per lookup. Threads: immutable, any may match.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "classify/facts.h"
#include "classify/session.h"

namespace unopened::classify {

// Of a server name, of a certificate's name or of a STUN realm: one law for all three.
struct HostRule {
  std::string suffix;
  EndpointId endpoint = kNoEndpoint;
  Evidence evidence = Evidence::kStrong;  // kWeak where the host itself rests on no verified source
};

// The protocol itself names the endpoint (the WhatsApp Noise prologue).
struct SignatureRule {
  Protocol protocol = Protocol::kUnknown;
  EndpointId endpoint = kNoEndpoint;
  Evidence evidence = Evidence::kStrong;
};

// An offered ALPN names the endpoint (apns-pack-v1). A name that ends in "/*" stands for every
// offered name that begins with what is before the star (anydesk/*); an exact one goes before it.
struct AlpnRule {
  std::string alpn;
  EndpointId endpoint = kNoEndpoint;
  Evidence evidence = Evidence::kStrong;
};

// A client's JA4 hints at the endpoint. A fingerprint is of a TLS library as some program sets it
// up, and programs share it: it is weak, always, and is asked only where nothing else names one.
struct FingerprintRule {
  std::string ja4;
  EndpointId endpoint = kNoEndpoint;
};

struct EndpointRules {
  std::vector<HostRule> hosts;
  std::vector<HostRule> certificates;  // TransientFacts::certificate_name, where no SNI was sent
  std::vector<HostRule> realms;        // TransientFacts::realm
  std::vector<AlpnRule> alpns;
  std::vector<SignatureRule> signatures;
  std::vector<FingerprintRule> fingerprints;  // TransientFacts::ja4
  std::vector<std::string> known_fronts;      // SNI names known to be an ECH config's public name
};

class EndpointMatcher {
 public:
  EndpointMatcher();
  explicit EndpointMatcher(const EndpointRules& rules);
  EndpointMatcher(EndpointMatcher&&) noexcept;
  EndpointMatcher& operator=(EndpointMatcher&&) noexcept;
  ~EndpointMatcher();

  // Signature first, then host, certificate, realm, ALPN, and last the fingerprint. The evidence is
  // the rule's: the caller weakens it by the protocol's own. Offered ALPNs that name different
  // endpoints name none; a known front's name stands for whoever is behind it and names none
  // either. A certificate is asked only where the client sent no server name: what it asked for
  // goes before what a server of many names answered. A fingerprint is asked only there, and where
  // the name is a known front's.
  EndpointMatch Match(const HandshakeFacts& facts) const;
  // One trailing dot is the root's and ignored; letters match in either case.
  EndpointMatch MatchHost(std::string_view host) const;
  // Whether it makes a difference that JA4 is computed.
  bool HasFingerprints() const;
  // `host` is exactly one of EndpointRules::known_fronts.
  bool IsKnownFront(std::string_view host) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace unopened::classify
