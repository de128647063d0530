#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/parsed.h"
#include "tests/support/laws.h"
#include "tests/support/wire.h"

namespace unopened::base {
namespace {

TEST(ByteReaderTest, ReadsBigEndianIntegersInOrder) {
  const auto bytes =
      tests::Wire().U8(1).U16(0x0203).U24(0x040506).U32(0x0708090a).U64(0x0b0c0d0e0f101112).bytes();
  ByteReader reader{Bytes(bytes)};
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u24 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  ASSERT_TRUE(reader.ReadU8(u8) && reader.ReadU16(u16) && reader.ReadU24(u24) &&
              reader.ReadU32(u32) && reader.ReadU64(u64));
  EXPECT_EQ(u8, 1);
  EXPECT_EQ(u16, 0x0203);
  EXPECT_EQ(u24, 0x040506U);
  EXPECT_EQ(u32, 0x0708090aU);
  EXPECT_EQ(u64, 0x0b0c0d0e0f101112U);
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReaderTest, AFailedReadLeavesTheReaderAndTheResultAlone) {
  const std::vector<std::uint8_t> bytes = {0x00, 0x05, 0xaa};
  ByteReader reader{Bytes(bytes)};
  ByteReader field;
  EXPECT_FALSE(reader.ReadPrefixed16(field));
  EXPECT_EQ(reader.size(), 3U);
  std::uint32_t u32 = 77;
  EXPECT_FALSE(reader.ReadU32(u32));
  EXPECT_EQ(u32, 77U);
  EXPECT_EQ(reader.size(), 3U);
}

TEST(ByteReaderTest, APrefixedFieldIsFinalEvenInsideAnOpenReader) {
  const std::vector<std::uint8_t> bytes = {0x02, 0x11, 0x22, 0x33};
  ByteReader reader(bytes, End::kOpen);
  ByteReader field;
  ASSERT_TRUE(reader.ReadPrefixed8(field));
  EXPECT_EQ(field.size(), 2U);
  EXPECT_FALSE(field.open());
  EXPECT_TRUE(reader.open());
  EXPECT_EQ(reader.size(), 1U);
}

TEST(ByteReaderTest, AnEmptyReaderReadsNothing) {
  ByteReader reader;
  std::uint8_t u8 = 0;
  ByteReader field;
  EXPECT_FALSE(reader.ReadU8(u8));
  EXPECT_FALSE(reader.ReadPrefixed8(field));
  EXPECT_TRUE(reader.Skip(0));
  EXPECT_FALSE(reader.Skip(1));
}

// The laws, held against a small parser that keeps them: one byte of length, then as many bytes.
Parsed<std::uint8_t> ParseOne(ByteReader reader) {
  std::uint8_t length = 0;
  if (!reader.ReadU8(length)) return Short<std::uint8_t>(reader, "test: length");
  if (reader.size() < length)
    return Short<std::uint8_t>(reader, "test: body", length - reader.size());
  return length;
}

TEST(LawsTest, HoldForAParserThatKeepsThem) {
  const std::vector<std::uint8_t> message = {0x03, 1, 2, 3};
  tests::CheckPrefixLaw(message, ParseOne);
  tests::CheckFinalLaw(message, ParseOne);
  tests::CheckWholeLaw(message, 1, ParseOne);
}

}  // namespace
}  // namespace unopened::base
