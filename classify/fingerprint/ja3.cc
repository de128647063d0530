#include "classify/fingerprint/ja3.h"

#include "classify/fingerprint/digest.h"

namespace unopened::classify::fingerprint {
namespace {

using base::ByteReader;
using base::Bytes;

// Writes numbers with '-' between them.
class DashedList {
 public:
  explicit DashedList(Digest& digest) : digest_(digest) {}
  void Add(std::uint16_t value) {
    if (!first_) digest_.Char('-');
    first_ = false;
    digest_.Decimal(value);
  }

 private:
  Digest& digest_;
  bool first_ = true;
};

void AddU16List(Bytes bytes, Digest& digest) {
  DashedList list(digest);
  ByteReader values(bytes);
  for (std::uint16_t value = 0; values.ReadU16(value);) {
    if (!tls::IsGrease(value)) list.Add(value);
  }
}

}  // namespace

InlineText<64> Ja3(const tls::ClientHelloView& hello) {
  InlineText<64> text;
  if (hello.sslv2_form) return text;
  Digest digest(DigestKind::kMd5);
  digest.Decimal(hello.legacy_version).Char(',');
  AddU16List(hello.cipher_suites, digest);
  digest.Char(',');
  DashedList extensions(digest);
  for (tls::ExtensionWalk walk(hello.extensions); walk.Next();) {
    if (!tls::IsGrease(walk.type())) extensions.Add(walk.type());
  }
  digest.Char(',');
  AddU16List(hello.supported_groups, digest);
  digest.Char(',');
  DashedList formats(digest);
  for (const std::uint8_t format : hello.ec_point_formats) formats.Add(format);
  text.Set(digest.Finish());
  return text;
}

}  // namespace unopened::classify::fingerprint
