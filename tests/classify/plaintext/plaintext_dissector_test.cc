#include "classify/plaintext/plaintext_dissector.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "classify/plaintext/head.h"
#include "classify/upgrade/dialogue.h"
#include "classify/upgrade/upgrade_dissector.h"
#include "tests/support/wire.h"

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::End;
using tests::Wire;
using Payload = std::vector<std::uint8_t>;
using Answer = base::Parsed<HandshakeFacts>;

Payload Text(std::string_view text) { return Wire().Text(text).bytes(); }

// The two sides of a flow; over UDP each is one datagram.
struct Flow {
  bool tcp = true;
  Payload client = {};
  Payload server = {};
  std::uint16_t client_port = 40000;
  std::uint16_t server_port = 9999;
  bool start_seen = true;
};

// What the flow's dissectors say, in the order in which they are listed; the last one's answer
// where all refuse.
Answer Ask(const Flow& flow, bool open, std::size_t client_cut, std::size_t server_cut) {
  FlowView view;
  view.client_port = flow.client_port;
  view.server_port = flow.server_port;
  view.start_seen = flow.start_seen;
  const base::Bytes client = base::Bytes(flow.client).first(client_cut);
  const base::Bytes server = base::Bytes(flow.server).first(server_cut);
  std::vector<Datagram> datagrams;
  if (flow.tcp) {
    view.transport = capture::Transport::kTcp;
    view.client = ByteReader(client, open ? End::kOpen : End::kFinal);
    view.server = ByteReader(server, open ? End::kOpen : End::kFinal);
    view.datagrams_open = false;
  } else {
    view.transport = capture::Transport::kUdp;
    const auto size = [](base::Bytes b) { return static_cast<std::uint32_t>(b.size()); };
    if (!client.empty()) datagrams.push_back({client, size(client), true});
    if (!server.empty()) datagrams.push_back({server, size(server), false});
    view.datagrams = datagrams;
    view.datagrams_open = open;
  }
  Answer answer = base::NotThis{"nobody"};
  bool waiting = false;
  for (const Dissector* dissector :
       {&SignallingDissector(), &upgrade::UpgradeDissector(), &PlaintextDissector()}) {
    if (flow.tcp ? !dissector->over_tcp : !dissector->over_udp) continue;
    // No plaintext protocol is asked for while a handshake is possible.
    if (dissector->kind == DissectorKind::kPlaintext && waiting) break;
    answer = dissector->dissect(view);
    if (base::Value(answer) != nullptr) return answer;
    waiting = waiting || base::IsNeedMore(answer);
  }
  if (waiting) return base::NeedMore{1};
  return answer;
}

Answer AskWhole(const Flow& flow, bool open = false) {
  return Ask(flow, open, flow.client.size(), flow.server.size());
}

Flow Tcp(std::string_view client, std::string_view server) {
  return {.client = Text(client), .server = Text(server)};
}

Flow Udp(const Payload& client, const Payload& server, std::uint16_t server_port = 9999) {
  return {.tcp = false, .client = client, .server = server, .server_port = server_port};
}

Payload Dns(std::uint16_t flags, std::uint16_t answers = 0, std::uint16_t type = 1,
            std::uint8_t first_label = 7) {
  return Wire()
      .U16(0x1234)
      .U16(flags)
      .U16(1)
      .U16(answers)
      .U16(0)
      .U16(0)
      .U8(first_label)
      .Text("example")
      .U8(3)
      .Text("com")
      .U8(0)
      .U16(type)
      .U16(1)
      .bytes();
}
Payload DnsOverTcp(std::uint16_t flags) {
  return Wire().Prefixed16([&](Wire& wire) { wire.Append(Dns(flags)); }).bytes();
}
Payload Ntp(std::uint8_t first, std::uint64_t origin, std::uint64_t transmit) {
  return Wire().U8(first).U8(2).U8(6).U8(0xec).Fill(20, 1).U64(origin).U64(5).U64(transmit).bytes();
}
Payload Dhcp(std::uint8_t op) {
  return Wire()
      .U8(op)
      .U8(1)
      .U8(6)
      .U8(0)
      .U32(0x3903f326)
      .U16(0)
      .U16(0x8000)
      .Fill(228, 0)
      .U32(0x63825363)
      .Fill(60, 0)
      .bytes();
}
Payload Snmp(std::uint8_t version, std::uint8_t pdu_size = 3) {
  return Wire()
      .U8(0x30)
      .Prefixed8([&](Wire& wire) {
        wire.U8(2).U8(1).U8(version).U8(4).Prefixed8([](Wire& c) { c.Text("public"); });
        wire.U8(0xa0).U8(pdu_size).U8(2).U8(1).U8(7);
      })
      .bytes();
}
Payload NetbiosName(std::uint8_t letter) {
  return Wire()
      .U16(1)
      .U16(0x0110)
      .U16(1)
      .U16(0)
      .U16(0)
      .U16(0)
      .U8(0x20)
      .Fill(32, letter)
      .U8(0)
      .U16(0x20)
      .U16(1)
      .bytes();
}
Payload Mqtt(std::string_view name, std::uint8_t level) {
  return Wire()
      .U8(0x10)
      .Prefixed8([&](Wire& wire) {
        wire.Prefixed16([&](Wire& n) { n.Text(name); }).U8(level).U8(2).U16(60).U16(0);
      })
      .bytes();
}
Payload Smb(std::uint8_t first) {
  return Wire()
      .U8(0)
      .Prefixed24([&](Wire& wire) { wire.U8(first).Text("SMB").Fill(60, 0); })
      .bytes();
}
Payload BitTorrent() { return Wire().U8(19).Text("BitTorrent protocol").Fill(48, 7).bytes(); }

