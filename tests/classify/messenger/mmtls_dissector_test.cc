#include "classify/messenger/mmtls_dissector.h"

#include <gtest/gtest.h>

#include "tests/support/stream_laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::messenger {
namespace {

using tests::Octets;
using tests::Wire;

Octets Record(std::uint8_t type, std::uint16_t size = 60, std::uint16_t version = 0xf104) {
  return Wire().U8(type).U16(version).U16(size).Fill(size, 0x9d).bytes();
}
Octets Join(const Octets& a, const Octets& b) { return Wire().Append(a).Append(b).bytes(); }

base::Parsed<HandshakeFacts> Ask(const Octets& client, const Octets& server) {
  return MmtlsDissector().dissect(tests::TcpFlow(client, server));
}

base::Parsed<HandshakeFacts> Last(const Octets& client, const Octets& server) {
  return tests::AtLast(MmtlsDissector(), client, server);
}

TEST(MmtlsDissector, RecordsOfBothSidesAreWeak) {
  const Octets client = Join(Record(0x16, 150), Record(0x19));
  const Octets server = Join(Record(0x16, 86), Record(0x16));
  const auto answer = Ask(client, server);
  ASSERT_NE(base::Value(answer), nullptr);
  EXPECT_EQ(base::Value(answer)->protocol, Protocol::kMmtls);
  EXPECT_EQ(base::Value(answer)->evidence, Evidence::kWeak);
  tests::CheckSplitLaw(MmtlsDissector(), client, server);
  tests::CheckSplitLaw(MmtlsDissector(), Join(client, Octets(40, 0xff)), server);
}

TEST(MmtlsDissector, BrokenLawsAreRefused) {
  const Octets good = Record(0x16);
  EXPECT_TRUE(base::IsNeedMore(Ask(good, good))) << "a record may follow";
  EXPECT_NE(base::Value(Last(good, good)), nullptr) << "or the end";
  EXPECT_TRUE(base::IsNotThis(Ask(Record(0x18), good))) << "type";
  EXPECT_TRUE(base::IsNotThis(Ask(Record(0x17), good))) << "data first";
  EXPECT_TRUE(base::IsNotThis(Last(good, Record(0x17)))) << "data for an answer";
  EXPECT_TRUE(base::IsNotThis(Ask(Record(0x16, 60, 0x0303), good))) << "TLS";
  EXPECT_TRUE(base::IsNotThis(Last(good, Record(0x16, 60, 0xf103)))) << "versions differ";
  EXPECT_TRUE(base::IsNotThis(Ask(Record(0x16, 0), good))) << "empty";
  EXPECT_TRUE(base::IsNotThis(Ask(Join(good, Record(0x16, 9, 0xf105)), good))) << "broken chain";
  EXPECT_TRUE(base::IsNeedMore(Ask(good, {}))) << "one side";
}

TEST(MmtlsDissector, NoiseIsNothing) { tests::CheckNoise(MmtlsDissector(), 100'000, 0); }

}  // namespace
}  // namespace unopened::classify::messenger
