#include "classify/zrtp/message.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace unopened::classify::zrtp {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;

constexpr std::uint32_t kMagicCookie = 0x5a525450;  // "ZRTP"
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kCrcSize = 4;
constexpr std::size_t kWord = 4;
constexpr std::size_t kMessageHeader = 12;  // preamble, length, type

struct Name {
  std::string_view text;
  Type type;
  std::size_t min_words;  // of the message, by its fixed fields
  bool exact;             // it has no others
};
// RFC 6189 §5.2-5.16.
constexpr std::array kNames = {
    Name{"Hello   ", Type::kHello, 22, false},    Name{"HelloACK", Type::kHelloAck, 3, true},
    Name{"Commit  ", Type::kCommit, 25, false},   Name{"DHPart1 ", Type::kDhPart1, 21, false},
    Name{"DHPart2 ", Type::kDhPart2, 21, false},  Name{"Confirm1", Type::kConfirm1, 19, false},
    Name{"Confirm2", Type::kConfirm2, 19, false}, Name{"Conf2ACK", Type::kConf2Ack, 3, true},
    Name{"Error   ", Type::kOther, 4, true},      Name{"ErrorACK", Type::kOther, 3, true},
    Name{"GoClear ", Type::kOther, 5, true},      Name{"ClearACK", Type::kOther, 3, true},
    Name{"SASrelay", Type::kOther, 19, false},    Name{"RelayACK", Type::kOther, 3, true},
    Name{"Ping    ", Type::kOther, 6, true},      Name{"PingACK ", Type::kOther, 9, true},
};

constexpr std::array<std::uint32_t, 256> MakeTable() {
  constexpr std::uint32_t kCastagnoli = 0x82f63b78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t entry = i;
    for (int bit = 0; bit < 8; ++bit) entry = entry >> 1 ^ ((entry & 1) != 0 ? kCastagnoli : 0);
    table[i] = entry;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

const Name* Find(Bytes type) {
  const auto at = std::ranges::find_if(kNames, [&](const Name& name) {
    return std::ranges::equal(type, name.text, [](std::uint8_t byte, char c) {
      return byte == static_cast<std::uint8_t>(c);
    });
  });
  return at == kNames.end() ? nullptr : &*at;
}

// RFC 6189 §5.4: hash image, ZID, then hash, cipher, authentication tag and key agreement.
bool ReadKeyAgreement(ByteReader body, std::array<char, 4>& out) {
  constexpr std::size_t kBefore = 32 + 12 + 3 * kWord;
  Bytes name;
  if (!body.Skip(kBefore) || !body.ReadBytes(out.size(), name)) return false;
  std::ranges::transform(name, out.begin(), [](std::uint8_t c) { return static_cast<char>(c); });
  return true;
}

}  // namespace

std::uint32_t Crc32c(Bytes bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) crc = kTable[(crc ^ byte) & 0xff] ^ crc >> 8;
  return ~crc;
}

bool HasCookie(Bytes bytes) {
  ByteReader reader(bytes);
  std::uint8_t first = 0;
  std::uint32_t cookie = 0;
  return reader.ReadU8(first) && first >> 4 == 1 && reader.Skip(3) && reader.ReadU32(cookie) &&
         cookie == kMagicCookie;
}

base::Parsed<Message> ParsePacket(const Datagram& datagram) {
  if (!HasCookie(datagram.bytes)) return NotThis{"zrtp: cookie"};
  if (datagram.bytes.size() != datagram.wire_length) return NotThis{"zrtp: cut"};
  if (datagram.bytes.size() < kHeaderSize + kMessageHeader + kCrcSize) {
    return NotThis{"zrtp: length"};
  }
  const Bytes covered = datagram.bytes.first(datagram.bytes.size() - kCrcSize);
  ByteReader trailer(datagram.bytes.last(kCrcSize));
  ByteReader reader(covered);
  Message message;
  std::uint32_t crc = 0;
  std::uint16_t preamble = 0;
  std::uint16_t words = 0;
  Bytes type;
  const std::size_t message_size = covered.size() - kHeaderSize;
  if (!trailer.ReadU32LE(crc) || !reader.Skip(8) || !reader.ReadU32(message.ssrc) ||
      !reader.ReadU16(preamble) || !reader.ReadU16(words) || !reader.ReadBytes(8, type)) {
    return NotThis{"zrtp: length"};
  }
  constexpr std::uint16_t kPreamble = 0x505a;
  if (preamble != kPreamble || words * kWord != message_size) return NotThis{"zrtp: length"};
  const Name* name = Find(type);
  if (name == nullptr) return NotThis{"zrtp: message type"};
  message.type = name->type;
  // A Commit for a stream that takes over keys is shorter (RFC 6189 §5.4): 21 and 23 words.
  constexpr std::size_t kShortestCommit = 21;
  const std::size_t min_words = name->type == Type::kCommit ? kShortestCommit : name->min_words;
  if (words < min_words || (name->exact && words != min_words)) return NotThis{"zrtp: length"};
  if (name->type == Type::kCommit && !ReadKeyAgreement(reader, message.key_agreement)) {
    return NotThis{"zrtp: length"};
  }
  if (Crc32c(covered) != crc) return NotThis{"zrtp: crc"};
  return message;
}

}  // namespace unopened::classify::zrtp
