#include "classify/ssh/banner_dissector.h"

#include <gtest/gtest.h>

#include <string>

#include "classify/ssh/ssh_dissector.h"

namespace unopened::classify::ssh {
namespace {

using base::NotThis;
using base::Parsed;

FlowView ViewOf(std::string_view client, std::string_view server, base::End end) {
  const auto bytes = [](std::string_view text) {
    return base::Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  FlowView view;
  view.start_seen = true;
  view.client = base::ByteReader(bytes(client), end);
  view.server = base::ByteReader(bytes(server), end);
  return view;
}
Parsed<HandshakeFacts> Ask(std::string_view client, std::string_view server,
                           base::End end = base::End::kOpen) {
  return SshBannerDissector().dissect(ViewOf(client, server, end));
}

constexpr std::string_view kServer = "SSH-2.0-OpenSSH_9.6p1\r\n";

TEST(SshBanner, ServerThatNamesSshToAnotherProtocolIsPlaintextByItsWordAlone) {
  for (const std::string_view client : {"GET / HTTP/1.1\r\n", "\r\n"}) {
    EXPECT_TRUE(base::IsNotThis(SshDissector().dissect(ViewOf(client, kServer, base::End::kOpen))));
    const auto answer = Ask(client, kServer);
    const HandshakeFacts* facts = base::Value(answer);
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ(facts->protocol, Protocol::kSsh);
    EXPECT_TRUE(facts->plaintext);
    EXPECT_TRUE(facts->offered_only);
    EXPECT_EQ(facts->sides, SidesSeen::kServerOnly);
    EXPECT_EQ(facts->evidence, Evidence::kWeak);
    EXPECT_EQ(facts->key_exchange, KeyExchange::kNone);
  }
}

TEST(SshBanner, EveryCutOfEitherSideIsWaitedFor) {
  const std::string client = "GET / HTTP/1.1\r\n";
  for (std::size_t cut = 0; cut < 8; ++cut) {
    EXPECT_TRUE(base::IsNeedMore(Ask(client, kServer.substr(0, cut)))) << cut;
    EXPECT_TRUE(base::IsNotThis(Ask(client, kServer.substr(0, cut), base::End::kFinal))) << cut;
  }
  EXPECT_TRUE(base::IsNeedMore(Ask("", kServer)));
  EXPECT_TRUE(base::IsNotThis(Ask("", kServer, base::End::kFinal)));
}

TEST(SshBanner, OthersAreRefusedAtOnce) {
  EXPECT_TRUE(base::IsNotThis(Ask("SSH-2.0-x\r\n", kServer)));  // a session: not this one's
  EXPECT_TRUE(base::IsNotThis(Ask("\x16\x03\x01", kServer)));   // not in clear
  EXPECT_TRUE(base::IsNotThis(Ask("GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n")));
  EXPECT_TRUE(base::IsNotThis(Ask("GET / HTTP/1.1\r\n", "SSH-3.0-x\r\n")));
}

}  // namespace
}  // namespace unopened::classify::ssh
