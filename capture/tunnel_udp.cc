// Tunnels in UDP, told by their port and then by every law of their header.
#include "capture/tunnel_body.h"

namespace unopened::capture {
namespace {

using base::ByteReader;
using tunnel::Body;
using tunnel::Ethernet;
using tunnel::EtherType;
using tunnel::Gre;
using tunnel::Inside;
using tunnel::Ip;
using tunnel::Mpls;
using tunnel::Ppp;

// RFC 7348 §5; with the group policy extension the first reserved bits and bytes are in use.
std::optional<Tunnel> Vxlan(Body body) {
  constexpr std::uint8_t kVniIsValid = 0x08;
  constexpr std::uint8_t kGroupPolicy = 0x80;
  std::uint8_t flags = 0;
  std::uint32_t reserved = 0;
  std::uint8_t last = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU24(reserved) || !body.reader.Skip(3) ||
      !body.reader.ReadU8(last) || last != 0) {
    return std::nullopt;
  }
  const bool plain = flags == kVniIsValid && reserved == 0;
  if (!plain && flags != (kVniIsValid | kGroupPolicy)) return std::nullopt;
  return Ethernet(TunnelKind::kVxlan, body);
}

std::optional<Tunnel> VxlanGpe(Body body) {
  constexpr std::uint8_t kVniAndProtocol = 0x0c;
  std::uint8_t flags = 0;
  std::uint16_t reserved = 0;
  std::uint8_t protocol = 0;
  std::uint8_t last = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU16(reserved) ||
      !body.reader.ReadU8(protocol) || !body.reader.Skip(3) || !body.reader.ReadU8(last) ||
      flags != kVniAndProtocol || reserved != 0 || last != 0) {
    return std::nullopt;
  }
  switch (protocol) {
    case 1:
      return Ip(TunnelKind::kVxlan, body, IpVersion::kV4);
    case 2:
      return Ip(TunnelKind::kVxlan, body, IpVersion::kV6);
    case 3:
      return Ethernet(TunnelKind::kVxlan, body);
    default:
      return std::nullopt;
  }
}

// RFC 8926 §3.4, §3.5: the options fill their announced length exactly.
std::optional<Tunnel> Geneve(Body body) {
  constexpr std::uint8_t kReservedFlags = 0x3f;
  std::uint8_t version_and_words = 0;
  std::uint8_t flags = 0;
  std::uint16_t protocol = 0;
  std::uint8_t reserved = 0;
  ByteReader options;
  if (!body.reader.ReadU8(version_and_words) || !body.reader.ReadU8(flags) ||
      !body.reader.ReadU16(protocol) || !body.reader.Skip(3) || !body.reader.ReadU8(reserved) ||
      version_and_words >> 6 != 0 || (flags & kReservedFlags) != 0 || reserved != 0 ||
      !body.reader.ReadReader((version_and_words & 0x3fU) * 4, options)) {
    return std::nullopt;
  }
  while (!options.empty()) {
    std::uint8_t words = 0;
    if (!options.Skip(3) || !options.ReadU8(words) || !options.Skip((words & 0x1fU) * 4)) {
      return std::nullopt;
    }
  }
  return EtherType(TunnelKind::kOther, protocol, body);
}

// TS 29.281 §5.1, §5.2: user data, and the chain of extension headers before it.
std::optional<Tunnel> GtpU(Body body) {
  constexpr std::uint8_t kVersionAndType = 0xf8;  // with the reserved bit, which is 0
  constexpr std::uint8_t kVersion1 = 0x30;
  constexpr std::uint8_t kOptional = 0x07;
  constexpr std::uint8_t kExtension = 0x04;
  constexpr std::uint8_t kUserData = 0xff;
  constexpr int kMaxExtensions = 8;
  std::uint8_t flags = 0;
  std::uint8_t type = 0;
  std::uint16_t length = 0;
  if (!body.reader.ReadU8(flags) || !body.reader.ReadU8(type) || !body.reader.ReadU16(length) ||
      !body.reader.Skip(4) || (flags & kVersionAndType) != kVersion1 || type != kUserData ||
      length != body.left()) {
    return std::nullopt;
  }
  std::uint8_t next = 0;
  if ((flags & kOptional) != 0 && (!body.reader.Skip(3) || !body.reader.ReadU8(next))) {
    return std::nullopt;
  }
  if ((flags & kExtension) == 0) next = 0;
  for (int count = 0; next != 0; ++count) {
    std::uint8_t words = 0;
    if (count == kMaxExtensions || !body.reader.ReadU8(words) || words == 0 ||
        !body.reader.Skip(words * 4U - 2) || !body.reader.ReadU8(next)) {
      return std::nullopt;
    }
  }
  return Ip(TunnelKind::kGtp, body);
}

