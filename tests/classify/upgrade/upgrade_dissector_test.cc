#include "classify/upgrade/upgrade_dissector.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "classify/upgrade/dialogue.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::upgrade {
namespace {

using base::ByteReader;
using base::Bytes;
using base::End;
using base::IsNeedMore;
using base::Value;
using tests::FromHex;
using tests::Joined;
using tests::TlsBytes;
using tests::TlsRecords;

using Answer = base::Parsed<HandshakeFacts>;

TlsBytes Text(std::string_view text) { return {text.begin(), text.end()}; }

Answer Dissect(Bytes client, Bytes server, End end = End::kOpen, bool start_seen = true) {
  FlowView flow;
  flow.client_port = 40000;
  flow.server_port = 9999;
  flow.start_seen = start_seen;
  flow.client = ByteReader(client, end);
  flow.server = ByteReader(server, end);
  return UpgradeDissector().dissect(flow);
}

std::string Say(const Answer& answer) {
  if (IsNeedMore(answer)) return "(need more)";
  if (const auto* no = std::get_if<base::NotThis>(&answer)) return std::string(no->why);
  return std::string(Name(Value(answer)->protocol)) + "/" +
         std::string(Name(Value(answer)->variant));
}

// What comes before TLS, in both directions.
struct Preamble {
  std::string_view name;
  TlsBytes client;
  TlsBytes server;
  Variant variant;
};

constexpr std::string_view kConnect = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n";

std::vector<Preamble> Preambles() {
  const TlsBytes ssl_request = FromHex("00000008 04d2162f");
  const TlsBytes gss_request = FromHex("00000008 04d21630");
  const TlsBytes mysql_greeting = FromHex(
      "32000000 0a 382e302e33 00 01000000 0102030405060708 00 ffff 21 0200 ffdf 15"
      "00000000000000000000 0102030405060708090a 0c00");
  const TlsBytes mysql_request =
      FromHex("20000001 85aefe19 00000001 21 0000000000000000000000000000000000000000000000");
  const TlsBytes rdp_request = FromHex("03000013 0ee000000000 00 01000800 03000000");
  const TlsBytes rdp_cookie =
      Joined({FromHex("0300002d 28e000000000 00"), Text("Cookie: mstshash=someone\r\n"),
              FromHex("01000800 0b000000")});
  const TlsBytes rdp_confirm = FromHex("03000013 0ed000001234 00 02000800 02000000");
  const TlsBytes start_tls =
      Joined({FromHex("301d 020101 7718 8016"), Text("1.3.6.1.4.1.1466.20037")});
  // With lengths longer than they need be, as Microsoft's servers write them.
  const TlsBytes ldap_success = FromHex("3084 00000010 020101 7884 00000007 0a0100 0400 0400");
  return {
      {"SMTP", Text("EHLO a.example\r\nSTARTTLS\r\n"),
       Text("220 mail.example ESMTP\r\n250-mail.example\r\n250-SIZE 10\r\n250 STARTTLS\r\n"
            "220 2.0.0 Ready\r\n"),
       Variant::kSmtpStartTls},
      {"SMTP asked twice", Text("EHLO a\r\nSTARTTLS\r\nNOOP\r\nSTARTTLS\r\n"),
       Text("220 mail.example ESMTP\r\n250 STARTTLS\r\n454 later\r\n250 ok\r\n220 go\r\n"),
       Variant::kSmtpStartTls},
      {"POP3", Text("CAPA\r\nSTLS\r\n"),
       Text("+OK POP3 ready\r\n+OK\r\nSTLS\r\nUIDL\r\n.\r\n+OK Begin TLS\r\n"),
       Variant::kPop3StartTls},
      {"IMAP", Text("a1 CAPABILITY\r\na2 STARTTLS\r\n"),
       Text("* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\na2 OK begin\r\n"),
       Variant::kImapStartTls},
      {"FTP", Text("AUTH TLS\r\n"), Text("220 FTP server\r\n234 AUTH TLS OK.\r\n"),
       Variant::kFtpStartTls},
      {"IRC", Text("CAP LS\r\nSTARTTLS\r\n"),
       Text(":irc.a CAP * LS :tls\r\n:irc.a 670 * :STARTTLS successful\r\n"),
       Variant::kIrcStartTls},
      {"NNTP", Text("CAPABILITIES\r\nSTARTTLS\r\n"),
       Text("200 news.example ready\r\n101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n382 go\r\n"),
       Variant::kNntpStartTls},
      {"ManageSieve", Text("STARTTLS\r\n"),
       Text("\"IMPLEMENTATION\" \"a\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\nOK \"begin\"\r\n"),
       Variant::kSieveStartTls},
      {"XMPP",
       Text("<?xml version='1.0'?><stream:stream to='a.example'>"
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
       Text("<?xml version='1.0'?><stream:stream from='a.example'><stream:features>"
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
            "</stream:features>\n<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
       Variant::kXmppStartTls},
      {"XMPP in its long form", Text("<stream:stream to='a'><starttls xmlns='b'></starttls>"),
       Text("<stream:stream from='a'><stream:features/><proceed xmlns='b'></proceed>"),
       Variant::kXmppStartTls},
      {"LDAP", start_tls, ldap_success, Variant::kLdapStartTls},
      {"PostgreSQL", ssl_request, Text("S"), Variant::kPostgresql},
      {"PostgreSQL after GSS", Joined({gss_request, ssl_request}), Text("NS"),
       Variant::kPostgresql},
      {"MySQL", mysql_request, mysql_greeting, Variant::kMysql},
      {"RDP", rdp_request, rdp_confirm, Variant::kRdp},
      {"RDP with a cookie", rdp_cookie, rdp_confirm, Variant::kRdp},
      {"CONNECT", Text(kConnect), Text("HTTP/1.1 200 OK\r\n\r\n"), Variant::kHttpConnect},
      {"CONNECT after 407", Joined({Text(kConnect), Text(kConnect)}),
       Text("HTTP/1.1 407 No\r\nContent-Length: 4\r\n\r\nBODYHTTP/1.0 200 OK\r\n\r\n"),
       Variant::kHttpConnect},
      {"SOCKS 5", FromHex("050100 050100 01 c0000201 01bb"),
       FromHex("0500 050000 01 00000000 0000"), Variant::kSocks},
      {"SOCKS 5 with a password and a name",
       Joined(
           {FromHex("05020002 01 01 61 01 62 050100 03 09"), Text("a.example"), FromHex("01bb")}),
       FromHex("0502 0100 050000 01 00000000 0000"), Variant::kSocks},
      {"SOCKS 4", FromHex("0401 01bb c0000201 6100"), FromHex("005a 000000000000"),
       Variant::kSocks},
      {"SOCKS 4a", Joined({FromHex("0401 01bb 00000001 00"), Text("a.example"), {0}}),
       FromHex("005a 000000000000"), Variant::kSocks},
      {"PROXY protocol 1",
       Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"),
       {},
       Variant::kProxyProtocol},
      {"PROXY protocol 2",
       FromHex("0d0a0d0a000d0a515549540a 21 11 000c c0000201 c0000202 0001 01bb"),
       {},
       Variant::kProxyProtocol},
  };
}

struct Stream {
  TlsBytes client;
  TlsBytes server;
};
Stream Tls13() {
  return {TlsRecords(tests::TlsClientHello::Tls13("www.example.org").Message()),
          TlsRecords(tests::TlsServerHello::Tls13(0x001d, 32).Message())};
}
Stream Tls12() {
  const TlsBytes certificate = tests::TlsCertificateMessage(
      {tests::Certificate({.common_name = "www.example.org", .issuer_common_name = "CA"})});
  return {TlsRecords(tests::TlsClientHello::Tls12("www.example.org").Message()),
          TlsRecords(Joined(
              {tests::TlsServerHello().Message(), certificate, tests::TlsEcdheKeys(0x001d, 64)}))};
}

TEST(UpgradeTest, ReadsTlsWhereBothSidesGoOverToIt) {
  for (const Stream& tls : {Tls13(), Tls12()}) {
    for (const Preamble& each : Preambles()) {
      const Answer answer =
          Dissect(Joined({each.client, tls.client}), Joined({each.server, tls.server}));
      const auto* facts = Value(answer);
      ASSERT_NE(facts, nullptr) << each.name << ": " << Say(answer);
      EXPECT_EQ(Name(facts->protocol), "tls") << each.name;
      EXPECT_EQ(Name(facts->variant), Name(each.variant)) << each.name;
      EXPECT_EQ(facts->sides, SidesSeen::kBoth) << each.name;
      EXPECT_EQ(facts->evidence, Evidence::kProof) << each.name;
      EXPECT_EQ(facts->key_exchange, KeyExchange::kEcdhe) << each.name;
      EXPECT_EQ(facts->transient.sni.view(), "www.example.org") << each.name;
      EXPECT_EQ(facts->transient.group, 0x001d) << each.name;
      EXPECT_FALSE(facts->plaintext) << each.name;
    }
  }
}

TEST(UpgradeTest, EveryCutInBothOrdersGivesTheSameFacts) {
  const Stream tls = Tls13();
  for (const Preamble& each : Preambles()) {
    const TlsBytes client = Joined({each.client, tls.client});
    const TlsBytes server = Joined({each.server, tls.server});
    const Answer whole = Dissect(client, server);
    ASSERT_NE(Value(whole), nullptr) << each.name;
    const auto check = [&](std::size_t of_client, std::size_t of_server) {
      const Answer early = Dissect(Bytes(client).first(of_client), Bytes(server).first(of_server));
      if (const auto* need = std::get_if<base::NeedMore>(&early)) {
        ASSERT_GT(need->at_least, 0U);
      } else {
        ASSERT_EQ(early, whole) << each.name << " at " << of_client << ", " << of_server << ": "
                                << Say(early);
      }
    };
    for (std::size_t cut = 0; cut < client.size(); ++cut) {
      check(cut, server.size());
      check(cut, 0);
      check(cut, each.server.size());
    }
    for (std::size_t cut = 0; cut < server.size(); ++cut) {
      check(client.size(), cut);
      check(0, cut);
      check(each.client.size(), cut);
    }
    std::mt19937 random(5);
    for (int i = 0; i < 200; ++i) {
      check(random() % (client.size() + 1), random() % (server.size() + 1));
    }
    const TlsBytes more(100, 0x17);
    EXPECT_EQ(Dissect(Joined({client, more}), Joined({server, more})), whole) << each.name;
  }
}

TEST(UpgradeTest, OneSideThatCannotComeLeavesTheOther) {
  const Stream tls = Tls13();
  for (const Preamble& each : Preambles()) {
    // A packet of one side alone is anyone's, and so are these two commands.
    if (each.variant == Variant::kMysql || each.variant == Variant::kFtpStartTls ||
        each.variant == Variant::kSieveStartTls) {
      continue;
    }
    const Answer answer = Dissect(Joined({each.client, tls.client}), {}, End::kFinal);
    ASSERT_NE(Value(answer), nullptr) << each.name << ": " << Say(answer);
    EXPECT_EQ(Name(Value(answer)->variant), Name(each.variant)) << each.name;
    EXPECT_EQ(Value(answer)->sides, SidesSeen::kClientOnly) << each.name;
    EXPECT_TRUE(Value(answer)->offered_only) << each.name;
  }
}

TEST(UpgradeTest, WhatAgreedOnTlsAndShowsNoneIsNeverClear) {
  for (const Preamble& each : Preambles()) {
    for (const TlsBytes& next : {TlsBytes(), TlsBytes(40, 0x99), FromHex("160301")}) {
      const Answer answer =
          Dissect(Joined({each.client, next}), Joined({each.server, next}), End::kFinal);
      const auto* facts = Value(answer);
      if (facts == nullptr) continue;
      EXPECT_FALSE(facts->plaintext) << each.name;
      EXPECT_NE(Name(facts->protocol), "tls") << each.name;
      EXPECT_EQ(facts->key_exchange, KeyExchange::kUnknown) << each.name;
    }
  }
}

TEST(UpgradeTest, ATunnelMayCarrySshOrAnythingElse) {
  const TlsBytes banner = Text("SSH-2.0-a_1.0\r\n");
  for (const Preamble& each : Preambles()) {
    if (each.variant != Variant::kHttpConnect && each.variant != Variant::kSocks) continue;
    const Answer ssh =
        Dissect(Joined({each.client, banner}), Joined({each.server, banner}), End::kFinal);
    ASSERT_NE(Value(ssh), nullptr) << each.name;
    EXPECT_EQ(Say(ssh), "ssh/" + std::string(Name(each.variant))) << each.name;
    const TlsBytes get = Text("GET / HTTP/1.1\r\n\r\n");
    const Answer other =
        Dissect(Joined({each.client, get}), Joined({each.server, get}), End::kFinal);
    ASSERT_NE(Value(other), nullptr) << each.name;
    EXPECT_FALSE(Value(other)->plaintext) << each.name;
  }
}

struct Case {
  std::string_view name;
  TlsBytes client;
  TlsBytes server;
  std::string_view says;  // protocol/variant, or why not
  bool plaintext = false;
};

// One byte of the words that ask and agree is another, and TLS follows.
TEST(UpgradeTest, ADialogueThatGoesOnInOtherThanTextIsNeverClear) {
  const std::vector<Case> cases = {
      {"XMPP that asks in another word", Text("<stream:stream to='a'><stXrttls/>\x16\x03\x01>"),
       Text("<stream:stream "
            "from='a'><stream:features><starttls/></stream:features><proceed/>\x16\x03"),
       "xmpp/none"},
      {"XMPP whose record begins otherwise",
       Text("<stream:stream to='a'><starttls/>\x4f\x03\x01>>"),
       Text("<stream:stream "
            "from='a'><stream:features><starttls/></stream:features><proceed/>\x16\x03"),
       "xmpp/none"},
      {"IMAP that asks and is agreed with in other words",
       Text("a capability\r\na startTL{\r\n\x16\x03\x01\n"),
       Text("* OK IMAP4rev1\r\n* CAPABILITY STARTTLS\r\na OK\r\na O{ begin\r\n\x16\x03"),
       "imap/none"},
      {"FTP", Text("AUTH rLS\r\n\x16\x03\x01"), Text("220 FTP\r\n23\r proceed\r\n\x16\x03"),
       "ftp/none"},
  };
  for (const Case& each : cases) {
    for (const End end : {End::kOpen, End::kFinal}) {
      const Answer answer = Dissect(each.client, each.server, end);
      if (end == End::kOpen && IsNeedMore(answer)) continue;
      EXPECT_EQ(Say(answer), each.says) << each.name;
      if (Value(answer) == nullptr) continue;
      EXPECT_FALSE(Value(answer)->plaintext) << each.name;
      EXPECT_EQ(Value(answer)->key_exchange, KeyExchange::kUnknown) << each.name;
    }
  }
}

TEST(UpgradeTest, ADialogueInClearSaysWhetherTlsWasOffered) {
  const TlsBytes mysql_login =
      Joined({FromHex("46000001 8da60f00 00000001 21"), TlsBytes(61, 'a')});
  const std::vector<Case> cases = {
      {"SMTP that offered", Text("EHLO a\r\nMAIL FROM:<a>\r\n"),
       Text("220 a ESMTP\r\n250-a\r\n250-STARTTLS\r\n250 SIZE\r\n"), "smtp/starttls_unused", true},
      {"SMTP that did not", Text("EHLO a\r\nMAIL FROM:<a>\r\n"),
       Text("220 a ESMTP\r\n250-a\r\n250 SIZE\r\n"), "smtp/none", true},
      {"SMTP that offered later", Text("EHLO a\r\nMAIL FROM:<a>\r\n"),
       Text("220 a ESMTP\r\n250 a\r\n250 STARTTLS\r\n"), "smtp/none", true},
      {"SMTP that was refused", Text("EHLO a\r\nSTARTTLS\r\nMAIL FROM:<a>\r\n"),
       Text("220 a ESMTP\r\n250 STARTTLS\r\n454 no\r\n"), "smtp/starttls_unused", true},
      {"POP3", Text("CAPA\r\nUSER a\r\n"), Text("+OK POP3\r\n+OK\r\nSTLS\r\n.\r\n+OK\r\n"),
       "pop3/starttls_unused", true},
      {"IMAP by its greeting", Text("a LOGIN b c\r\n"),
       Text("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), "imap/starttls_unused", true},
      {"FTP", Text("FEAT\r\nUSER a\r\n"),
       Text("220 FTP\r\n211-Features\r\n AUTH TLS\r\n211 End\r\n"), "ftp/starttls_unused", true},
      {"FTP that GSSAPI may seal", Text("AUTH GSSAPI\r\nADAT FgMB\r\n"),
       Text("220 FTP\r\n334 ADAT must follow\r\n"), "ftp/none", false},
      {"FTP that GSSAPI may seal", Text("AUTH GSSAPI\r\nADAT FgMB\r\n"),
       Text("220 FTP\r\n334 ADAT must follow\r\n"), "ftp/none", false},
      {"NNTP", Text("CAPABILITIES\r\nGROUP a\r\n"),
       Text("200 news\r\n101 list\r\nSTARTTLS\r\n.\r\n211 1\r\n"), "nntp/starttls_unused", true},
      {"ManageSieve", Text("AUTHENTICATE \"PLAIN\"\r\n"),
       Text("\"IMPLEMENTATION\" \"a\"\r\n\"STARTTLS\"\r\nOK\r\n"), "sieve/starttls_unused", true},
      {"XMPP", Text("<stream:stream to='a'><auth>"),
       Text("<stream:stream from='a'><stream:features><starttls/></stream:features>"),
       "xmpp/starttls_unused", true},
      {"IRC", Text("CAP LS\r\nNICK a\r\nJOIN #a\r\n"), Text(":a CAP * LS :tls\r\n:a 001 b :hi\r\n"),
       "irc/starttls_unused", true},
      {"PostgreSQL that cannot", FromHex("00000008 04d2162f 0000000900030000 00"), Text("N"),
       "postgresql/none", true},
      {"PostgreSQL that knows none", FromHex("00000008 04d2162f 0000000900030000 00"), Text("E"),
       "postgresql/none", true},
      {"MySQL that could", mysql_login,
       FromHex("1b000000 0a 35 00 01000000 0102030405060708 00 ffff 21 0200 ffdf 15 000000"),
       "mysql/starttls_unused", true},
      {"MySQL that cannot", mysql_login,
       FromHex("1b000000 0a 35 00 01000000 0102030405060708 00 fff7 21 0200 ffdf 15 000000"),
       "mysql/none", true},
      {"CONNECT refused", Text(kConnect), Text("HTTP/1.1 403 No\r\n\r\n"), "http/http1", true},
      {"RDP with its own encryption", FromHex("03000013 0ee000000000 00 01000800 00000000"),
       FromHex("03000013 0ed000001234 00 02000800 00000000"), "rdp/none", false},
      {"RDP refused", FromHex("03000013 0ee000000000 00 01000800 00000000"),
       FromHex("03000013 0ed000001234 00 03000800 05000000"), "rdp/none", false},
  };
  for (const Case& each : cases) {
    const Answer answer = Dissect(each.client, each.server);
    EXPECT_EQ(Say(answer), each.says) << each.name;
    if (Value(answer) == nullptr) continue;
    EXPECT_EQ(Value(answer)->plaintext, each.plaintext) << each.name;
    for (std::size_t cut = 0; cut < each.server.size(); ++cut) {
      const Answer early = Dissect(each.client, Bytes(each.server).first(cut));
      if (!IsNeedMore(early)) {
        ASSERT_EQ(early, answer) << each.name << " at " << cut;
      }
    }
    for (std::size_t cut = 0; cut < each.client.size(); ++cut) {
      const Answer early = Dissect(Bytes(each.client).first(cut), each.server);
      if (!IsNeedMore(early)) {
        ASSERT_EQ(early, answer) << each.name << " at " << cut;
      }
    }
  }
}

TEST(UpgradeTest, RefusesWhatIsNone) {
  const std::vector<Case> cases = {
      {"TLS itself", FromHex("160301"), {}, "upgrade: none known"},
      {"SSH", Text("SSH-2.0-a\r\n"), Text("SSH-2.0-b\r\n"), "upgrade: none known"},
      {"HTTP", Text("GET / HTTP/1.1\r\n\r\n"), Text("HTTP/1.1 200 OK\r\n\r\n"),
       "upgrade: none known"},
      {"PostgreSQL's answer of another", FromHex("00000008 04d2162f"), Text("X"),
       "upgrade: none known"},
      {"X.224 without a name", FromHex("0300000b 06e000000000 00"),
       FromHex("0300000b 06d000001234 00"), "upgrade: none known"},
      {"LDAP that binds", FromHex("300c 020101 6007 020103 0400 8000"), {}, "upgrade: none known"},
      {"SOCKS refused", FromHex("050100 050100 01 c0000201 01bb"),
       FromHex("0500 050500 01 00000000 0000"), "upgrade: none known"},
      // What was asked for in vain may begin all the same, and is not in clear.
      {"PostgreSQL that refused, and TLS all the same",
       FromHex("00000008 04d2162f 1603010200 010001fc 0303"), Text("N"), "upgrade: none known"},
      {"PostgreSQL's error, and TLS all the same",
       FromHex("00000008 04d2162f 1603010200 010001fc 0303"), Text("E"), "upgrade: none known"},
      {"MySQL's request without the form that was offered",
       FromHex("20000001 85b4 7f00 00000001 21 0000000000000000000000000000000000000000000000"),
       FromHex("1b000000 0a 35 00 01000000 0102030405060708 00 ffff 21 0200 ffdf 15 000000"),
       "upgrade: none known"},
      {"MySQL's login that asks for TLS",
       Joined({FromHex("46000001 8dae0f00 00000001 21"), TlsBytes(61, 'a')}),
       FromHex("1b000000 0a 35 00 01000000 0102030405060708 00 ffff 21 0200 ffdf 15 000000"),
       "upgrade: none known"},
      {"MySQL's greeting before another's answer", Text("hello world"),
       FromHex("1b000000 0a 35 00 01000000 0102030405060708 00 ffff 21 0200 ffdf 15 000000"),
       "upgrade: none known"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(Say(Dissect(each.client, each.server)), each.says) << each.name;
  }
  // The middle of a flow may be anybody's text.
  EXPECT_EQ(Say(Dissect(Text("EHLO a\r\nMAIL FROM:<a>\r\n"), Text("220 a ESMTP\r\n250 a\r\n"),
                        End::kOpen, false)),
            "upgrade: none known");
}

// No client keeps a dialogue waiting for ever, and what it says beyond the cap is not looked at.
TEST(UpgradeTest, ReadsCommandsToACap) {
  std::string client = "EHLO a\r\n";
  std::string server = "220 a ESMTP\r\n250 a\r\n";
  while (client.size() < kMaxCommandBytes) {
    client += "NOOP\r\n";
    server += "250 ok\r\n";
  }
  const Answer answer = Dissect(Text(client), Text(server));
  EXPECT_EQ(Say(answer), "smtp/none");
  EXPECT_EQ(Dissect(Text(client + "STARTTLS\r\n"), Text(server)), answer);
}

}  // namespace
}  // namespace unopened::classify::upgrade
