#include "classify/tls/record.h"

#include <algorithm>
#include <array>
#include <variant>

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;
using base::Short;

constexpr std::uint8_t kMajorVersion = 3;
constexpr std::uint8_t kMaxMinorVersion = 4;

bool IsContentType(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(ContentType::kChangeCipherSpec) &&
         type <= static_cast<std::uint8_t>(ContentType::kApplicationData);
}

// The same refusal for another T.
template <class T, class Other>
Parsed<T> Pass(const Parsed<Other>& refusal) {
  if (const auto* need = std::get_if<NeedMore>(&refusal)) return *need;
  return std::get<NotThis>(refusal);
}

std::size_t LengthOf(Bytes header) {
  return static_cast<std::size_t>(header[1]) << 16 | static_cast<std::size_t>(header[2]) << 8 |
         header[3];
}

}  // namespace

Parsed<HandshakeReader::Skipped> HandshakeReader::OpenRecord() {
  if (in_record_ != 0) return Skipped{};
  ByteReader probe = stream_;
  std::uint8_t type = 0, major = 0, minor = 0;
  std::uint16_t length = 0;
  // Each byte is refused as soon as it is there, so that other protocols do not wait for the rest.
  if (probe.ReadU8(type) && !IsContentType(type)) return NotThis{"tls: record type"};
  if (probe.ReadU8(major) && major != kMajorVersion) return NotThis{"tls: record version"};
  if (probe.ReadU8(minor) && minor > kMaxMinorVersion) return NotThis{"tls: record version"};
  if (!probe.ReadU16(length)) {
    // A record of any type has at least one byte but for application data.
    return Short<Skipped>(stream_, "tls: record header", kRecordHeaderSize - stream_.size());
  }
  type_ = static_cast<ContentType>(type);
  const bool handshake = type_ == ContentType::kHandshake;
  if (length > (handshake ? kMaxPlaintextSize : kMaxCiphertextSize)) {
    return NotThis{"tls: record length"};
  }
  // RFC 8446 §5.1: no fragment of a handshake message is empty.
  if (length == 0 && type_ != ContentType::kApplicationData) return NotThis{"tls: empty record"};
  stream_ = probe;
  in_record_ = length;
  return Skipped{};
}

Parsed<HandshakeReader::Upcoming> HandshakeReader::Peek() {
  HandshakeReader probe = *this;
  const auto opened = probe.OpenRecord();
  if (base::Value(opened) == nullptr) return Pass<Upcoming>(opened);
  if (probe.type_ != ContentType::kHandshake) return Upcoming{probe.type_, {}};
  std::uint8_t type = 0;
  if (!probe.stream_.ReadU8(type)) return Short<Upcoming>(stream_, "tls: handshake header");
  return Upcoming{ContentType::kHandshake, static_cast<HandshakeType>(type)};
}

Parsed<HandshakeReader::Skipped> HandshakeReader::Take(std::size_t count,
                                                       std::span<std::uint8_t> joined) {
  std::size_t taken = 0;
  while (taken < count) {
    const auto opened = OpenRecord();
    if (const auto* need = std::get_if<NeedMore>(&opened)) {
      return NeedMore{need->at_least + (count - taken)};
    }
    if (base::Value(opened) == nullptr) return opened;
    // RFC 8446 §5.1: nothing comes between the records of one message.
    if (type_ != ContentType::kHandshake) return NotThis{"tls: message interrupted"};
    const std::size_t wanted = std::min(count - taken, in_record_);
    const std::size_t there = std::min(wanted, stream_.size());
    Bytes fragment;
    stream_.ReadBytes(there, fragment);
    if (!joined.empty()) std::ranges::copy(fragment, joined.subspan(taken).begin());
    taken += there;
    in_record_ -= there;
    if (there < wanted) {
      // All that the message still lacks, so that a hello that drips is not read anew for each
      // record; what this record does not hold has another header before it.
      const std::size_t lacking = count - taken;
      const std::size_t header = lacking > in_record_ ? kRecordHeaderSize : 0;
      return Short<Skipped>(stream_, "tls: record cut short", lacking + header);
    }
  }
  return Skipped{};
}

Parsed<ByteReader> HandshakeReader::ReadMessage() {
  const auto opened = OpenRecord();
  if (base::Value(opened) == nullptr) return Pass<ByteReader>(opened);
  if (in_record_ >= kHandshakeHeaderSize) {
    if (stream_.size() < kHandshakeHeaderSize) {
      return Short<ByteReader>(stream_, "tls: handshake header",
                               kHandshakeHeaderSize - stream_.size());
    }
    const std::size_t size = kHandshakeHeaderSize + LengthOf(stream_.rest());
    if (size <= in_record_) {
      ByteReader message;
      if (!stream_.ReadReader(size, message)) {
        return Short<ByteReader>(stream_, "tls: message cut short", size - stream_.size());
      }
      in_record_ -= size;
      return message;
    }
  }
  if (scratch_.size() < kHandshakeHeaderSize) return NotThis{"tls: message too long"};
  const auto header = Take(kHandshakeHeaderSize, scratch_.first(kHandshakeHeaderSize));
  if (base::Value(header) == nullptr) return Pass<ByteReader>(header);
  const std::size_t length = LengthOf(scratch_);
  if (length > scratch_.size() - kHandshakeHeaderSize) return NotThis{"tls: message too long"};
  const auto body = Take(length, scratch_.subspan(kHandshakeHeaderSize));
  if (base::Value(body) == nullptr) return Pass<ByteReader>(body);
  return ByteReader(scratch_.first(kHandshakeHeaderSize + length));
}

Parsed<HandshakeReader::Skipped> HandshakeReader::Skip() {
  const auto opened = OpenRecord();
  if (base::Value(opened) == nullptr) return opened;
  if (type_ == ContentType::kHandshake) {
    std::array<std::uint8_t, kHandshakeHeaderSize> header{};
    const auto took = Take(header.size(), header);
    return base::Value(took) == nullptr ? took : Take(LengthOf(header), {});
  }
  if (!stream_.Skip(in_record_)) {
    return Short<Skipped>(stream_, "tls: record cut short", in_record_ - stream_.size());
  }
  in_record_ = 0;
  return Skipped{};
}

Parsed<std::uint8_t> HandshakeReader::ReadAlertLevel() {
  constexpr std::size_t kAlertSize = 2;
  const auto opened = OpenRecord();
  if (base::Value(opened) == nullptr) return Pass<std::uint8_t>(opened);
  Bytes alert;
  const std::size_t length = in_record_;
  if (!stream_.ReadBytes(length, alert)) {
    return Short<std::uint8_t>(stream_, "tls: record cut short", length - stream_.size());
  }
  in_record_ = 0;
  return length == kAlertSize ? alert[0] : std::uint8_t{0};
}

}  // namespace unopened::classify::tls
