#include "tests/support/capture_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kRst = 0x04;
constexpr std::uint8_t kPsh = 0x08;
constexpr std::uint8_t kAck = 0x10;

std::vector<std::uint8_t> AddressBytes(const std::string& address) {
  const bool v6 = address.find(':') != std::string::npos;
  std::vector<std::uint8_t> bytes(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) std::abort();
  return bytes;
}

// RFC 1071 over several pieces, each of which starts on an even offset of the whole.
std::uint16_t Checksum(std::initializer_list<const std::vector<std::uint8_t>*> pieces) {
  std::uint32_t sum = 0;
  for (const auto* piece : pieces) {
    for (std::size_t i = 0; i < piece->size(); ++i) {
      sum += static_cast<std::uint32_t>((*piece)[i]) << (i % 2 == 0 ? 8 : 0);
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::uint8_t> WithU16(std::vector<std::uint8_t> bytes, std::size_t at,
                                  std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
  return bytes;
}

// The checksum's place within the transport header; its pseudo-header is RFC 9293 §3.1, RFC 8200
// §8.1.
std::vector<std::uint8_t> WithTransportChecksum(const HostPort& from, const HostPort& to,
                                                std::uint8_t protocol,
                                                std::vector<std::uint8_t> transport) {
  const std::size_t at = protocol == kTcp ? 16 : 6;
  Wire pseudo;
  pseudo.Append(AddressBytes(from.address)).Append(AddressBytes(to.address));
  pseudo.U32(transport.size()).U24(0).U8(protocol);
  std::uint16_t sum = Checksum({&pseudo.bytes(), &transport});
  if (sum == 0 && protocol == kUdp) sum = 0xffff;
  return WithU16(std::move(transport), at, sum);
}

// Locally administered, from the documentation range of RFC 7042 §2.1.2; the lower address is
// ":0a".
void WriteMacs(Wire& wire, bool ascending) {
  wire.U16(0x0200).U32(0x5e005300U + (ascending ? 0x0b : 0x0a));
  wire.U16(0x0200).U32(0x5e005300U + (ascending ? 0x0a : 0x0b));
}

void WritePcap(Wire& out, std::span<const Frame* const> frames, bool nanoseconds,
               std::uint16_t link_type) {
  out.U32LE(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4).U16LE(2).U16LE(4);
  out.U32LE(0).U32LE(0).U32LE(262'144).U32LE(link_type);
  for (const Frame* frame : frames) {
    const base::TimeNs fraction = frame->time % base::kNsPerSecond;
    out.U32LE(static_cast<std::uint64_t>(frame->time / base::kNsPerSecond));
    out.U32LE(static_cast<std::uint64_t>(nanoseconds ? fraction : fraction / 1000));
    out.U32LE(frame->bytes.size()).U32LE(frame->wire_length).Append(frame->bytes);
  }
}

void WriteBlock(Wire& out, std::uint32_t type, const std::vector<std::uint8_t>& body) {
  const std::size_t padding = (4 - body.size() % 4) % 4;
  const std::size_t total = 12 + body.size() + padding;
  out.U32LE(type).U32LE(total).Append(body).Fill(padding, 0).U32LE(total);
}

void WritePcapNg(Wire& out, std::span<const Frame* const> frames, std::uint16_t link_type) {
  Wire section;
  section.U32LE(0x1a2b3c4d).U16LE(1).U16LE(0).U32LE(0xffffffff).U32LE(0xffffffff);
  WriteBlock(out, 0x0a0d0d0a, section.bytes());
  Wire interface;
  interface.U16LE(link_type).U16LE(0).U32LE(262'144);
  interface.U16LE(9).U16LE(1).U8(9).Fill(3, 0);  // if_tsresol: nanoseconds
  interface.U16LE(0).U16LE(0);                   // opt_endofopt
  WriteBlock(out, 1, interface.bytes());
  for (const Frame* frame : frames) {
    const auto time = static_cast<std::uint64_t>(frame->time);
    Wire packet;
    packet.U32LE(0).U32LE(time >> 32).U32LE(time & 0xffffffff);
    packet.U32LE(frame->bytes.size()).U32LE(frame->wire_length).Append(frame->bytes);
    WriteBlock(out, 6, packet.bytes());
  }
}

}  // namespace

std::vector<std::uint8_t> EthernetFrame(const HostPort& from, const HostPort& to,
                                        std::uint8_t ip_protocol, base::Bytes transport,
                                        const WireOptions& options) {
  const auto source = AddressBytes(from.address);
  const auto target = AddressBytes(to.address);
  if (source.size() != target.size()) std::abort();
  Wire frame;
  WriteMacs(frame, source < target);
  for (std::size_t i = 0; i < options.vlans.size(); ++i) {
    frame.U16(i + 1 < options.vlans.size() ? 0x88a8 : 0x8100).U16(options.vlans[i]);
  }
  if (source.size() == 4) {
    Wire header;
    header.U8(0x45).U8(0).U16(20 + transport.size()).U16(0).U16(0x4000);
    header.U8(64).U8(ip_protocol).U16(0).Append(source).Append(target);
    frame.U16(0x0800).Append(WithU16(header.bytes(), 10, Checksum({&header.bytes()})));
  } else {
    frame.U16(0x86dd).U32(0x60000000).U16(transport.size()).U8(ip_protocol).U8(64);
    frame.Append(source).Append(target);
  }
  frame.Append({transport.begin(), transport.end()});
  return frame.bytes();
}

TcpConversation::TcpConversation(std::vector<Frame>& frames, HostPort client, HostPort server,
                                 base::TimeNs start, WireOptions options)
    : frames_(frames),
      client_(std::move(client)),
      server_(std::move(server)),
      now_(start),
      options_(std::move(options)) {}

void TcpConversation::Send(bool from_client, std::uint8_t flags, base::Bytes payload) {
  const HostPort& from = from_client ? client_ : server_;
  const HostPort& to = from_client ? server_ : client_;
  std::uint32_t& mine = next_[from_client ? 1 : 0];
  const std::uint32_t theirs = next_[from_client ? 0 : 1];
  Wire segment;
  segment.U16(from.port).U16(to.port).U32(mine).U32((flags & kAck) != 0 ? theirs : 0);
  const bool syn = (flags & kSyn) != 0;
  segment.U8(syn ? 0x60 : 0x50).U8(flags).U16(64'240).U16(0).U16(0);
  if (syn) segment.U8(2).U8(4).U16(options_.segment_bytes + 12);  // RFC 9293 §3.7.1: the MSS
  segment.Append({payload.begin(), payload.end()});
  mine += static_cast<std::uint32_t>(payload.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
  Frame frame;
  frame.time = now_;
  frame.bytes = EthernetFrame(from, to, kTcp,
                              WithTransportChecksum(from, to, kTcp, segment.bytes()), options_);
  frame.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
  frames_.push_back(std::move(frame));
}

TcpConversation& TcpConversation::Syn() {
  Send(true, kSyn, {});
  return Pause(options_.round_trip_ns / 2);
}

TcpConversation& TcpConversation::Handshake() {
  Syn();
  Send(false, kSyn | kAck, {});
  Pause(options_.round_trip_ns / 2);
  Send(true, kAck, {});
  return *this;
}

TcpConversation& TcpConversation::Data(bool from_client, base::Bytes payload) {
  while (!payload.empty()) {
    const std::size_t size = std::min(payload.size(), options_.segment_bytes);
    Send(from_client, payload.size() == size ? kPsh | kAck : kAck, payload.first(size));
    payload = payload.subspan(size);
    Pause(10'000);
  }
  Pause(options_.round_trip_ns / 2);
  Send(!from_client, kAck, {});
  return *this;
}
TcpConversation& TcpConversation::Client(base::Bytes payload) { return Data(true, payload); }
TcpConversation& TcpConversation::Server(base::Bytes payload) { return Data(false, payload); }

TcpConversation& TcpConversation::Close() {
  Send(true, kFin | kAck, {});
  Pause(options_.round_trip_ns / 2);
  Send(false, kFin | kAck, {});
  Pause(options_.round_trip_ns / 2);
  Send(true, kAck, {});
  return *this;
}

TcpConversation& TcpConversation::Reset() {
  Send(false, kRst | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::Pause(base::TimeNs by) {
  now_ += by;
  return *this;
}

UdpConversation::UdpConversation(std::vector<Frame>& frames, HostPort client, HostPort server,
                                 base::TimeNs start, WireOptions options)
    : frames_(frames),
      client_(std::move(client)),
      server_(std::move(server)),
      now_(start),
      options_(std::move(options)) {}

UdpConversation& UdpConversation::Send(bool from_client, base::Bytes payload) {
  const HostPort& from = from_client ? client_ : server_;
  const HostPort& to = from_client ? server_ : client_;
  Wire datagram;
  datagram.U16(from.port).U16(to.port).U16(8 + payload.size()).U16(0);
  datagram.Append({payload.begin(), payload.end()});
  Frame frame;
  frame.time = now_;
  frame.bytes = EthernetFrame(from, to, kUdp,
                              WithTransportChecksum(from, to, kUdp, datagram.bytes()), options_);
  frame.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
  frames_.push_back(std::move(frame));
  return Pause(options_.round_trip_ns / 2);
}
UdpConversation& UdpConversation::Client(base::Bytes payload) { return Send(true, payload); }
UdpConversation& UdpConversation::Server(base::Bytes payload) { return Send(false, payload); }

UdpConversation& UdpConversation::Pause(base::TimeNs by) {
  now_ += by;
  return *this;
}

std::vector<std::uint8_t> WriteCapture(std::span<const Frame> frames, CaptureFormat format,
                                       std::uint16_t link_type) {
  std::vector<const Frame*> ordered;
  ordered.reserve(frames.size());
  for (const Frame& frame : frames) ordered.push_back(&frame);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Frame* a, const Frame* b) { return a->time < b->time; });
  Wire out;
  if (format == CaptureFormat::kPcapNg) {
    WritePcapNg(out, ordered, link_type);
  } else {
    WritePcap(out, ordered, format == CaptureFormat::kPcapNanoseconds, link_type);
  }
  return out.bytes();
}

std::vector<std::uint8_t> RandomLooking(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(count);
  while (bytes.size() < count) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t word = seed;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    word ^= word >> 31;
    for (int i = 0; i < 8 && bytes.size() < count; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
    }
  }
  return bytes;
}

base::TimeNs TimeOf(std::string_view text) {
  base::Day day = 0;
  if (text.size() != 20 || text[10] != 'T' || text[19] != 'Z' ||
      !base::ParseDay(text.substr(0, 10), day)) {
    std::abort();
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const std::int64_t seconds = two(11) * 3600 + two(14) * 60 + two(17);
  return (day * base::kSecondsPerDay + seconds) * base::kNsPerSecond;
}

}  // namespace unopened::tests
