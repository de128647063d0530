#include "classify/endpoint_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace unopened::classify {
namespace {

constexpr EndpointId kWhatsApp = 1;
constexpr EndpointId kWhatsAppMedia = 2;
constexpr EndpointId kMessenger = 3;
constexpr EndpointId kFacebookGroup = 4;
constexpr EndpointId kApplePush = 5;
constexpr EndpointId kOther = 6;

EndpointRules Rules() {
  EndpointRules rules;
  rules.hosts = {{"whatsapp.net", kWhatsApp},
                 {"mmg.whatsapp.net", kWhatsAppMedia},
                 {"facebook.com", kFacebookGroup},
                 {"edge-mqtt.facebook.com", kMessenger},
                 {"m.me", kMessenger, Evidence::kWeak}};
  rules.alpns = {{"apns-security-v3", kApplePush},
                 {"apns-pack-v1", kApplePush, Evidence::kWeak},
                 {"x-other", kOther}};
  rules.signatures = {{Protocol::kWhatsAppNoise, kWhatsApp, Evidence::kStrong}};
  rules.known_fronts = {"cloudflare-ech.com", "front.whatsapp.net"};
  return rules;
}

HandshakeFacts Tls(std::string_view sni, std::string_view alpn = {}) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kTls;
  facts.transient.sni.Set(sni);
  facts.transient.alpn.Set(alpn);
  return facts;
}

struct HostCase {
  std::string name;
  std::string host;
  EndpointId endpoint;
};

TEST(EndpointMatcher, MatchesSuffixesOnLabelBoundariesOnly) {
  const EndpointMatcher matcher(Rules());
  const std::string label63(63, 'a');
  const std::string label64(64, 'a');
  for (const HostCase& c : std::vector<HostCase>{
           {"the suffix itself", "whatsapp.net", kWhatsApp},
           {"a name below it", "a.whatsapp.net", kWhatsApp},
           {"many labels below it", "a.b.c.d.e.f.whatsapp.net", kWhatsApp},
           {"no boundary", "notwhatsapp.net", kNoEndpoint},
           {"no boundary, hyphen", "not-whatsapp.net", kNoEndpoint},
           {"the suffix in the middle", "whatsapp.net.example.org", kNoEndpoint},
           {"the suffix cut", "hatsapp.net", kNoEndpoint},
           {"only the last label", "net", kNoEndpoint},
           {"the longest suffix wins", "mmg.whatsapp.net", kWhatsAppMedia},
           {"the longest suffix wins below", "x.mmg.whatsapp.net", kWhatsAppMedia},
           {"no boundary to the longer one", "xmmg.whatsapp.net", kWhatsApp},
           {"a service inside a group's name", "edge-mqtt.facebook.com", kMessenger},
           {"a group's other names", "www.facebook.com", kFacebookGroup},
           {"upper case", "A.WhatsApp.NET", kWhatsApp},
           {"the root's dot", "a.whatsapp.net.", kWhatsApp},
           {"two trailing dots", "a.whatsapp.net..", kNoEndpoint},
           {"an empty label inside", "a..whatsapp.net", kNoEndpoint},
           {"an empty label first", ".whatsapp.net", kNoEndpoint},
           {"a lone dot", ".", kNoEndpoint},
           {"nothing", "", kNoEndpoint},
           {"a space", "a b.whatsapp.net", kNoEndpoint},
           {"a byte above ASCII", "\xc3\xa4.whatsapp.net", kNoEndpoint},
           {"a zero byte", std::string("a\0.whatsapp.net", 15), kNoEndpoint},
           {"an A-label", "xn--4ca.whatsapp.net", kWhatsApp},
           {"an underscore", "_a.whatsapp.net", kWhatsApp},
           {"a label of 63", label63 + ".whatsapp.net", kWhatsApp},
           {"a label of 64", label64 + ".whatsapp.net", kNoEndpoint},
           {"IPv4 literal", "10.0.0.1", kNoEndpoint},
           {"IPv6 literal", "[2001:db8::1]", kNoEndpoint},
       }) {
    EXPECT_EQ(c.endpoint, matcher.MatchHost(c.host).endpoint) << c.name;
  }
}