struct Case {
  std::string name;
  Flow flow;
  Protocol protocol = Protocol::kUnknown;  // kUnknown: nobody claims it
  SidesSeen sides = SidesSeen::kBoth;
  Evidence evidence = Evidence::kStrong;
  bool plaintext = true;
  Variant variant = Variant::kNone;
};

constexpr auto kRefused = Protocol::kUnknown;
constexpr auto kClientOnly = SidesSeen::kClientOnly;
constexpr auto kServerOnly = SidesSeen::kServerOnly;
constexpr auto kBoth = SidesSeen::kBoth;
constexpr auto kWeak = Evidence::kWeak;
constexpr auto kStrong = Evidence::kStrong;
constexpr auto kProof = Evidence::kProof;

std::vector<Case> TextCases() {
  const std::string long_target = "GET /" + std::string(90, 'a');
  const std::string smtp = "220 mail.example ESMTP\r\n";
  return {
      {"HTTP", Tcp("GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 200 OK\r\n"), Protocol::kHttp, kBoth,
       kStrong, true, Variant::kHttp1},
      {"HTTP whose target is longer than the head", Tcp(long_target, "HTTP/1.0 404 Not\r\n"),
       Protocol::kHttp, kBoth, kStrong, true, Variant::kHttp1},
      {"HTTP without an answer", Tcp("POST /x HTTP/1.1\r\n", ""), Protocol::kHttp, kClientOnly,
       kWeak, true, Variant::kHttp1},
      {"HTTP answered with something else", Tcp("GET / HTTP/1.1\r\n", "ICY 200 OK\r\n"), kRefused},
      {"HTTP answered with a code and no text",
       Tcp("GET / HTTP/1.1\r\n", "HTTP/1.1 200 \x01\x02\r\n"), kRefused},
      {"HTTP answered with a code of four digits",
       Tcp("GET / HTTP/1.1\r\n", "HTTP/1.1 2000 ok\r\n"), Protocol::kHttp, kBoth, kStrong, true,
       Variant::kHttp1},
      {"HTTP whose first line and LF reach beyond the head",
       Tcp("GET /" + std::string(49, 'a') + " HTTP/1.1\r\n", "HTTP/1.1 200 OK\n"), Protocol::kHttp,
       kBoth, kStrong, true, Variant::kHttp1},
      {"HTTP answered with a line that nothing ends", Tcp("GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK"),
       Protocol::kHttp, kBoth, kWeak, true, Variant::kHttp1},
      {"HTTP with a method of no registry", Tcp("FETCH / HTTP/1.1\r\n", ""), kRefused},
      {"HTTP without a version", Tcp("GET /\r\n", ""), kRefused},
      {"HTTP/2 in clear",
       {.client = Text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        .server = tests::FromHex("000006 04 00 00000000 000300000064")},
       Protocol::kHttp,
       kBoth,
       kStrong,
       true,
       Variant::kHttp2},
      {"RTSP", Tcp("OPTIONS rtsp://a/b RTSP/1.0\r\n", "RTSP/1.0 200 OK\r\n"), Protocol::kRtsp},
      {"SIP", Tcp("OPTIONS sip:a@b SIP/2.0\r\n", "SIP/2.0 200 OK\r\n"), Protocol::kSip},
      {"SIP over UDP", Udp(Text("REGISTER sip:b SIP/2.0\r\n"), Text("SIP/2.0 401 No\r\n")),
       Protocol::kSip},
      {"SSDP", Udp(Text("M-SEARCH * HTTP/1.1\r\n"), {}), Protocol::kSsdp, kClientOnly, kWeak},
      {"SSDP that asks for less", Udp(Text("M-SEARCH * HTTP/2\r\n"), {}), kRefused},
      {"syslog of RFC 5424", Udp(Text("<34>1 2003-10-11T22:14:15Z a b"), {}), Protocol::kSyslog,
       kClientOnly, kWeak},
      {"syslog of RFC 3164", Udp(Text("<34>Oct 11 22:14:15 mymachine su"), {}), Protocol::kSyslog,
       kClientOnly, kWeak},
      {"syslog of neither, on its port", Udp(Text("<34>message"), {}, 514), Protocol::kSyslog,
       kClientOnly, kWeak},
      {"syslog of neither", Udp(Text("<34>message"), {}), kRefused},
      {"syslog of no priority", Udp(Text("<192>1 2003-10-11T22:14:15Z"), {}), kRefused},

      {"SMTP", Tcp("EHLO a\r\nMAIL FROM:<a@b>\r\n", smtp), Protocol::kSmtp},
      {"SMTP of a banner without a name", Tcp("ehlo a\r\nMAIL FROM:<a@b>\r\n", "220 hello\r\n"),
       Protocol::kSmtp},
      {"SMTP's words before what is no text",
       {.client = tests::FromHex("45484c4f20456dd7d55e20b358faa3f9b2f756ff"),
        .server = tests::FromHex("323230204e0d5d65f0d07ad4518bb538")},
       kRefused},
      {"SMTP's banner before what is no text",
       {.client = Text("EHLO a\r\n"), .server = tests::FromHex("32323020db1b5965")},
       kRefused},
      {"SMTP of a line that nothing ends", Tcp("EHLO a", "220 hello\r\n"), Protocol::kSmtp, kBoth,
       kWeak},
      {"SMTP of bare line feeds", Tcp("EHLO a\nMAIL FROM:<a@b>\n", "220 hello\n"), Protocol::kSmtp,
       kBoth, kWeak},
      {"SMTP of bare line feeds on one side", Tcp("EHLO a\nMAIL FROM:<a@b>\n", "220 hello\r\n"),
       Protocol::kSmtp},
      {"SMTP of a name in other letters",
       Tcp("EHLO \xc3\xa4\r\nMAIL FROM:<a@b>\r\n", "220 hello\r\n"), Protocol::kSmtp},
      {"SMTP of other letters on both sides",
       Tcp("EHLO \xc3\xa4\r\nMAIL FROM:<a@b>\r\n", "220 h\xc3\xa4llo\r\n"), Protocol::kSmtp, kBoth,
       kWeak},
      {"SMTP of the server alone may go over to TLS", Tcp("", smtp), Protocol::kSmtp, kServerOnly,
       kWeak, false},
      {"SMTP that goes over to TLS", Tcp("EHLO a\r\nSTARTTLS\r\n", smtp), Protocol::kSmtp, kBoth,
       kStrong, false},
      {"SMTP that goes over to TLS after a long name",
       Tcp("EHLO " + std::string(200, 'a') + "\r\nStartTLS\r\n", smtp), Protocol::kSmtp, kBoth,
       kStrong, false},
      {"a banner that names nobody", Tcp("", "220 hello\r\n"), kRefused},
      {"POP3", Tcp("USER a\r\nPASS b\r\n", "+OK ready\r\n"), Protocol::kPop3, kBoth, kWeak},
      {"POP3 that says so", Tcp("CAPA\r\nUSER a\r\n", "+OK POP3 ready\r\n"), Protocol::kPop3},
      {"POP3 that goes over to TLS", Tcp("CAPA\r\nSTLS\r\n", "+OK POP3 ready\r\n"), Protocol::kPop3,
       kBoth, kStrong, false},
      {"another protocol's +OK", Tcp("PING\r\n", "+OK\r\n"), kRefused},
      {"IMAP", Tcp("a1 CAPABILITY\r\na2 LOGIN a b\r\n", "* OK IMAP4rev1\r\n"), Protocol::kImap},
      {"IMAP that goes over to TLS", Tcp("a1 capability\r\na2 starttls\r\n", "* OK ready\r\n"),
       Protocol::kImap, kBoth, kStrong, false},
      {"IMAP's words before what is no text", Tcp("a1 LOGIN \x01\x02\r\n", "* OK \x01\x02\r\n"),
       kRefused},
      {"FTP", Tcp("USER anonymous\r\n", "220 ready\r\n"), Protocol::kFtp, kBoth, kWeak},
      {"FTP that says so", Tcp("USER anonymous\r\n", "220 FTP server\r\n"), Protocol::kFtp},
      {"FTP that goes over to TLS", Tcp("AUTH TLS\r\n", "220 FTP server\r\n"), Protocol::kFtp,
       kBoth, kStrong, false},
      {"IRC", Tcp("NICK a\r\nUSER a 0 * :a\r\nJOIN #a\r\n", ":irc.a NOTICE * :hi\r\n"),
       Protocol::kIrc},
      {"IRC that goes over to TLS", Tcp("CAP LS\r\nSTARTTLS\r\n", ":irc.a NOTICE * :hi\r\n"),
       Protocol::kIrc, kBoth, kStrong, false},
      {"XMPP",
       Tcp("<?xml version='1.0'?><stream:stream to='a'><iq/>",
           "<?xml version='1.0'?><stream:stream from='a'>"),
       Protocol::kXmpp},
      {"XMPP that goes over to TLS",
       Tcp("<stream:stream to='a'><starttls xmlns='b'/>", "<stream:stream from='a'>"),
       Protocol::kXmpp, kBoth, kStrong, false},
      {"XMPP's stream behind what is no text",
       Tcp("<?xml\x01\x02<stream:stream to='a'>", "<?xml\x03<stream:stream from='a'>"), kRefused},
      {"XMPP's stream behind another word",
       Tcp("hello <stream:stream to='a'>", "hello <stream:stream from='a'>"), kRefused},
      {"XMPP's stream before what is no text",
       Tcp("<stream:stream to=\x01\x02", "<stream:stream from='a'>"), kRefused},
      {"XMPP's stream that nothing ends", Tcp("<stream:stream to", "<stream:stream from"),
       kRefused},
      {"XML that is no stream", Tcp("<?xml version='1.0'?><a/>", "<?xml version='1.0'?><b/>"),
       kRefused},
      {"CONNECT refused", Tcp("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 No\r\n"),
       Protocol::kHttp, kBoth, kStrong, true, Variant::kHttp1},
      {"CONNECT with a tunnel behind it",
       Tcp("CONNECT a:443 HTTP/1.1\r\n\r\n\x16\x03\x01", "HTTP/1.1 200 OK\r\n\r\n"),
       Protocol::kHttp, kBoth, kStrong, false, Variant::kHttpConnect},
      {"a dialogue whose start was not seen",
       {.client = Text("EHLO a\r\nMAIL FROM:<a@b>\r\n"), .server = Text(smtp), .start_seen = false},
       kRefused},
      {"lines of text on both sides", Tcp("hello\r\n", "hello yourself\r\n"), kRefused},
      {"TLS",
       {.client = tests::FromHex("16030100c8010000c40303"), .server = {0x16, 3, 3}},
       kRefused},
      {"SSH", Tcp("SSH-2.0-a\r\n", "SSH-2.0-b\r\n"), kRefused},
  };
}

