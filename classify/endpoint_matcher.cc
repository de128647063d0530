#include "classify/endpoint_matcher.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>

#include "classify/host_table.h"

namespace unopened::classify {
namespace {

constexpr std::string_view kAnyRest = "/*";

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A certificate for *.example.org is of whoever holds example.org (RFC 6125 §6.4.3).
std::string_view WithoutWildcard(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return name;
}

using Named = std::pair<std::string, EndpointMatch>;

// In a list sorted by name.
EndpointMatch FindExact(const std::vector<Named>& rules, std::string_view name) {
  const auto at = std::ranges::lower_bound(
      rules, name, {}, [](const Named& rule) { return std::string_view(rule.first); });
  return at != rules.end() && at->first == name ? at->second : EndpointMatch{};
}

}  // namespace

struct EndpointMatcher::Compiled {
  explicit Compiled(const EndpointRules& rules)
      : hosts(rules.hosts), certificates(rules.certificates), realms(rules.realms) {
    for (const AlpnRule& rule : rules.alpns) {
      const EndpointMatch match{rule.endpoint, rule.evidence};
      if (rule.alpn.ends_with(kAnyRest)) {
        alpn_beginnings.emplace_back(rule.alpn.substr(0, rule.alpn.size() - 1), match);
      } else {
        alpns.emplace_back(rule.alpn, match);
      }
    }
    std::ranges::stable_sort(alpns, {}, &Named::first);
    // The longest beginning is met first.
    std::ranges::stable_sort(alpn_beginnings, std::greater{},
                             [](const auto& rule) { return rule.first.size(); });
    for (const SignatureRule& rule : rules.signatures) {
      signatures[static_cast<std::size_t>(rule.protocol)] = {rule.endpoint, rule.evidence};
    }
    for (const FingerprintRule& rule : rules.fingerprints) {
      fingerprints.emplace_back(rule.ja4, EndpointMatch{rule.endpoint, Evidence::kWeak});
    }
    std::ranges::stable_sort(fingerprints, {}, &Named::first);
    // A rule for the unknown protocol would claim every stranger.
    signatures[static_cast<std::size_t>(Protocol::kUnknown)] = {};
    for (const std::string& front : rules.known_fronts) {
      fronts.push_back(LoweredHost(WithoutRoot(front)));
    }
    std::ranges::sort(fronts);
  }

  EndpointMatch FindAlpn(std::string_view name) const {
    const EndpointMatch exact = FindExact(alpns, name);
    if (exact.endpoint != kNoEndpoint) return exact;
    for (const auto& [beginning, match] : alpn_beginnings) {
      if (name.starts_with(beginning)) return match;
    }
    return {};
  }

  EndpointMatch FindAnyAlpn(std::string_view offered) const {
    EndpointMatch found;
    while (!offered.empty()) {
      const std::size_t end = std::min(offered.find(';'), offered.size());
      const EndpointMatch match = FindAlpn(offered.substr(0, end));
      offered.remove_prefix(std::min(end + 1, offered.size()));
      if (match.endpoint == kNoEndpoint) continue;
      if (found.endpoint != kNoEndpoint && found.endpoint != match.endpoint) return {};
      found = {match.endpoint, std::max(found.evidence, match.evidence)};
    }
    return found;
  }

  HostTable hosts;
  HostTable certificates;
  HostTable realms;
  std::vector<Named> alpns;            // sorted by name
  std::vector<Named> alpn_beginnings;  // the longest first
  std::vector<Named> fingerprints;     // sorted by name
  std::array<EndpointMatch, kProtocolNames.size()> signatures{};
  std::vector<std::string> fronts;  // sorted, lower case
};

EndpointMatcher::EndpointMatcher() : EndpointMatcher(EndpointRules{}) {}
EndpointMatcher::EndpointMatcher(const EndpointRules& rules)
    : compiled_(std::make_unique<const Compiled>(rules)) {}
EndpointMatcher::EndpointMatcher(EndpointMatcher&&) noexcept = default;
EndpointMatcher& EndpointMatcher::operator=(EndpointMatcher&&) noexcept = default;
EndpointMatcher::~EndpointMatcher() = default;

EndpointMatch EndpointMatcher::Match(const HandshakeFacts& facts) const {
  const EndpointMatch signature = compiled_->signatures[static_cast<std::size_t>(facts.protocol)];
  if (signature.endpoint != kNoEndpoint) return signature;
  const std::string_view sni = facts.transient.sni.view();
  const bool unnamed = sni.empty() && !facts.transient.sni.overflowed();
  const bool front = !unnamed && IsKnownFront(sni);
  if (!front) {
    if (const auto host = MatchHost(sni); host.endpoint != kNoEndpoint) return host;
  }
  if (unnamed) {
    const auto certificate =
        compiled_->certificates.Find(WithoutWildcard(facts.transient.certificate_name.view()));
    if (certificate.endpoint != kNoEndpoint) return certificate;
  }
  const EndpointMatch realm = compiled_->realms.Find(facts.transient.realm.view());
  if (realm.endpoint != kNoEndpoint) return realm;
  const EndpointMatch alpn = compiled_->FindAnyAlpn(facts.transient.alpn.view());
  if (alpn.endpoint != kNoEndpoint) return alpn;
  // A name that no rule knows is more than a hint that says otherwise.
  if (!unnamed && !front) return {};
  return FindExact(compiled_->fingerprints, facts.transient.ja4.view());
}

bool EndpointMatcher::HasFingerprints() const { return !compiled_->fingerprints.empty(); }

EndpointMatch EndpointMatcher::MatchHost(std::string_view host) const {
  return compiled_->hosts.Find(host);
}

bool EndpointMatcher::IsKnownFront(std::string_view host) const {
  host = WithoutRoot(host);
  if (host.size() > kMaxHost) return false;
  std::array<char, kMaxHost> lower;
  std::ranges::transform(host, lower.begin(), Lower);
  const std::string_view name(lower.data(), host.size());
  return std::ranges::binary_search(compiled_->fronts, name, {}, [](const std::string& front) {
    return std::string_view(front);
  });
}

}  // namespace unopened::classify
