// Flows for the classifier's tests: segments as a decoder would hand them over, toy dissectors with
// the smallest protocols that can show a law, and a sink that remembers everything.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/segment.h"
#include "classify/classifier.h"
#include "classify/dissector.h"

namespace unopened::tests {

inline constexpr base::TimeNs kMs = 1'000'000;
inline constexpr base::TimeNs kSecond = base::kNsPerSecond;
inline constexpr std::uint32_t kHeaderBytes = 54;  // Ethernet, IPv4, TCP: what the wire adds
inline constexpr std::array<std::uint8_t, 16> kTestKey = {1, 2,  3,  4,  5,  6,  7,  8,
                                                          9, 10, 11, 12, 13, 14, 15, 16};

// A segment that owns its payload.
struct OwnedSegment {
  capture::Segment segment;
  std::vector<std::uint8_t> payload;

  capture::Segment View() const {
    capture::Segment view = segment;
    view.payload = payload;
    return view;
  }
};

// Flow number `id` of `transport`; the client is Side::kLow.
capture::FlowKey KeyOf(std::uint32_t id, capture::Transport transport = capture::Transport::kTcp);

enum class By : std::uint8_t { kClient, kServer };

// A TCP segment of flow `id`; `sequence` is absolute.
OwnedSegment Tcp(std::uint32_t id, base::TimeNs time, By by, std::uint8_t flags,
                 std::uint32_t sequence, std::string_view payload = {});
OwnedSegment Udp(std::uint32_t id, base::TimeNs time, By by, std::string_view payload);

// "toy" over TCP: the client says 'T' and a length byte and that many bytes, the server 't' and the
// same. Identified by proof once both are whole; by its client alone at the end. "talk": '#' from
// the client, watched like a handshake and clear.
// "plain" over TCP: "PLAIN" from the client. "blob" over TCP, opaque: 16 first bytes of one
// direction all >= 0x80. "dgram" over UDP: 'U' from the client, 'u' from the server.
std::span<const classify::Dissector* const> ToyDissectors();
// How many bytes of one direction any plaintext or opaque toy ever saw at once.
std::size_t MostBytesShownInClear();

std::string ToyHello(char first, std::size_t length);

struct Settled {
  classify::Session session;
  classify::FlowTraffic traffic;
  base::TimeNs first_time = 0;
  base::TimeNs settled_at = 0;
  classify::SettleCause cause = classify::SettleCause::kComplete;
  std::string reason;
  capture::Side client = capture::Side::kLow;
  bool has_key = false;
  capture::FlowKey key;
  std::uint64_t later_packets = 0;
  std::uint64_t later_bytes = 0;
  bool became_conversation = false;
};

// Remembers each session and its later traffic; the slot is its index.
class RecordingSink final : public classify::SessionSink {
 public:
  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override;
  void OnTraffic(classify::CountSlot slot, std::uint32_t packets, std::uint32_t wire_length,
                 bool becomes_conversation) override;

  std::uint64_t packets() const;
  std::uint64_t bytes() const;

  std::vector<Settled> sessions;
};

}  // namespace unopened::tests
