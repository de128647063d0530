// Network and field services in clear: what each side says first.
//
// Kerberos (RFC 4120 §5, §7.2), RADIUS (RFC 2865 §3, RFC 2866), ONC RPC with AUTH_NONE or AUTH_SYS
// (RFC 5531 §9, §11), Modbus/TCP (Modbus Messaging on TCP/IP 1.0b §3), CoAP (RFC 7252 §3, without
// OSCORE), BitTorrent's trackers over UDP (BEP 15). Pure; read the head alone.
#pragma once

#include "classify/plaintext/head.h"

namespace unopened::classify::plaintext {

Fit KerberosRequest(const Head& head);
Fit KerberosReply(const Head& head);
Fit KerberosRequestOverTcp(const Head& head);
Fit KerberosReplyOverTcp(const Head& head);
Fit RadiusRequest(const Head& head);
Fit RadiusAnswer(const Head& head);
bool RadiusEchoes(const Head& request, const Head& answer);  // the identifier
Fit RpcCall(const Head& head);
Fit RpcReply(const Head& head);
bool RpcEchoes(const Head& request, const Head& answer);  // the transaction
Fit RpcCallOverTcp(const Head& head);
Fit RpcReplyOverTcp(const Head& head);
bool RpcEchoesOverTcp(const Head& request, const Head& answer);
Fit ModbusRequest(const Head& head);
Fit ModbusAnswer(const Head& head);
bool ModbusEchoes(const Head& request, const Head& answer);  // transaction, unit, function
Fit CoapRequest(const Head& head);
Fit CoapAnswer(const Head& head);
bool CoapEchoes(const Head& request, const Head& answer);  // message id and token
Fit TrackerConnect(const Head& head);
Fit TrackerAnswer(const Head& head);
bool TrackerEchoes(const Head& request, const Head& answer);  // the transaction

}  // namespace unopened::classify::plaintext
