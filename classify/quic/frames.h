// The frames an Initial packet may carry (RFC 9000 §12.4, §17.2.2, §19). Pure. Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_reader.h"

namespace unopened::classify::quic {

struct CryptoFrame {
  std::uint64_t offset = 0;
  base::Bytes data;
};

// Hands out the CRYPTO frames of one opened Initial and steps over PADDING, PING, ACK and
// CONNECTION_CLOSE.
//   for (CryptoFrameWalk walk(frames); walk.Next();) walk.frame();
class CryptoFrameWalk {
 public:
  explicit CryptoFrameWalk(base::Bytes frames) : rest_(frames) {}
  // False at the end and at the first frame that is malformed or not allowed: refused() tells.
  bool Next();
  const CryptoFrame& frame() const { return frame_; }
  // Why the packet is no Initial that an endpoint would accept; empty where it is one.
  std::string_view refused() const { return refused_; }

 private:
  bool Refuse(std::string_view why);

  base::ByteReader rest_;
  CryptoFrame frame_;
  std::string_view refused_;
};

// Why an endpoint would close the connection over these frames; empty where it would not. A packet
// without a frame is refused too (RFC 9000 §12.4).
std::string_view RefusedFrames(base::Bytes frames);

}  // namespace unopened::classify::quic
