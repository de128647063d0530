#include "classify/fingerprint/ja4.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "classify/fingerprint/digest.h"

namespace unopened::classify::fingerprint {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::size_t kHashDigits = 12;
constexpr std::string_view kNoHash = "000000000000";

// Values of a hello, bounded; what overflows makes the whole fingerprint void.
class Values {
 public:
  void Add(std::uint16_t value) {
    if (size_ < values_.size()) {
      values_[size_++] = value;
    } else {
      overflowed_ = true;
    }
  }
  std::span<std::uint16_t> span() { return std::span(values_).first(size_); }
  std::size_t size() const { return size_; }
  bool overflowed() const { return overflowed_; }

 private:
  std::size_t size_ = 0;
  bool overflowed_ = false;
  std::array<std::uint16_t, kMaxJa4Values> values_;
};

// The fingerprint as it grows: at most 10 + 1 + 12 + 1 + 12 characters.
class Text {
 public:
  Text& Char(char c) {
    if (size_ < text_.size()) text_[size_++] = c;
    return *this;
  }
  Text& Append(std::string_view text) {
    for (const char c : text) Char(c);
    return *this;
  }
  // Two digits; 99 stands for more.
  Text& Count(std::size_t count) {
    const auto shown = static_cast<int>(std::min<std::size_t>(count, 99));
    return Char(static_cast<char>('0' + shown / 10)).Char(static_cast<char>('0' + shown % 10));
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::size_t size_ = 0;
  std::array<char, 36> text_;
};

std::string_view VersionText(tls::ProtocolVersion version) {
  switch (version) {
    case tls::kDtls13:
      return "d3";
    case tls::kDtls12:
      return "d2";
    case tls::kDtls10:
      return "d1";
    case tls::kTls13:
      return "13";
    case tls::kTls12:
      return "12";
    case tls::kTls11:
      return "11";
    case tls::kTls10:
      return "10";
    case tls::kSsl30:
      return "s3";
    default:
      return "00";
  }
}

// DTLS counts down.
bool IsHigher(tls::ProtocolVersion version, tls::ProtocolVersion than) {
  return tls::IsDtls(version) && tls::IsDtls(than) ? version < than : version > than;
}

// The highest number offered, by supported_versions where there is one.
tls::ProtocolVersion HighestVersion(const tls::ClientHelloView& hello) {
  tls::ProtocolVersion highest = 0;
  ByteReader list(hello.supported_versions);
  for (tls::ProtocolVersion each = 0; list.ReadU16(each);) {
    if (tls::IsGrease(each)) continue;
    highest = highest == 0 || IsHigher(each, highest) ? each : highest;
  }
  return highest != 0 ? highest : hello.legacy_version;
}

bool IsAlphanumeric(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The first and the last character of the first ALPN value; of its hex where either is not
// alphanumeric.
void AppendAlpn(Bytes alpn, Text& text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  ByteReader list(alpn);
  ByteReader name;
  if (!list.ReadPrefixed8(name) || name.empty()) {
    text.Append("00");
    return;
  }
  const std::uint8_t first = name.rest().front();
  const std::uint8_t last = name.rest().back();
  if (IsAlphanumeric(first) && IsAlphanumeric(last)) {
    text.Char(static_cast<char>(first)).Char(static_cast<char>(last));
  } else {
    text.Char(kHexDigits[first >> 4]).Char(kHexDigits[last & 0xf]);
  }
}

void AddHexList(std::span<const std::uint16_t> values, Digest& digest) {
  bool first = true;
  for (const std::uint16_t value : values) {
    if (!first) digest.Char(',');
    first = false;
    digest.Hex16(value);
  }
}

std::string_view HashOf(Digest& digest) { return digest.Finish().substr(0, kHashDigits); }

}  // namespace

InlineText<64> Ja4(const tls::ClientHelloView& hello, bool quic) {
  InlineText<64> fingerprint;
  if (hello.sslv2_form) return fingerprint;
  Values suites;
  ByteReader offered(hello.cipher_suites);
  for (tls::CipherSuite suite = 0; offered.ReadU16(suite);) {
    if (!tls::IsGrease(suite)) suites.Add(suite);
  }
  std::size_t extension_count = 0;
  Values extensions;  // without SNI and ALPN, which name where, not what
  for (tls::ExtensionWalk walk(hello.extensions); walk.Next();) {
    if (tls::IsGrease(walk.type())) continue;
    ++extension_count;
    if (walk.type() != tls::kServerName && walk.type() != tls::kAlpn) extensions.Add(walk.type());
  }
  Values algorithms;
  ByteReader signatures(hello.signature_algorithms);
  for (std::uint16_t algorithm = 0; signatures.ReadU16(algorithm);) {
    if (!tls::IsGrease(algorithm)) algorithms.Add(algorithm);
  }
  if (suites.overflowed() || extensions.overflowed() || algorithms.overflowed()) return fingerprint;
  std::ranges::sort(suites.span());
  std::ranges::sort(extensions.span());

  Text text;
  const char transport = tls::IsDtls(hello.legacy_version) ? 'd' : 't';
  text.Char(quic ? 'q' : transport).Append(VersionText(HighestVersion(hello)));
  text.Char(hello.has_server_name ? 'd' : 'i').Count(suites.size()).Count(extension_count);
  AppendAlpn(hello.alpn, text);
  text.Char('_');
  if (suites.size() == 0) {
    text.Append(kNoHash);
  } else {
    Digest digest(DigestKind::kSha256);
    AddHexList(suites.span(), digest);
    text.Append(HashOf(digest));
  }
  text.Char('_');
  if (extensions.size() == 0) {
    text.Append(kNoHash);
  } else {
    Digest digest(DigestKind::kSha256);
    AddHexList(extensions.span(), digest);
    if (algorithms.size() != 0) {
      digest.Char('_');
      AddHexList(algorithms.span(), digest);
    }
    text.Append(HashOf(digest));
  }
  fingerprint.Set(text.view());
  return fingerprint;
}

}  // namespace unopened::classify::fingerprint
