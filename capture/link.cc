#include "capture/link.h"

#include <algorithm>

#include "capture/ip.h"

namespace unopened::capture {
namespace {

using base::ByteReader;

// Ethernet types (IANA, IEEE 802 numbers).
constexpr std::uint16_t kArp = 0x0806;
constexpr std::uint16_t kRarp = 0x8035;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kMplsMulticast = 0x8848;
constexpr std::uint16_t kPppoeDiscovery = 0x8863;
constexpr std::uint16_t kPppoeSession = 0x8864;
constexpr std::uint16_t kProviderVlan = 0x88a8;
constexpr std::uint16_t kBackboneService = 0x88e7;  // 802.1ah
constexpr std::uint16_t kCiscoMetadata = 0x8909;
constexpr std::uint16_t kVnTag = 0x8926;
constexpr std::uint16_t kOldProviderVlan = 0x9100;  // QinQ before 802.1ad
constexpr std::uint16_t kLastLength = 1500;         // up to here the field is a length (802.3)
constexpr std::uint16_t kCookedLlc = 4;             // ETH_P_802_2, in cooked captures

// PPP protocol numbers (IANA).
constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;
constexpr std::uint16_t kPppMplsUnicast = 0x0281;
constexpr std::uint16_t kPppMplsMulticast = 0x0283;

// Devices whose cooked protocol field is not an Ethernet type (LINKTYPE_LINUX_SLL's table).
constexpr std::uint16_t kArphrdFrameRelay = 770;
constexpr std::uint16_t kArphrdGre = 778;
constexpr std::uint16_t kArphrdRadiotap = 803;
constexpr std::uint16_t kArphrdNetlink = 824;

constexpr std::size_t kMacSize = 6;
constexpr std::size_t kCookedAddressSize = 8;

// A place in a frame: what follows it, and how much of that was on the wire.
struct Place {
  ByteReader reader;
  std::uint32_t wire_length = 0;
  TunnelKind tunnel = TunnelKind::kNone;

