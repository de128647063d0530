// Summary: totals over committed windows only, so that page, metrics, terminal and log agree by
// construction.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "audit/catalogue.h"
#include "audit/shape.h"

namespace unopened::audit {

// The columns a headline adds up to: every conversation is in exactly one.
enum class Verdict : std::uint8_t {
  kCouldNot,
  kOwnKeys,
  kConditional,
  kUndetermined,
  kUnknown,
  kOpaque,
  kCould,
  kClear,
};
inline constexpr std::size_t kVerdictCount = 8;
inline constexpr std::array<std::string_view, kVerdictCount> kVerdictNames = {
    "could_not", "own_keys", "conditional", "undetermined", "unknown", "opaque", "could", "clear"};

struct Summary {
  // Names, not ids: (protocol, endpoint, policy) as in unopened_sessions_total. The policy is that
  // of the endpoint's scopes where they agree, "mixed" where they differ, "none_named" without an
  // endpoint.
  std::map<std::tuple<std::string, std::string, std::string>, Counts> sessions;
  // (party, category, answer) -> sessions
  std::map<std::tuple<Party, Category, Answer>, std::uint64_t> assessed;
  std::array<std::uint64_t, kVerdictCount> conversations_by_verdict{};  // both sides seen
  std::uint64_t conversations = 0;  // both sides seen; the headline's denominator
  std::uint64_t no_payload_sessions = 0;
  std::map<std::string, std::uint64_t> outcomes;  // outcome name -> sessions
  std::map<std::string, Counts> losses;           // packets and bytes by cause
  std::map<std::string, std::uint64_t> bounds;    // limits met
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sessions_total = 0;
  std::uint64_t windows = 0;
  std::uint64_t tree_size = 0;
  std::string last_window_start;  // "" before the first
  std::int64_t last_window_end_ns = 0;
  std::int64_t checkpoint_time_ns = 0;
};

}  // namespace unopened::audit
