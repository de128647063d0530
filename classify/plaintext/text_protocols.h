// Protocols of readable lines: what each side says first.
//
// HTTP/1 (RFC 9112 §3), HTTP/2 in clear (RFC 9113 §3.4), RTSP (RFC 7826), SIP (RFC 3261 §7), SSDP
// (UPnP 1.1 §1), syslog (RFC 5424, RFC 3164); and of the dialogues that may go over to TLS: SMTP
// (RFC 5321), POP3 (RFC 1939), IMAP (RFC 9051), FTP (RFC 959), IRC (RFC 2812), NNTP (RFC 3977),
// ManageSieve (RFC 5804), XMPP (RFC 6120). Pure; read the head alone.
#pragma once

#include "classify/plaintext/head.h"

namespace unopened::classify::plaintext {

Fit HttpRequest(const Head& head);  // any method but CONNECT
Fit HttpConnect(const Head& head);
Fit HttpStatus(const Head& head);
Fit Http2Preface(const Head& head);
Fit Http2Settings(const Head& head);
Fit RtspRequest(const Head& head);
Fit RtspStatus(const Head& head);
Fit SipMessage(const Head& head);  // either side
Fit SsdpRequest(const Head& head);
Fit Syslog(const Head& head);
Fit PeerSearch(const Head& head);  // BitTorrent's multicast question for local peers (BEP 14)

Fit SmtpCommand(const Head& head);
Fit SmtpGreeting(const Head& head);
Fit Pop3Command(const Head& head);
Fit Pop3Greeting(const Head& head);
Fit ImapCommand(const Head& head);
Fit ImapGreeting(const Head& head);
Fit FtpCommand(const Head& head);
Fit FtpGreeting(const Head& head);
Fit IrcCommand(const Head& head);
Fit IrcReply(const Head& head);
Fit NntpCommand(const Head& head);
Fit NntpGreeting(const Head& head);
Fit SieveCommand(const Head& head);
Fit SieveGreeting(const Head& head);
Fit XmppStream(const Head& head);  // either side

}  // namespace unopened::classify::plaintext
