// Stores, services and remote access: what is clear, what only begins in clear, and what
// goes over to TLS and is another's to name.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "classify/plaintext/plaintext_dissector.h"
#include "tests/support/stream_laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::plaintext {
namespace {

using tests::FromHex;
using tests::Octets;
using tests::Wire;

constexpr auto kBoth = SidesSeen::kBoth;
constexpr auto kClientOnly = SidesSeen::kClientOnly;
constexpr auto kWeak = Evidence::kWeak;
constexpr auto kStrong = Evidence::kStrong;
constexpr auto kRefused = Protocol::kUnknown;

Octets Text(std::string_view text) { return Wire().Text(text).bytes(); }

Octets PostgresqlStartup() {
  return Wire().U32(41).U32(0x00030000).Text("user").U8(0).Fill(28, 'a').bytes();
}
Octets Kerberos(std::uint8_t tag, std::uint8_t first, std::uint8_t version = 5) {
  return Wire()
      .U8(tag)
      .U8(0x81)
      .Prefixed8([&](Wire& wire) {
        wire.U8(0x30).U8(0x81).Prefixed8([&](Wire& fields) {
          fields.U8(first).U8(3).U8(2).U8(1).U8(version);
          fields.U8(first + 1U).U8(3).U8(2).U8(1).U8(tag & 0x1fU).Fill(120, 0x30);
        });
      })
      .bytes();
}
Octets OverTcp(const Octets& message) { return Wire().U32(message.size()).Append(message).bytes(); }
Octets Radius(std::uint8_t code, std::uint8_t identifier, std::uint8_t first_attribute = 1) {
  return Wire()
      .U8(code)
      .U8(identifier)
      .U16(28)
      .Fill(16, 0x9c)
      .U8(first_attribute)
      .U8(8)
      .Text("steven")
      .bytes();
}
Octets RpcCall(std::uint32_t transaction, std::uint32_t flavor = 1) {
  return Wire()
      .U32(transaction)
      .U32(0)
      .U32(2)
      .U32(100003)
      .U32(3)
      .U32(1)
      .U32(flavor)
      .Fill(40, 0)
      .bytes();
}
Octets RpcReply(std::uint32_t transaction) {
  return Wire().U32(transaction).U32(1).U32(0).U32(0).U32(0).U32(0).Fill(40, 0).bytes();
}
Octets Marked(const Octets& message) {
  return Wire().U32(0x80000000U | message.size()).Append(message).bytes();
}
Octets LdapBind(std::uint8_t method) {
  return Wire()
      .U8(0x30)
      .U8(0x16)
      .U8(2)
      .U8(1)
      .U8(1)
      .U8(0x60)
      .U8(0x11)
      .U8(2)
      .U8(1)
      .U8(3)
      .U8(4)
      .U8(6)
      .Text("cn=adm")
      .U8(method)
      .U8(4)
      .Text("pass")
      .bytes();
}
const Octets kLdapBound = FromHex("30 0c 02 01 01 61 07 0a 01 00 04 00 04 00");

struct Case {
  std::string name;
  bool tcp = true;
  Octets client;
  Octets server;
  Protocol protocol = kRefused;
  Evidence evidence = kStrong;
  bool plaintext = true;
  SidesSeen sides = kBoth;
  std::uint16_t server_port = 9999;
};

std::vector<Case> Cases() {
  const auto hex = [](std::string_view text) { return FromHex(text); };
  const Octets ssl_request = hex("00000008 04d2162f");
  const auto after = [](const Octets& a, const Octets& b) {
    return Wire().Append(a).Append(b).bytes();
  };
  const Octets authenticate = hex("52 0000000c 00000005 01020304");
  return {
      {"PostgreSQL", true, PostgresqlStartup(), authenticate, Protocol::kPostgresql},
      {"PostgreSQL refused TLS", true, after(ssl_request, PostgresqlStartup()),
       after({'N'}, authenticate), Protocol::kPostgresql},
      {"PostgreSQL over TLS", true, after(ssl_request, hex("1603010200")), {'S'}},
      {"PostgreSQL that may go over to TLS", true, ssl_request, {'S'}},
      {"PostgreSQL of version 2", true, hex("00000029 00020000 75736572 00"), authenticate},
      {"Redis", true, Text("*1\r\n$4\r\nPING\r\n"), Text("+PONG\r\n"), Protocol::kRedis},
      {"Redis without an answer",
       true,
       Text("*2\r\n$3\r\nGET\r\n"),
       {},
       Protocol::kRedis,
       kWeak,
       true,
       kClientOnly},
      {"an array of nothing known", true, Text("*1\r\n4\r\nPING\r\n"), Text("+PONG\r\n")},
      {"AMQP 0-9-1", true, hex("414d5150 00000901"), hex("01 0000 00000020 000a000a 0009"),
       Protocol::kAmqp},
      {"AMQP 1.0", true, hex("414d5150 00010000"), hex("414d5150 00010000"), Protocol::kAmqp},
      {"AMQP 1.0 over TLS", true, hex("414d5150 02010000"), hex("414d5150 02010000")},
      {"VNC without encryption", true, Text("RFB 003.008\n\x02"), Text("RFB 003.008\n\x02\x02\x12"),
       Protocol::kVnc},
      {"VNC whose client chose TLS", true, Text("RFB 003.008\n\x12"),
       Text("RFB 003.008\n\x02\x02\x12"), Protocol::kVnc, kStrong, false},
      {"VNC 3.3", true, Text("RFB 003.003\n"), after(Text("RFB 003.003\n"), hex("00000002")),
       Protocol::kVnc},
      {"LDAP by name and password", true, LdapBind(0x80), kLdapBound, Protocol::kLdap},
      {"LDAP by SASL may be sealed", true, LdapBind(0xa3), kLdapBound, Protocol::kLdap, kStrong,
       false},
      {"LDAP that begins with a search may be sealed later", true,
       hex("30 25 02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b"),
       hex("30 0c 02 01 01 65 07 0a 01 00 04 00 04 00"), Protocol::kLdap, kStrong, false},
      {"LDAP of a scope that does not exist", true,
       hex("30 25 02 01 01 63 20 04 00 0a 01 04 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b"),
       hex("30 0c 02 01 01 65 07 0a 01 00 04 00 04 00")},
      {"LDAP that goes over to TLS", true,
       hex("30 1d 02 01 01 77 18 80 16 312e332e362e312e342e312e313436362e3230303337"),
       hex("30 0c 02 01 01 78 07 0a 01 00 04 00 04 00")},
      {"LDAP of a negative id", true, hex("30 0c 02 01 81 60 07 02 01 03 04 00 80 00"), kLdapBound},
      {"Kerberos over TCP", true, OverTcp(Kerberos(0x6a, 0xa1)), OverTcp(Kerberos(0x7e, 0xa0)),
       Protocol::kKerberos},
      {"Kerberos of version 4", true, OverTcp(Kerberos(0x6a, 0xa1, 4)),
       OverTcp(Kerberos(0x7e, 0xa0))},
      {"RPC over TCP", true, Marked(RpcCall(7)), Marked(RpcReply(7)), Protocol::kSunRpc},
      {"RPC that asks for TLS", true, Marked(RpcCall(7, 7)), Marked(RpcReply(7))},
      {"RPC under GSS may be sealed", true, Marked(RpcCall(7, 6)), Marked(RpcReply(7))},
      {"Modbus", true, hex("0001 0000 0006 01 03 0000 000a"), hex("0001 0000 0005 01 03 02 0001"),
       Protocol::kModbus},
      {"Modbus refused", true, hex("0001 0000 0006 01 03 0000 000a"),
       hex("0001 0000 0003 01 83 02"), Protocol::kModbus},
      {"Modbus of another transaction", true, hex("0001 0000 0006 01 03 0000 000a"),
       hex("0002 0000 0005 01 03 02 0001")},

      {"Kerberos", false, Kerberos(0x6a, 0xa1), Kerberos(0x6b, 0xa0), Protocol::kKerberos},
      {"RADIUS", false, Radius(1, 9), Radius(2, 9), Protocol::kRadius},
      {"RADIUS on its port, another identifier", false, Radius(1, 9), Radius(2, 8),
       Protocol::kRadius, kWeak, true, kBoth, 1812},
      {"RADIUS elsewhere, another identifier", false, Radius(1, 9), Radius(2, 8)},
      {"RADIUS of an attribute of type zero", false, Radius(1, 9, 0), Radius(2, 9)},
      {"RADIUS of a port in too few bytes", false, Radius(1, 9, 5), Radius(2, 9)},
      {"RADIUS accounting answered as access", false, Radius(4, 9), Radius(2, 9)},
      {"RPC", false, RpcCall(7), RpcReply(7), Protocol::kSunRpc},
      {"RPC answered with another transaction", false, RpcCall(7), RpcReply(8), Protocol::kSunRpc,
       kWeak},
      {"CoAP", false, hex("42 01 1234 abcd b1 61"), hex("62 45 1234 abcd ff 31"), Protocol::kCoap},
      {"CoAP without a token, elsewhere", false, hex("40 01 1234 b1 61"), hex("60 45 1234 ff 31")},
      {"CoAP without a token, on its port", false, hex("40 01 1234 b1 61"), hex("60 45 1234 ff 31"),
       Protocol::kCoap, kStrong, true, kBoth, 5683},
      {"CoAP with OSCORE is encrypted end to end", false, hex("42 02 1234 abcd 92 0901 ff 31"),
       hex("62 44 1234 abcd 90 ff 31")},
      {"CoAP answered with another message", false, hex("42 01 1234 abcd b1 61"),
       hex("62 45 1235 abcd ff 31")},
      {"LDAP over UDP", false, hex("30 0b 02 01 01 63 06 04 00 0a 01 00"),
       hex("30 0b 02 01 01 64 06 04 00 30 00"), Protocol::kLdap},
      {"a tracker", false, hex("0000041727101980 00000000 aabbccdd"),
       hex("00000000 aabbccdd 1122334455667788"), Protocol::kBitTorrent},
      {"a tracker's answer to another", false, hex("0000041727101980 00000000 aabbccdd"),
       hex("00000000 aabbccde 1122334455667788"), Protocol::kBitTorrent, kWeak},
      {"a tracker of another magic", false, hex("0000041727101981 00000000 aabbccdd"),
       hex("00000000 aabbccdd 1122334455667788")},
      {"a search for local peers",
       false,
       Text("BT-SEARCH * HTTP/1.1\r\n"),
       {},
       Protocol::kBitTorrent,
       kWeak,
       true,
       kClientOnly},
  };
}

// What the two dissectors say, asked as the classifier asks them.
base::Parsed<HandshakeFacts> Ask(const Case& one, base::Bytes client, base::Bytes server,
                                 base::End end) {
  FlowView view = tests::TcpFlow(client, server, end, one.server_port);
  std::vector<Datagram> datagrams;
  if (!one.tcp) {
    view.transport = capture::Transport::kUdp;
    const auto add = [&](base::Bytes bytes, bool from_client) {
      if (bytes.empty()) return;
      datagrams.push_back({bytes, static_cast<std::uint32_t>(bytes.size()), from_client});
    };
    add(client, true);
    add(server, false);
    view.datagrams = datagrams;
    view.datagrams_open = end == base::End::kOpen;
    return PlaintextDissector().dissect(view);
  }
  const auto answer = AccessDissector().dissect(view);
  if (!base::IsNotThis(answer)) return answer;
  return PlaintextDissector().dissect(view);
}

TEST(PlaintextServices, NamesTheProtocolOrNobody) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.name);
    const auto answer = Ask(one, one.client, one.server, base::End::kFinal);
    const HandshakeFacts* facts = base::Value(answer);
    if (one.protocol == kRefused) {
      EXPECT_TRUE(base::IsNotThis(answer)) << (facts == nullptr ? "waits" : Name(facts->protocol));
      continue;
    }
    ASSERT_NE(nullptr, facts);
    EXPECT_EQ(Name(one.protocol), Name(facts->protocol));
    EXPECT_EQ(Name(one.sides), Name(facts->sides));
    EXPECT_EQ(Name(one.evidence), Name(facts->evidence));
    EXPECT_EQ(one.plaintext, facts->plaintext);
    EXPECT_EQ(one.plaintext ? KeyExchange::kNone : KeyExchange::kUnknown, facts->key_exchange);
  }
}

