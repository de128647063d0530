// VerifyTree: is this log what its key signed? Every entry against its leaf, every tile against the
// tile above it, the last ones against the signed root.
//
// Needs the public key alone, and writes nothing. What entries say is audit/ledger's to check, in
// `visit`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/checkpoint.h"
#include "audit/reader.h"
#include "audit/store/file_system.h"

namespace unopened::audit {

inline constexpr std::size_t kMaxProblemsNamed = 20;
inline constexpr std::uint64_t kMaxProblems = 10'000;  // the pass ends there

struct TreeReport {
  note::Checkpoint checkpoint;  // its signature verified
  std::uint64_t entries = 0;    // that hash to their leaves
  std::uint64_t entry_bytes = 0;
  std::uint64_t tiles = 0;  // read and compared
  std::uint64_t removed =
      0;  // bodies that are gone under a `pruned` entry; their hashes are proved
  // Bundles that a `pruned` entry covers and that are whole: the removal was cut short.
  std::uint64_t unpruned_bundles = 0;
  // What differs, one line each: which file, entry or hash, and which bytes; the first
  // kMaxProblemsNamed of `problem_count`.
  std::vector<std::string> problems;
  std::uint64_t problem_count = 0;

  bool ok() const { return problem_count == 0; }
};

// Streams the whole log: memory is one bundle and a few tiles. `visit` (may be empty) gets each
// entry that hashes to its leaf, in order; trust none before ok() is known; its answer is ignored.
// `removed` gets the index of each whose body was removed, in its turn. A bundle may lack bodies
// only where a `pruned` entry of this very log covers it.
// A damaged log is a report that is not ok(). Failures: kUsage where `verifier_key` is none, kInput
// where there is no log, kLog where the checkpoint is malformed, another key's or forged, and
// whatever the disk refuses.
base::Result<TreeReport> VerifyTree(FileSystem& file_system, const std::string& folder,
                                    std::string_view verifier_key, const EntryVisitor& visit,
                                    const RemovedVisitor& removed = {});

// The key the folder itself offers in verifier.vkey. Whoever forges a log forges this file too: to
// trust a log, take the key from elsewhere.
base::Result<std::string> OfferedVerifierKey(FileSystem& file_system, const std::string& folder);

}  // namespace unopened::audit
