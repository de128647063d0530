#include "tests/support/tls_builder.h"

#include <algorithm>
#include <string>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kSupportedGroups = 10;
constexpr std::uint16_t kEcPointFormats = 11;
constexpr std::uint16_t kSignatureAlgorithms = 13;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kSessionTicket = 35;
constexpr std::uint16_t kPreSharedKey = 41;
constexpr std::uint16_t kEarlyData = 42;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kPskModes = 45;
constexpr std::uint16_t kKeyShare = 51;
constexpr std::uint16_t kEch = 0xfe0d;

using Extensions = std::vector<std::pair<std::uint16_t, TlsBytes>>;

void Write(const Extensions& extensions, Wire& wire) {
  for (const auto& [type, body] : extensions) {
    wire.U16(type).U16(body.size()).Append(body);
  }
}

void Remove(Extensions& extensions, std::uint16_t type) {
  std::erase_if(extensions, [type](const auto& each) { return each.first == type; });
}

void Replace(Extensions& extensions, std::uint16_t type, TlsBytes body) {
  for (auto& [each, old] : extensions) {
    if (each != type) continue;
    old = std::move(body);
    return;
  }
  extensions.emplace_back(type, std::move(body));
}

TlsBytes U16List(const std::vector<std::uint16_t>& values) {
  Wire wire;
  wire.Prefixed16([&](Wire& list) {
    for (const std::uint16_t value : values) list.U16(value);
  });
  return wire.bytes();
}

TlsBytes NameList(const std::vector<std::string_view>& names) {
  Wire wire;
  wire.Prefixed16([&](Wire& list) {
    for (const std::string_view name : names) list.Prefixed8([&](Wire& each) { each.Text(name); });
  });
  return wire.bytes();
}

}  // namespace

TlsClientHello::TlsClientHello() : suites_({0xc02f, 0xc030, 0x002f}) {}

TlsClientHello TlsClientHello::Browser(std::string_view host) {
  TlsClientHello hello;
  hello.SessionId(TlsBytes(32, 0x5e));
  hello.Suites({0x8a8a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035});
  hello.Extension(0x3a3a, {});
  hello.Ech();
  hello.Extension(kExtendedMasterSecret, {});
  hello.SupportedVersions({0x6a6a, 0x0304, 0x0303});
  if (!host.empty()) hello.Sni(host);
  hello.SessionTicket(0);
  hello.SupportedGroups({0xdada, 0x11ec, 0x001d, 0x0017, 0x0018});
  hello.Extension(kEcPointFormats, {0x01, 0x00});
  hello.Alpn({"h2", "http/1.1"});
  hello.SignatureAlgorithms({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601});
  hello.Extension(kPskModes, {0x01, 0x01});
  hello.KeyShares({{0xdada, 1}, {0x11ec, kPqClientShare}, {0x001d, 32}});
  hello.Extension(0x2a2a, {0x00});
  return hello;
}

TlsClientHello TlsClientHello::Tls13(std::string_view host) {
  TlsClientHello hello;
  hello.SessionId(TlsBytes(32, 0x5e));
  hello.Suites({0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0xc02b, 0xc02f, 0x009d, 0x009c, 0x00ff});
  if (!host.empty()) hello.Sni(host);
  hello.Extension(kEcPointFormats, {0x03, 0x00, 0x01, 0x02});
  hello.SupportedGroups({0x001d, 0x0017, 0x001e, 0x0018, 0x0019, 0x0100});
  hello.SessionTicket(0);
  hello.SignatureAlgorithms({0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0401});
  hello.SupportedVersions({0x0304, 0x0303});
  hello.Extension(kPskModes, {0x01, 0x01});
  hello.KeyShares({{0x001d, 32}});
  return hello;
}

TlsClientHello TlsClientHello::Tls12(std::string_view host) {
  TlsClientHello hello;
  hello.Suites({0xc02b, 0xc02f, 0xc013, 0x009c, 0x002f, 0x00ff});
  if (!host.empty()) hello.Sni(host);
  hello.SupportedGroups({0x001d, 0x0017});
  hello.Extension(kEcPointFormats, {0x01, 0x00});
  hello.SignatureAlgorithms({0x0401, 0x0403, 0x0201});
  return hello;
}

