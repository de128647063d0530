#include "classify/tls/certificate.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "classify/tls/message.h"

namespace unopened::classify::tls {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

// Real certificates have a dozen attributes and extensions, and up to a few hundred names.
constexpr std::size_t kMaxElements = 1024;

// ITU-T X.690 §8.1.2, X.680 §8.6
enum Tag : std::uint8_t {
  kOctetString = 0x04,
  kObjectIdentifier = 0x06,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kTeletexString = 0x14,
  kIa5String = 0x16,
  kSequence = 0x30,
  kSet = 0x31,
  kDnsName = 0x82,     // [2] of GeneralName
  kVersion = 0xa0,     // [0] of TBSCertificate
  kExtensions = 0xa3,  // [3]
};

constexpr std::array<std::uint8_t, 3> kCommonName = {0x55, 0x04, 0x03};
constexpr std::array<std::uint8_t, 3> kOrganisation = {0x55, 0x04, 0x0a};
constexpr std::array<std::uint8_t, 3> kSubjectAltName = {0x55, 0x1d, 0x11};

// The next element's tag and contents. A certificate that fits the prefix cap needs no length of
// more than two bytes.
bool ReadElement(ByteReader& in, std::uint8_t& tag, ByteReader& contents) {
  constexpr std::uint8_t kHighTagNumber = 0x1f;
  constexpr std::uint8_t kOneByte = 0x81;
  constexpr std::uint8_t kTwoBytes = 0x82;
  std::uint8_t first = 0;
  if (!in.ReadU8(tag) || (tag & kHighTagNumber) == kHighTagNumber || !in.ReadU8(first)) {
    return false;
  }
  std::uint16_t length = first;
  if (first == kOneByte) {
    std::uint8_t byte = 0;
    if (!in.ReadU8(byte) || byte < 0x80) return false;
    length = byte;
  } else if (first == kTwoBytes) {
    if (!in.ReadU16(length) || length < 0x100) return false;
  } else if (first >= 0x80) {
    return false;
  }
  return in.ReadReader(length, contents);
}

bool Read(ByteReader& in, std::uint8_t expected, ByteReader& contents) {
  ByteReader probe = in;
  std::uint8_t tag = 0;
  if (!ReadElement(probe, tag, contents) || tag != expected) return false;
  in = probe;
  return true;
}

bool Skip(ByteReader& in, std::uint8_t expected) {
  ByteReader ignored;
  return Read(in, expected, ignored);
}

bool IsAsciiString(std::uint8_t tag) {
  return tag == kUtf8String || tag == kPrintableString || tag == kIa5String ||
         tag == kTeletexString;
}

struct Name {
  Bytes common_name;
  Bytes organisation;
  bool has_organisation = false;
};

// RFC 5280 §4.1.2.4. The last of each attribute is the most specific (RFC 2818 §3.1).
bool ReadName(ByteReader rdn_sequence, Name& name) {
  for (std::size_t i = 0; !rdn_sequence.empty(); ++i) {
    ByteReader set;
    if (i == kMaxElements || !Read(rdn_sequence, kSet, set)) return false;
    for (std::size_t j = 0; !set.empty(); ++j) {
      ByteReader attribute, type, value;
      std::uint8_t tag = 0;
      if (j == kMaxElements || !Read(set, kSequence, attribute) ||
          !Read(attribute, kObjectIdentifier, type) || !ReadElement(attribute, tag, value)) {
        return false;
      }
      const Bytes text = IsAsciiString(tag) ? value.rest() : Bytes{};
      if (std::ranges::equal(type.rest(), kCommonName)) name.common_name = text;
      if (std::ranges::equal(type.rest(), kOrganisation)) {
        name.organisation = text;
        name.has_organisation = true;
      }
    }
  }
  return true;
}

// RFC 5280 §4.2.1.6
Bytes FirstDnsName(ByteReader general_names) {
  for (std::size_t i = 0; i < kMaxElements && !general_names.empty(); ++i) {
    std::uint8_t tag = 0;
    ByteReader name;
    if (!ReadElement(general_names, tag, name)) return {};
    if (tag == kDnsName) return name.rest();
  }
  return {};
}

bool ReadExtensions(ByteReader list, Bytes& dns_name) {
  for (std::size_t i = 0; !list.empty(); ++i) {
    ByteReader extension, id, value;
    std::uint8_t tag = 0;
    if (i == kMaxElements || !Read(list, kSequence, extension) ||
        !Read(extension, kObjectIdentifier, id) || !ReadElement(extension, tag, value)) {
      return false;
    }
    // Before the value there may be `critical`.
    if (tag != kOctetString && !Read(extension, kOctetString, value)) return false;
    ByteReader names;
    if (std::ranges::equal(id.rest(), kSubjectAltName) && Read(value, kSequence, names)) {
      dns_name = FirstDnsName(names);
    }
  }
  return true;
}

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool IsPrintableAscii(Bytes text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return c >= ' ' && c < 0x7f; });
}

