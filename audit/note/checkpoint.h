// Checkpoints: the tree head as a note's text: origin, size, root.
//
// Source: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle/hash.h"

namespace unopened::audit::note {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  merkle::Hash root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string CheckpointText(const Checkpoint& checkpoint);

// Nothing where the text is none. Extension lines are allowed and ignored.
std::optional<Checkpoint> ParseCheckpoint(std::string_view text);

}  // namespace unopened::audit::note
