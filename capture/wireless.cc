#include "capture/wireless.h"

namespace unopened::capture {
namespace {

constexpr std::uint32_t kAvsMagic = 0x80211001;  // with a version in the last byte

// An aggregate's only part (IEEE 802.11 §9.3.2.2): two addresses, a length, LLC.
Step ReadAggregate(Place& place) {
  constexpr std::size_t kAddresses = 12;
  std::uint16_t length = 0;
  if (!place.Skip(kAddresses) || !place.ReadU16(length)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  // Behind the only part there is at most its padding and a frame check sequence.
  constexpr std::uint32_t kMostBehind = 3 + 4;
  if (length > place.wire_length || place.wire_length - length > kMostBehind) {
    return tl::unexpected(Reject::kWireless);
  }
  place.Trim(length);
  return Header::kLlc;
}

}  // namespace

Layer<Place> SkipRadiotap(Place place) {
  constexpr std::uint32_t kMore = 0x80000000;  // another word of what is present
  constexpr std::uint32_t kTimer = 0x00000001;
  constexpr std::uint32_t kFlags = 0x00000002;
  constexpr std::uint8_t kPadded = 0x20;  // between the 802.11 header and its body
  constexpr int kMaxWords = 16;
  std::uint8_t version = 0;
  std::uint8_t padding = 0;
  std::uint16_t length = 0;
  Place fields = place;
  std::uint32_t present = 0;
  if (!fields.ReadU8(version) || !fields.ReadU8(padding) || !fields.ReadU16LE(length) ||
      !fields.ReadU32LE(present)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  constexpr std::uint16_t kSmallest = 8;
  if (version != 0 || length < kSmallest) return tl::unexpected(Reject::kUnknownLink);
  if (!place.Skip(length)) return tl::unexpected(Reject::kTruncatedLink);
  std::size_t at = kSmallest;
  std::uint32_t more = present;
  for (int words = 0; (more & kMore) != 0; ++words) {
    if (words == kMaxWords || !fields.ReadU32LE(more)) return tl::unexpected(Reject::kUnknownLink);
    at += 4;
  }
  std::uint8_t flags = 0;
  if ((present & kTimer) != 0 && !fields.Skip((8 - at % 8) % 8 + 8)) {
    return tl::unexpected(Reject::kUnknownLink);
  }
  if ((present & kFlags) != 0 && !fields.ReadU8(flags)) return tl::unexpected(Reject::kUnknownLink);
  place.padded = (flags & kPadded) != 0;
  return place;
}

Layer<Place> SkipAvs(Place place) {
  Place fields = place;
  std::uint32_t magic = 0;
  std::uint32_t length = 0;
  if (!fields.ReadU32(magic) || !fields.ReadU32(length)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if ((magic & ~0xffU) != (kAvsMagic & ~0xffU) || length < 8) {
    return tl::unexpected(Reject::kUnknownLink);
  }
  if (!place.Skip(length)) return tl::unexpected(Reject::kTruncatedLink);
  return place;
}

// Its length is in the byte order of the machine that captured, and small. Drivers also write AVS
// headers under this link type.
Layer<Place> SkipPrism(Place place) {
  Place fields = place;
  std::uint32_t message = 0;
  std::uint32_t length = 0;
  if (!fields.ReadU32(message) || !fields.ReadU32(length)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if ((message & ~0xffU) == (kAvsMagic & ~0xffU)) return SkipAvs(place);
  if (length > 0xffff) length = __builtin_bswap32(length);
  constexpr std::uint32_t kSmallest = 24;  // message, length and the device's name
  if (length < kSmallest || length > 0xffff) return tl::unexpected(Reject::kUnknownLink);
  if (!place.Skip(length)) return tl::unexpected(Reject::kTruncatedLink);
  return place;
}

Step ReadWireless(Place& place) {
  constexpr std::uint16_t kVersion = 0x0003;
  constexpr std::uint16_t kType = 0x000c;
  constexpr std::uint16_t kData = 0x0008;
  constexpr std::uint16_t kNoData = 0x0040;
  constexpr std::uint16_t kQuality = 0x0080;
  constexpr std::uint16_t kBothWays =
      0x0300;  // to and from the distribution system: four addresses
  constexpr std::uint16_t kMoreFragments = 0x0400;
  constexpr std::uint16_t kProtected = 0x4000;
  constexpr std::uint16_t kOrder = 0x8000;  // with quality of service: a field of four bytes
  constexpr std::uint16_t kFragmentNumber = 0x000f;
  constexpr std::uint16_t kAggregate = 0x0080;
  std::uint16_t control = 0;
  std::uint16_t sequence = 0;
  std::uint16_t quality = 0;
  if (!place.ReadU16LE(control)) return tl::unexpected(Reject::kTruncatedLink);
  if (place.either_order && (control & (kVersion | kType)) != kData) {
    control = __builtin_bswap16(control);
  }
  if ((control & kVersion) != 0 || (control & kType) != kData || (control & kNoData) != 0) {
    return tl::unexpected(Reject::kWireless);
  }
  if ((control & kProtected) != 0) return tl::unexpected(Reject::kEncryptedLink);
  const bool with_quality = (control & kQuality) != 0;
  const std::size_t fourth_address = (control & kBothWays) == kBothWays ? 6 : 0;
  const std::size_t throughput = with_quality && (control & kOrder) != 0 ? 4 : 0;
  if (!place.Skip(2 + 18) || !place.ReadU16LE(sequence) || !place.Skip(fourth_address) ||
      (with_quality && !place.ReadU16LE(quality)) || !place.Skip(throughput)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if ((control & kMoreFragments) != 0 || (sequence & kFragmentNumber) != 0) {
    return tl::unexpected(Reject::kWireless);
  }
  const std::size_t header = 24 + fourth_address + (with_quality ? 2 : 0) + throughput;
  if (place.padded && !place.Skip((4 - header % 4) % 4)) {
    return tl::unexpected(Reject::kTruncatedLink);
  }
  if (with_quality && (quality & kAggregate) != 0) return ReadAggregate(place);
  return Header::kLlc;
}

}  // namespace unopened::capture
