#include "capture/link.h"

#include <algorithm>

namespace unopened::capture {
namespace {

using base::ByteReader;

// Ethernet types (IANA, IEEE 802 numbers).
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kArp = 0x0806;
constexpr std::uint16_t kRarp = 0x8035;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint16_t kMplsUnicast = 0x8847;
constexpr std::uint16_t kMplsMulticast = 0x8848;
constexpr std::uint16_t kPppoeDiscovery = 0x8863;
constexpr std::uint16_t kPppoeSession = 0x8864;
constexpr std::uint16_t kProviderVlan = 0x88a8;
constexpr std::uint16_t kOldProviderVlan = 0x9100;  // QinQ before 802.1ad
constexpr std::uint16_t kLastLength = 1500;         // up to here the field is a length (802.3)

// Devices whose cooked protocol field is not an Ethernet type (LINKTYPE_LINUX_SLL's table).
constexpr std::uint16_t kArphrdFrameRelay = 770;
constexpr std::uint16_t kArphrdGre = 778;
constexpr std::uint16_t kArphrdRadiotap = 803;
constexpr std::uint16_t kArphrdNetlink = 824;

constexpr std::size_t kMacSize = 6;
constexpr std::size_t kCookedAddressSize = 8;

Layer<LinkPayload> Rest(const Packet& packet, const ByteReader& reader) {
  const auto header = static_cast<std::uint32_t>(packet.bytes.size() - reader.size());
  const auto captured = static_cast<std::uint32_t>(packet.bytes.size());
  return LinkPayload{reader.rest(), std::max(packet.wire_length, captured) - header};
}

// Walks from an Ethernet type over VLAN tags to IP.
Layer<LinkPayload> AfterEtherType(const Packet& packet, ByteReader reader, std::uint16_t type) {
  for (int tags = 0; type == kVlan || type == kProviderVlan || type == kOldProviderVlan; ++tags) {
    if (tags == kMaxVlanTags) return tl::unexpected(Reject::kTooManyVlans);
    std::uint16_t tag_control = 0;
    if (!reader.ReadU16(tag_control) || !reader.ReadU16(type)) {
      return tl::unexpected(Reject::kTruncatedLink);
    }
  }
  switch (type) {
    case kIpv4:
    case kIpv6:
      return Rest(packet, reader);
    case kArp:
    case kRarp:
      return tl::unexpected(Reject::kArp);
    case kMplsUnicast:
    case kMplsMulticast:
      return tl::unexpected(Reject::kMpls);
    case kPppoeDiscovery:
    case kPppoeSession:
      return tl::unexpected(Reject::kPppoe);
    default:
      return tl::unexpected(type <= kLastLength ? Reject::kLlc : Reject::kNotIp);
  }
}

Layer<LinkPayload> Ethernet(const Packet& packet) {
  ByteReader reader(packet.bytes);
  std::uint16_t type = 0;
  if (!reader.Skip(2 * kMacSize) || !reader.ReadU16(type)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return AfterEtherType(packet, reader, type);
}

Layer<LinkPayload> AfterCooked(const Packet& packet, ByteReader reader, std::uint16_t device,
                               std::uint16_t protocol) {
  switch (device) {
    case kArphrdFrameRelay:
    case kArphrdGre:
    case kArphrdRadiotap:
    case kArphrdNetlink:
      return tl::unexpected(Reject::kUnknownLink);
    default:
      return AfterEtherType(packet, reader, protocol);
  }
}

Layer<LinkPayload> LinuxCooked1(const Packet& packet) {
  ByteReader reader(packet.bytes);
  std::uint16_t packet_type = 0;
  std::uint16_t device = 0;
  std::uint16_t address_size = 0;
  std::uint16_t protocol = 0;
  if (!reader.ReadU16(packet_type) || !reader.ReadU16(device) || !reader.ReadU16(address_size) ||
      !reader.Skip(kCookedAddressSize) || !reader.ReadU16(protocol)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return AfterCooked(packet, reader, device, protocol);
}

Layer<LinkPayload> LinuxCooked2(const Packet& packet) {
  ByteReader reader(packet.bytes);
  std::uint16_t protocol = 0;
  std::uint16_t reserved = 0;
  std::uint32_t interface_index = 0;
  std::uint16_t device = 0;
  std::uint8_t packet_type = 0;
  std::uint8_t address_size = 0;
  if (!reader.ReadU16(protocol) || !reader.ReadU16(reserved) || !reader.ReadU32(interface_index) ||
      !reader.ReadU16(device) || !reader.ReadU8(packet_type) || !reader.ReadU8(address_size) ||
      !reader.Skip(kCookedAddressSize)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  return AfterCooked(packet, reader, device, protocol);
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

Layer<LinkPayload> Loopback(const Packet& packet, bool either_order) {
  ByteReader reader(packet.bytes);
  std::uint32_t family = 0;
  if (!reader.ReadU32(family)) return tl::unexpected(Reject::kTruncatedLink);
  // No family reads as another one's bytes swapped: they are all below 256.
  if (IsIpFamily(family) || (either_order && IsIpFamily(__builtin_bswap32(family)))) {
    return Rest(packet, reader);
  }
  return tl::unexpected(Reject::kNotIp);
}

}  // namespace

Layer<LinkPayload> ParseLink(const Packet& packet) {
  switch (packet.link) {
    case LinkType::kEthernet:
      return Ethernet(packet);
    case LinkType::kRawIp:
      return Rest(packet, ByteReader(packet.bytes));
    case LinkType::kLinuxCooked1:
      return LinuxCooked1(packet);
    case LinkType::kLinuxCooked2:
      return LinuxCooked2(packet);
    case LinkType::kNull:
      return Loopback(packet, true);
    case LinkType::kLoop:
      return Loopback(packet, false);
  }
  return tl::unexpected(Reject::kUnknownLink);
}

}  // namespace unopened::capture
