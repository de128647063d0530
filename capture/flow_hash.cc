#include "capture/flow_hash.h"

#include <bit>
#include <cstring>
#include <type_traits>

namespace unopened::capture {
namespace {

constexpr std::size_t kWords = 5;

// The hash reads the key as memory, so every byte of it must be a value, none padding.
static_assert(sizeof(FlowKey) == kWords * sizeof(std::uint64_t));
static_assert(std::has_unique_object_representations_v<FlowKey>);

constexpr std::uint64_t LittleEndian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(word);
  return word;
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Absorb(std::uint64_t word) {
    v3 ^= word;
    Round();
    v0 ^= word;
  }
  std::uint64_t Finish() {
    for (int i = 0; i < 3; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

FlowHasher::FlowHasher(const std::array<std::uint8_t, kKeySize>& key) {
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(key);
  k0_ = LittleEndian(words[0]);
  k1_ = LittleEndian(words[1]);
}

FlowHasher::~FlowHasher() {
  // explicit_bzero: a plain store before the end of life may be optimised away.
  explicit_bzero(&k0_, sizeof k0_);
  explicit_bzero(&k1_, sizeof k1_);
}

FlowHash FlowHasher::operator()(const FlowKey& key) const {
  SipState state{k0_ ^ 0x736f6d6570736575ULL, k1_ ^ 0x646f72616e646f6dULL ^ 0xee,
                 k0_ ^ 0x6c7967656e657261ULL, k1_ ^ 0x7465646279746573ULL};
  const auto words = std::bit_cast<std::array<std::uint64_t, kWords>>(key);
  std::uint64_t size = sizeof(FlowKey);
  if (key.ip_version == IpVersion::kV4) {
    // The four bytes of each address, then the rest of the key.
    constexpr std::uint64_t kAddress = 0xffffffff;
    state.Absorb((LittleEndian(words[0]) & kAddress) | (LittleEndian(words[2]) & kAddress) << 32);
    state.Absorb(LittleEndian(words[4]));
    size = 2 * sizeof(std::uint64_t);
  } else {
    for (const std::uint64_t word : words) state.Absorb(LittleEndian(word));
  }
  // The last block: no byte is left over, the message's length is in the top byte.
  state.Absorb(size << 56);
  state.v2 ^= 0xee;
  FlowHash hash;
  hash.lo = state.Finish();
  state.v1 ^= 0xdd;
  hash.hi = state.Finish();
  return hash;
}

}  // namespace unopened::capture