TlsClientHello& TlsClientHello::LegacyVersion(std::uint16_t version) {
  legacy_version_ = version;
  return *this;
}

TlsClientHello& TlsClientHello::SessionId(TlsBytes id) {
  session_id_ = std::move(id);
  return *this;
}

TlsClientHello& TlsClientHello::Suites(std::vector<std::uint16_t> suites) {
  suites_ = std::move(suites);
  return *this;
}

TlsClientHello& TlsClientHello::Extension(std::uint16_t type, TlsBytes body) {
  Replace(extensions_, type, std::move(body));
  no_extensions_ = false;
  return *this;
}

TlsClientHello& TlsClientHello::Without(std::uint16_t type) {
  Remove(extensions_, type);
  return *this;
}

TlsClientHello& TlsClientHello::Sni(std::string_view host) {
  Wire wire;
  wire.Prefixed16([&](Wire& list) { list.U8(0).Prefixed16([&](Wire& name) { name.Text(host); }); });
  return Extension(kServerName, wire.bytes());
}

TlsClientHello& TlsClientHello::Alpn(const std::vector<std::string_view>& names) {
  return Extension(kAlpn, NameList(names));
}

TlsClientHello& TlsClientHello::SupportedVersions(const std::vector<std::uint16_t>& versions) {
  Wire wire;
  wire.Prefixed8([&](Wire& list) {
    for (const std::uint16_t version : versions) list.U16(version);
  });
  return Extension(kSupportedVersions, wire.bytes());
}

TlsClientHello& TlsClientHello::SupportedGroups(const std::vector<std::uint16_t>& groups) {
  return Extension(kSupportedGroups, U16List(groups));
}

TlsClientHello& TlsClientHello::SignatureAlgorithms(const std::vector<std::uint16_t>& algorithms) {
  return Extension(kSignatureAlgorithms, U16List(algorithms));
}

TlsClientHello& TlsClientHello::KeyShares(
    const std::vector<std::pair<std::uint16_t, std::size_t>>& shares) {
  Wire wire;
  wire.Prefixed16([&](Wire& list) {
    for (const auto& share : shares) {
      list.U16(share.first).Prefixed16([&](Wire& key) { key.Fill(share.second, 0x4b); });
    }
  });
  return Extension(kKeyShare, wire.bytes());
}

TlsClientHello& TlsClientHello::SessionTicket(std::size_t size) {
  return Extension(kSessionTicket, TlsBytes(size, 0x71));
}

TlsClientHello& TlsClientHello::PreSharedKey() {
  Wire wire;
  wire.Prefixed16([](Wire& identities) {
    identities.Prefixed16([](Wire& identity) { identity.Fill(64, 0x1d); }).U32(0x01020304);
  });
  wire.Prefixed16(
      [](Wire& binders) { binders.Prefixed8([](Wire& binder) { binder.Fill(32, 0xb1); }); });
  return Extension(kPreSharedKey, wire.bytes());
}

TlsClientHello& TlsClientHello::EarlyData() { return Extension(kEarlyData, {}); }

TlsClientHello& TlsClientHello::Ech() {
  Wire wire;
  // RFC 9849 §5: outer, HKDF-SHA256 with AES-128-GCM, a config id, an encapsulated key, a payload.
  wire.U8(0).U16(1).U16(1).U8(0x42);
  wire.Prefixed16([](Wire& key) { key.Fill(32, 0xec); });
  wire.Prefixed16([](Wire& payload) { payload.Fill(144, 0xec); });
  return Extension(kEch, wire.bytes());
}

TlsBytes TlsClientHello::Message() const {
  Wire wire;
  wire.U8(1).Prefixed24([this](Wire& body) {
    body.U16(legacy_version_).Fill(32, 0xc1);
    body.Prefixed8([this](Wire& id) { id.Append(session_id_); });
    body.Prefixed16([this](Wire& suites) {
      for (const std::uint16_t suite : suites_) suites.U16(suite);
    });
    body.Prefixed8([](Wire& compression) { compression.U8(0); });
    if (no_extensions_) return;
    body.Prefixed16([this](Wire& list) { Write(extensions_, list); });
  });
  return wire.bytes();
}