TEST(EndpointMatcher, TakesANameOfExactlyTheLargestLength) {
  const EndpointMatcher matcher(Rules());
  std::string host = "whatsapp.net";
  while (host.size() + 2 <= 253) host = "a." + host;
  host = host.size() < 253 ? "a" + host : host;
  ASSERT_EQ(253U, host.size());
  EXPECT_EQ(kWhatsApp, matcher.MatchHost(host).endpoint);
  EXPECT_EQ(kWhatsApp, matcher.MatchHost(host + ".").endpoint);
  EXPECT_EQ(kNoEndpoint, matcher.MatchHost("a" + host).endpoint);
}

TEST(EndpointMatcher, AnIpLiteralIsNoNameEvenWhereARuleLooksLikeOne) {
  EndpointRules rules;
  rules.hosts = {{"0.1", kOther}, {"1a", kOther}};
  const EndpointMatcher matcher(rules);
  EXPECT_EQ(kNoEndpoint, matcher.MatchHost("10.0.0.1").endpoint);
  EXPECT_EQ(kOther, matcher.MatchHost("10.0.0.1a").endpoint);
}

TEST(EndpointMatcher, CarriesTheRulesEvidence) {
  const EndpointMatcher matcher(Rules());
  EXPECT_EQ(Evidence::kStrong, matcher.MatchHost("a.whatsapp.net").evidence);
  EXPECT_EQ(Evidence::kWeak, matcher.MatchHost("m.me").evidence);
  EXPECT_EQ(Evidence::kNone, matcher.MatchHost("example.org").evidence);
}

TEST(EndpointMatcher, AsksSignatureThenHostThenAlpn) {
  const EndpointMatcher matcher(Rules());
  HandshakeFacts noise = Tls("www.facebook.com", "apns-pack-v1");
  noise.protocol = Protocol::kWhatsAppNoise;
  EXPECT_EQ(kWhatsApp, matcher.Match(noise).endpoint);
  EXPECT_EQ(kFacebookGroup, matcher.Match(Tls("www.facebook.com", "apns-pack-v1")).endpoint);
  EXPECT_EQ(kApplePush, matcher.Match(Tls("example.org", "apns-pack-v1")).endpoint);
  EXPECT_EQ(kNoEndpoint, matcher.Match(Tls("example.org", "h2")).endpoint);
  EXPECT_EQ(kNoEndpoint, matcher.Match(HandshakeFacts{}).endpoint);
}

TEST(EndpointMatcher, ReadsEveryOfferedAlpnAndWholeNamesOnly) {
  const EndpointMatcher matcher(Rules());
  struct Case {
    std::string alpn;
    EndpointMatch match;
  };
  for (const Case& c : std::vector<Case>{
           {"apns-security-v3", {kApplePush, Evidence::kStrong}},
           {"apns-pack-v1", {kApplePush, Evidence::kWeak}},
           {"h2;apns-pack-v1", {kApplePush, Evidence::kWeak}},
           {"apns-pack-v1;h2;apns-security-v3", {kApplePush, Evidence::kStrong}},
           {"apns-security", {}},
           {"apns-security-v33", {}},
           {"xapns-security-v3", {}},
           {";;h2;", {}},
           {"apns-security-v3;x-other", {}},
           {"APNS-SECURITY-V3", {}},
       }) {
    const EndpointMatch match = matcher.Match(Tls("", c.alpn));
    EXPECT_EQ(c.match.endpoint, match.endpoint) << c.alpn;
    EXPECT_EQ(c.match.evidence, match.evidence) << c.alpn;
  }
}

TEST(EndpointMatcher, AnOverflowedNameMatchesNothing) {
  const EndpointMatcher matcher(Rules());
  const HandshakeFacts facts = Tls(std::string(300, 'a') + ".whatsapp.net");
  ASSERT_TRUE(facts.transient.sni.overflowed());
  EXPECT_EQ(kNoEndpoint, matcher.Match(facts).endpoint);
}

