// Shape: what is counted. Closed enums and an endpoint id; no member can hold an address, a name or
// a fingerprint.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "capture/segment.h"
#include "classify/session.h"

namespace unopened::audit {

// A shape is exactly a settled session's closed facts. One-sided sessions are reduced to protocol
// and endpoint.
struct Shape {
  classify::Session facts;
  friend auto operator<=>(const Shape&, const Shape&) = default;
};

// Reduces a one-sided session to what it may carry (architecture.md §3.6) and clears what its
// outcome makes meaningless. Idempotent.
Shape ShapeOf(const classify::Session& session);

// 14 bytes of enums in the order of the members, then the endpoint's id: equal for equal shapes,
// and the order in which new shapes of one window are numbered. The endpoint stands as its id,
// which a later catalogue keeps, since its index may change.
std::string CanonicalBytes(const Shape& shape, std::string_view endpoint_id);

// The words of the log for the capture folder's enums.
inline constexpr std::array<std::string_view, capture::kTransportCount> kTransportNames = {
    "tcp", "udp", "esp", "ah", "sctp", "icmp", "other_ip"};
inline constexpr std::array<std::string_view, 2> kIpVersionNames = {"4", "6"};
inline constexpr std::array<std::string_view, 8> kTunnelKindNames = {
    "none", "gre", "vxlan", "ip_in_ip", "gtp", "mpls", "pppoe", "other"};

// How many shapes there could be for one endpoint, were every product of the closed enums possible.
// It bounds what a stranger's packets can make of the log, and is what a number of the log must
// tell apart.
inline constexpr std::uint64_t kShapesPerEndpoint =
    std::uint64_t{kTransportNames.size()} * kIpVersionNames.size() * kTunnelKindNames.size() *
    classify::kProtocolNames.size() * classify::kVariantNames.size() *
    classify::kVersionNames.size() * 2 * classify::kKeyExchangeNames.size() *
    classify::kResumptionNames.size() * classify::kEarlyDataNames.size() *
    classify::kNameVisibilityNames.size() * classify::kSidesSeenNames.size() *
    classify::kOutcomeNames.size() * classify::kEvidenceNames.size();
inline constexpr std::uint64_t kShapeSpaceBound = std::uint64_t{1} << 44;
static_assert(kShapesPerEndpoint < kShapeSpaceBound);

struct Counts {
  std::uint64_t sessions = 0;
  std::uint64_t conversations = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  Counts& operator+=(const Counts& other) {
    sessions += other.sessions;
    conversations += other.conversations;
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
  friend bool operator==(const Counts&, const Counts&) = default;
};

}  // namespace unopened::audit
