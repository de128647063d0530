#include "capture/link_headers.h"

#include "capture/ip.h"
#include "capture/wireless.h"

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

// PPP protocol numbers (IANA).
constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;
constexpr std::uint16_t kPppMplsUnicast = 0x0281;
constexpr std::uint16_t kPppMplsMulticast = 0x0283;

constexpr std::size_t kMacSize = 6;

// Each reads one header and says what stands behind it; `type` where that is an Ethernet type's.

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

}  // namespace

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
      case Header::kPppoe:
        next = ReadPppoe(place);
        break;
      case Header::kMpls:
        next = ReadMpls(place);
        break;
      case Header::kWireless:
        next = ReadWireless(place);
        break;
    }
    if (!next) return tl::unexpected(next.error());
    header = *next;
  }
  return tl::unexpected(Reject::kTunnelTooDeep);
}

}  // namespace unopened::capture
