#include "classify/ike/framing.h"

#include <algorithm>
#include <variant>

namespace unopened::classify::ike {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::size_t kMarkerSize = 4;
constexpr std::uint8_t kKeepaliveByte = 0xff;
constexpr std::uint32_t kMinSpi = 256;  // RFC 4303 §2.1
// SPI, sequence number, next to no ciphertext, the shortest tag (RFC 4303 §2).
constexpr std::size_t kMinEspSize = 8 + 4 + 8;
constexpr std::array<std::uint8_t, 6> kTcpMagic = {'I', 'K', 'E', 'T', 'C', 'P'};
constexpr std::size_t kLengthSize = 2;  // which counts itself (RFC 9329 §3)

// RFC 7296 §3.1: the version is the header's eighteenth byte.
bool MayBeMessage(base::Bytes bytes) {
  return bytes.size() >= kHeaderSize && (bytes[17] == 0x10 || bytes[17] == 0x20);
}

Parsed<Frame> MessageFrame(base::Bytes bytes, std::size_t wire_length, bool marked, Frame frame) {
  const Parsed<Message> parsed = ParseMessage(bytes, wire_length);
  if (base::Value(parsed) == nullptr) return std::get<NotThis>(parsed);
  frame.kind = Frame::Kind::kMessage;
  frame.message = *base::Value(parsed);
  frame.marked = marked;
  return frame;
}

// Steps over the frames of one direction, up to half of all.
void ReadDirection(ByteReader stream, bool from_client, TcpFrames& out) {
  for (std::size_t i = 0; i < kMaxFrames / 2; ++i) {
    std::uint16_t length = 0;
    ByteReader probe = stream;
    std::size_t missing = 0;
    base::Bytes body;
    if (!probe.ReadU16(length)) {
      missing = kLengthSize - stream.size();
    } else if (length <= kLengthSize) {
      return;
    } else if (!probe.ReadBytes(length - kLengthSize, body)) {
      missing = length - stream.size();
    }
    if (missing != 0) {
      if (!stream.open()) return;
      out.at_least = out.open ? std::min(out.at_least, missing) : missing;
      out.open = true;
      return;
    }
    stream = probe;
    out.all[out.count++] = {body, length - static_cast<std::uint32_t>(kLengthSize), from_client};
  }
}

}  // namespace

Parsed<Frame> ReadFrame(const Datagram& datagram, bool nat_traversal_port) {
  Frame frame;
  frame.from_client = datagram.from_client;
  const base::Bytes bytes = datagram.bytes;
  ByteReader reader(bytes);
  std::uint32_t head = 0;
  if (!reader.ReadU32(head)) {
    const bool keepalive = nat_traversal_port && datagram.wire_length == 1 && bytes.size() == 1 &&
                           bytes[0] == kKeepaliveByte;
    if (keepalive) return frame;
    return NotThis{"ike: too short"};
  }
  if (head == 0) {
    if (!MayBeMessage(reader.rest())) return NotThis{"ike: marker without a message"};
    return MessageFrame(reader.rest(), datagram.wire_length - kMarkerSize, true, frame);
  }
  // A message's SPI is random, so on the port of both only the length tells it from ESP.
  if (MayBeMessage(bytes)) {
    const Parsed<Frame> parsed = MessageFrame(bytes, datagram.wire_length, false, frame);
    if (base::Value(parsed) != nullptr || !nat_traversal_port) return parsed;
  }
  if (!nat_traversal_port) return NotThis{"ike: no message"};
  if (head < kMinSpi || datagram.wire_length < kMinEspSize || !reader.ReadU32(frame.esp.sequence) ||
      frame.esp.sequence == 0) {
    return NotThis{"esp: no packet"};
  }
  frame.kind = Frame::Kind::kEsp;
  frame.esp.spi = head;
  return frame;
}

Parsed<TcpFrames> ReadTcpFrames(const FlowView& flow) {
  ByteReader client = flow.client;
  const base::Bytes start = client.rest().first(std::min(client.size(), kTcpMagic.size()));
  if (!std::equal(start.begin(), start.end(), kTcpMagic.begin())) return NotThis{"ike: magic"};
  // Only the opener sends the word, so an answer alone says nothing.
  if (!client.Skip(kTcpMagic.size())) {
    return base::Short<TcpFrames>(client, "ike: magic cut", kTcpMagic.size() - client.size());
  }
  TcpFrames out;
  ReadDirection(client, true, out);
  ReadDirection(flow.server, false, out);
  return out;
}

}  // namespace unopened::classify::ike
