#include "audit/merkle/proof.h"

#include <algorithm>
#include <bit>

namespace unopened::audit::merkle {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

// The largest power of two below `n`, for n > 1 (RFC 6962 §2.1's k).
std::uint64_t Split(std::uint64_t n) { return std::bit_floor(n - 1); }

// MTH(D[begin:end]). `begin` is a multiple of the largest power of two not above the range's size,
// as every range of RFC 6962's recursion is.
Result<Hash> RangeHash(std::uint64_t begin, std::uint64_t end, const NodeSource& nodes,
                       Hasher& hasher) {
  Hash hash{};
  bool first = true;
  while (begin < end) {
    const auto height = static_cast<unsigned>(std::countr_zero(end - begin));
    const std::uint64_t start = end - (std::uint64_t{1} << height);
    const auto node = nodes({height, start >> height});
    if (!node) return Fail(node.error());
    hash = first ? *node : hasher.Node(*node, hash);
    first = false;
    end = start;
  }
  return hash;
}

}  // namespace

Result<Proof> ProveInclusion(std::uint64_t index, std::uint64_t size, const NodeSource& nodes,
                             Hasher& hasher) {
  if (index >= size) return Fail(Failure::kUsage, "the entry is not in a tree of that size");
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + Split(end - begin);
    const bool left = index < middle;
    const auto sibling =
        left ? RangeHash(middle, end, nodes, hasher) : RangeHash(begin, middle, nodes, hasher);
    if (!sibling) return Fail(sibling.error());
    proof.push_back(*sibling);
    (left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<Proof> ProveConsistency(std::uint64_t old_size, std::uint64_t size, const NodeSource& nodes,
                               Hasher& hasher) {
  if (old_size == 0 || old_size > size) {
    return Fail(Failure::kUsage, "the older tree is empty, or larger than the newer");
  }
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  bool whole = true;  // SUBPROOF's b: the old tree is this very range, so its root is known
  while (old_size != end) {
    const std::uint64_t middle = begin + Split(end - begin);
    const bool left = old_size <= middle;
    const auto sibling =
        left ? RangeHash(middle, end, nodes, hasher) : RangeHash(begin, middle, nodes, hasher);
    if (!sibling) return Fail(sibling.error());
    proof.push_back(*sibling);
    if (left) {
      end = middle;
    } else {
      begin = middle;
      whole = false;
    }
  }
  if (!whole) {
    const auto own = RangeHash(begin, end, nodes, hasher);
    if (!own) return Fail(own.error());
    proof.push_back(*own);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

bool VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                     std::span<const Hash> proof, const Hash& root, Hasher& hasher) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;  // longer than the tree is high
    if ((node & 1) != 0 || node == last) {
      hash = hasher.Node(sibling, hash);
      // RFC 9162 §2.1.3.2: heights at which the node has no sibling are skipped.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = hasher.Node(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                       const Hash& root, std::span<const Hash> proof, Hasher& hasher) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  // RFC 9162 §2.1.4.2: an old tree that is one perfect subtree is its own first node.
  const bool perfect = std::has_single_bit(old_size);
  if (!perfect && proof.empty()) return false;
  std::uint64_t node = old_size - 1;
  std::uint64_t last = size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  Hash old_hash = perfect ? old_root : proof[0];
  Hash new_hash = old_hash;
  for (const Hash& sibling : perfect ? proof : proof.subspan(1)) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      old_hash = hasher.Node(sibling, old_hash);
      new_hash = hasher.Node(sibling, new_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = hasher.Node(new_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == root;
}

}  // namespace unopened::audit::merkle
