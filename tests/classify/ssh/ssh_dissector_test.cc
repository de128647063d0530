#include "classify/ssh/ssh_dissector.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

#include "tests/support/ssh_builder.h"

namespace unopened::classify::ssh {
namespace {

using base::ByteReader;
using base::End;
using base::Parsed;
using Octets = std::vector<std::uint8_t>;

constexpr std::string_view kBanner = "SSH-2.0-OpenSSH_10.0\r\n";

Octets Text(std::string_view text) { return Octets(text.begin(), text.end()); }
Octets Join(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

struct Flow {
  Octets client;
  Octets server;
  bool start_seen = true;
  bool fingerprints = false;
  End end = End::kOpen;

  FlowView View(std::size_t client_size, std::size_t server_size, End how) const {
    FlowView view;
    view.start_seen = start_seen;
    view.options.fingerprints = fingerprints;
    view.client = ByteReader(base::Bytes(client).first(client_size), how);
    view.server = ByteReader(base::Bytes(server).first(server_size), how);
    return view;
  }
  Parsed<HandshakeFacts> Dissect() const {
    return SshDissector().dissect(View(client.size(), server.size(), end));
  }
  Parsed<HandshakeFacts> Partial() const {
    return SshDissector().partial(View(client.size(), server.size(), End::kFinal));
  }
};

Flow Common(const tests::SshLists& client = {}, const tests::SshLists& server = {}) {
  return {Join({Text(kBanner), tests::SshKexInit(client)}),
          Join({Text(kBanner), tests::SshKexInit(server)})};
}

TEST(SshDissector, BothKexInitsAreComplete) {
  const auto answer =
      Common({.kex = "mlkem768x25519-sha256,curve25519-sha256,ext-info-c"},
             {.kex = "curve25519-sha256,mlkem768x25519-sha256,kex-strict-s-v00@openssh.com"})
          .Dissect();
  const HandshakeFacts* facts = base::Value(answer);
  ASSERT_NE(facts, nullptr);
  EXPECT_EQ(facts->protocol, Protocol::kSsh);
  EXPECT_EQ(facts->version, Version::kSsh2);
  EXPECT_FALSE(facts->offered_only);
  EXPECT_EQ(facts->key_exchange, KeyExchange::kPqHybrid);
  EXPECT_EQ(facts->name_visibility, NameVisibility::kNotApplicable);
  EXPECT_EQ(facts->sides, SidesSeen::kBoth);
  EXPECT_EQ(facts->evidence, Evidence::kProof);
  EXPECT_TRUE(facts->transient.hassh.empty());
}

TEST(SshDissector, EveryCutOfTheFlowNeedsMoreAndNeverMoreThanThereIs) {
  const Flow flow = Common();
  for (std::size_t cut = 0; cut < flow.client.size(); ++cut) {
    const auto open = SshDissector().dissect(flow.View(cut, flow.server.size(), End::kOpen));
    ASSERT_TRUE(base::IsNeedMore(open)) << cut;
    EXPECT_GE(std::get<base::NeedMore>(open).at_least, 1U);
    EXPECT_LE(cut + std::get<base::NeedMore>(open).at_least, flow.client.size());
    const auto other = SshDissector().dissect(flow.View(flow.client.size(), cut, End::kOpen));
    ASSERT_TRUE(base::IsNeedMore(other)) << cut;
    const auto last = SshDissector().dissect(flow.View(cut, flow.server.size(), End::kFinal));
    EXPECT_FALSE(base::IsNeedMore(last)) << cut;
  }
}

TEST(SshDissector, BytesBehindTheKexInitsChangeNothing) {
  const auto before = Common().Dissect();
  Flow longer = Common();
  longer.client.insert(longer.client.end(), 300, 0xff);
  longer.server.insert(longer.server.end(), 300, 0x00);
  EXPECT_EQ(*base::Value(longer.Dissect()), *base::Value(before));
}

TEST(SshDissector, FingerprintsAreThoseOfEachRolesOwnDirection) {
  // MD5 of "curve25519-sha256;aes128-ctr;hmac-sha2-256;none" and of the server's lists, from
  // md5sum.
  Flow flow = Common({}, {.kex = "ecdh-sha2-nistp256",
                          .encryption_to_server = "x",
                          .encryption_to_client = "aes256-ctr",
                          .mac_to_server = "y",
                          .mac_to_client = "hmac-sha2-512",
                          .compression_to_server = "z",
                          .compression_to_client = "zlib"});
  flow.fingerprints = true;
  const auto answer = flow.Dissect();
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->transient.hassh.view(), "e97d07603350d1111ec2b64bf25413c9");
  EXPECT_EQ(base::Value(answer)->transient.hassh_server.view(), "7a591bff27eca68abf09a34afe01fae6");
}

struct VersionCase {
  const char* name;
  std::string_view client;
  std::string_view server;
  Version version;
};
class SshVersions : public testing::TestWithParam<VersionCase> {};
TEST_P(SshVersions, FollowFromTheTwoIdentificationStrings) {
  const Flow flow = {Text(GetParam().client), Text(GetParam().server)};
  const auto answer = flow.Partial();
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->version, GetParam().version);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  // SSH-2 waits for the KEXINITs, the others have none to wait for.
  EXPECT_EQ(base::IsNeedMore(flow.Dissect()), GetParam().version == Version::kSsh2);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, SshVersions,
    testing::Values(
        VersionCase{"Both2", "SSH-2.0-a\r\n", "SSH-2.0-b\r\n", Version::kSsh2},
        VersionCase{"Server199", "SSH-2.0-a\r\n", "SSH-1.99-b\r\n", Version::kSsh2},
        VersionCase{"Both199", "SSH-1.99-client\n", "SSH-1.99-server\n", Version::kSsh2},
        VersionCase{"Client1Server199", "SSH-1.5-client\n", "SSH-1.99-server\n", Version::kSsh1},
        VersionCase{"Both1", "SSH-1.5-client\n", "SSH-1.5-server\n", Version::kSsh1},
        VersionCase{"NoneInCommon", "SSH-1.5-client\n", "SSH-2.0-server\n", Version::kOther}),
    [](const auto& test) { return std::string(test.param.name); });

// Random bytes behind "SSH-2.0-", as first_payloads wrote them: each a line.
TEST(SshDissector, LinesThatNameNoSoftwareInTextAreWeak) {
  constexpr std::string_view kGood = "SSH-2.0-a\r\n";
  const std::array<std::string_view, 5> bad = {"SSH-2.0-]\n", "SSH-2.0-\r\n", "SSH-2.0-abc\n",
                                               "SSH-2.0-\xd7\xed\xe4\xab\x7f\r\n", "SSH-1.99-\n"};
  for (const std::string_view line : bad) {
    for (const bool client : {true, false}) {
      const Flow flow = {Text(client ? line : kGood), Text(client ? kGood : line)};
      const auto answer = flow.Partial();
      ASSERT_NE(base::Value(answer), nullptr) << line;
      EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak) << line;
    }
  }
}

