// A batch of entries as one file: the journal of a commit, and what is held for a crash.
//
// Bytes: "unopened batch 1\n", base tree size (u64), number of entries (u32), each entry after its
// length (u32), SHA-256 over all of it. Big endian. Whatever does not match to the last byte is no
// batch: it was torn before it was synced, so nothing of it was acknowledged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unopened::audit {

struct Batch {
  std::uint64_t base = 0;  // the size of the tree that these entries are to follow
  std::vector<std::string> entries;
};

std::string EncodeBatch(const Batch& batch);
std::optional<Batch> DecodeBatch(std::string_view bytes);

}  // namespace unopened::audit