std::vector<Case> BinaryCases() {
  const auto hex = [](std::string_view text) { return tests::FromHex(text); };
  Flow dhcp = Udp(Dhcp(1), Dhcp(2), 67);
  dhcp.client_port = 68;
  return {
      {"DNS", Udp(Dns(0x0100), Dns(0x8180, 1)), Protocol::kDns},
      {"DNS seen from its answer on", Udp(Dns(0x8180, 1), Dns(0x0100)), Protocol::kDns},
      {"DNS without an answer", Udp(Dns(0x0100), {}), Protocol::kDns, kClientOnly, kWeak},
      {"DNS of an opcode that does not exist", Udp(Dns(0x7900), {}), kRefused},
      {"DNS of a label that ends elsewhere", Udp(Dns(0x0100, 0, 1, 5), {}), kRefused},
      {"DNS of type zero", Udp(Dns(0x0100, 0, 0), {}), kRefused},
      {"DNS query with an answer", Udp(Dns(0x0100, 1), {}), kRefused},
      {"DNS over TCP",
       {.client = DnsOverTcp(0x0100), .server = DnsOverTcp(0x8180)},
       Protocol::kDns},
      {"multicast DNS", Udp(Dns(0x8400, 1), {}, 5353), Protocol::kMdns, kClientOnly, kWeak},
      {"LLMNR", Udp(Dns(0x0000), {}, 5355), Protocol::kLlmnr, kClientOnly, kWeak},
      {"NTP", Udp(Ntp(0x23, 0, 77), Ntp(0x24, 77, 99), 123), Protocol::kNtp},
      {"NTP on another port, by the echo", Udp(Ntp(0x23, 0, 77), Ntp(0x24, 77, 99)),
       Protocol::kNtp},
      {"NTP on its port, without the echo", Udp(Ntp(0x23, 0, 77), Ntp(0x24, 78, 99), 123),
       Protocol::kNtp, kBoth, kWeak},
      {"NTP on another port, without the echo", Udp(Ntp(0x23, 0, 77), Ntp(0x24, 78, 99)), kRefused},
      {"NTP of version 5", Udp(Ntp(0x2b, 0, 77), {}, 123), kRefused},
      {"DHCP", dhcp, Protocol::kDhcp},
      {"DHCP on other ports", Udp(Dhcp(1), Dhcp(2)), kRefused},
      {"SNMP v2c", Udp(Snmp(1), Snmp(1)), Protocol::kSnmp},
      {"SNMP whose PDU ends elsewhere", Udp(Snmp(1, 4), Snmp(1, 4)), kRefused},
      {"SNMP v3 may be encrypted", Udp(Snmp(3), Snmp(3)), kRefused},
      {"a NetBIOS name", Udp(NetbiosName('C'), {}), Protocol::kNetbios, kClientOnly, kWeak},
      {"a name in letters that NetBIOS does not use is DNS", Udp(NetbiosName('Q'), {}),
       Protocol::kDns, kClientOnly, kWeak},
      {"a NetBIOS datagram", Udp(hex("1102 0001 0a000001 008a 00bb 0000 2046"), {}, 138),
       Protocol::kNetbios, kClientOnly, kWeak},
      {"MQTT 3.1.1", {.client = Mqtt("MQTT", 4), .server = hex("20020000")}, Protocol::kMqtt},
      {"MQTT 3.1", {.client = Mqtt("MQIsdp", 3), .server = hex("20020005")}, Protocol::kMqtt},
      {"MQTT of level 6", {.client = Mqtt("MQTT", 6), .server = hex("20020000")}, kRefused},
      {"BitTorrent", {.client = BitTorrent(), .server = BitTorrent()}, Protocol::kBitTorrent},
      {"BitTorrent's table", Udp(Text("d1:ad2:id20:aaaaaaaaaaaaaaaaaaaa"), {}),
       Protocol::kBitTorrent, kClientOnly, kWeak},
      {"Telnet",
       {.client = hex("fffb18fffb1f"), .server = hex("fffd18fffd20fffd23")},
       Protocol::kTelnet},
      {"Telnet against text",
       {.client = hex("fffb18fffb1f"), .server = Text("login: \r\n")},
       Protocol::kTelnet},
      {"one Telnet command is too little",
       {.client = hex("fffb18"), .server = hex("fffd18")},
       kRefused},
      {"Telnet of an option nobody has assigned", {.client = hex("fffb18fffb60")}, kRefused},

      {"SMB", {.client = Smb(0xff), .server = Smb(0xfe)}, Protocol::kSmb, kBoth, kStrong, false},
      {"SMB of another first byte", {.client = Smb(0xfc), .server = Smb(0xfe)}, kRefused},
      {"a NetBIOS session",
       {.client = hex("8100004420434b"), .server = hex("82000000")},
       Protocol::kNetbios,
       kBoth,
       kStrong,
       false},
      {"random bytes",
       {.client = hex("9f01c37744aa0be2519d"), .server = hex("01be17f20a")},
       kRefused},
  };
}

