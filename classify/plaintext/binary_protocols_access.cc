#include "classify/plaintext/binary_protocols_access.h"

#include <algorithm>

#include "classify/plaintext/ber.h"

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::Bytes;
using namespace std::string_view_literals;

// ---- VNC

constexpr std::size_t kVersionSize = 12;
constexpr std::uint8_t kNone = 1;
constexpr std::uint8_t kPassword = 2;

// "RFB 003.008\n"; `minor` is its last digits.
Fit RfbVersion(const Head& head, std::string_view& minor) {
  const Fit begins = StartsWith(head, "RFB 00"sv);
  if (begins != Fit::kYes) return begins;
  if (head.bytes.size() < kVersionSize) return TooShort(head);
  const std::string_view text = head.text().substr(0, kVersionSize);
  minor = text.substr(8, 3);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool digits = std::all_of(text.begin() + 4, text.begin() + 7, is_digit) &&
                      std::ranges::all_of(minor, is_digit);
  return digits && text[7] == '.' && text[11] == '\n' ? Fit::kYes : Fit::kNo;
}

// ---- LDAP

constexpr std::uint8_t kBindRequest = 0x60;
constexpr std::uint8_t kSearchRequest = 0x63;

// LDAPMessage up to the tag of its operation (RFC 4511 §4.1.1). kYes: `operation` was read, and
// `reader` stands behind it.
Fit ReadLdap(const Head& head, ByteReader& reader, std::uint8_t& operation) {
  std::uint8_t tag = 0;
  std::uint32_t length = 0;
  std::uint32_t id = 0;
  if (!reader.ReadU8(tag)) return TooShort(head);
  if (tag != 0x30) return Fit::kNo;
  switch (ReadBerLength(reader, length)) {
    case Ber::kCut:
      return TooShort(head);
    case Ber::kWrong:
      return Fit::kNo;
    case Ber::kYes:
      break;
  }
  if (length < 7 || length > 0xffff) return Fit::kNo;
  switch (ReadBerInteger(reader, id)) {
    case Ber::kCut:
      return TooShort(head);
    case Ber::kWrong:
      return Fit::kNo;
    case Ber::kYes:
      break;
  }
  if (id > 0xffff) return Fit::kNo;
  return reader.ReadU8(operation) ? Fit::kYes : TooShort(head);
}

}  // namespace

Fit VncVersion(const Head& head) {
  std::string_view minor;
  return RfbVersion(head, minor);
}

Fit VncChoiceInClear(const Head& head) {
  std::string_view minor;
  const Fit version = RfbVersion(head, minor);
  // §7.1.2: of version 3.3 the server decides, and its own bytes say what.
  if (version != Fit::kYes || minor == "003") return version;
  if (head.bytes.size() == kVersionSize) return TooShort(head);
  const std::uint8_t choice = head.bytes[kVersionSize];
  return choice == kNone || choice == kPassword ? Fit::kYes : Fit::kNo;
}

Fit VncServer(const Head& head) {
  std::string_view minor;
  const Fit version = RfbVersion(head, minor);
  if (version != Fit::kYes) return version;
  auto reader = head.reader();
  reader.Skip(kVersionSize);
  std::uint8_t count = 0;
  if (!reader.ReadU8(count)) return TooShort(head, Fit::kLike);
  // A list to choose from; or, for 3.3, the type in four bytes.
  if (count != 0) return Fit::kLike;
  std::uint32_t type = 0;
  if (!reader.ReadU24(type)) return TooShort(head, Fit::kLike);
  return type == kNone || type == kPassword || type == 0 ? Fit::kLike : Fit::kNo;
}

Fit LdapSimpleBind(const Head& head) {
  auto reader = head.reader();
  std::uint8_t operation = 0;
  const Fit message = ReadLdap(head, reader, operation);
  if (message != Fit::kYes) return message;
  if (operation != kBindRequest) return Fit::kNo;
  std::uint32_t length = 0;
  std::uint32_t version = 0;
  std::uint8_t tag = 0;
  if (ReadBerLength(reader, length) != Ber::kYes || ReadBerInteger(reader, version) != Ber::kYes ||
      !reader.ReadU8(tag)) {
    return TooShort(head);
  }
  if ((version != 2 && version != 3) || tag != 0x04) return Fit::kNo;
  std::uint32_t name = 0;
  if (ReadBerLength(reader, name) != Ber::kYes) return TooShort(head);
  std::uint8_t method = 0;
  if (!reader.Skip(name) || !reader.ReadU8(method)) return TooShort(head);
  return method == 0x80 ? Fit::kYes : Fit::kNo;
}

Fit LdapOtherRequest(const Head& head) {
  auto reader = head.reader();
  std::uint8_t operation = 0;
  const Fit message = ReadLdap(head, reader, operation);
  if (message != Fit::kYes) return message;
  if (operation != kBindRequest && operation != kSearchRequest) return Fit::kNo;
  std::uint32_t length = 0;
  std::uint32_t number = 0;
  std::uint8_t tag = 0;
  Ber read = ReadBerLength(reader, length);
  if (operation == kBindRequest) {
    // A version, then a name (§4.2).
    if (read == Ber::kYes) read = ReadBerInteger(reader, number);
    if (read == Ber::kYes && !reader.ReadU8(tag)) read = Ber::kCut;
    if (read == Ber::kYes && (number < 1 || number > 3 || tag != 0x04)) read = Ber::kWrong;
  } else {
    // A name, then a scope (§4.5.1).
    if (read == Ber::kYes && !reader.ReadU8(tag)) read = Ber::kCut;
    if (read == Ber::kYes && tag != 0x04) read = Ber::kWrong;
    if (read == Ber::kYes) read = ReadBerLength(reader, length);
    if (read == Ber::kYes && !reader.Skip(length)) read = Ber::kCut;
    std::uint32_t scope = 0;
    if (read == Ber::kYes && !reader.ReadU24(scope)) read = Ber::kCut;
    if (read == Ber::kYes && (scope < 0x0a0100 || scope > 0x0a0103)) read = Ber::kWrong;
  }
  if (read == Ber::kWrong) return Fit::kNo;
  if (read == Ber::kYes) return Fit::kYes;
  // A name longer than the head hides the scope.
  return TooShort(head, head.bytes.size() >= kHeadSize ? Fit::kYes : Fit::kNo);
}

Fit LdapResponse(const Head& head) {
  auto reader = head.reader();
  std::uint8_t operation = 0;
  const Fit message = ReadLdap(head, reader, operation);
  if (message != Fit::kYes) return message;
  // Bind response, search entry, search done, search reference.
  return operation == 0x61 || operation == 0x64 || operation == 0x65 || operation == 0x73
             ? Fit::kYes
             : Fit::kNo;
}

Fit CldapSearch(const Head& head) {
  auto reader = head.reader();
  std::uint8_t operation = 0;
  const Fit message = ReadLdap(head, reader, operation);
  return message == Fit::kYes && operation == kSearchRequest ? Fit::kYes : Fit::kNo;
}

Fit CldapResult(const Head& head) {
  auto reader = head.reader();
  std::uint8_t operation = 0;
  const Fit message = ReadLdap(head, reader, operation);
  return message == Fit::kYes && (operation == 0x64 || operation == 0x65) ? Fit::kYes : Fit::kNo;
}

}  // namespace unopened::classify::plaintext
