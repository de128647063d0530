#include "classify/ssh/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/laws.h"
#include "tests/support/ssh_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::ssh {
namespace {

using base::ByteReader;
using base::NotThis;
using Octets = std::vector<std::uint8_t>;

Octets Text(std::string_view text) { return Octets(text.begin(), text.end()); }
std::string_view AsText(base::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct LineCase {
  const char* name;
  std::string line;
  bool preamble_allowed = false;
  std::string_view why = {};  // empty: it is one
  ProtoVersion version = ProtoVersion::kSsh2;
};
class SshIdentification : public testing::TestWithParam<LineCase> {};

TEST_P(SshIdentification, IsReadAsTheCaseSays) {
  const Octets bytes = Text(GetParam().line);
  ByteReader reader(bytes, base::End::kOpen);
  const auto parsed = ReadIdentification(reader, GetParam().preamble_allowed);
  if (GetParam().why.empty()) {
    ASSERT_NE(base::Value(parsed), nullptr);
    EXPECT_EQ(base::Value(parsed)->version, GetParam().version);
    EXPECT_TRUE(reader.empty());
  } else {
    ASSERT_TRUE(base::IsNotThis(parsed));
    EXPECT_EQ(std::get<NotThis>(parsed).why, GetParam().why);
    EXPECT_EQ(reader.size(), bytes.size());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SshIdentification,
    testing::Values(
        LineCase{"Ssh2", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"},
        LineCase{"Ssh2BareLineFeed", "SSH-2.0-x\n"},
        LineCase{"Ssh199", "SSH-1.99-x\r\n", false, {}, ProtoVersion::kSsh199},
        LineCase{"Ssh1", "SSH-1.5-1.2.26\n", false, {}, ProtoVersion::kSsh1},
        LineCase{"Longest", "SSH-2.0-" + std::string(245, 'a') + "\r\n"},
        LineCase{"TooLong", "SSH-2.0-" + std::string(246, 'a') + "\r\n", false,
                 "ssh: line too long"},
        LineCase{"OtherVersion", "SSH-3.0-x\r\n", false, "ssh: protoversion"},
        LineCase{"VersionThatGoesOn", "SSH-2.01-x\r\n", false, "ssh: protoversion"},
        LineCase{"VersionOfLetters", "SSH-1.a-x\r\n", false, "ssh: protoversion"},
        LineCase{"NoSoftware", "SSH-2.0\r\n", false, "ssh: identification"},
        LineCase{"ControlCharacter", std::string("SSH-2.0-x\0y\r\n", 13), false,
                 "ssh: control character"},
        LineCase{"PaddedWithZeros", std::string("SSH-2.0-x\0\0\0\n", 13)},
        LineCase{"PreamblePaddedWithZeros", std::string("hello\0\nSSH-2.0-x\r\n", 18), true,
                 "ssh: control character"},
        LineCase{"Http", "GET / HTTP/1.1\r\n", false, "ssh: no identification"},
        LineCase{"LowerCase", "ssh-2.0-x\r\n", false, "ssh: no identification"},
        LineCase{"ServerPreamble", "welcome\r\n\r\nto this host\r\nSSH-2.0-x\r\n", true},
        LineCase{"ClientPreamble", "welcome\r\nSSH-2.0-x\r\n", false, "ssh: no identification"},
        LineCase{"BinaryPreamble", "\x16\x03\x01\r\nSSH-2.0-x\r\n", true, "ssh: control character"},
        LineCase{"EndlessPreambleLine", std::string(4096, 'a'), true, "ssh: line too long"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SshIdentification, EndlessPreambleLinesAreRefused) {
  std::string lines;
  while (lines.size() <= kMaxPreambleBytes) lines += "all work and no play\r\n";
  const Octets bytes = Text(lines);
  ByteReader reader(bytes, base::End::kOpen);
  EXPECT_TRUE(base::IsNotThis(ReadIdentification(reader, true)));
}

TEST(SshIdentification, KeepsTheLaws) {
  const auto parse = [](ByteReader reader) { return ReadIdentification(reader, true); };
  tests::CheckPrefixLaw(Text("hello\r\nSSH-2.0-OpenSSH_9.2p1\r\n"), parse);
  tests::CheckFinalLaw(Text("SSH-2.0-OpenSSH_9.2p1\r\n"), parse);
}

struct PacketFacts {
  std::uint8_t message;
  std::size_t body;
  friend bool operator==(const PacketFacts&, const PacketFacts&) = default;
};
base::Parsed<PacketFacts> ParsePacket(ByteReader reader) {
  const auto parsed = ReadPacket(reader);
  if (const auto* view = base::Value(parsed)) return PacketFacts{view->message, view->body.size()};
  if (const auto* more = std::get_if<base::NeedMore>(&parsed)) return *more;
  return std::get<NotThis>(parsed);
}

TEST(SshPacket, KeepsTheLaws) {
  const Octets packet = tests::SshKexInit({});
  tests::CheckPrefixLaw(packet, ParsePacket);
  tests::CheckFinalLaw(packet, ParsePacket);
  tests::CheckWholeLaw(packet, 4, ParsePacket);
}

TEST(SshPacket, LengthsMustAddUp) {
  const Octets good = tests::SshPacket(2, {1, 2, 3});
  EXPECT_EQ(std::get<PacketFacts>(ParsePacket(ByteReader(good))).message, 2);
  for (const auto& [at, value] : {std::pair{4, 3}, {4, 255}, {3, 5}, {0, 1}}) {
    Octets bent = good;
    bent[at] = static_cast<std::uint8_t>(value);
    EXPECT_TRUE(base::IsNotThis(ParsePacket(ByteReader(bent, base::End::kOpen)))) << at;
  }
}

TEST(SshKexInit, ListsComeOutAsTheyStand) {
  const tests::SshLists lists = {.kex = "a,b",
                                 .host_key = "c",
                                 .encryption_to_server = "d",
                                 .encryption_to_client = "e",
                                 .mac_to_server = "f",
                                 .mac_to_client = "g",
                                 .compression_to_server = "h",
                                 .compression_to_client = "i",
                                 .languages_to_server = "j",
                                 .languages_to_client = "k"};
  const Octets body = tests::SshKexInitBody(lists);
  const auto parsed = ParseKexInit(body);
  const KexInitView* view = base::Value(parsed);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(AsText(view->kex_algorithms), "a,b");
  EXPECT_EQ(AsText(view->host_key_algorithms), "c");
  EXPECT_EQ(AsText(view->encryption_to_server), "d");
  EXPECT_EQ(AsText(view->encryption_to_client), "e");
  EXPECT_EQ(AsText(view->mac_to_server), "f");
  EXPECT_EQ(AsText(view->mac_to_client), "g");
  EXPECT_EQ(AsText(view->compression_to_server), "h");
  EXPECT_EQ(AsText(view->compression_to_client), "i");
  EXPECT_EQ(AsText(view->languages_to_server), "j");
  EXPECT_EQ(AsText(view->languages_to_client), "k");
}

TEST(SshKexInit, EveryCutAndEveryBentLengthIsRefused) {
  const Octets body = tests::SshKexInitBody({});
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_TRUE(base::IsNotThis(ParseKexInit(base::Bytes(body).first(size)))) << size;
  }
  Octets longer = body;
  longer.push_back(0);
  EXPECT_TRUE(base::IsNotThis(ParseKexInit(longer)));
  Octets bent = body;
  bent[16] = 0xff;  // the first list's length
  EXPECT_TRUE(base::IsNotThis(ParseKexInit(bent)));
}

TEST(SshKexInit, NamesMustBeNames) {
  EXPECT_NE(base::Value(ParseKexInit(tests::SshKexInitBody({.kex = "a,b"}))), nullptr);
  for (const std::string_view kex : {"", ",a", "a,", "a,,b", "a b", "a\x7f", "a\nb"}) {
    EXPECT_TRUE(base::IsNotThis(ParseKexInit(tests::SshKexInitBody({.kex = kex})))) << kex;
  }
}

}  // namespace
}  // namespace unopened::classify::ssh