std::vector<Case> Cases() {
  std::vector<Case> all = TextCases();
  for (Case& one : BinaryCases()) all.push_back(std::move(one));
  return all;
}

TEST(Plaintext, NamesTheProtocolOrNobody) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.name);
    const Answer answer = AskWhole(one.flow);
    const HandshakeFacts* facts = base::Value(answer);
    if (one.protocol == Protocol::kUnknown) {
      EXPECT_TRUE(base::IsNotThis(answer)) << (facts == nullptr ? "waits" : Name(facts->protocol));
      continue;
    }
    ASSERT_NE(nullptr, facts);
    EXPECT_EQ(Name(one.protocol), Name(facts->protocol));
    EXPECT_EQ(Name(one.sides), Name(facts->sides));
    EXPECT_EQ(Name(one.evidence), Name(facts->evidence));
    EXPECT_EQ(one.plaintext, facts->plaintext);
    EXPECT_EQ(Name(one.variant), Name(facts->variant));
    EXPECT_EQ(one.plaintext ? KeyExchange::kNone : KeyExchange::kUnknown, facts->key_exchange);
  }
}

// Final: once the prefixes of both sides have an answer, every longer prefix has the same one.
TEST(Plaintext, AnswersTheSameHoweverTheSidesAreCut) {
  for (const Case& one : Cases()) {
    if (!one.flow.tcp) continue;
    SCOPED_TRACE(one.name);
    const Answer whole = AskWhole(one.flow, true);
    for (std::size_t client = 0; client <= one.flow.client.size(); ++client) {
      for (std::size_t server = 0; server <= one.flow.server.size(); ++server) {
        const Answer answer = Ask(one.flow, true, client, server);
        if (base::IsNeedMore(answer)) continue;
        ASSERT_EQ(whole.index(), answer.index()) << client << " and " << server << " bytes";
        if (base::Value(answer) != nullptr) {
          ASSERT_TRUE(whole == answer);
        }
      }
    }
  }
}

