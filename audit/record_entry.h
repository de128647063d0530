// RecordEntry: the entries about the record itself: that witnesses saw it, that its key changed,
// that bodies were removed. Form and rules as those of audit/entry.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "audit/merkle/hash.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

// An earlier tree head of this log, and the cosignatures that came for it (C2SP tlog-cosignature).
// So the times at which strangers saw the log are in it, and outlive the next checkpoint.
struct WitnessedEntry {
  base::TimeNs at = 0;     // by the recorder's clock; the witnesses' own times are in their lines
  std::uint64_t size = 0;  // below the entry's own index + 1
  merkle::Hash root{};
  std::vector<std::string> lines;  // signature lines of a note, without their newline
};

enum class RotationReason : std::uint8_t { kScheduled, kCompromise, kChangeOfHolder };
inline constexpr std::array<std::string_view, 3> kRotationReasonNames = {"scheduled", "compromise",
                                                                         "change_of_holder"};
constexpr std::string_view Name(RotationReason v) {
  return kRotationReasonNames[static_cast<std::size_t>(v)];
}

// The log's key changes: what follows this entry's tree head is signed by `new_key`. Both keys sign
// RotationMessage, so neither can be put in place without the other.
struct KeyEntry {
  base::TimeNs at = 0;
  std::uint64_t size = 0;  // of the tree when it was made: its own index
  std::string old_key;     // verifier keys
  std::string new_key;
  RotationReason reason = RotationReason::kScheduled;
  std::string old_signature;  // base 64 of 64 bytes, by the old key over RotationMessage
  std::string new_signature;
};
std::string RotationMessage(const KeyEntry& entry);
// Whether both keys are keys of one name and both signatures hold.
bool IsSignedByBoth(const KeyEntry& entry);

// Bodies of entries below `before` may be removed; their hashes stay, so the rest is proved as
// before.
struct PrunedEntry {
  base::TimeNs at = 0;
  std::uint64_t before = 0;  // a multiple of 256, at most the entry's own index
  std::string policy;        // the operator's words: why and for how long bodies are kept
};
inline constexpr std::size_t kMaxPolicyBytes = 1000;
// One line of UTF-8, not empty, without controls, at most kMaxPolicyBytes long.
bool IsPolicy(std::string_view text);

std::string Write(const WitnessedEntry& entry);
std::string Write(const KeyEntry& entry);
std::string Write(const PrunedEntry& entry);

base::Result<WitnessedEntry> ReadWitnessed(const Json& body);
base::Result<KeyEntry> ReadKey(const Json& body);
base::Result<PrunedEntry> ReadPruned(const Json& body);

}  // namespace unopened::audit