TEST(EndpointMatcher, AKnownFrontNamesNoEndpointUnlessTheAlpnDoes) {
  const EndpointMatcher matcher(Rules());
  EXPECT_TRUE(matcher.IsKnownFront("cloudflare-ech.com"));
  EXPECT_TRUE(matcher.IsKnownFront("Cloudflare-ECH.com."));
  EXPECT_FALSE(matcher.IsKnownFront("a.cloudflare-ech.com"));
  EXPECT_FALSE(matcher.IsKnownFront("cloudflare.com"));
  EXPECT_FALSE(matcher.IsKnownFront(""));
  EXPECT_FALSE(matcher.IsKnownFront(std::string(5'000, 'a')));
  EXPECT_EQ(kNoEndpoint, matcher.Match(Tls("front.whatsapp.net")).endpoint);
  EXPECT_EQ(kWhatsApp, matcher.Match(Tls("back.whatsapp.net")).endpoint);
  EXPECT_EQ(kApplePush, matcher.Match(Tls("front.whatsapp.net", "apns-pack-v1")).endpoint);
}

EndpointRules RulesOfCertificatesAndRealms() {
  EndpointRules rules = Rules();
  rules.certificates = {{"webex.com", kOther}, {"meet.webex.com", kMessenger, Evidence::kWeak}};
  rules.realms = {{"signal.org", kWhatsApp}};
  return rules;
}

TEST(EndpointMatcher, AsksTheCertificateOnlyWhereNoServerNameWasSent) {
  const EndpointMatcher matcher(RulesOfCertificatesAndRealms());
  struct Case {
    std::string sni;
    std::string certificate;
    EndpointMatch match;
  };
  for (const Case& c : {
           Case{"", "webex.com", {kOther, Evidence::kStrong}},
           Case{"", "*.webex.com", {kOther, Evidence::kStrong}},
           Case{"", "a.meet.webex.com", {kMessenger, Evidence::kWeak}},
           Case{"", "notwebex.com", {}},
           Case{"", "*.*.webex.com", {}},
           Case{"", "webex.com.example.org", {}},
           Case{"", "whatsapp.net", {}},  // a host rule speaks of what the client asked for
           Case{"www.example.org", "webex.com", {}},
           Case{"a.whatsapp.net", "webex.com", {kWhatsApp, Evidence::kStrong}},
           Case{std::string(300, 'a'), "webex.com", {}},
       }) {
    HandshakeFacts facts = Tls(c.sni);
    facts.transient.certificate_name.Set(c.certificate);
    const EndpointMatch match = matcher.Match(facts);
    EXPECT_EQ(c.match.endpoint, match.endpoint) << c.sni << " " << c.certificate;
    EXPECT_EQ(c.match.evidence, match.evidence) << c.sni << " " << c.certificate;
  }
}

TEST(EndpointMatcher, ARealmMatchesByTheSameLawAsAHost) {
  const EndpointMatcher matcher(RulesOfCertificatesAndRealms());
  for (const auto& [realm, endpoint] : std::vector<std::pair<std::string, EndpointId>>{
           {"signal.org", kWhatsApp},
           {"turn.Signal.org.", kWhatsApp},
           {"notsignal.org", kNoEndpoint},
           {"signal.org.example", kNoEndpoint},
           {"whatsapp.net", kNoEndpoint},
           {std::string(200, 'a') + ".signal.org", kNoEndpoint},
           {"", kNoEndpoint},
       }) {
    HandshakeFacts facts;
    facts.protocol = Protocol::kStun;
    facts.transient.realm.Set(realm);
    EXPECT_EQ(endpoint, matcher.Match(facts).endpoint) << realm;
  }
}

TEST(EndpointMatcher, AnAlpnRuleWithAStarStandsForWhatBeginsLikeIt) {
  EndpointRules rules = Rules();
  rules.alpns.push_back({"anydesk/*", kOther});
  rules.alpns.push_back({"anydesk/6/*", kMessenger});
  rules.alpns.push_back({"anydesk/6/exact", kApplePush});
  const EndpointMatcher matcher(rules);
  for (const auto& [alpn, endpoint] : std::vector<std::pair<std::string, EndpointId>>{
           {"anydesk/5.1/windows", kOther},
           {"anydesk/", kOther},
           {"h2;anydesk/5", kOther},
           {"anydesk/6/linux", kMessenger},
           {"anydesk/6/exact", kApplePush},
           {"anydesk", kNoEndpoint},
           {"xanydesk/5", kNoEndpoint},
           {"anydesk/5;anydesk/6/linux", kNoEndpoint},
       }) {
    EXPECT_EQ(endpoint, matcher.Match(Tls("", alpn)).endpoint) << alpn;
  }
}

TEST(EndpointMatcher, AFingerprintIsAWeakHintWhereNothingElseNamesTheSession) {
  constexpr std::string_view kJa4 = "t13d1516h2_8daaf6152771_02713d6af862";
  EndpointRules rules = RulesOfCertificatesAndRealms();
  EXPECT_FALSE(EndpointMatcher(rules).HasFingerprints());
  rules.fingerprints = {{std::string(kJa4), kMessenger}};
  const EndpointMatcher matcher(rules);
  EXPECT_TRUE(matcher.HasFingerprints());
  struct Case {
    std::string name;
    std::string_view ja4;
    std::string sni;
    std::string alpn;
    std::string certificate;
    EndpointMatch match;
  };
  for (const Case& c : {
           Case{"no name", kJa4, "", "", "", {kMessenger, Evidence::kWeak}},
           Case{"a front's name",
                kJa4,
                "cloudflare-ech.com",
                "h2",
                "",
                {kMessenger, Evidence::kWeak}},
           Case{"another's fingerprint", "t13d1516h2_8daaf6152771_02713d6af863", "", "", "", {}},
           Case{"none computed", "", "", "", "", {}},
           Case{"a name that no rule knows", kJa4, "www.example.org", "", "", {}},
           Case{"an overflowed name", kJa4, std::string(300, 'a'), "", "", {}},
           Case{"a known name", kJa4, "a.whatsapp.net", "", "", {kWhatsApp, Evidence::kStrong}},
           Case{"a known certificate", kJa4, "", "", "webex.com", {kOther, Evidence::kStrong}},
           Case{"a known ALPN", kJa4, "", "apns-pack-v1", "", {kApplePush, Evidence::kWeak}},
       }) {
    HandshakeFacts facts = Tls(c.sni, c.alpn);
    facts.transient.ja4.Set(c.ja4);
    facts.transient.certificate_name.Set(c.certificate);
    const EndpointMatch match = matcher.Match(facts);
    EXPECT_EQ(c.match.endpoint, match.endpoint) << c.name;
    EXPECT_EQ(c.match.evidence, match.evidence) << c.name;
  }
}

TEST(EndpointMatcher, WithoutRulesNothingMatches) {
  const EndpointMatcher matcher;
  EXPECT_EQ(kNoEndpoint, matcher.Match(Tls("a.whatsapp.net", "apns-pack-v1")).endpoint);
  EXPECT_FALSE(matcher.IsKnownFront("a.whatsapp.net"));
}

TEST(EndpointMatcher, ARuleThatIsNoHostNameOrForTheUnknownProtocolIsIgnored) {
  EndpointRules rules;
  rules.hosts = {{"", kOther}, {".", kOther}, {"a..b", kOther}, {"*.c.org", kOther}};
  rules.signatures = {{Protocol::kUnknown, kOther, Evidence::kStrong}};
  const EndpointMatcher matcher(rules);
  for (const char* host : {"a", "b", "a.b", "c.org", "x.c.org"}) {
    EXPECT_EQ(kNoEndpoint, matcher.MatchHost(host).endpoint) << host;
  }
  EXPECT_EQ(kNoEndpoint, matcher.Match(HandshakeFacts{}).endpoint);
}

// Slow and plain: every rule, by the header's definition.
EndpointId LongestByDefinition(const EndpointRules& rules, const std::string& host) {
  const HostRule* best = nullptr;
  for (const HostRule& rule : rules.hosts) {
    if (host != rule.suffix && !host.ends_with("." + rule.suffix)) continue;
    if (best == nullptr || rule.suffix.size() > best->suffix.size()) best = &rule;
  }
  return best == nullptr ? kNoEndpoint : best->endpoint;
}

TEST(EndpointMatcher, AgreesWithThePlainDefinitionOnManyRulesAndNames) {
  std::mt19937 random(7);
  const auto name = [&random](std::size_t labels) {
    std::string out;
    for (std::size_t i = 0; i < labels; ++i) {
      out += (i == 0 ? "" : ".");
      for (std::size_t c = 0; c <= random() % 2; ++c) out += static_cast<char>('a' + random() % 3);
    }
    return out;
  };
  EndpointRules rules;
  for (int i = 0; i < 400; ++i) {
    const std::string suffix = name(2 + random() % 3);
    const auto same = [&suffix](const HostRule& rule) { return rule.suffix == suffix; };
    if (std::ranges::none_of(rules.hosts, same)) {
      rules.hosts.push_back({suffix, static_cast<EndpointId>(i + 1)});
    }
  }
  const EndpointMatcher matcher(rules);
  int matched = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string host = name(1 + random() % 6);
    const EndpointId expected = LongestByDefinition(rules, host);
    matched += expected != kNoEndpoint ? 1 : 0;
    ASSERT_EQ(expected, matcher.MatchHost(host).endpoint) << host;
  }
  EXPECT_GT(matched, 1'000);
  EXPECT_LT(matched, 5'000);
}

}  // namespace
}  // namespace unopened::classify
