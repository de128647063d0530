#include "classify/tls/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::End;
using base::IsNeedMore;
using base::NotThis;
using base::Value;
using tests::Joined;
using tests::TlsBytes;

template <class T>
std::string_view Why(const base::Parsed<T>& parsed) {
  const auto* refusal = std::get_if<NotThis>(&parsed);
  return refusal == nullptr ? "(accepted)" : refusal->why;
}

class HandshakeReaderTest : public testing::Test {
 protected:
  HandshakeReader Over(const TlsBytes& bytes, End end = End::kOpen) {
    return HandshakeReader(ByteReader(bytes, end), scratch_);
  }
  std::array<std::uint8_t, kMaxHelloSize> scratch_{};
};

TEST_F(HandshakeReaderTest, HandsOutAMessageInPlace) {
  const TlsBytes message = tests::TlsMessage(1, 100);
  const TlsBytes stream = tests::TlsRecords(message);
  HandshakeReader reader = Over(stream);
  const auto read = reader.ReadMessage();
  ASSERT_NE(Value(read), nullptr);
  EXPECT_TRUE(std::ranges::equal(Value(read)->rest(), message));
  EXPECT_EQ(Value(read)->rest().data(), stream.data() + kRecordHeaderSize);
}

TEST_F(HandshakeReaderTest, JoinsAMessageOverRecordsOfAnySize) {
  const TlsBytes message = tests::TlsMessage(1, 100);
  for (std::size_t fragment = 1; fragment < message.size(); ++fragment) {
    const TlsBytes stream = tests::TlsRecords(message, fragment);
    HandshakeReader reader = Over(stream);
    const auto read = reader.ReadMessage();
    ASSERT_NE(Value(read), nullptr) << fragment;
    EXPECT_TRUE(std::ranges::equal(Value(read)->rest(), message)) << fragment;
  }
}

TEST_F(HandshakeReaderTest, HandsOutSeveralMessagesOfOneRecord) {
  const TlsBytes first = tests::TlsMessage(2, 70);
  const TlsBytes second = tests::TlsMessage(11, 900);
  const TlsBytes third = tests::TlsMessage(14, 0);
  for (const std::size_t fragment : {16384U, 500U, 72U, 3U}) {
    const TlsBytes stream = tests::TlsRecords(Joined({first, second, third}), fragment);
    HandshakeReader reader = Over(stream);
    for (const TlsBytes& message : {first, second, third}) {
      const auto upcoming = reader.Peek();
      ASSERT_NE(Value(upcoming), nullptr);
      EXPECT_EQ(static_cast<int>(Value(upcoming)->handshake_type), message[0]);
      const auto read = reader.ReadMessage();
      ASSERT_NE(Value(read), nullptr);
      EXPECT_TRUE(std::ranges::equal(Value(read)->rest(), message));
    }
    EXPECT_TRUE(IsNeedMore(reader.Peek()));
  }
}

TEST_F(HandshakeReaderTest, DoesNotWaitForTheRestOfARecordWhoseMessageIsThere) {
  const TlsBytes stream =
      tests::TlsRecords(Joined({tests::TlsMessage(2, 70), tests::TlsMessage(11, 4000)}));
  const TlsBytes start(stream.begin(), stream.begin() + kRecordHeaderSize + 74);
  HandshakeReader reader = Over(start);
  EXPECT_NE(Value(reader.ReadMessage()), nullptr);
}

TEST_F(HandshakeReaderTest, NeverAsksBeyondTheMessage) {
  const TlsBytes message = tests::TlsMessage(1, 60);
  for (const std::size_t fragment : {16384U, 40U, 3U, 1U}) {
    const TlsBytes stream = tests::TlsRecords(message, fragment);
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      const TlsBytes prefix(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cut));
      const auto open = Over(prefix).ReadMessage();
      const auto* need = std::get_if<base::NeedMore>(&open);
      ASSERT_NE(need, nullptr) << fragment << " cut at " << cut;
      EXPECT_GT(need->at_least, 0U);
      EXPECT_LE(cut + need->at_least, stream.size()) << fragment << " cut at " << cut;
      EXPECT_TRUE(base::IsNotThis(Over(prefix, End::kFinal).ReadMessage()));
    }
  }
}

