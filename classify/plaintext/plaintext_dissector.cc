#include "classify/plaintext/plaintext_dissector.h"

#include <array>
#include <span>

#include "classify/plaintext/binary_protocols.h"
#include "classify/plaintext/binary_protocols_access.h"
#include "classify/plaintext/binary_protocols_services.h"
#include "classify/plaintext/binary_protocols_stores.h"
#include "classify/plaintext/rule.h"
#include "classify/plaintext/text_protocols.h"

namespace unopened::classify::plaintext {
namespace {

Fit Never(const Head&) { return Fit::kNo; }

constexpr Rule OfLines(Protocol protocol, Recognise client, Recognise server,
                       Variant variant = Variant::kNone) {
  return {protocol, client, server, variant, nullptr, false, true};
}

constexpr std::array<Rule, 16> kTcpRules = {{
    OfLines(Protocol::kHttp, &HttpRequest, &HttpStatus, Variant::kHttp1),
    {Protocol::kHttp, &Http2Preface, &Http2Settings, Variant::kHttp2},
    OfLines(Protocol::kRtsp, &RtspRequest, &RtspStatus),
    OfLines(Protocol::kSip, &SipMessage, &SipMessage),
    {Protocol::kDns, &DnsQueryOverTcp, &DnsResponseOverTcp},
    {Protocol::kMqtt, &MqttConnect, &MqttConnack},
    {Protocol::kBitTorrent, &BitTorrentHandshake, &BitTorrentHandshake},
    {Protocol::kTelnet, &TelnetNegotiation, &TelnetNegotiation},
    {Protocol::kPostgresql, &PostgresqlStartup, &PostgresqlAnswer},
    {Protocol::kRedis, &RedisCommand, &RedisReply},
    {Protocol::kAmqp, &AmqpHeader, &AmqpAnswer},
    {Protocol::kVnc, &VncChoiceInClear, &VncServer},
    {Protocol::kLdap, &LdapSimpleBind, &LdapResponse},
    {Protocol::kKerberos, &KerberosRequestOverTcp, &KerberosReplyOverTcp},
    {Protocol::kSunRpc, &RpcCallOverTcp, &RpcReplyOverTcp, Variant::kNone, &RpcEchoesOverTcp},
    {Protocol::kModbus, &ModbusRequest, &ModbusAnswer, Variant::kNone, &ModbusEchoes},
}};

// A NetBIOS name and a multicast question are DNS messages too, so those come first.
constexpr std::array<Rule, 19> kUdpRules = {{
    {Protocol::kNetbios, &NetbiosName, &NetbiosName},
    {Protocol::kMdns, &Mdns, &Mdns},
    {Protocol::kLlmnr, &Llmnr, &Llmnr},
    {Protocol::kDns, &DnsQuery, &DnsResponse},
    {Protocol::kSnmp, &Snmp, &Snmp},
    OfLines(Protocol::kSsdp, &SsdpRequest, &HttpStatus),
    OfLines(Protocol::kSip, &SipMessage, &SipMessage),
    {Protocol::kBitTorrent, &BitTorrentDht, &BitTorrentDht},
    {Protocol::kBitTorrent, &PeerSearch, &PeerSearch},
    {Protocol::kBitTorrent, &TrackerConnect, &TrackerAnswer, Variant::kNone, &TrackerEchoes},
    {Protocol::kLdap, &CldapSearch, &CldapResult},
    {Protocol::kKerberos, &KerberosRequest, &KerberosReply},
    {Protocol::kSunRpc, &RpcCall, &RpcReply, Variant::kNone, &RpcEchoes},
    {Protocol::kRadius, &RadiusRequest, &RadiusAnswer, Variant::kNone, &RadiusEchoes},
    {Protocol::kCoap, &CoapRequest, &CoapAnswer, Variant::kNone, &CoapEchoes},
    {Protocol::kNetbios, &NetbiosDatagram, &NetbiosDatagram},
    {Protocol::kDhcp, &DhcpRequest, &DhcpReply},
    {Protocol::kNtp, &NtpClient, &NtpServer, Variant::kNone, &NtpEchoes},
    {Protocol::kSyslog, &Syslog, &Never},
}};

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  const bool tcp = flow.transport == capture::Transport::kTcp;
  const std::span<const Rule> rules =
      tcp ? std::span<const Rule>(kTcpRules) : std::span<const Rule>(kUdpRules);
  const Heads heads = HeadsOf(flow);
  const Heads exchanged = Exchanged(heads);
  // Nobody claims a flow of one side while the other may come: whoever waits decides then.
  const bool server_alone = heads.client.empty();
  const bool one_side = server_alone != heads.server.empty();
  const bool undecided = one_side && (server_alone ? heads.client_may_come : heads.server_may_come);
  bool waiting = false;
  for (const Rule& rule : rules) {
    Judgement judgement = Judge(rule, heads);
    // Over TCP the SYN has told who opened the flow; some say the same from both sides.
    if (judgement.ruling == Ruling::kNo && !tcp &&
        (rule.client != rule.server || rule.echoes != nullptr)) {
      judgement = Judge(rule, exchanged);
    }
    if (judgement.ruling == Ruling::kClaim) return FactsOf(rule, judgement);
    if (judgement.ruling != Ruling::kWait) continue;
    if (undecided) return base::NeedMore{1};
    waiting = true;
  }
  if (waiting) return base::NeedMore{1};
  return base::NotThis{"plaintext: none known"};
}

}  // namespace

const Dissector& PlaintextDissector() {
  static constexpr Dissector kDissector{.name = "plaintext",
                                        .over_tcp = true,
                                        .over_udp = true,
                                        .dissect = &Dissect,
                                        .kind = DissectorKind::kPlaintext};
  return kDissector;
}

}  // namespace unopened::classify::plaintext
