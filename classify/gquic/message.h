// The messages of Google QUIC's own handshake (CHLO, REJ, SHLO): tags with values, little endian
// ("QUIC Crypto", Langley and Chang, 2016). Pure; every view borrows the parsed bytes. Threads:
// any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::classify::gquic {

// Four characters in the order they are sent in.
using Tag = std::uint32_t;
constexpr Tag MakeTag(char a, char b, char c, char d) {
  const auto byte = [](char value) { return static_cast<Tag>(static_cast<unsigned char>(value)); };
  return byte(a) << 24 | byte(b) << 16 | byte(c) << 8 | byte(d);
}

inline constexpr Tag kChlo = MakeTag('C', 'H', 'L', 'O');
inline constexpr Tag kRej = MakeTag('R', 'E', 'J', '\0');
// Of a CHLO.
inline constexpr Tag kSni = MakeTag('S', 'N', 'I', '\0');
inline constexpr Tag kPublicValue = MakeTag('P', 'U', 'B', 'S');

inline constexpr std::size_t kMessageHeadSize = 8;
inline constexpr std::size_t kMaxMessageEntries = 128;
inline constexpr std::size_t kMaxMessageSize = 16 * 1024;

struct MessageView {
  Tag tag = 0;
  base::Bytes index;   // a tag and the end of its value, eight bytes each
  base::Bytes values;  // one after the other

  // The value of `wanted`; nothing where the message has none.
  std::optional<base::Bytes> Find(Tag wanted) const;
};

// Reads one message from its start; bytes behind it are ignored. Tags must ascend and values lie in
// order, as an endpoint demands. NeedMore asks for the rest of the message, never beyond it.
base::Parsed<MessageView> ParseMessage(base::ByteReader stream);

}  // namespace unopened::classify::gquic