TEST(SshDissector, OneDirectionAloneIsWeakAndOnlyAnOffer) {
  Flow client = Common();
  client.server.clear();
  client.fingerprints = true;
  EXPECT_TRUE(base::IsNeedMore(client.Dissect()));
  const auto answer = client.Partial();
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kClientOnly);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
  EXPECT_TRUE(base::Value(answer)->offered_only);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  EXPECT_FALSE(base::Value(answer)->transient.hassh.empty());

  Flow server = Common();
  server.client.clear();
  ASSERT_NE(base::Value(server.Partial()), nullptr);
  EXPECT_EQ(base::Value(server.Partial())->sides, SidesSeen::kServerOnly);
}

TEST(SshDissector, ServerMaySpeakLinesBeforeItsIdentification) {
  Flow flow = Common();
  flow.server = Join({Text("go away\r\n"), flow.server});
  EXPECT_NE(base::Value(flow.Dissect()), nullptr);
  std::swap(flow.client, flow.server);
  EXPECT_TRUE(base::IsNotThis(flow.Dissect()));
}

TEST(SshDissector, StrangersAreRefusedAtTheirFirstByte) {
  for (const std::string_view client : {"GET / HTTP/1.1\r\n", "\x16\x03\x01", "EHLO x\r\n", "x"}) {
    EXPECT_TRUE(base::IsNotThis(Flow{Text(client), {}}.Dissect())) << client;
    EXPECT_TRUE(base::IsNotThis(Flow{Text(client), Text(kBanner)}.Dissect())) << client;
  }
  EXPECT_TRUE(base::IsNotThis(Flow{Text(kBanner), {0x15, 0x03, 0x01, 0x00, '\n'}}.Dissect()));
  EXPECT_TRUE(base::IsNotThis(Flow{{}, Text("220 mail ready\r\n")}.Partial()));
  EXPECT_TRUE(base::IsNotThis(Flow{}.Partial()));
}

