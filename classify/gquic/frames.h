// The frames of Google QUIC that may come with its handshake ("QUIC: A UDP-Based Secure and
// Reliable Transport for HTTP/2", draft-tsvwg-quic-protocol-02 §9, and Chromium's quic_framer.cc
// for what came later). Pure; every view borrows the packet's bytes. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_reader.h"

namespace unopened::classify::gquic {

// How a version writes its frames.
struct FrameLayout {
  bool big_endian = true;        // from Q039 on
  bool missing_packets = false;  // before Q034: an ACK lists what is missing, with entropy hashes
  std::size_t packet_number_size = 1;  // of the packet around the frames
};

// Bytes of the handshake: of the stream it has (id 1), or from Q048 on of a CRYPTO frame.
struct HandshakeFrame {
  std::uint64_t offset = 0;
  base::Bytes data;
};

// Hands out the handshake's bytes of one packet and steps over the other frames.
//   for (FrameWalk walk(frames, layout); walk.Next();) walk.frame();
class FrameWalk {
 public:
  FrameWalk(base::Bytes frames, const FrameLayout& layout) : rest_(frames), layout_(layout) {}
  // False at the end and at the first frame that is malformed or unknown: refused() tells.
  bool Next();
  const HandshakeFrame& frame() const { return frame_; }
  // Why the frames are none that an endpoint sends in a handshake; empty where they are.
  std::string_view refused() const { return refused_; }

 private:
  bool Refuse(std::string_view why);
  bool ReadUint(std::size_t size, std::uint64_t& out);
  bool ReadStream(std::uint8_t type, bool& handshake);
  bool SkipAck(std::uint8_t type);
  bool SkipMissingPacketsAck(std::uint8_t type);
  bool SkipTimestamps();
  bool SkipReason();
  bool SkipOther(std::uint8_t type);

  base::ByteReader rest_;
  FrameLayout layout_;
  HandshakeFrame frame_;
  std::string_view refused_;
};

// Why an endpoint would not send these frames; empty where it would.
std::string_view RefusedFrames(base::Bytes frames, const FrameLayout& layout);

}  // namespace unopened::classify::gquic
