#include "classify/quic/packet.h"

namespace unopened::classify::quic {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

constexpr std::uint8_t kLongForm = 0x80;

bool ReadRetry(ByteReader rest, const VersionRow& version, LongHeader& header) {
  if (version.retry == RetryProof::kEchoedId) {
    ByteReader original;
    if (!rest.ReadPrefixed8(original)) return false;
    header.original_destination = original.rest();
    header.token = rest.rest();
    return !header.token.empty();
  }
  return rest.size() > kRetryTagSize && rest.ReadBytes(rest.size() - kRetryTagSize, header.token);
}

bool ReadConnectionIds(ByteReader& reader, LongHeader& header) {
  ByteReader destination;
  ByteReader source;
  if (!reader.ReadPrefixed8(destination) || !reader.ReadPrefixed8(source)) return false;
  header.destination = destination.rest();
  header.source = source.rest();
  return true;
}

}  // namespace

bool ReadVarint(ByteReader& reader, std::uint64_t& out) {
  ByteReader probe = reader;
  std::uint8_t first = 0;
  if (!probe.ReadU8(first)) return false;
  std::uint64_t value = first & 0x3f;
  if (first < 0x40) {
    reader = probe;
    out = value;
    return true;
  }
  Bytes rest;
  if (!probe.ReadBytes((std::size_t{1} << (first >> 6)) - 1, rest)) return false;
  for (const std::uint8_t byte : rest) value = value << 8 | byte;
  reader = probe;
  out = value;
  return true;
}

Parsed<LongHeader> ReadLongHeader(ByteReader& reader) {
  const Bytes datagram = reader.rest();
  const auto cut = [&] { return base::Short<LongHeader>(reader, "quic: header cut"); };
  ByteReader rest = reader;
  LongHeader header;
  std::uint8_t first = 0;
  if (!rest.ReadU8(first)) return cut();
  if ((first & kLongForm) == 0) return NotThis{"quic: short header"};
  if (!rest.ReadU32(header.number)) return cut();
  header.version = FindVersion(header.number);
  if (!ReadConnectionIds(rest, header)) return cut();
  if (header.version == kVersions.size()) {
    header.token = rest.rest();
    header.packet = datagram;
    (void)reader.Skip(datagram.size());
    return header;
  }
  // The fixed bit tells nothing: a client may allow its server to clear it (RFC 9287 §3.1).
  if (header.destination.size() > kMaxConnectionId || header.source.size() > kMaxConnectionId) {
    return NotThis{"quic: connection id"};
  }
  const VersionRow& version = kVersions[header.version];
  header.type = (*version.types)[first >> 4 & 0x3];
  if (header.type == PacketType::kRetry) {
    if (!ReadRetry(rest, version, header)) return cut();
    header.packet = datagram;
    (void)reader.Skip(datagram.size());
    return header;
  }
  if (header.type == PacketType::kInitial) {
    std::uint64_t size = 0;
    if (!ReadVarint(rest, size)) return cut();
    if (size > rest.size() || !rest.ReadBytes(size, header.token)) return cut();
  }
  std::uint64_t length = 0;
  if (!ReadVarint(rest, length)) return cut();
  header.packet_number_offset = datagram.size() - rest.size();
  if (length > rest.size() || !rest.Skip(length)) return cut();
  header.packet = datagram.first(datagram.size() - rest.size());
  reader = rest;
  return header;
}

}  // namespace unopened::classify::quic