TEST(PlaintextServices, AnswersTheSameHoweverTheSidesAreCut) {
  for (const Case& one : Cases()) {
    if (!one.tcp) continue;
    SCOPED_TRACE(one.name);
    const auto whole = Ask(one, one.client, one.server, base::End::kOpen);
    for (std::size_t client = 0; client <= one.client.size(); ++client) {
      for (std::size_t server = 0; server <= one.server.size(); ++server) {
        const auto answer = Ask(one, base::Bytes(one.client).first(client),
                                base::Bytes(one.server).first(server), base::End::kOpen);
        if (base::IsNeedMore(answer)) continue;
        ASSERT_EQ(whole.index(), answer.index()) << client << " and " << server << " bytes";
        if (base::Value(answer) != nullptr) {
          ASSERT_TRUE(whole == answer);
        }
      }
    }
  }
}

// What may still go over to TLS, or into a tunnel, is waited for.
TEST(PlaintextServices, WaitsWhileEncryptionMayFollow) {
  for (const Case& one : Cases()) {
    if (!one.tcp || one.client.empty() || one.server.empty()) continue;
    SCOPED_TRACE(one.name);
    const auto client_alone = Ask(one, one.client, {}, base::End::kOpen);
    EXPECT_EQ(nullptr, base::Value(client_alone));
    const auto server_alone = Ask(one, {}, one.server, base::End::kOpen);
    EXPECT_EQ(nullptr, base::Value(server_alone));
  }
}

}  // namespace
}  // namespace unopened::classify::plaintext
