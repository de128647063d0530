#include "classify/gquic/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/gquic_builder.h"
#include "tests/support/laws.h"
#include "tests/support/wire.h"

namespace unopened::classify::gquic {

bool operator==(const MessageView& a, const MessageView& b) {
  return a.tag == b.tag && std::ranges::equal(a.index, b.index) &&
         std::ranges::equal(a.values, b.values);
}

namespace {

using base::NotThis;
using tests::GquicMessage;
using tests::Wire;
using Octets = std::vector<std::uint8_t>;

auto Parse(const Octets& bytes) { return ParseMessage(base::ByteReader(bytes, base::End::kOpen)); }

std::string_view Why(const base::Parsed<MessageView>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? std::string_view("(no refusal)") : refusal->why;
}

TEST(GquicMessage, ValuesAreFoundByTheirTags) {
  const Octets bytes = tests::GquicFullChlo("www.example.org");
  const auto parsed = Parse(bytes);
  const MessageView* message = base::Value(parsed);
  ASSERT_NE(message, nullptr) << Why(parsed);
  EXPECT_EQ(message->tag, kChlo);
  const auto sni = message->Find(kSni);
  ASSERT_TRUE(sni);
  EXPECT_EQ(std::string(sni->begin(), sni->end()), "www.example.org");
  ASSERT_TRUE(message->Find(kPublicValue));
  EXPECT_EQ(message->Find(kPublicValue)->size(), 32U);
  EXPECT_FALSE(message->Find(MakeTag('N', 'O', 'N', 'C')));
}

TEST(GquicMessage, EmptyMessageAndEmptyValueAreRead) {
  const Octets nothing = GquicMessage("CHLO", {});
  const auto empty = Parse(nothing);
  ASSERT_NE(base::Value(empty), nullptr) << Why(empty);
  EXPECT_FALSE(base::Value(empty)->Find(kSni));
  const Octets nameless = GquicMessage("CHLO", {{"SNI", {}}});
  const auto no_name = Parse(nameless);
  ASSERT_NE(base::Value(no_name), nullptr) << Why(no_name);
  EXPECT_TRUE(base::Value(no_name)->Find(kSni)->empty());
}

TEST(GquicMessage, KeepsTheLawsOfParsers) {
  const Octets bytes = GquicMessage("CHLO", {{"SNI", Octets(9, 'a')}, {"VER", Octets(4, 'Q')}});
  const auto parse = [](base::ByteReader reader) { return ParseMessage(reader); };
  tests::CheckPrefixLaw(bytes, parse);
  tests::CheckFinalLaw(bytes, parse);
}

TEST(GquicMessage, IndexThatDoesNotAddUpIsRefused) {
  // Tags compare as little-endian numbers: of equal letters the last is the largest.
  EXPECT_EQ(Why(Parse(GquicMessage("CHLO", {{"VER", {}}, {"SNI", {}}}))), "gquic: tag order");
  EXPECT_EQ(Why(Parse(GquicMessage("CHLO", {{"SNI", {}}, {"SNI", {}}}))), "gquic: tag order");
  Wire falling;
  falling.Text("CHLO").U16LE(2).U16(0).Text("SNI").U8(0).U32LE(9).Text("VER").U8(0).U32LE(8);
  EXPECT_EQ(Why(Parse(falling.bytes())), "gquic: value end");
  Wire huge;
  huge.Text("CHLO").U16LE(1).U16(0).Text("SNI").U8(0).U32LE(kMaxMessageSize + 1);
  EXPECT_EQ(Why(Parse(huge.bytes())), "gquic: value end");
  Wire many;
  many.Text("CHLO").U16LE(kMaxMessageEntries + 1).U16(0);
  EXPECT_EQ(Why(Parse(many.bytes())), "gquic: entries");
}

}  // namespace
}  // namespace unopened::classify::gquic
