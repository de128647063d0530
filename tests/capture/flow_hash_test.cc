#include "capture/flow_hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "tests/support/wire.h"

namespace unopened::capture {
namespace {

using Key16 = std::array<std::uint8_t, 16>;
using Raw40 = std::array<std::uint8_t, 40>;

Key16 CountingKey() {
  Key16 key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}

std::vector<std::uint8_t> LittleEndianBytes(const FlowHash& hash) {
  return tests::Wire()
      .U32LE(hash.lo)
      .U32LE(hash.lo >> 32)
      .U32LE(hash.hi)
      .U32LE(hash.hi >> 32)
      .bytes();
}

std::vector<std::uint8_t> OpensslSipHash128(const Key16& key,
                                            std::span<const std::uint8_t> message) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
      EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_new(mac.get()), &EVP_MAC_CTX_free);
  std::size_t size = 16;
  unsigned int absorbing = 1;
  unsigned int finishing = 3;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_construct_uint("c-rounds", &absorbing),
      OSSL_PARAM_construct_uint("d-rounds", &finishing), OSSL_PARAM_construct_end()};
  std::vector<std::uint8_t> out(16);
  std::size_t written = 0;
  EXPECT_EQ(1, EVP_MAC_init(context.get(), key.data(), key.size(), params));
  EXPECT_EQ(1, EVP_MAC_update(context.get(), message.data(), message.size()));
  EXPECT_EQ(1, EVP_MAC_final(context.get(), out.data(), &written, out.size()));
  return out;
}

constexpr std::size_t kVersionAt = 37;
static_assert(kVersionAt == offsetof(FlowKey, ip_version));

TEST(FlowHash, IsSipHash13AsAnotherImplementationHasIt) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200; ++i) {
    Key16 key;
    Raw40 message;
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : message) byte = static_cast<std::uint8_t>(random());
    message[kVersionAt] = static_cast<std::uint8_t>(IpVersion::kV6);
    const FlowHasher hasher(key);
    ASSERT_EQ(OpensslSipHash128(key, message),
              LittleEndianBytes(hasher(std::bit_cast<FlowKey>(message))))
        << "round " << i;
  }
}

TEST(FlowHash, OfIpv4IsThatOfTheAddressesFourBytesAndTheRest) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    Key16 key;
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random());
    Raw40 flow{};
    std::vector<std::uint8_t> message(16);
    for (auto& byte : message) byte = static_cast<std::uint8_t>(random());
    message[8 + kVersionAt - 32] = static_cast<std::uint8_t>(IpVersion::kV4);
    std::copy_n(message.begin(), 4, flow.begin());
    std::copy_n(message.begin() + 4, 4, flow.begin() + 16);
    std::copy_n(message.begin() + 8, 8, flow.begin() + 32);
    const FlowHasher hasher(key);
    ASSERT_EQ(OpensslSipHash128(key, message),
              LittleEndianBytes(hasher(std::bit_cast<FlowKey>(flow))))
        << "round " << i;
  }
}

TEST(FlowHash, DependsOnTheKeyAndOnEveryFieldOfTheFlow) {
  const FlowHasher hasher(CountingKey());
  Key16 other = CountingKey();
  other[15] ^= 1;
  for (const IpVersion version : {IpVersion::kV4, IpVersion::kV6}) {
    const FlowKey flow{.low = {10, 0, 0, 1},
                       .high = {10, 0, 0, 2},
                       .low_port = 1,
                       .high_port = 2,
                       .ip_version = version};
    std::set<FlowHash> seen = {hasher(flow), FlowHasher(other)(flow)};
    const auto bytes = std::bit_cast<Raw40>(flow);
    std::size_t fields = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      // What stands behind an IPv4 address is zero (segment.h).
      if (version == IpVersion::kV4 && at < 32 && at % 16 >= 4) continue;
      auto bent = bytes;
      bent[at] ^= 1;
      seen.insert(hasher(std::bit_cast<FlowKey>(bent)));
      ++fields;
    }
    EXPECT_EQ(2U + fields, seen.size());
  }
}

}  // namespace
}  // namespace unopened::capture