// RFC 4380 §5.1.1: an authentication and an origin indication may stand before the IPv6 packet,
// one end of which has a Teredo address (or, in a qualification, a link-local one).
std::optional<Tunnel> Teredo(Body body) {
  constexpr std::uint16_t kOrigin = 0x0000;
  constexpr std::uint16_t kAuthentication = 0x0001;
  ByteReader probe = body.reader;
  std::uint16_t indicator = 0;
  if (!probe.ReadU16(indicator)) return std::nullopt;
  if (indicator == kAuthentication) {
    std::uint8_t id_length = 0;
    std::uint8_t secret_length = 0;
    if (!probe.ReadU8(id_length) || !probe.ReadU8(secret_length) || !probe.Skip(id_length) ||
        !probe.Skip(secret_length) || !probe.Skip(9)) {
      return std::nullopt;
    }
    body.reader = probe;
    if (!probe.ReadU16(indicator)) return std::nullopt;
  }
  if (indicator == kOrigin && !body.reader.Skip(8)) return std::nullopt;
  const auto tunnel = Ip(TunnelKind::kOther, body, IpVersion::kV6);
  if (!tunnel) return std::nullopt;
  ByteReader header(tunnel->ip);
  std::uint16_t length = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  if (!header.Skip(4) || !header.ReadU16(length) || !header.Skip(2) || !header.ReadU32(source) ||
      !header.Skip(12) || !header.ReadU32(destination) || 40U + length != tunnel->wire_length) {
    return std::nullopt;
  }
  constexpr std::uint32_t kPrefix = 0x20010000;
  constexpr std::uint32_t kLinkLocal = 0xfe800000;
  const bool named = source == kPrefix || destination == kPrefix || source == kLinkLocal;
  return named ? tunnel : std::nullopt;
}

// RFC 2661 §3.1, data messages only.
std::optional<Tunnel> L2tp(Body body) {
  constexpr std::uint16_t kControl = 0x8000;
  constexpr std::uint16_t kLength = 0x4000;
  constexpr std::uint16_t kSequence = 0x0800;
  constexpr std::uint16_t kOffset = 0x0200;
  constexpr std::uint16_t kReserved = 0x34f0;
  constexpr std::uint16_t kVersion = 0x000f;
  const std::uint32_t whole = body.left();
  std::uint16_t flags = 0;
  std::uint16_t length = 0;
  std::uint16_t offset = 0;
  if (!body.reader.ReadU16(flags) || (flags & (kControl | kReserved)) != 0 ||
      (flags & kVersion) != 2 ||
      ((flags & kLength) != 0 && (!body.reader.ReadU16(length) || length != whole)) ||
      !body.reader.Skip(4) || ((flags & kSequence) != 0 && !body.reader.Skip(4)) ||
      ((flags & kOffset) != 0 && (!body.reader.ReadU16(offset) || !body.reader.Skip(offset)))) {
    return std::nullopt;
  }
  return Ppp(TunnelKind::kOther, body);
}

// draft-massar-v6ops-ayiya-02 §3: an identity, a signature, an epoch, then the packet.
std::optional<Tunnel> Ayiya(Body body) {
  constexpr std::uint8_t kForward = 1;
  std::uint8_t identity = 0;
  std::uint8_t signature = 0;
  std::uint8_t operation = 0;
  std::uint8_t next = 0;
  if (!body.reader.ReadU8(identity) || !body.reader.ReadU8(signature) ||
      !body.reader.ReadU8(operation) || !body.reader.ReadU8(next) ||
      (operation & 0x0f) != kForward || next != ip_protocol::kIpv6 ||
      !body.reader.Skip(4 + (std::size_t{1} << (identity >> 4)) + (signature >> 4) * 4U)) {
    return std::nullopt;
  }
  return Ip(TunnelKind::kOther, body, IpVersion::kV6);
}

// RFC 5415 §4.3, data: a frame of 802.3, or one of the radio's own kind. No fragments.
std::optional<Tunnel> Capwap(Body body) {
  constexpr std::uint32_t kFragment = 0x80;
  constexpr std::uint32_t kKeepAlive = 0x08;
  constexpr std::uint32_t kNative = 0x100;
  constexpr std::uint32_t kWireless = 1;
  std::uint8_t preamble = 0;
  std::uint32_t header = 0;
  if (!body.reader.ReadU8(preamble) || preamble != 0 || !body.reader.ReadU24(header)) {
    return std::nullopt;
  }
  const std::uint32_t words = header >> 19;
  const std::uint32_t binding = header >> 9 & 0x1f;
  if (words < 2 || (header & (kFragment | kKeepAlive)) != 0 || !body.reader.Skip(words * 4 - 4)) {
    return std::nullopt;
  }
  if ((header & kNative) == 0) return Ethernet(TunnelKind::kOther, body);
  if (binding != kWireless) return std::nullopt;
  return Inside(TunnelKind::kOther, ParseWireless(body.rest(), body.left()));
}

}  // namespace

std::optional<Tunnel> OpenUdpTunnel(const TransportPayload& udp) {
  const Body body(udp.bytes, udp.wire_length);
  switch (udp.destination_port) {
    case 4754:
      return Gre(body);
    case 4789:
    case 8472:
      return Vxlan(body);
    case 4790:
      return VxlanGpe(body);
    case 6081:
      return Geneve(body);
    case 6635:
      return Mpls(body);
    default:
      break;
  }
  const auto either = [&udp](std::uint16_t port) {
    return udp.source_port == port || udp.destination_port == port;
  };
  if (either(2152)) return GtpU(body);
  if (either(3544)) return Teredo(body);
  if (either(1701)) return L2tp(body);
  if (either(5072)) return Ayiya(body);
  if (either(5247)) return Capwap(body);
  return std::nullopt;
}

}  // namespace unopened::capture