TEST_F(HandshakeReaderTest, SkipsMessagesThatAreLongerThanTheScratch) {
  const TlsBytes stream =
      tests::TlsRecords(Joined({tests::TlsMessage(11, 40000), tests::TlsMessage(14, 0)}));
  HandshakeReader reader = Over(stream);
  ASSERT_NE(Value(reader.Skip()), nullptr);
  const auto upcoming = reader.Peek();
  ASSERT_NE(Value(upcoming), nullptr);
  EXPECT_EQ(static_cast<int>(Value(upcoming)->handshake_type), 14);
  EXPECT_EQ(Why(Over(stream).ReadMessage()), "tls: message too long");
}

TEST_F(HandshakeReaderTest, StepsOverOtherRecords) {
  const TlsBytes stream =
      Joined({tests::TlsChangeCipherSpec(), tests::TlsAlert(1, 112), tests::TlsRecord(23, {}),
              tests::TlsRecord(21, TlsBytes(24, 7)), tests::TlsRecords(tests::TlsMessage(2, 70))});
  HandshakeReader reader = Over(stream);
  EXPECT_EQ(Value(reader.Peek())->type, ContentType::kChangeCipherSpec);
  ASSERT_NE(Value(reader.Skip()), nullptr);
  EXPECT_EQ(Value(reader.Peek())->type, ContentType::kAlert);
  EXPECT_EQ(*Value(reader.ReadAlertLevel()), 1);
  EXPECT_EQ(Value(reader.Peek())->type, ContentType::kApplicationData);
  ASSERT_NE(Value(reader.Skip()), nullptr);
  EXPECT_EQ(*Value(reader.ReadAlertLevel()), 0) << "an encrypted alert has no level to read";
  EXPECT_EQ(Value(reader.Peek())->handshake_type, HandshakeType::kServerHello);
}

TEST_F(HandshakeReaderTest, RefusesWhatIsNoRecordWithItsFirstWrongByte) {
  struct Case {
    std::string_view name;
    std::string_view hex;
    std::string_view why;
  };
  const std::vector<Case> cases = {
      {"the beginning of a record", "16 03 01 40 00", "(accepted)"},
      {"an unknown type", "18", "tls: record type"},
      {"text", "47", "tls: record type"},
      {"version 2", "16 02", "tls: record version"},
      {"version 3.9", "16 03 09", "tls: record version"},
      {"a fragment of more than 2^14", "16 03 01 40 01", "tls: record length"},
      {"ciphertext of 2^14 + 2048", "17 03 03 48 00", "(accepted)"},
      {"ciphertext of more", "17 03 03 48 01", "tls: record length"},
      {"an empty handshake record", "16 03 01 00 00", "tls: empty record"},
  };
  for (const Case& each : cases) {
    const TlsBytes bytes = tests::FromHex(each.hex);
    EXPECT_EQ(Why(Over(bytes).Peek()), each.why) << each.name;
  }
}

TEST_F(HandshakeReaderTest, RefusesARecordOfAnotherTypeWithinAMessage) {
  const TlsBytes message = tests::TlsMessage(1, 20);
  const TlsBytes first = tests::TlsRecord(22, TlsBytes(message.begin(), message.begin() + 10));
  const TlsBytes second = tests::TlsRecord(22, TlsBytes(message.begin() + 10, message.end()));
  const TlsBytes whole = Joined({first, second});
  EXPECT_NE(Value(Over(whole).ReadMessage()), nullptr);
  const TlsBytes broken = Joined({first, tests::TlsChangeCipherSpec(), second});
  EXPECT_EQ(Why(Over(broken).ReadMessage()), "tls: message interrupted");
}

}  // namespace
}  // namespace unopened::classify::tls