TEST(Plaintext, WaitsForTheOtherSideWhileItMayCome) {
  EXPECT_TRUE(base::IsNeedMore(AskWhole(Tcp("GET / HTTP/1.1\r\n", ""), true)));
  EXPECT_TRUE(base::IsNeedMore(AskWhole(Udp(Dns(0x0100), {}), true)));
}

TEST(Plaintext, WatchesADialogueUntilItCanNoLongerGoOverToTls) {
  const std::string banner = "220 mail.example ESMTP\r\n";
  EXPECT_TRUE(base::IsNeedMore(AskWhole(Tcp("EHLO a\r\n", banner), true)));
  EXPECT_TRUE(base::IsNeedMore(AskWhole(Tcp("EHLO a\r\nMAIL", banner), true)));
  const std::string mail = "EHLO a\r\nMAIL FROM:<a>\r\n";
  // What the server offers is in its reply to EHLO.
  EXPECT_TRUE(base::IsNeedMore(AskWhole(Tcp(mail, banner), true)));
  const Answer offered = AskWhole(Tcp(mail, banner + "250-mail\r\n250 STARTTLS\r\n"), true);
  ASSERT_NE(nullptr, base::Value(offered));
  EXPECT_EQ(Variant::kStartTlsUnused, base::Value(offered)->variant);
  EXPECT_TRUE(base::Value(offered)->plaintext);
  const Answer bare = AskWhole(Tcp(mail, banner + "250-mail\r\n250 SIZE\r\n"), true);
  ASSERT_NE(nullptr, base::Value(bare));
  EXPECT_EQ(Variant::kNone, base::Value(bare)->variant);
  // To a cap: no client keeps it waiting for ever.
  std::string noop = "EHLO a\r\n";
  std::string replies = banner;
  while (noop.size() < upgrade::kMaxCommandBytes) {
    noop += "NOOP\r\n";
    replies += "250 2.0.0 ok\r\n";
  }
  EXPECT_NE(nullptr, base::Value(AskWhole(Tcp(noop, replies + "250 ok\r\n"), true)));
}

// Invariant 1: of a protocol without a handshake, 64 bytes of each side decide.
TEST(Plaintext, ReadsNoByteBeyondTheHead) {
  for (const Case& one : Cases()) {
    if (!one.flow.tcp || one.flow.client.size() > kHeadSize) continue;
    Flow longer = one.flow;
    longer.client.resize(kHeadSize, ' ');
    longer.server.resize(std::max(longer.server.size(), kHeadSize), ' ');
    FlowView view;
    view.start_seen = true;
    view.datagrams_open = false;
    const auto ask = [&] {
      view.client = ByteReader(longer.client, End::kOpen);
      view.server = ByteReader(longer.server, End::kOpen);
      return PlaintextDissector().dissect(view);
    };
    const Answer before = ask();
    longer.client.insert(longer.client.end(), 40, 0xff);
    longer.server.insert(longer.server.end(), 40, 0x16);
    EXPECT_TRUE(before == ask()) << one.name;
  }
}

}  // namespace
}  // namespace unopened::classify::plaintext