bool IsTorName(std::string_view name, std::string_view top) {
  constexpr std::string_view kStart = "www.";
  if (!name.starts_with(kStart) || !name.ends_with(top)) return false;
  if (name.size() < kStart.size() + top.size()) return false;
  const std::string_view label =
      name.substr(kStart.size(), name.size() - kStart.size() - top.size());
  return label.size() >= 8 && label.size() <= 20 && std::ranges::all_of(label, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

}  // namespace

Parsed<CertificateNames> ParseCertificateNames(ByteReader certificate) {
  constexpr std::string_view kWhy = "tls: certificate";
  constexpr std::uint8_t kInteger = 0x02;
  ByteReader outer, tbs, issuer, subject, wrapped, extensions;
  if (!Read(certificate, kSequence, outer) || !Read(outer, kSequence, tbs)) return NotThis{kWhy};
  Skip(tbs, kVersion);
  if (!Skip(tbs, kInteger) || !Skip(tbs, kSequence) || !Read(tbs, kSequence, issuer) ||
      !Skip(tbs, kSequence) || !Read(tbs, kSequence, subject) || !Skip(tbs, kSequence)) {
    return NotThis{kWhy};
  }
  Name issued_by, issued_to;
  CertificateNames names;
  if (!ReadName(issuer, issued_by) || !ReadName(subject, issued_to)) return NotThis{kWhy};
  // Two unique identifiers that nobody uses may stand before the extensions (RFC 5280 §4.1.2.8).
  for (int i = 0; i < 3 && !tbs.empty(); ++i) {
    std::uint8_t tag = 0;
    if (!ReadElement(tbs, tag, wrapped)) return NotThis{kWhy};
    if (tag != kExtensions) continue;
    if (!Read(wrapped, kSequence, extensions) || !ReadExtensions(extensions, names.dns_name)) {
      return NotThis{kWhy};
    }
  }
  names.common_name = issued_to.common_name;
  names.issuer_organisation = issued_by.organisation;
  names.issuer_common_name = issued_by.common_name;
  names.issuer_has_organisation = issued_by.has_organisation;
  return names;
}

Parsed<ByteReader> LeafOf(ByteReader message) {
  ByteReader list, leaf;
  if (!message.Skip(kHandshakeHeaderSize) || !message.ReadPrefixed24(list) ||
      !list.ReadPrefixed24(leaf)) {
    return NotThis{"tls: certificate list"};
  }
  return leaf;
}

void KeepNames(const CertificateNames& names, TransientFacts& transient) {
  const Bytes subject = names.dns_name.empty() ? names.common_name : names.dns_name;
  std::array<char, 255> lower;
  if (IsPrintableAscii(subject) && subject.size() <= lower.size()) {
    std::ranges::transform(subject, lower.begin(), [](std::uint8_t c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    transient.certificate_name.Set({lower.data(), subject.size()});
  }
  const Bytes issuer =
      names.issuer_has_organisation ? names.issuer_organisation : names.issuer_common_name;
  if (IsPrintableAscii(issuer)) transient.certificate_issuer.Set(issuer);
}

bool LooksLikeTorLink(const CertificateNames& names) {
  return names.dns_name.empty() && !names.issuer_has_organisation &&
         IsTorName(AsText(names.common_name), ".net") &&
         IsTorName(AsText(names.issuer_common_name), ".com");
}

}  // namespace unopened::classify::tls
