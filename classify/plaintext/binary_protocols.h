// Protocols of binary fields in clear: what each side says first.
//
// DNS (RFC 1035 §4.1), its multicast and link-local kin (RFC 6762, RFC 4795), NTP (RFC 5905 §7.3),
// DHCP (RFC 2131 §2), SNMP v1 and v2c (RFC 1157, RFC 1901), MQTT (OASIS 3.1.1 and 5, §3.1),
// BitTorrent (BEP 3, BEP 5), NetBIOS names and datagrams (RFC 1002 §4.2, §4.4), Telnet (RFC 854).
// SNMP v3 may be encrypted and is not claimed. Pure; read the head alone.
#pragma once

#include "classify/plaintext/head.h"

namespace unopened::classify::plaintext {

Fit DnsQuery(const Head& head);  // over UDP
Fit DnsResponse(const Head& head);
Fit DnsQueryOverTcp(const Head& head);
Fit DnsResponseOverTcp(const Head& head);
Fit Mdns(const Head& head);  // either side
Fit Llmnr(const Head& head);
Fit NtpClient(const Head& head);
Fit NtpServer(const Head& head);
// RFC 5905 §8: an answer's origin timestamp is the request's transmit timestamp.
bool NtpEchoes(const Head& request, const Head& answer);
Fit DhcpRequest(const Head& head);
Fit DhcpReply(const Head& head);
Fit Snmp(const Head& head);
Fit NetbiosName(const Head& head);
Fit NetbiosDatagram(const Head& head);
Fit MqttConnect(const Head& head);
Fit MqttConnack(const Head& head);
Fit BitTorrentHandshake(const Head& head);
Fit BitTorrentDht(const Head& head);
Fit TelnetNegotiation(const Head& head);  // either side

}  // namespace unopened::classify::plaintext
