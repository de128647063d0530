// Frames of a length in two bytes and that many bytes of ciphertext: the only structure that some
// protocols show.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"

namespace unopened::classify::opaque {

struct FrameLaw {
  bool little_endian = false;
  std::uint16_t smallest = 0;
  std::uint16_t largest = 0;
};

struct FrameChain {
  std::size_t whole = 0;    // frames that are there with all their bytes
  std::size_t headers = 0;  // lengths that were read: whole, or whole + 1
  bool broken = false;      // a length against the law
  bool at_end = false;      // the stream ends where a frame does
  bool has_marker = false;  // one of the lengths read is `marker`
};

// Follows the frames of `stream` from its first byte, at most `most` of them, and no further than
// to the `enough`th length once the marker was among them: what is enough does not change later.
FrameChain FollowFrames(base::ByteReader stream, const FrameLaw& law, std::uint16_t marker,
                        std::size_t enough, std::size_t most);

}  // namespace unopened::classify::opaque