TEST(SshDissector, IgnoreAndDebugMayComeBeforeTheKexInit) {
  Flow flow = Common();
  flow.server = Join({Text(kBanner), tests::SshPacket(2, {0, 0, 0, 0}), tests::SshPacket(4, {0}),
                      tests::SshKexInit({})});
  ASSERT_NE(base::Value(flow.Dissect()), nullptr);
  EXPECT_EQ(base::Value(flow.Dissect())->evidence, Evidence::kProof);
}

TEST(SshDissector, EndsThatCannotBeReadFurtherStayNamedWithoutAKeyExchange) {
  const Octets good = tests::SshKexInit({});
  Octets lying = good;
  lying[6 + 16] = 0xff;  // the first name-list's length
  std::vector<Octets> many(6, tests::SshPacket(2, {}));
  for (const Octets& bent :
       {lying, Octets{0xff, 0xff, 0xff, 0xff}, tests::SshPacket(1, {0, 0, 0, 11}),
        tests::SshPacket(50, {}), Join({many[0], many[1], many[2], many[3], many[4], good})}) {
    Flow flow = Common();
    flow.server = Join({Text(kBanner), bent});
    const auto answer = flow.Dissect();
    ASSERT_NE(base::Value(answer), nullptr);
    EXPECT_EQ(base::Value(answer)->evidence, Evidence::kStrong);
    EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
  }
}

TEST(SshDissector, NothingInCommonIsNoKeyExchange) {
  const auto answer = Common({.kex = "curve25519-sha256"}, {.kex = "ecdh-sha2-nistp256"}).Dissect();
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->key_exchange, KeyExchange::kUnknown);
}

TEST(SshDissector, MarkersTellWhoseListDecides) {
  const tests::SshLists dh_first = {.kex = "diffie-hellman-group14-sha256,curve25519-sha256"};
  const tests::SshLists ec_first = {.kex = "curve25519-sha256,diffie-hellman-group14-sha256"};
  EXPECT_EQ(base::Value(Common(dh_first, ec_first).Dissect())->key_exchange, KeyExchange::kFfdhe);

  // The TCP client is the SSH server of a reverse tunnel.
  tests::SshLists server = dh_first;
  server.kex = "diffie-hellman-group14-sha256,curve25519-sha256,ext-info-s";
  EXPECT_EQ(base::Value(Common(server, ec_first).Dissect())->key_exchange, KeyExchange::kEcdhe);

  // Midstream nobody knows who opened, unless a marker tells or both orders agree.
  Flow midstream = Common(dh_first, ec_first);
  midstream.start_seen = false;
  EXPECT_EQ(base::Value(midstream.Dissect())->key_exchange, KeyExchange::kUnknown);
  midstream = Common(dh_first, dh_first);
  midstream.start_seen = false;
  EXPECT_EQ(base::Value(midstream.Dissect())->key_exchange, KeyExchange::kFfdhe);
  midstream = Common(server, ec_first);
  midstream.start_seen = false;
  EXPECT_EQ(base::Value(midstream.Dissect())->key_exchange, KeyExchange::kEcdhe);
}

}  // namespace
}  // namespace unopened::classify::ssh
