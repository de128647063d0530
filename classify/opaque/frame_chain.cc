#include "classify/opaque/frame_chain.h"

namespace unopened::classify::opaque {

FrameChain FollowFrames(base::ByteReader stream, const FrameLaw& law, std::uint16_t marker,
                        std::size_t enough, std::size_t most) {
  FrameChain chain;
  while (chain.whole < most) {
    std::uint16_t length = 0;
    chain.at_end = stream.empty();
    if (!stream.ReadU16(length)) return chain;
    if (law.little_endian) length = static_cast<std::uint16_t>(length << 8 | length >> 8);
    if (length < law.smallest || length > law.largest) {
      chain.broken = true;
      return chain;
    }
    ++chain.headers;
    chain.has_marker = chain.has_marker || length == marker;
    if (chain.has_marker && chain.headers >= enough) return chain;
    if (!stream.Skip(length)) return chain;
    ++chain.whole;
  }
  return chain;
}

}  // namespace unopened::classify::opaque
