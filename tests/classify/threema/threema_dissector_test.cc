#include "classify/threema/threema_dissector.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

#include "tests/support/stream_laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::threema {
namespace {

using tests::Octets;
using tests::Wire;

constexpr std::uint16_t kCustomary = 5222;
constexpr std::uint16_t kElsewhere = 443;

Octets Random(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Octets bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 250 + 1);
  return bytes;
}

Octets Client(std::size_t login = 191) {
  Octets bytes = Random(48 + login, 5);
  bytes[31] &= 0x7f;
  return bytes;
}
// A hello, an acknowledgement, frames of these sizes.
Octets Server(const std::vector<std::uint16_t>& frames) {
  Wire wire;
  wire.Append(Random(80 + 32, 6));
  for (const std::uint16_t size : frames) wire.U16LE(size).Append(Random(size, size));
  return wire.bytes();
}

base::Parsed<HandshakeFacts> Open(const Octets& client, const Octets& server, std::uint16_t port) {
  return ThreemaDissector().dissect(tests::TcpFlow(client, server, base::End::kOpen, port));
}
base::Parsed<HandshakeFacts> Last(const Octets& client, const Octets& server, std::uint16_t port) {
  return tests::AtLast(ThreemaDissector(), client, server, port);
}

TEST(ThreemaDissector, SizesOfALoginOnItsPortAreWeak) {
  for (const auto& frames : std::vector<std::vector<std::uint16_t>>{{20, 36}, {300, 20, 36}}) {
    const auto answer = Open(Client(), Server(frames), kCustomary);
    ASSERT_NE(base::Value(answer), nullptr);
    EXPECT_EQ(base::Value(answer)->protocol, Protocol::kThreemaCsp);
    EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
    EXPECT_EQ(base::Value(answer)->sides, SidesSeen::kBoth);
  }
}

TEST(ThreemaDissector, ElsewhereMoreFramesAreNeeded) {
  EXPECT_TRUE(base::IsNeedMore(Open(Client(), Server({20, 36}), kElsewhere)));
  EXPECT_TRUE(base::IsNotThis(Last(Client(), Server({20, 36}), kElsewhere)));
  EXPECT_NE(base::Value(Open(Client(), Server({20, 36, 120, 24}), kElsewhere)), nullptr);
}

TEST(ThreemaDissector, AShortSessionEndsWhereAFrameDoes) {
  Octets server = Server({20});
  EXPECT_TRUE(base::IsNeedMore(Open(Client(), server, kCustomary)));
  EXPECT_NE(base::Value(Last(Client(), server, kCustomary)), nullptr);
  server.pop_back();
  EXPECT_TRUE(base::IsNotThis(Last(Client(), server, kCustomary)));
}

TEST(ThreemaDissector, BrokenLawsAreRefused) {
  EXPECT_TRUE(base::IsNotThis(Open(Client(), Server({19, 20}), kCustomary))) << "below a box";
  EXPECT_TRUE(base::IsNotThis(Open(Client(), Server({2049, 20}), kCustomary))) << "too long";
  EXPECT_TRUE(base::IsNotThis(Last(Client(), Server({36, 36, 36}), kCustomary)))
      << "no queue's end";
  EXPECT_TRUE(base::IsNotThis(Last(Client(143), Server({20, 36}), kCustomary)))
      << "login too short";
  Octets client = Client();
  client[31] |= 0x80;
  EXPECT_TRUE(base::IsNotThis(Open(client, Server({20, 36}), kCustomary))) << "no public key";
  const Octets text = Wire().Text("EHLO mail.example\r\n").bytes();
  EXPECT_TRUE(base::IsNotThis(Open(text, {}, kCustomary)));
}

TEST(ThreemaDissector, SplitsAndOrdersDoNotMatter) {
  tests::CheckSplitLaw(ThreemaDissector(), Client(), Server({20, 36}), kCustomary);
  tests::CheckSplitLaw(ThreemaDissector(), Client(), Server({20, 36, 20, 40}), kElsewhere);
  // What comes behind the lengths that were enough is nobody's to hold against them.
  tests::CheckSplitLaw(ThreemaDissector(), Client(), Server({20, 36, 9}), kCustomary);
}

TEST(ThreemaDissector, NoiseIsNothing) { tests::CheckNoise(ThreemaDissector(), 200'000, 0); }

}  // namespace
}  // namespace unopened::classify::threema
