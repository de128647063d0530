// What a hostile or clumsy network makes of a recorded connection, and what must be said of it then
// (docs/capture.md): from frames to the session.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "capture/decoder.h"
#include "capture/pcap_file.h"
#include "classify/classifier.h"
#include "tests/capture/frames.h"
#include "tests/support/flow_builder.h"

namespace unopened::capture {
namespace {

using frames::Payload;
using tests::Wire;

struct Frame {
  Payload bytes;
  base::TimeNs time = 0;
};
using Frames = std::vector<Frame>;

constexpr std::size_t kIp = 14;   // where an Ethernet frame's IP header begins
constexpr std::size_t kTcp = 34;  // and, without options, its TCP header

class Recording final : public PacketSink {
 public:
  void OnPacket(const Packet& packet) override {
    frames.push_back({Payload(packet.bytes.begin(), packet.bytes.end()), packet.time});
  }
  Frames frames;
};

// A whole TLS 1.3 connection, as OpenSSL made it.
const Frames& Recorded() {
  static const Frames frames = [] {
    Recording recording;
    auto source = OpenFile(UNOPENED_SOURCE_DIR "/tests/captures/tls13.pcap");
    if (source) static_cast<void>((*source)->Dispatch(1000, recording));
    return recording.frames;
  }();
  return frames;
}

std::size_t HeaderSize(const Frame& frame) { return kTcp + (frame.bytes[kTcp + 12] >> 4) * 4U; }
// Whoever sent the first frame, the SYN, is the client.
bool FromClient(const Frame& frame) {
  const Payload& syn = Recorded().front().bytes;
  return std::equal(syn.begin() + kTcp, syn.begin() + kTcp + 4, frame.bytes.begin() + kTcp);
}

struct Told {
  std::vector<tests::Settled> sessions;
  std::uint64_t packets = 0;
};

Told Tell(const Frames& frames) {
  tests::RecordingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  Decoder decoder;
  base::TimeNs now = 0;
  for (const Frame& frame : frames) {
    Packet packet = frames::Of(frame.bytes);
    packet.time = now = std::max(now, frame.time);
    if (auto segment = decoder.Decode(packet)) classifier.OnSegment(*segment);
  }
  decoder.Finish();
  classifier.Finish(now);
  return {sink.sessions, sink.packets()};
}

// The one session of `frames`, which is that of the recording.
void ExpectUnchanged(const Frames& frames, TunnelKind tunnel = TunnelKind::kNone) {
  const Told told = Tell(frames);
  ASSERT_EQ(1U, told.sessions.size());
  EXPECT_EQ(frames.size(), told.packets);
  classify::Session session = Tell(Recorded()).sessions.at(0).session;
  session.tunnel = tunnel;
  EXPECT_EQ(session, told.sessions[0].session);
}

// The index of the frame with the ClientHello.
std::size_t HelloAt(const Frames& frames) {
  const auto hello = std::find_if(frames.begin(), frames.end(), [](const Frame& frame) {
    return frame.bytes.size() > HeaderSize(frame) && FromClient(frame);
  });
  return static_cast<std::size_t>(hello - frames.begin());
}

TEST(Policy, TheRecordingIsIdentifiedByProof) {
  ASSERT_LT(10U, Recorded().size());
  const Told told = Tell(Recorded());
  ASSERT_EQ(1U, told.sessions.size());
  EXPECT_EQ(classify::Protocol::kTls, told.sessions[0].session.protocol);
  EXPECT_EQ(classify::Evidence::kProof, told.sessions[0].session.evidence);
  ASSERT_LT(HelloAt(Recorded()), Recorded().size());
}

TEST(Policy, ChecksumsAreNotLookedAt) {
  Frames frames = Recorded();
  for (Frame& frame : frames) {
    frame.bytes[kIp + 10] ^= 0xff;
    frame.bytes[kTcp + 16] ^= 0xff;
  }
  ExpectUnchanged(frames);
}

TEST(Policy, AMirrorsCopiesChangeNoVerdict) {
  Frames frames;
  for (const Frame& frame : Recorded()) frames.insert(frames.end(), {frame, frame});
  ExpectUnchanged(frames);
}

TEST(Policy, ADecoyOfTheHelloMakesTheSessionAmbiguousWhicheverCameFirst) {
  for (const bool decoy_first : {true, false}) {
    for (const std::string kind : {"low TTL", "wrong checksum"}) {
      SCOPED_TRACE(kind + (decoy_first ? " first" : " second"));
      Frames frames = Recorded();
      const std::size_t at = HelloAt(frames);
      Frame decoy = frames[at];
      for (std::size_t i = HeaderSize(decoy) + 60; i < decoy.bytes.size(); ++i) {
        decoy.bytes[i] ^= 1;
      }
      if (kind == "low TTL") decoy.bytes[kIp + 8] = 1;
      if (kind == "wrong checksum") decoy.bytes[kTcp + 16] ^= 0xff;
      frames.insert(frames.begin() + static_cast<long>(at + (decoy_first ? 0 : 1)), decoy);
      const Told told = Tell(frames);
      ASSERT_EQ(1U, told.sessions.size());
      EXPECT_EQ(classify::Outcome::kAmbiguous, told.sessions[0].session.outcome);
      EXPECT_EQ(classify::Protocol::kUnknown, told.sessions[0].session.protocol);
      EXPECT_EQ(frames.size(), told.packets);
    }
  }
}

// A reset that neither end sent, between the hello and its answer: what was seen up to then is
// told, as one side's, and the rest of the connection is counted to it.
TEST(Policy, AForgedResetEndsWhatIsToldAndNotWhatIsCounted) {
  Frames frames = Recorded();
  const std::size_t at = HelloAt(frames);
  Frame reset = frames[at];
  reset.bytes.resize(HeaderSize(reset));
  reset.bytes[kIp + 2] = 0;
  reset.bytes[kIp + 3] = static_cast<std::uint8_t>(reset.bytes.size() - kIp);
  reset.bytes[kTcp + 13] = TcpFlags::kRst;
  frames.insert(frames.begin() + static_cast<long>(at + 1), reset);
  const Told told = Tell(frames);
  ASSERT_EQ(1U, told.sessions.size());
  const classify::Session& session = told.sessions[0].session;
  EXPECT_EQ(classify::SettleCause::kFinOrRst, told.sessions[0].cause);
  EXPECT_EQ(classify::SidesSeen::kClientOnly, session.sides);
  EXPECT_TRUE(session.version == classify::Version::kNone || session.offered_only);
  EXPECT_NE(classify::Evidence::kProof, session.evidence);
  EXPECT_EQ(frames.size(), told.packets);
}

// Each frame in IP fragments of 200 bytes, the last first, and one of them twice.
TEST(Policy, FragmentsAreReadAsTheWholeIs) {
  Frames frames;
  for (const Frame& frame : Recorded()) {
    const Payload payload(frame.bytes.begin() + kTcp, frame.bytes.end());
    const std::uint16_t identification = static_cast<std::uint16_t>(frames.size());
    Frames parts;
    for (std::size_t begin = 0; begin < payload.size(); begin += 200) {
      const std::size_t end = std::min(begin + 200, payload.size());
      Frame part{Payload(frame.bytes.begin(), frame.bytes.begin() + kTcp), frame.time};
      const std::size_t length = 20 + end - begin;
      const std::size_t field = begin / 8 | (end < payload.size() ? 0x2000 : 0);
      part.bytes[kIp + 2] = static_cast<std::uint8_t>(length >> 8);
      part.bytes[kIp + 3] = static_cast<std::uint8_t>(length);
      part.bytes[kIp + 4] = static_cast<std::uint8_t>(identification >> 8);
      part.bytes[kIp + 5] = static_cast<std::uint8_t>(identification);
      part.bytes[kIp + 6] = static_cast<std::uint8_t>(field >> 8);
      part.bytes[kIp + 7] = static_cast<std::uint8_t>(field);
      part.bytes.insert(part.bytes.end(), payload.begin() + static_cast<long>(begin),
                        payload.begin() + static_cast<long>(end));
      parts.insert(parts.begin(), part);
    }
    if (parts.size() > 1) parts.insert(parts.begin(), parts.front());
    frames.insert(frames.end(), parts.begin(), parts.end());
  }
  ASSERT_LT(Recorded().size() + 10, frames.size());
  ExpectUnchanged(frames);
}

TEST(Policy, ATunnelIsOpenedAndNamed) {
  Frames vxlan;
  for (const Frame& frame : Recorded()) {
    const Payload datagram = Wire()
                                 .U16(40'000)
                                 .U16(4789)
                                 .U16(16 + frame.bytes.size())
                                 .U16(0)
                                 .U64(0x0800000000002a00)
                                 .Append(frame.bytes)
                                 .bytes();
    vxlan.push_back(
        {frames::Ethernet(0x0800, frames::Ipv4({.protocol = 17}, datagram)), frame.time});
  }
  ExpectUnchanged(vxlan, TunnelKind::kVxlan);
}

}  // namespace
}  // namespace unopened::capture
