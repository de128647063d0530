#include "classify/gquic/message.h"

namespace unopened::classify::gquic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kEntrySize = 8;

// Tags are sent as they read, and compared as the little-endian numbers they are.
std::uint32_t SwapBytes(std::uint32_t value) {
  return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

Parsed<MessageView> ShortBy(const ByteReader& reader, std::size_t missing) {
  return base::Short<MessageView>(reader, "gquic: message cut", missing);
}

}  // namespace

Parsed<MessageView> ParseMessage(ByteReader stream) {
  ByteReader reader = stream;
  MessageView message;
  std::uint8_t low = 0;
  std::uint8_t high = 0;
  Bytes padding;
  if (!reader.ReadU32(message.tag) || !reader.ReadU8(low) || !reader.ReadU8(high) ||
      !reader.ReadBytes(2, padding)) {
    return ShortBy(stream, kMessageHeadSize - stream.size());
  }
  const std::size_t count = std::size_t{high} << 8 | low;
  if (count > kMaxMessageEntries) return NotThis{"gquic: entries"};
  if (!reader.ReadBytes(count * kEntrySize, message.index)) {
    return ShortBy(stream, count * kEntrySize - reader.size());
  }
  std::uint32_t end = 0;
  std::uint32_t last_tag = 0;
  ByteReader entries(message.index);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t tag = 0;
    std::uint32_t value_end = 0;
    (void)entries.ReadU32LE(tag);
    (void)entries.ReadU32LE(value_end);
    if (i > 0 && tag <= last_tag) return NotThis{"gquic: tag order"};
    if (value_end < end || value_end > kMaxMessageSize) return NotThis{"gquic: value end"};
    last_tag = tag;
    end = value_end;
  }
  if (!reader.ReadBytes(end, message.values)) return ShortBy(stream, end - reader.size());
  return message;
}

std::optional<Bytes> MessageView::Find(Tag wanted) const {
  const std::uint32_t number = SwapBytes(wanted);
  std::uint32_t begin = 0;
  std::uint32_t each = 0;
  std::uint32_t end = 0;
  for (ByteReader entries(index); entries.ReadU32LE(each) && entries.ReadU32LE(end); begin = end) {
    if (each == number) return values.subspan(begin, end - begin);
  }
  return std::nullopt;
}

}  // namespace unopened::classify::gquic
