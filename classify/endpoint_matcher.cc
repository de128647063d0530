#include "classify/endpoint_matcher.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <functional>
#include <utility>

namespace unopened::classify {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035 §2.3.4, without the root's dot
constexpr std::size_t kMaxLabel = 63;
constexpr std::string_view kAnyRest = "/*";

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Underscores are no host name's by RFC 952, but clients send them and servers answer.
constexpr bool IsLabelByte(char c) {
  const char l = Lower(c);
  return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || l == '-' || l == '_';
}

std::string_view WithoutRoot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

// Labels of 1 to 63 bytes, the last of them not a number: so no IPv4 literal, and for its colons no
// IPv6 literal either.
bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  std::size_t label = 0;
  bool numeric = true;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      numeric = true;
      continue;
    }
    if (!IsLabelByte(c) || ++label > kMaxLabel) return false;
    numeric = numeric && c >= '0' && c <= '9';
  }
  return label > 0 && !numeric;
}

bool SameName(std::string_view lower, std::string_view any) {
  return std::ranges::equal(lower, any, {}, {}, Lower);
}

std::string Lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), Lower);
  return out;
}

// FNV-1a over a name from its last byte to its first, so that one walk hashes every tail.
class BackwardHash {
 public:
  std::uint32_t Add(char c) {
    hash_ = (hash_ ^ static_cast<std::uint8_t>(Lower(c))) * 16'777'619U;
    return hash_;
  }

 private:
  std::uint32_t hash_ = 2'166'136'261U;
};

// Host suffixes in an open-addressing table of at most half load, keyed by their backward hash.
class SuffixTable {
 public:
  explicit SuffixTable(const std::vector<HostRule>& rules) {
    slots_.resize(std::bit_ceil(2 * rules.size() + 1));
    for (const HostRule& rule : rules) Insert(rule);
  }

  EndpointMatch FindLongest(std::string_view host) const {
    EndpointMatch found;
    BackwardHash walk;
    const std::size_t deepest = std::min(host.size(), longest_);
    for (std::size_t length = 1; length <= deepest; ++length) {
      const std::size_t at = host.size() - length;
      const std::uint32_t hash = walk.Add(host[at]);
      if (at != 0 && host[at - 1] != '.') continue;
      const Slot& slot = slots_[Probe(hash, host.substr(at))];
      if (!slot.suffix.empty()) found = slot.match;
    }
    return found;
  }

 private:
  struct Slot {
    std::string suffix;  // empty: free
    std::uint32_t hash = 0;
    EndpointMatch match;
  };

  // The slot of `name`, or the free one where it would stand. Ends: the table is never full.
  std::size_t Probe(std::uint32_t hash, std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = hash & mask;
    while (!slots_[i].suffix.empty() &&
           (slots_[i].hash != hash || !SameName(slots_[i].suffix, name))) {
      i = (i + 1) & mask;
    }
    return i;
  }

  void Insert(const HostRule& rule) {
    const std::string suffix = Lowered(WithoutRoot(rule.suffix));
    if (!IsHostName(suffix)) return;
    BackwardHash walk;
    std::uint32_t hash = 0;
    for (auto c = suffix.rbegin(); c != suffix.rend(); ++c) hash = walk.Add(*c);
    Slot& slot = slots_[Probe(hash, suffix)];
    if (!slot.suffix.empty()) return;
    slot = {suffix, hash, {rule.endpoint, rule.evidence}};
    longest_ = std::max(longest_, suffix.size());
  }

  std::vector<Slot> slots_;
  std::size_t longest_ = 0;
};

EndpointMatch Find(const SuffixTable& table, std::string_view name) {
  name = WithoutRoot(name);
  return IsHostName(name) ? table.FindLongest(name) : EndpointMatch{};
}

// A certificate for *.example.org is of whoever holds example.org (RFC 6125 §6.4.3).
std::string_view WithoutWildcard(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return name;
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
    std::ranges::stable_sort(alpns, {}, &std::pair<std::string, EndpointMatch>::first);
    // The longest beginning is met first.
    std::ranges::stable_sort(alpn_beginnings, std::greater{},
                             [](const auto& rule) { return rule.first.size(); });
    for (const SignatureRule& rule : rules.signatures) {
      signatures[static_cast<std::size_t>(rule.protocol)] = {rule.endpoint, rule.evidence};
    }
    // A rule for the unknown protocol would claim every stranger.
    signatures[static_cast<std::size_t>(Protocol::kUnknown)] = {};
    for (const std::string& front : rules.known_fronts) {
      fronts.push_back(Lowered(WithoutRoot(front)));
    }
    std::ranges::sort(fronts);
  }

  EndpointMatch FindAlpn(std::string_view name) const {
    const auto at = std::ranges::lower_bound(
        alpns, name, {}, [](const auto& rule) { return std::string_view(rule.first); });
    if (at != alpns.end() && at->first == name) return at->second;
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

  SuffixTable hosts;
  SuffixTable certificates;
  SuffixTable realms;
  std::vector<std::pair<std::string, EndpointMatch>> alpns;            // sorted by name
  std::vector<std::pair<std::string, EndpointMatch>> alpn_beginnings;  // the longest first
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
  if (!IsKnownFront(sni)) {
    if (const auto host = MatchHost(sni); host.endpoint != kNoEndpoint) return host;
  }
  if (sni.empty() && !facts.transient.sni.overflowed()) {
    const auto certificate =
        Find(compiled_->certificates, WithoutWildcard(facts.transient.certificate_name.view()));
    if (certificate.endpoint != kNoEndpoint) return certificate;
  }
  const EndpointMatch realm = Find(compiled_->realms, facts.transient.realm.view());
  if (realm.endpoint != kNoEndpoint) return realm;
  return compiled_->FindAnyAlpn(facts.transient.alpn.view());
}

EndpointMatch EndpointMatcher::MatchHost(std::string_view host) const {
  return Find(compiled_->hosts, host);
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
