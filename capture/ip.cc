#include "capture/ip.h"

#include <algorithm>

namespace unopened::capture {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::uint32_t kIpv4HeaderSize = 20;
constexpr std::uint32_t kIpv6HeaderSize = 40;

bool ReadAddress(ByteReader& reader, std::size_t size, Address& out) {
  Bytes bytes;
  if (!reader.ReadBytes(size, bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return true;
}

Layer<IpPayload> ParseIpv4(Bytes ip, std::uint32_t frame_length) {
  ByteReader reader(ip);
  IpPayload payload;
  payload.version = IpVersion::kV4;
  std::uint8_t version_and_words = 0;
  std::uint16_t total_length = 0;
  std::uint16_t identification = 0;
  std::uint16_t flags_and_offset = 0;
  if (!reader.ReadU8(version_and_words) || !reader.Skip(1) || !reader.ReadU16(total_length) ||
      !reader.ReadU16(identification) || !reader.ReadU16(flags_and_offset) || !reader.Skip(1) ||
      !reader.ReadU8(payload.protocol) || !reader.Skip(2) ||
      !ReadAddress(reader, 4, payload.source) || !ReadAddress(reader, 4, payload.destination)) {
    return tl::unexpected(Reject::kTruncatedIp);
  }
  const std::uint32_t header_length = (version_and_words & 0x0fU) * 4;
  // A sender that leaves segmentation to its network card may write 0: the card fills it in.
  const std::uint32_t length = total_length == 0 ? frame_length : total_length;
  if (header_length < kIpv4HeaderSize || length < header_length) {
    return tl::unexpected(Reject::kBadIpHeader);
  }
  if (!reader.Skip(header_length - kIpv4HeaderSize)) return tl::unexpected(Reject::kTruncatedIp);
  constexpr std::uint16_t kMoreFragments = 0x2000;
  constexpr std::uint16_t kOffset = 0x1fff;
  if ((flags_and_offset & (kMoreFragments | kOffset)) != 0) {
    // Where the frame alone says the length, its padding would be a part of the datagram.
    if (total_length == 0) return tl::unexpected(Reject::kBadFragment);
    payload.fragment = FragmentPart{identification, (flags_and_offset & kOffset) * 8U,
                                    (flags_and_offset & kMoreFragments) != 0};
  }
  payload.wire_length = length - header_length;
  payload.bytes = reader.rest().first(std::min<std::size_t>(reader.size(), payload.wire_length));
  return payload;
}

constexpr bool IsExtension(std::uint8_t header) {
  return header == ip_protocol::kHopByHop || header == ip_protocol::kRouting ||
         header == ip_protocol::kFragment || header == ip_protocol::kDestination;
}

Layer<IpPayload> ParseIpv6(Bytes ip, std::uint32_t frame_length) {
  ByteReader reader(ip);
  IpPayload payload;
  payload.version = IpVersion::kV6;
  std::uint16_t payload_length = 0;
  if (!reader.Skip(4) || !reader.ReadU16(payload_length) || !reader.ReadU8(payload.protocol) ||
      !reader.Skip(1) || !ReadAddress(reader, 16, payload.source) ||
      !ReadAddress(reader, 16, payload.destination)) {
    return tl::unexpected(Reject::kTruncatedIp);
  }
  // 0 is a jumbogram (RFC 2675, and Linux's big TCP), or truly nothing if no header follows.
  const bool by_frame = payload_length == 0 && payload.protocol != ip_protocol::kNoNextHeader;
  payload.wire_length = by_frame ? frame_length - kIpv6HeaderSize : payload_length;
  payload.bytes = reader.rest().first(std::min<std::size_t>(reader.size(), payload.wire_length));
  return SkipExtensions(payload);
}

}  // namespace

Layer<IpPayload> SkipExtensions(IpPayload payload) {
  for (int count = 0; IsExtension(payload.protocol); ++count) {
    if (count == kMaxIpv6Extensions) return tl::unexpected(Reject::kTooManyExtensions);
    ByteReader reader(payload.bytes);
    std::uint8_t next = 0;
    std::uint8_t length_field = 0;  // in 8 bytes beyond the first 8; reserved in a fragment header
    std::uint16_t offset_and_more = 0;
    const bool whole_start =
        reader.ReadU8(next) && reader.ReadU8(length_field) && reader.ReadU16(offset_and_more);
    const bool fragment = payload.protocol == ip_protocol::kFragment;
    const std::uint32_t size = fragment || !whole_start ? 8 : 8 + 8 * std::uint32_t{length_field};
    if (size > payload.wire_length) return tl::unexpected(Reject::kBadIpHeader);
    if (!whole_start || size > payload.bytes.size()) return tl::unexpected(Reject::kTruncatedIp);
    payload.protocol = next;
    payload.bytes = payload.bytes.subspan(size);
    payload.wire_length -= size;
    // RFC 6946: offset 0 and no more to come is a whole packet that carries the header for nothing.
    constexpr std::uint16_t kOffset = 0xfff8;
    constexpr std::uint16_t kMore = 0x0001;
    if (fragment && (offset_and_more & (kOffset | kMore)) != 0) {
      FragmentPart part;
      part.offset = offset_and_more & kOffset;
      part.more = (offset_and_more & kMore) != 0;
      if (!reader.ReadU32(part.identification)) return tl::unexpected(Reject::kTruncatedIp);
      payload.fragment = part;
      return payload;  // what follows is only whole in the whole datagram
    }
  }
  return payload;
}

Layer<IpPayload> ParseIp(Bytes ip, std::uint32_t wire_length) {
  if (ip.empty()) return tl::unexpected(Reject::kTruncatedIp);
  const auto frame_length = std::max(wire_length, static_cast<std::uint32_t>(ip.size()));
  switch (ip.front() >> 4) {
    case 4:
      return ParseIpv4(ip, frame_length);
    case 6:
      return ParseIpv6(ip, frame_length);
    default:
      return tl::unexpected(Reject::kBadIpHeader);
  }
}

bool HoldsIp(Bytes ip, std::uint32_t wire_length, IpVersion version) {
  ByteReader reader(ip);
  std::uint8_t version_and_words = 0;
  std::uint16_t length = 0;
  if (version == IpVersion::kV4) {
    if (ip.size() < kIpv4HeaderSize || !reader.ReadU8(version_and_words) || !reader.Skip(1) ||
        !reader.ReadU16(length)) {
      return false;
    }
    const std::uint32_t header_length = (version_and_words & 0x0fU) * 4;
    return version_and_words >> 4 == 4 && header_length >= kIpv4HeaderSize &&
           length >= header_length && length <= wire_length;
  }
  std::uint8_t next = 0;
  if (ip.size() < kIpv6HeaderSize || !reader.ReadU8(version_and_words) || !reader.Skip(3) ||
      !reader.ReadU16(length) || !reader.ReadU8(next)) {
    return false;
  }
  return version_and_words >> 4 == 6 && (length > 0 || next == ip_protocol::kNoNextHeader) &&
         kIpv6HeaderSize + length <= wire_length;
}

bool HoldsIp(Bytes ip, std::uint32_t wire_length) {
  if (ip.empty()) return false;
  const int version = ip.front() >> 4;
  return (version == 4 && HoldsIp(ip, wire_length, IpVersion::kV4)) ||
         (version == 6 && HoldsIp(ip, wire_length, IpVersion::kV6));
}

}  // namespace unopened::capture
