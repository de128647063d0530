#include "classify/ssh/ssh_dissector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "classify/fingerprint/hassh.h"
#include "classify/ssh/key_exchange.h"
#include "classify/ssh/message.h"

namespace unopened::classify::ssh {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

// RFC 4253 §11 allows IGNORE and DEBUG at any time, so a few may stand before KEXINIT.
constexpr int kMaxPacketsBeforeKexInit = 4;

enum class Stage : std::uint8_t {
  kReading,  // more bytes may bring more
  kWhole,    // the KEXINIT was read
  kEnded,    // nothing more can come: the bytes end, or the end took leave
};

struct End {
  std::optional<Identification> identification;
  std::optional<KexInitView> kex_init;
  Stage stage = Stage::kReading;
  std::size_t at_least = 1;
  std::string_view refused;  // not SSH, and why; empty otherwise
  ByteReader rest;           // open, whatever the flow's reader is
  bool final = false;
};

// A refusal behind the identification string ends the reading and takes back nothing: the end has
// named the protocol, and sends what no other end would go on with.
template <class T>
const T* Take(End& end, const Parsed<T>& parsed) {
  if (const auto* more = std::get_if<NeedMore>(&parsed)) {
    end.stage = end.final ? Stage::kEnded : Stage::kReading;
    end.at_least = more->at_least;
  } else if (const auto* refusal = std::get_if<NotThis>(&parsed)) {
    if (end.identification) {
      end.stage = Stage::kEnded;
    } else {
      end.refused = refusal->why;
    }
  }
  return base::Value(parsed);
}

// A cut is told from a lie by reading as if more could come.
End ReadIdentificationOf(const ByteReader& reader, bool preamble_allowed) {
  End end;
  end.rest = ByteReader(reader.rest(), base::End::kOpen);
  end.final = !reader.open();
  const Parsed<Identification> parsed = ReadIdentification(end.rest, preamble_allowed);
  if (const Identification* identification = Take(end, parsed)) {
    end.identification = *identification;
  }
  return end;
}

void ReadKexInitOf(End& end) {
  for (int i = 0; i <= kMaxPacketsBeforeKexInit; ++i) {
    const Parsed<PacketView> parsed = ReadPacket(end.rest);
    const PacketView* packet = Take(end, parsed);
    if (packet == nullptr) return;
    switch (packet->message) {
      case kMessageKexInit: {
        const Parsed<KexInitView> kex_init = ParseKexInit(packet->body);
        if (const KexInitView* view = Take(end, kex_init)) {
          end.kex_init = *view;
          end.stage = Stage::kWhole;
        }
        return;
      }
      case kMessageDisconnect:
        end.stage = Stage::kEnded;
        return;
      case kMessageIgnore:
      case kMessageUnimplemented:
      case kMessageDebug:
        break;
      default:
        end.stage = Stage::kEnded;
        return;
    }
  }
  end.stage = Stage::kEnded;
}

Version Highest(ProtoVersion version) {
  return version == ProtoVersion::kSsh1 ? Version::kSsh1 : Version::kSsh2;
}

// RFC 4253 §5: 2.0 against 1.x ends in a disconnect, so nothing was agreed.
Version Agreed(ProtoVersion client, ProtoVersion server) {
  if (client != ProtoVersion::kSsh1 && server != ProtoVersion::kSsh1) return Version::kSsh2;
  if (client == ProtoVersion::kSsh2 || server == ProtoVersion::kSsh2) return Version::kOther;
  return Version::kSsh1;
}

// Markers that only one role sends (RFC 8308 §2.1). A reverse tunnel's SSH server is the TCP
// client.
bool Lists(const KexInitView& kex_init, std::string_view marker, std::string_view other) {
  std::string_view list(reinterpret_cast<const char*>(kex_init.kex_algorithms.data()),
                        kex_init.kex_algorithms.size());
  std::string_view name;
  for (int i = 0; i < kMaxNames && NextName(list, name); ++i) {
    if (name == marker || name == other) return true;
  }
  return false;
}
bool SaysServer(const KexInitView& kex_init) {
  return Lists(kex_init, "ext-info-s", "kex-strict-s-v00@openssh.com");
}
bool SaysClient(const KexInitView& kex_init) {
  return Lists(kex_init, "ext-info-c", "kex-strict-c-v00@openssh.com");
}

bool RolesAreSwapped(const End& client, const End& server) {
  return (client.kex_init && SaysServer(*client.kex_init)) ||
         (server.kex_init && SaysClient(*server.kex_init));
}
bool RolesAreSure(const FlowView& flow, const End& client, const End& server) {
  return flow.start_seen || (client.kex_init && SaysClient(*client.kex_init)) ||
         (server.kex_init && SaysServer(*server.kex_init)) || RolesAreSwapped(client, server);
}

KeyExchange NegotiatedKind(const KexInitView& client, const KexInitView& server, bool sure) {
  const KeyExchange kind = KindOf(NegotiatedKex(client.kex_algorithms, server.kex_algorithms));
  if (sure || kind == KindOf(NegotiatedKex(server.kex_algorithms, client.kex_algorithms))) {
    return kind;
  }
  return KeyExchange::kUnknown;  // whose list decides is not known
}

// Says more than its first eight letters.
bool IsTold(const End& end) {
  return end.kex_init.has_value() || (end.identification && end.identification->exact);
}

Parsed<HandshakeFacts> FactsOf(const FlowView& flow, const End& opener, const End& answerer) {
  const bool swapped = RolesAreSwapped(opener, answerer);
  const End& client = swapped ? answerer : opener;
  const End& server = swapped ? opener : answerer;
  if (!client.identification && !server.identification) return NotThis{"ssh: no identification"};

  HandshakeFacts facts;
  facts.protocol = Protocol::kSsh;
  facts.resumption = Resumption::kNone;
  if (client.identification && server.identification) {
    facts.sides = SidesSeen::kBoth;
    facts.version = Agreed(client.identification->version, server.identification->version);
    facts.evidence = IsTold(client) && IsTold(server) ? Evidence::kStrong : Evidence::kWeak;
  } else {
    const bool only_client = client.identification.has_value();
    facts.sides = only_client ? SidesSeen::kClientOnly : SidesSeen::kServerOnly;
    facts.version = Highest((only_client ? client : server).identification->version);
    facts.offered_only = true;
    facts.evidence = Evidence::kWeak;
  }
  if (client.kex_init && server.kex_init) {
    facts.evidence = Evidence::kProof;
    facts.key_exchange =
        NegotiatedKind(*client.kex_init, *server.kex_init, RolesAreSure(flow, opener, answerer));
  }
  if (flow.options.fingerprints && client.kex_init) {
    const KexInitView& kex_init = *client.kex_init;
    fingerprint::Hassh(kex_init.kex_algorithms, kex_init.encryption_to_server,
                       kex_init.mac_to_server, kex_init.compression_to_server,
                       facts.transient.hassh);
  }
  if (flow.options.fingerprints && server.kex_init) {
    const KexInitView& kex_init = *server.kex_init;
    fingerprint::Hassh(kex_init.kex_algorithms, kex_init.encryption_to_client,
                       kex_init.mac_to_client, kex_init.compression_to_client,
                       facts.transient.hassh_server);
  }
  return facts;
}

Parsed<HandshakeFacts> Read(const FlowView& flow, bool last) {
  End client = ReadIdentificationOf(flow.client, /*preamble_allowed=*/false);
  End server = ReadIdentificationOf(flow.server, /*preamble_allowed=*/true);
  for (const End* end : {&client, &server}) {
    if (!end->refused.empty()) return NotThis{end->refused};
  }
  const bool both = client.identification && server.identification;
  if (both &&
      Agreed(client.identification->version, server.identification->version) != Version::kSsh2) {
    return FactsOf(flow, client, server);
  }
  for (End* end : {&client, &server}) {
    if (!end->identification) continue;
    // What follows 1.99 is the other end's choice, and SSH-1 has no KEXINIT.
    if (!both && end->identification->version != ProtoVersion::kSsh2) {
      if (end->final) end->stage = Stage::kEnded;
      continue;
    }
    ReadKexInitOf(*end);
  }
  const bool reading = client.stage == Stage::kReading || server.stage == Stage::kReading;
  if (!reading || last) return FactsOf(flow, client, server);
  std::size_t at_least = kMaxPacketLength;
  for (const End* end : {&client, &server}) {
    if (end->stage == Stage::kReading) at_least = std::min(at_least, end->at_least);
  }
  return NeedMore{at_least};
}

Parsed<HandshakeFacts> DissectSsh(const FlowView& flow) { return Read(flow, /*last=*/false); }
Parsed<HandshakeFacts> PartialSsh(const FlowView& flow) { return Read(flow, /*last=*/true); }

constexpr Dissector kDissector = {.name = "ssh",
                                  .over_tcp = true,
                                  .over_udp = false,
                                  .dissect = DissectSsh,
                                  .partial = PartialSsh,
                                  .kind = DissectorKind::kHandshake};

}  // namespace

const Dissector& SshDissector() { return kDissector; }

}  // namespace unopened::classify::ssh
