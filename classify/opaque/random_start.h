// A cheap look at a stream that may begin with uniformly random bytes: what keeps a key or a nonce
// in front asks it before anything that costs.
#pragma once

#include <cstddef>

#include "base/byte_reader.h"

namespace unopened::classify::opaque {

// How many bytes of a stream are looked at.
inline constexpr std::size_t kRandomStartSize = 64;

// Whether what is there of a stream's start may be random: not text from its first byte on, not
// text for the most part, no two zeros and no two 0xff in a row. False stays false, whatever comes
// later. Of random bytes 0.5% are refused (docs/protocols/opaque.md). Pure.
bool MayBeRandom(base::Bytes start);

}  // namespace unopened::classify::opaque
