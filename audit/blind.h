// Blind: what keeps an entry's leaf hash from revealing the entry: 16 bytes that nobody without the
// log secret can guess, spliced in as the entry's last member.
//
// HMAC-SHA256(log secret, index as big-endian u64), first 16 bytes, lower-case hex. A hash tile may
// be public while a count under it is small enough to be tried out. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace unopened::audit {

inline constexpr std::size_t kLogSecretSize = 32;
using LogSecret = std::array<std::uint8_t, kLogSecretSize>;

// How much longer an entry is than its body.
inline constexpr std::size_t kBlindBytes = 43;  // ,"blind":"" and 32 digits

// True for one line that starts and ends like an object with a member.
bool IsBody(std::string_view body);

// `body` with `,"blind":"..."` before its last brace.
std::string WithBlind(std::string_view body, const LogSecret& secret, std::uint64_t index);

}  // namespace unopened::audit
