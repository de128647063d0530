// The rule for first bytes that look like uniformly random ones: docs/protocols/opaque.md.
#pragma once

#include "base/byte_reader.h"

namespace unopened::classify::opaque {

// How many bytes the rule needs, and reads.
inline constexpr std::size_t kSampleSize = 64;

// Whether the first kSampleSize bytes of `first_payload` show no structure: neither text, nor
// fields, nor the magic of a compressed format. False for a shorter payload. Says nothing about
// what made them: compressed data without a known magic looks the same as encrypted data. Pure.
bool LooksOpaque(base::Bytes first_payload);

}  // namespace unopened::classify::opaque
