#include "classify/ssh/banner_dissector.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace unopened::classify::ssh {
namespace {

using base::NeedMore;
using base::NotThis;
using base::Parsed;

// The protoversion and what ends it (RFC 4253 §4.2, §5.1).
constexpr std::array<std::string_view, 2> kBanners = {"SSH-2.0-", "SSH-1.99-"};

std::string_view Text(const base::ByteReader& reader) {
  return {reinterpret_cast<const char*>(reader.rest().data()), reader.size()};
}

// The first character of words, or an empty line.
bool BeginsInClear(std::string_view text) {
  return (text[0] > ' ' && text[0] <= '~') || text[0] == '\r' || text[0] == '\n';
}

Parsed<HandshakeFacts> DissectSshBanner(const FlowView& flow) {
  const std::string_view client = Text(flow.client);
  const std::string_view server = Text(flow.server);
  if (!client.empty() && (!BeginsInClear(client) || client.starts_with(kBanners[0].substr(0, 4)))) {
    return NotThis{"ssh banner: client"};
  }
  const bool whole = std::ranges::any_of(
      kBanners, [&](std::string_view banner) { return server.starts_with(banner); });
  const bool begun = std::ranges::any_of(
      kBanners, [&](std::string_view banner) { return banner.starts_with(server); });
  if (!whole && !begun) return NotThis{"ssh banner: server"};
  if (!whole) return base::Short<HandshakeFacts>(flow.server, "ssh banner: cut");
  if (client.empty()) return base::Short<HandshakeFacts>(flow.client, "ssh banner: no client");
  HandshakeFacts facts;
  facts.protocol = Protocol::kSsh;
  facts.version = Version::kSsh2;
  facts.offered_only = true;
  facts.key_exchange = KeyExchange::kNone;
  facts.resumption = Resumption::kNone;
  facts.sides = SidesSeen::kServerOnly;
  facts.evidence = Evidence::kWeak;
  facts.plaintext = true;
  return facts;
}

constexpr Dissector kDissector = {.name = "ssh_banner",
                                  .over_tcp = true,
                                  .over_udp = false,
                                  .dissect = DissectSshBanner,
                                  .partial = nullptr,
                                  .kind = DissectorKind::kPlaintext};

}  // namespace

const Dissector& SshBannerDissector() { return kDissector; }

}  // namespace unopened::classify::ssh
