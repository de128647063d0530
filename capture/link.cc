#include "capture/link.h"

#include "capture/link_headers.h"
#include "capture/place.h"
#include "capture/wireless.h"

namespace unopened::capture {
namespace {

using base::ByteReader;

constexpr std::uint16_t kCookedLlc = 4;  // ETH_P_802_2, in cooked captures

// Devices whose cooked protocol field is not an Ethernet type (LINKTYPE_LINUX_SLL's table).
constexpr std::uint16_t kArphrdFrameRelay = 770;
constexpr std::uint16_t kArphrdGre = 778;
constexpr std::uint16_t kArphrdRadiotap = 803;
constexpr std::uint16_t kArphrdNetlink = 824;

constexpr std::size_t kCookedAddressSize = 8;

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

Layer<LinkPayload> CiscoHdlc(Place place) {
  constexpr std::uint16_t kSlarp = 0x8035;  // RARP's number, another protocol
  std::uint16_t address_and_control = 0;
  std::uint16_t type = 0;
  if (!place.ReadU16(address_and_control) || !place.ReadU16(type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if (type == kSlarp) return tl::unexpected(Reject::kNotIp);
  return Walk(Header::kEtherType, type, place);
}

// A serial line's frames may be Cisco's, told by their address (LINKTYPE_PPP_HDLC).
Layer<LinkPayload> Ppp(const Place& place) {
  ByteReader probe = place.reader;
  std::uint16_t first = 0;
  constexpr std::uint16_t kUnicast = 0x0f00;
  constexpr std::uint16_t kMulticast = 0x8f00;
  if (probe.ReadU16(first) && (first == kUnicast || first == kMulticast)) return CiscoHdlc(place);
  return Walk(Header::kPpp, 0, place);
}

Layer<LinkPayload> BehindRadio(Place place, Layer<Place> (*skip)(Place)) {
  const Layer<Place> frame = skip(place);
  if (!frame) return tl::unexpected(frame.error());
  return Walk(Header::kWireless, 0, *frame);
}

// CACE's per-packet information: little endian, then a frame of the link type that it names.
Layer<LinkPayload> Ppi(Place place) {
  constexpr std::uint32_t kEthernet = 1;
  constexpr std::uint32_t kWirelessFrame = 105;
  std::uint16_t version_and_flags = 0;
  std::uint16_t length = 0;
  std::uint32_t link_type = 0;
  if (!place.ReadU16(version_and_flags) || !place.ReadU16LE(length) ||
      !place.ReadU32LE(link_type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  constexpr std::uint16_t kOwnSize = 8;
  if (version_and_flags >> 8 != 0 || length < kOwnSize) return tl::unexpected(Reject::kUnknownLink);
  if (!place.Skip(length - kOwnSize)) return tl::unexpected(Reject::kTruncatedLink);
  switch (link_type) {
    case kEthernet:
      return Walk(Header::kEthernet, 0, place);
    case kWirelessFrame:
      return Walk(Header::kWireless, 0, place);
    default:
      return tl::unexpected(Reject::kUnsupportedLink);
  }
}

// Linux's netfilter log: attributes, in the byte order of the machine that captured; one of them is
// the packet.
Layer<LinkPayload> NetfilterLog(Place place) {
  constexpr std::uint16_t kPayload = 9;  // NFULA_PAYLOAD
  constexpr int kMaxAttributes = 64;
  std::uint8_t family = 0;
  std::uint8_t version = 0;
  std::uint16_t resource = 0;
  if (!place.ReadU8(family) || !place.ReadU8(version) || !place.ReadU16(resource)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if (version != 0) return tl::unexpected(Reject::kUnknownLink);
  for (int attributes = 0; attributes < kMaxAttributes; ++attributes) {
    std::uint16_t length = 0;
    std::uint16_t type = 0;
    if (!place.ReadU16LE(length) || !place.ReadU16LE(type)) {
      return tl::unexpected(Reject::kTruncatedLink);
    }
    // No attribute has a number of 256 and more.
    if (type > 0xff) {
      type = __builtin_bswap16(type);
      length = __builtin_bswap16(length);
    }
    constexpr std::uint16_t kHeaderSize = 4;
    if (length < kHeaderSize) return tl::unexpected(Reject::kUnknownLink);
    const std::uint32_t size = length - kHeaderSize;
    if (type == kPayload) {
      if (!IsIpFamily(family) || !place.Trim(size)) return tl::unexpected(Reject::kNotIp);
      return Ip(place);
    }
    if (!place.Skip((size + 3) / 4 * 4)) return tl::unexpected(Reject::kTruncatedLink);
  }
  return tl::unexpected(Reject::kUnknownLink);
}

// RFC 4391 §6, behind a global route header.
Layer<LinkPayload> IpOverInfiniband(Place place) {
  constexpr std::size_t kRouteHeaderSize = 40;
  std::uint16_t type = 0;
  if (!place.Skip(kRouteHeaderSize) || !place.ReadU16(type) || !place.Skip(2)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return Walk(Header::kEtherType, type, place);
}

}  // namespace

Layer<LinkPayload> ParseLink(const Packet& packet) {
  const Place place = PlaceAt(packet.bytes, packet.wire_length);
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
    case LinkType::kPpp:
      return Ppp(place);
    case LinkType::kPppoe:
      return Walk(Header::kPppoe, 0, place);
    case LinkType::kCiscoHdlc:
      return CiscoHdlc(place);
    case LinkType::kWireless:
      return Walk(Header::kWireless, 0, place);
    case LinkType::kRadiotap:
      return BehindRadio(place, SkipRadiotap);
    case LinkType::kPrism:
      return BehindRadio(place, SkipPrism);
    case LinkType::kAvs:
      return BehindRadio(place, SkipAvs);
    case LinkType::kPpi:
      return Ppi(place);
    case LinkType::kNetfilterLog:
      return NetfilterLog(place);
    case LinkType::kIpOverInfiniband:
      return IpOverInfiniband(place);
    case LinkType::kUnsupported:
      return tl::unexpected(Reject::kUnsupportedLink);
  }
  return tl::unexpected(Reject::kUnknownLink);
}

Layer<LinkPayload> ParseEthernet(base::Bytes bytes, std::uint32_t wire_length) {
  return Walk(Header::kEthernet, 0, PlaceAt(bytes, wire_length));
}

Layer<LinkPayload> ParseWireless(base::Bytes bytes, std::uint32_t wire_length) {
  Place place = PlaceAt(bytes, wire_length);
  place.either_order = true;
  return Walk(Header::kWireless, 0, place);
}

Layer<LinkPayload> ParsePpp(base::Bytes bytes, std::uint32_t wire_length) {
  return Walk(Header::kPpp, 0, PlaceAt(bytes, wire_length));
}

Layer<LinkPayload> ParseEtherType(std::uint16_t type, base::Bytes bytes,
                                  std::uint32_t wire_length) {
  return Walk(Header::kEtherType, type, PlaceAt(bytes, wire_length));
}

}  // namespace unopened::capture
