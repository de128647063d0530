// Builds captures frame by frame, as the specifications write them: Ethernet, 802.1Q, IPv4 (RFC
// 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768) with right checksums, into pcap (micro- or
// nanoseconds) or pcapng (draft-ietf-opsawg-pcapng). For tests and for the built files of
// tests/captures. The same calls give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"

namespace unopened::tests {

// One captured frame. `bytes` may be shorter than `wire_length`, as where a snap length cut.
struct Frame {
  base::TimeNs time = 0;
  std::vector<std::uint8_t> bytes;
  std::uint32_t wire_length = 0;
};

// One side of a conversation. The address is a literal ("192.0.2.10", "2001:db8::10"); both sides
// have the same family.
struct HostPort {
  std::string address;
  std::uint16_t port = 0;
};

// What every frame of a conversation shares.
struct WireOptions {
  std::vector<std::uint16_t> vlans;         // outermost first; two make QinQ
  std::size_t segment_bytes = 1448;         // the largest TCP payload of a frame
  base::TimeNs round_trip_ns = 20'000'000;  // half of it passes between a frame and its answer
};

// Frames of one IP packet each. `client_to_server` picks the MAC addresses as well.
std::vector<std::uint8_t> EthernetFrame(const HostPort& from, const HostPort& to,
                                        std::uint8_t ip_protocol, base::Bytes transport,
                                        const WireOptions& options = {});

// A TCP connection whose time goes on by itself. Sequence numbers start at a fixed place, so that
// bytes repeat.
class TcpConversation {
 public:
  TcpConversation(std::vector<Frame>& frames, HostPort client, HostPort server, base::TimeNs start,
                  WireOptions options = {});
  TcpConversation& Handshake();                  // SYN, SYN-ACK, ACK
  TcpConversation& Syn();                        // a SYN alone
  TcpConversation& Client(base::Bytes payload);  // segments, then the peer's ACK
  TcpConversation& Server(base::Bytes payload);
  TcpConversation& Close();  // FIN both ways
  TcpConversation& Reset();  // the server's RST
  TcpConversation& Pause(base::TimeNs by);
  base::TimeNs now() const { return now_; }

 private:
  void Send(bool from_client, std::uint8_t flags, base::Bytes payload);
  TcpConversation& Data(bool from_client, base::Bytes payload);

  std::vector<Frame>& frames_;
  HostPort client_;
  HostPort server_;
  base::TimeNs now_;
  WireOptions options_;
  std::uint32_t next_[2] = {1'000'000, 5'000'000};  // server, client
};

class UdpConversation {
 public:
  UdpConversation(std::vector<Frame>& frames, HostPort client, HostPort server, base::TimeNs start,
                  WireOptions options = {});
  UdpConversation& Client(base::Bytes payload);
  UdpConversation& Server(base::Bytes payload);
  UdpConversation& Pause(base::TimeNs by);

 private:
  UdpConversation& Send(bool from_client, base::Bytes payload);

  std::vector<Frame>& frames_;
  HostPort client_;
  HostPort server_;
  base::TimeNs now_;
  WireOptions options_;
};

enum class CaptureFormat : std::uint8_t { kPcapMicroseconds, kPcapNanoseconds, kPcapNg };

inline constexpr std::uint16_t kLinkEthernet = 1;

// The file. Frames are written in the order of their times; equal times keep their order.
std::vector<std::uint8_t> WriteCapture(std::span<const Frame> frames, CaptureFormat format,
                                       std::uint16_t link_type = kLinkEthernet);

// `count` bytes that look random and are the same in every run (a 64-bit splitmix sequence from
// `seed`).
std::vector<std::uint8_t> RandomLooking(std::size_t count, std::uint64_t seed);

// "2024-06-03T12:00:00Z" as nanoseconds. Aborts on anything else: it is our own text.
base::TimeNs TimeOf(std::string_view text);

}  // namespace unopened::tests
