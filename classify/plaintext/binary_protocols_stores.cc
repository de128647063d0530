#include "classify/plaintext/binary_protocols_stores.h"

#include <algorithm>
#include <array>

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::Bytes;
using namespace std::string_view_literals;

constexpr std::uint32_t kMostStartup = 10000;  // PostgreSQL's own limit

// The server's answers begin with a letter and a length.
Fit PostgresqlMessage(const Head& head, ByteReader reader) {
  std::uint8_t letter = 0;
  std::uint32_t length = 0;
  if (!reader.ReadU8(letter)) return TooShort(head, Fit::kLike);
  if (letter != 'R' && letter != 'E' && letter != 'v') return Fit::kNo;
  if (!reader.ReadU32(length)) return TooShort(head);
  if (length < 8 || length > kMostStartup) return Fit::kNo;
  std::uint32_t method = 0;
  if (letter != 'R') return Fit::kLike;
  if (!reader.ReadU32(method)) return TooShort(head);
  // 7 to 9 are GSSAPI and SSPI, which protect nothing behind the login.
  return method <= 12 ? Fit::kLike : Fit::kNo;
}

// Digits and their line's end. kPrefix: only as far as it is there.
Fit Count(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == std::string_view::npos) return text.size() > 9 ? Fit::kNo : Fit::kPrefix;
  if (end == 0 || end > 9) return Fit::kNo;
  const std::string_view line_end = text.substr(end, 2);
  if (line_end == "\r\n") return Fit::kYes;
  return line_end == "\r" ? Fit::kPrefix : Fit::kNo;
}

}  // namespace

Fit PostgresqlStartup(const Head& head) {
  constexpr std::uint32_t kSslRequest = 80877103;
  constexpr std::uint32_t kGssRequest = 80877104;
  constexpr std::uint32_t kVersion3 = 3;  // with any minor version
  auto reader = head.reader();
  for (int requests = 0; requests <= 2; ++requests) {
    std::uint32_t length = 0;
    std::uint32_t code = 0;
    if (!reader.ReadU32(length)) return TooShort(head);
    if (length < 8 || length > kMostStartup) return Fit::kNo;
    if (!reader.ReadU32(code)) return TooShort(head);
    if (code >> 16 == kVersion3) {
      const auto at = static_cast<std::size_t>(head.bytes.size() - reader.size());
      Head parameters = head;
      parameters.bytes = head.bytes.subspan(at);
      return Best(StartsWith(parameters, "user\0"sv), StartsWith(parameters, "database\0"sv));
    }
    if (length != 8 || (code != kSslRequest && code != kGssRequest)) return Fit::kNo;
  }
  return Fit::kNo;
}

Fit PostgresqlAnswer(const Head& head) {
  auto reader = head.reader();
  // "N": no encryption, once for each kind that was asked for.
  for (int i = 0; i < 2 && !reader.empty() && reader.rest().front() == 'N'; ++i) reader.Skip(1);
  return PostgresqlMessage(head, reader);
}

Fit RedisCommand(const Head& head) {
  // An array of bulk strings.
  const std::string_view text = head.text();
  if (!text.starts_with('*')) return Fit::kNo;
  const Fit count = Count(text.substr(1));
  if (count != Fit::kYes) return count == Fit::kNo ? Fit::kNo : TooShort(head);
  const std::string_view second = text.substr(text.find('\n') + 1);
  if (second.empty()) return TooShort(head);
  if (second.front() != '$') return Fit::kNo;
  const Fit length = Count(second.substr(1));
  return length == Fit::kPrefix ? TooShort(head) : length;
}

Fit RedisReply(const Head& head) {
  const std::string_view text = head.text();
  constexpr std::string_view kTypes = "+-:$*%_#,(!=~>";
  if (kTypes.find(text.front()) == std::string_view::npos) return Fit::kNo;
  const Line line = FirstLine(text);
  if (!IsPrintable(line.text)) return Fit::kNo;
  return line.ended ? Fit::kLike : TooShort(head, Fit::kLike);
}

Fit AmqpHeader(const Head& head) {
  static constexpr std::array kHeaders = {
      "AMQP\x00\x00\x09\x01"sv, "AMQP\x00\x00\x09\x00"sv, "AMQP\x01\x01\x08\x00"sv,
      "AMQP\x01\x01\x00\x0a"sv, "AMQP\x00\x01\x00\x00"sv, "AMQP\x03\x01\x00\x00"sv,
  };
  Fit best = Fit::kNo;
  for (const std::string_view header : kHeaders) best = Best(best, StartsWith(head, header));
  return best;
}

Fit AmqpAnswer(const Head& head) {
  // 0-9-1: a method frame on channel 0 with Connection.Start; else a header of its own.
  auto reader = head.reader();
  std::uint8_t type = 0;
  std::uint16_t channel = 0;
  std::uint32_t length = 0;
  std::uint32_t method = 0;
  if (!reader.ReadU8(type)) return TooShort(head);
  if (type != 1) return AmqpHeader(head);
  if (!reader.ReadU16(channel) || !reader.ReadU32(length) || !reader.ReadU32(method)) {
    return TooShort(head);
  }
  return channel == 0 && length < 0x10000 && method == 0x000a000a ? Fit::kYes : Fit::kNo;
}

}  // namespace unopened::classify::plaintext
