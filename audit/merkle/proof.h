// Inclusion and consistency proofs: computed from a tree's nodes, checked with nothing but roots.
//
// Sources: RFC 6962 §2.1.1, §2.1.2 (what a proof holds), RFC 9162 §2.1.3.2, §2.1.4.2 (how it is
// checked). Pure; `NodeSource` is where the hashes come from.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audit/merkle/hash.h"
#include "base/result.h"

namespace unopened::audit::merkle {

// A node whose subtree is perfect: the leaves [index << height, (index + 1) << height).
struct NodeId {
  unsigned height = 0;
  std::uint64_t index = 0;
};
using NodeSource = std::function<base::Result<Hash>(NodeId)>;
using Proof = std::vector<Hash>;

// kUsage where `index` is not below `size`.
base::Result<Proof> ProveInclusion(std::uint64_t index, std::uint64_t size, const NodeSource& nodes,
                                   Hasher& hasher);
// kUsage where `old_size` is 0 or above `size`. Empty for equal sizes.
base::Result<Proof> ProveConsistency(std::uint64_t old_size, std::uint64_t size,
                                     const NodeSource& nodes, Hasher& hasher);

bool VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                     std::span<const Hash> proof, const Hash& root, Hasher& hasher);
bool VerifyConsistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                       const Hash& root, std::span<const Hash> proof, Hasher& hasher);

}  // namespace unopened::audit::merkle