TlsServerHello::TlsServerHello() : random_(32, 0x5a) {}

TlsServerHello TlsServerHello::Tls13(std::uint16_t group, std::size_t share_size) {
  TlsServerHello hello;
  hello.SessionId(TlsBytes(32, 0x5e)).Suite(0x1301);
  hello.SelectedVersion(0x0304).KeyShare(group, share_size);
  return hello;
}

TlsServerHello TlsServerHello::HelloRetryRequest(std::uint16_t group) {
  TlsServerHello hello;
  hello.random_ = FromHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
  hello.SessionId(TlsBytes(32, 0x5e)).Suite(0x1301).SelectedVersion(0x0304);
  Wire wire;
  wire.U16(group);
  hello.Extension(kKeyShare, wire.bytes());
  return hello;
}

TlsServerHello& TlsServerHello::LegacyVersion(std::uint16_t version) {
  legacy_version_ = version;
  return *this;
}

TlsServerHello& TlsServerHello::SessionId(TlsBytes id) {
  session_id_ = std::move(id);
  return *this;
}

TlsServerHello& TlsServerHello::Suite(std::uint16_t suite) {
  suite_ = suite;
  return *this;
}

TlsServerHello& TlsServerHello::Extension(std::uint16_t type, TlsBytes body) {
  Replace(extensions_, type, std::move(body));
  return *this;
}

TlsServerHello& TlsServerHello::Without(std::uint16_t type) {
  Remove(extensions_, type);
  return *this;
}

TlsServerHello& TlsServerHello::SelectedVersion(std::uint16_t version) {
  Wire wire;
  wire.U16(version);
  return Extension(kSupportedVersions, wire.bytes());
}

TlsServerHello& TlsServerHello::KeyShare(std::uint16_t group, std::size_t share_size) {
  Wire wire;
  wire.U16(group).Prefixed16([&](Wire& key) { key.Fill(share_size, 0x4b); });
  return Extension(kKeyShare, wire.bytes());
}

TlsServerHello& TlsServerHello::PreSharedKey() { return Extension(kPreSharedKey, {0x00, 0x00}); }

TlsServerHello& TlsServerHello::Alpn(std::string_view name) {
  return Extension(kAlpn, NameList({name}));
}

TlsBytes TlsServerHello::Message() const {
  Wire wire;
  wire.U8(2).Prefixed24([this](Wire& body) {
    body.U16(legacy_version_).Append(random_);
    body.Prefixed8([this](Wire& id) { id.Append(session_id_); });
    body.U16(suite_).U8(0);
    if (extensions_.empty()) return;
    body.Prefixed16([this](Wire& list) { Write(extensions_, list); });
  });
  return wire.bytes();
}

TlsBytes TlsRecord(std::uint8_t type, const TlsBytes& fragment, std::uint16_t version) {
  Wire wire;
  wire.U8(type).U16(version).U16(fragment.size()).Append(fragment);
  return wire.bytes();
}

TlsBytes TlsRecords(const TlsBytes& messages, std::size_t max_fragment, std::uint16_t version) {
  TlsBytes records;
  for (std::size_t at = 0; at < messages.size(); at += max_fragment) {
    const std::size_t end = std::min(messages.size(), at + max_fragment);
    const TlsBytes fragment(messages.begin() + static_cast<std::ptrdiff_t>(at),
                            messages.begin() + static_cast<std::ptrdiff_t>(end));
    const TlsBytes record = TlsRecord(22, fragment, version);
    records.insert(records.end(), record.begin(), record.end());
  }
  return records;
}

TlsBytes TlsMessage(std::uint8_t type, std::size_t size) {
  Wire wire;
  wire.U8(type).U24(size).Fill(size, 0x33);
  return wire.bytes();
}

TlsBytes TlsChangeCipherSpec() { return TlsRecord(20, {0x01}); }

TlsBytes TlsAlert(std::uint8_t level, std::uint8_t description) {
  return TlsRecord(21, {level, description});
}

TlsBytes Joined(const std::vector<TlsBytes>& parts) {
  TlsBytes all;
  for (const TlsBytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace unopened::tests