  bool Skip(std::size_t count) {
    if (!reader.Skip(count)) return false;
    wire_length -= static_cast<std::uint32_t>(count);
    return true;
  }
  bool ReadU8(std::uint8_t& out) {
    if (!reader.ReadU8(out)) return false;
    wire_length -= 1;
    return true;
  }
  bool ReadU16(std::uint16_t& out) {
    if (!reader.ReadU16(out)) return false;
    wire_length -= 2;
    return true;
  }
  bool ReadU32(std::uint32_t& out) {
    if (!reader.ReadU32(out)) return false;
    wire_length -= 4;
    return true;
  }
  // A length field's word: what lies beyond `length` is padding.
  bool Trim(std::uint32_t length) {
    if (length > wire_length) return false;
    wire_length = length;
    if (reader.size() > length) reader = ByteReader(reader.rest().first(length));
    return true;
  }
};

Place At(base::Bytes bytes, std::uint32_t wire_length) {
  return {ByteReader(bytes), std::max(wire_length, static_cast<std::uint32_t>(bytes.size()))};
}

LinkPayload Ip(const Place& place) {
  return {place.reader.rest(), place.wire_length, place.tunnel};
}

// The header that stands at a place.
enum class Header : std::uint8_t { kEthernet, kEtherType, kLlc, kPpp, kMpls, kIp };

// Each reads one header and says what stands behind it; `type` where that is an Ethernet type's.
using Step = Layer<Header>;

Step ReadEthernet(Place& place, std::uint16_t& type) {
  if (!place.Skip(2 * kMacSize) || !place.ReadU16(type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return Header::kEtherType;
}

// LLC with SNAP (RFC 1042), or with Ethernet's own type for IP (IEEE 802.2, 0x06).
Step ReadLlc(Place& place, std::uint16_t& type) {
  std::uint8_t destination = 0;
  std::uint8_t source = 0;
  std::uint8_t control = 0;
  if (!place.ReadU8(destination) || !place.ReadU8(source) || !place.ReadU8(control)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  constexpr std::uint8_t kSnap = 0xaa;
  constexpr std::uint8_t kLlcIp = 0x06;
  constexpr std::uint8_t kUnnumbered = 0x03;
  if (control != kUnnumbered || destination != source) return tl::unexpected(Reject::kLlc);
  if (source == kLlcIp) return Header::kIp;
  if (source != kSnap) return tl::unexpected(Reject::kLlc);
  std::uint8_t organisation_high = 0;
  std::uint16_t organisation = 0;
  if (!place.ReadU8(organisation_high) || !place.ReadU16(organisation) || !place.ReadU16(type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  constexpr std::uint16_t kBridgeTunnel = 0x00f8;  // 802.1H
  if (organisation_high != 0 || (organisation != 0 && organisation != kBridgeTunnel)) {
    return tl::unexpected(Reject::kLlc);
  }
  return type <= kLastLength ? Step(tl::unexpected(Reject::kLlc)) : Step(Header::kEtherType);
}

Step ReadPppoe(Place& place) {
  std::uint8_t version_and_type = 0;
  std::uint8_t code = 0;
  std::uint16_t session = 0;
  std::uint16_t length = 0;
  if (!place.ReadU8(version_and_type) || !place.ReadU8(code) || !place.ReadU16(session) ||
      !place.ReadU16(length)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if (version_and_type != 0x11 || code != 0 || !place.Trim(length)) {
    return tl::unexpected(Reject::kPppoe);
  }
  place.tunnel = TunnelKind::kPppoe;
  return Header::kPpp;
}

Step ReadPpp(Place& place, std::uint16_t& type) {
  constexpr std::uint16_t kAddressAndControl = 0xff03;  // RFC 1662 §3.1; may be left out
  ByteReader probe = place.reader;
  std::uint16_t protocol = 0;
  if (!probe.ReadU16(protocol)) return tl::unexpected(Reject::kTruncatedLink);
  if (protocol == kAddressAndControl) place.Skip(2);
  // An odd first byte is a compressed protocol field, alone (RFC 1661 §6.5).
  std::uint8_t first = 0;
  std::uint8_t second = 0;
  if (!place.ReadU8(first) || ((first & 1) == 0 && !place.ReadU8(second))) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  protocol = (first & 1) != 0 ? first : static_cast<std::uint16_t>(first << 8 | second);
  switch (protocol) {
    case kPppIpv4:
      type = ether_type::kIpv4;
      return Header::kEtherType;
    case kPppIpv6:
      type = ether_type::kIpv6;
      return Header::kEtherType;
    case kPppMplsUnicast:
    case kPppMplsMulticast:
      return Header::kMpls;
    default:
      return tl::unexpected(Reject::kPpp);
  }
}

// Whether an Ethernet frame with IP in it stands here, IP's lengths included.
bool HoldsEthernet(Place place) {
  std::uint16_t type = 0;
  if (!ReadEthernet(place, type)) return false;
  for (int tags = 0; tags < kMaxVlanTags && (type == kVlan || type == kProviderVlan); ++tags) {
    if (!place.Skip(2) || !place.ReadU16(type)) return false;
  }
  return (type == ether_type::kIpv4 &&
          HoldsIp(place.reader.rest(), place.wire_length, IpVersion::kV4)) ||
         (type == ether_type::kIpv6 &&
          HoldsIp(place.reader.rest(), place.wire_length, IpVersion::kV6));
}

// No field says what the labels carry (RFC 3032 §2.2): an Ethernet pseudowire may begin with any
// byte, an IP packet with 4 or 6, a control word with 0 (RFC 4385). So whatever it is must hold
// wholly, and where it holds as two things it is neither.
Step ReadMpls(Place& place) {
  bool bottom = false;
  for (int labels = 0; !bottom; ++labels) {
    std::uint32_t label = 0;
    if (labels == kMaxMplsLabels) return tl::unexpected(Reject::kTunnelTooDeep);
    if (!place.ReadU32(label)) return tl::unexpected(Reject::kTruncatedLink);
    bottom = (label & 0x100) != 0;
  }
  place.tunnel = TunnelKind::kMpls;
  const bool ip = HoldsIp(place.reader.rest(), place.wire_length);
  const bool ethernet = HoldsEthernet(place);
  Place behind_control_word = place;
  std::uint32_t control_word = 0;
  const bool controlled = behind_control_word.ReadU32(control_word) && control_word >> 28 == 0 &&
                          HoldsEthernet(behind_control_word);
  if (int{ip} + int{ethernet} + int{controlled} != 1) return tl::unexpected(Reject::kMpls);
  if (controlled) place = behind_control_word;
  return ip ? Header::kIp : Header::kEthernet;
}

// Cisco's metadata: version, its own length in words, options, then an Ethernet type again.
Step ReadCiscoMetadata(Place& place, std::uint16_t& type) {
  std::uint8_t version = 0;
  std::uint8_t words = 0;
  if (!place.ReadU8(version) || !place.ReadU8(words)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if (version != 1 || words == 0) return tl::unexpected(Reject::kNotIp);
  if (!place.Skip(words * 4U) || !place.ReadU16(type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return Header::kEtherType;
}

Step ReadEtherType(Place& place, std::uint16_t& type) {
  for (int tags = 0; type == kVlan || type == kProviderVlan || type == kOldProviderVlan; ++tags) {
    if (tags == kMaxVlanTags) return tl::unexpected(Reject::kTooManyVlans);
    if (!place.Skip(2) || !place.ReadU16(type)) return tl::unexpected(Reject::kTruncatedLink);
  }
  switch (type) {
    case ether_type::kIpv4:
    case ether_type::kIpv6:
      return Header::kIp;
    case kArp:
    case kRarp:
      return tl::unexpected(Reject::kArp);
    case ether_type::kMplsUnicast:
    case kMplsMulticast:
      return Header::kMpls;
    case kPppoeDiscovery:
      return tl::unexpected(Reject::kPppoe);
    case kPppoeSession:
      return ReadPppoe(place);
    case kBackboneService:
      if (!place.Skip(4)) return tl::unexpected(Reject::kTruncatedLink);
      return Header::kEthernet;
    case ether_type::kTransparentEthernet:
      return Header::kEthernet;
    case kCiscoMetadata:
      return ReadCiscoMetadata(place, type);
    case kVnTag:
      if (!place.Skip(4) || !place.ReadU16(type)) return tl::unexpected(Reject::kTruncatedLink);
      return Header::kEtherType;
    default:
      if (type > kLastLength) return tl::unexpected(Reject::kNotIp);
      if (!place.Trim(type)) return tl::unexpected(Reject::kLlc);
      return Header::kLlc;
  }
}

Layer<LinkPayload> Walk(Header header, std::uint16_t type, Place place) {
  for (int headers = 0; headers < kMaxLinkHeaders; ++headers) {
    Step next = header;
    switch (header) {
      case Header::kIp:
        return Ip(place);
      case Header::kEthernet:
        next = ReadEthernet(place, type);
        break;
      case Header::kEtherType:
        next = ReadEtherType(place, type);
        break;
      case Header::kLlc:
        next = ReadLlc(place, type);
        break;
      case Header::kPpp:
        next = ReadPpp(place, type);
        break;
      case Header::kMpls:
        next = ReadMpls(place);
        break;
    }
    if (!next) return tl::unexpected(next.error());
    header = *next;
  }
  return tl::unexpected(Reject::kTunnelTooDeep);
}

Layer<LinkPayload> AfterCooked(const Place& place, std::uint16_t device, std::uint16_t protocol) {
  switch (device) {
    case kArphrdFrameRelay:
    case kArphrdGre:
    case kArphrdRadiotap:
    case kArphrdNetlink:
      return tl::unexpected(Reject::kUnknownLink);
    default:
      return protocol == kCookedLlc ? Walk(Header::kLlc, 0, place)
                                    : Walk(Header::kEtherType, protocol, place);
  }
}

Layer<LinkPayload> LinuxCooked1(Place place) {
  std::uint16_t packet_type = 0;
  std::uint16_t device = 0;
  std::uint16_t address_size = 0;
  std::uint16_t protocol = 0;
  if (!place.ReadU16(packet_type) || !place.ReadU16(device) || !place.ReadU16(address_size) ||
      !place.Skip(kCookedAddressSize) || !place.ReadU16(protocol)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return AfterCooked(place, device, protocol);
}

Layer<LinkPayload> LinuxCooked2(Place place) {
  std::uint16_t protocol = 0;
  std::uint16_t reserved = 0;
  std::uint32_t interface_index = 0;
  std::uint16_t device = 0;
  std::uint8_t packet_type = 0;
  std::uint8_t address_size = 0;
  if (!place.ReadU16(protocol) || !place.ReadU16(reserved) || !place.ReadU32(interface_index) ||
      !place.ReadU16(device) || !place.ReadU8(packet_type) || !place.ReadU8(address_size) ||
      !place.Skip(kCookedAddressSize)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return AfterCooked(place, device, protocol);
}

// AF_INET is 2 everywhere; AF_INET6 is the writing system's.
constexpr bool IsIpFamily(std::uint32_t family) {
  switch (family) {
    case 2:
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return true;
    default:
      return false;
  }
}

Layer<LinkPayload> Loopback(Place place, bool either_order) {
  std::uint32_t family = 0;
  if (!place.ReadU32(family)) return tl::unexpected(Reject::kTruncatedLink);
  // No family reads as another one's bytes swapped: they are all below 256.
  if (IsIpFamily(family) || (either_order && IsIpFamily(__builtin_bswap32(family)))) {
    return Ip(place);
  }
  return tl::unexpected(Reject::kNotIp);
}

}  // namespace

Layer<LinkPayload> ParseLink(const Packet& packet) {
  const Place place = At(packet.bytes, packet.wire_length);
  switch (packet.link) {
    case LinkType::kEthernet:
      return Walk(Header::kEthernet, 0, place);
    case LinkType::kRawIp:
      return Ip(place);
    case LinkType::kLinuxCooked1:
      return LinuxCooked1(place);
    case LinkType::kLinuxCooked2:
      return LinuxCooked2(place);
    case LinkType::kNull:
      return Loopback(place, true);
    case LinkType::kLoop:
      return Loopback(place, false);
  }
  return tl::unexpected(Reject::kUnknownLink);
}

Layer<LinkPayload> ParseEthernet(base::Bytes bytes, std::uint32_t wire_length) {
  return Walk(Header::kEthernet, 0, At(bytes, wire_length));
}

Layer<LinkPayload> ParsePpp(base::Bytes bytes, std::uint32_t wire_length) {
  return Walk(Header::kPpp, 0, At(bytes, wire_length));
}

Layer<LinkPayload> ParseEtherType(std::uint16_t type, base::Bytes bytes,
                                  std::uint32_t wire_length) {
  return Walk(Header::kEtherType, type, At(bytes, wire_length));
}

}  // namespace unopened::capture
