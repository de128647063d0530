#include "tests/support/certificate_builder.h"

#include <string_view>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

TlsBytes Text(std::string_view text) { return {text.begin(), text.end()}; }

TlsBytes Attribute(std::uint8_t id, std::uint8_t tag, std::string_view value) {
  const TlsBytes pair = Joined({Der(0x06, {0x55, 0x04, id}), Der(tag, Text(value))});
  return Der(0x31, Der(0x30, pair));
}

TlsBytes Name(std::uint8_t tag, const std::string& organisation, const std::string& common_name) {
  TlsBytes all = Attribute(6, 0x13, "XX");
  if (!organisation.empty()) all = Joined({all, Attribute(10, tag, organisation)});
  if (!common_name.empty()) all = Joined({all, Attribute(3, tag, common_name)});
  return Der(0x30, all);
}

TlsBytes Extension(const TlsBytes& id, const TlsBytes& value, bool critical) {
  const TlsBytes flag = critical ? Der(0x01, {0xff}) : TlsBytes();
  return Der(0x30, Joined({Der(0x06, id), flag, Der(0x04, value)}));
}

}  // namespace

TlsBytes Der(std::uint8_t tag, const TlsBytes& contents) {
  Wire wire;
  wire.U8(tag);
  if (contents.size() < 0x80) {
    wire.U8(contents.size());
  } else if (contents.size() < 0x100) {
    wire.U8(0x81).U8(contents.size());
  } else {
    wire.U8(0x82).U16(contents.size());
  }
  return wire.Append(contents).bytes();
}

TlsBytes Certificate(const CertificateText& text) {
  const TlsBytes algorithm = Der(0x30, Der(0x06, {0x2a, 0x86, 0x48}));
  const TlsBytes time = Der(0x17, Text("260101000000Z"));
  TlsBytes extensions = Extension({0x55, 0x1d, 0x0f}, {0x03, 0x02, 0x05, 0xa0}, true);
  if (!text.dns_names.empty()) {
    // An e-mail address first: only names of hosts count.
    TlsBytes names = Der(0x81, Text("postmaster@example.org"));
    for (const std::string& name : text.dns_names) names = Joined({names, Der(0x82, Text(name))});
    extensions = Joined({extensions, Extension({0x55, 0x1d, 0x11}, Der(0x30, names), false)});
  }
  const TlsBytes tbs = Joined({
      Der(0xa0, Der(0x02, {2})),
      Der(0x02, {1, 2, 3}),
      algorithm,
      Name(text.string_tag, text.issuer_organisation, text.issuer_common_name),
      Der(0x30, Joined({time, time})),
      Name(text.string_tag, text.organisation, text.common_name),
      Der(0x30, Joined({algorithm, Der(0x03, TlsBytes(text.key_bytes, 0x5a))})),
      Der(0xa3, Der(0x30, extensions)),
  });
  return Der(0x30, Joined({Der(0x30, tbs), algorithm, Der(0x03, TlsBytes(257, 0x51))}));
}

TlsBytes TlsHandshakeMessage(std::uint8_t type, const TlsBytes& body) {
  return Wire().U8(type).Prefixed24([&](Wire& wire) { wire.Append(body); }).bytes();
}

TlsBytes TlsCertificateMessage(const std::vector<TlsBytes>& certificates) {
  Wire list;
  list.Prefixed24([&](Wire& wire) {
    for (const TlsBytes& each : certificates) {
      wire.Prefixed24([&](Wire& one) { one.Append(each); });
    }
  });
  return TlsHandshakeMessage(11, list.bytes());
}

TlsBytes TlsEcdheKeys(std::uint16_t group, std::size_t signature) {
  Wire body;
  body.U8(3).U16(group).Prefixed8([](Wire& point) { point.Fill(32, 0x29); });
  body.U16(0x0804).Prefixed16([&](Wire& wire) { wire.Fill(signature, 0x51); });
  return TlsHandshakeMessage(12, body.bytes());
}

}  // namespace unopened::tests
