#include "classify/dtls/handshake.h"

#include <algorithm>

#include "classify/stun/message.h"
#include "classify/stun/multiplex.h"

namespace unopened::classify::dtls {
namespace {

using base::ByteReader;
using base::Bytes;
using tls::ContentType;
using tls::HandshakeType;

// RFC 8446 §4, RFC 5246 §7.4, RFC 9147 §5.2: what a first flight or its answer may hold.
constexpr bool IsKnownMessage(HandshakeType type) {
  const int value = static_cast<int>(type);
  return value <= 5 || value == 8 || (value >= 11 && value <= 16) || value == 20 ||
         (value >= 21 && value <= 25);
}

// A resumed handshake has none of these (RFC 5246 §7.3).
constexpr bool IsOfFullHandshake(HandshakeType type) {
  const int value = static_cast<int>(type);
  return value >= 11 && value <= 16;
}

void TakeCookie(const Fragment& fragment, Side& side) {
  ByteReader body(fragment.bytes);
  tls::ProtocolVersion version = 0;
  ByteReader cookie;
  if (fragment.offset != 0 || fragment.bytes.size() != fragment.length || !body.ReadU16(version) ||
      !tls::IsDtls(version) || !body.ReadPrefixed8(cookie) || !body.empty()) {
    return;
  }
  if (side.cookie_count < side.cookies.size()) side.cookies[side.cookie_count++] = cookie.rest();
}

void TakeKeyExchange(const Fragment& fragment, Side& side) {
  constexpr std::uint8_t kNamedCurve = 3;
  ByteReader body(fragment.bytes);
  std::uint8_t kind = 0;
  tls::NamedGroup curve = 0;
  if (fragment.offset != 0 || !body.ReadU8(kind) || kind != kNamedCurve || !body.ReadU16(curve)) {
    return;
  }
  side.curve = curve;
}

void Take(const Fragment& fragment, Side& side) {
  side.in_full = side.in_full || IsOfFullHandshake(fragment.type);
  switch (fragment.type) {
    case HandshakeType::kClientHello:
      side.says_client_hello = true;
      if (fragment.sequence < side.hellos.size()) side.hellos[fragment.sequence].Add(fragment);
      break;
    case HandshakeType::kServerHello:
      side.says_server_hello = true;
      if (fragment.sequence < side.hellos.size()) side.hellos[fragment.sequence].Add(fragment);
      break;
    case HandshakeType::kHelloVerifyRequest:
      TakeCookie(fragment, side);
      break;
    case HandshakeType::kServerKeyExchange:
      TakeKeyExchange(fragment, side);
      break;
    default:
      break;
  }
}

std::string_view ReadFragments(const Record& record, Side& side) {
  FragmentWalk walk(record);
  bool first = true;
  while (walk.Next()) {
    if (!IsKnownMessage(walk.fragment().type)) return "dtls: handshake type";
    Take(walk.fragment(), side);
    first = false;
  }
  return first ? "dtls: handshake header" : "";
}

// `first`: of the flow, where nothing vouches for it yet.
std::string_view ReadRecords(ByteReader datagram, bool first, Side& side) {
  RecordWalk walk(datagram);
  bool any = false;
  while (walk.Next()) {
    any = true;
    const Record& record = walk.record();
    if (record.type == ContentType::kApplicationData && first)
      return "dtls: its start was not seen";
    if (record.type == ContentType::kChangeCipherSpec) side.changed_cipher_spec = true;
    if (record.type != ContentType::kHandshake || record.epoch != 0) continue;
    if (const std::string_view why = ReadFragments(record, side); !why.empty()) return why;
  }
  if (!walk.well_formed()) return "dtls: record header";
  if (!any && first) return "dtls: its start was not seen";
  return {};
}

// Whether `bytes` may stand beside DTLS on its flow (RFC 7983 §7).
bool IsNeighbour(Bytes bytes, bool first) {
  using stun::Multiplexed;
  if (stun::HasCookie(bytes) || IsCapwapInClear(bytes)) return true;
  switch (stun::MultiplexedAs(bytes)) {
    case Multiplexed::kZrtp:
    case Multiplexed::kChannel:
    case Multiplexed::kMedia:
      return !first;
    default:
      return false;
  }
}

}  // namespace

void Assembly::Add(const Fragment& fragment) {
  if (fragment.length == 0 || fragment.length > bytes_.size()) return;
  if (!begun_) {
    begun_ = true;
    length_ = fragment.length;
  }
  if (fragment.length != length_) {
    conflict_ = true;
    return;
  }
  std::size_t at = fragment.offset;
  for (const std::uint8_t byte : fragment.bytes) {
    if (covered_[at]) {
      conflict_ = conflict_ || bytes_[at] != byte;
    } else {
      covered_[at] = true;
      bytes_[at] = byte;
      ++have_;
    }
    ++at;
  }
}

bool MayBegin(Bytes first) {
  if (first.empty()) return false;
  if (first[0] >= static_cast<std::uint8_t>(ContentType::kChangeCipherSpec)) {
    return first[0] <= static_cast<std::uint8_t>(ContentType::kHandshake);
  }
  ByteReader reader(first);
  return first[0] <= 1 &&
         (stun::HasCookie(first) || SkipCapwapPreamble(reader) || IsCapwapInClear(first));
}

bool Handshake::has_both_hellos() const {
  const auto complete = [](const Side& side) {
    return side.hellos[0].complete() || side.hellos[1].complete();
  };
  const bool roles = (by_opener.says_client_hello && by_other.says_server_hello) ||
                     (by_other.says_client_hello && by_opener.says_server_hello);
  return roles && complete(by_opener) && complete(by_other);
}

std::string_view ReadDatagram(const Datagram& datagram, bool first, Handshake& out) {
  Side& side = datagram.from_client ? out.by_opener : out.by_other;
  ByteReader reader(datagram.bytes);
  const bool capwap = SkipCapwapPreamble(reader);
  if (capwap || stun::MultiplexedAs(datagram.bytes) == stun::Multiplexed::kDtls) {
    return ReadRecords(reader, first, side);
  }
  return IsNeighbour(datagram.bytes, first) ? "" : "dtls: first byte";
}

}  // namespace unopened::classify::dtls
