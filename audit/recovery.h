// Recovery: a log folder as the last process left it, back into memory and checked against its
// signed tree head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle/edge.h"
#include "audit/note/checkpoint.h"
#include "audit/note/key.h"
#include "audit/store/file_system.h"
#include "audit/store/journal.h"

namespace unopened::audit {

inline constexpr std::string_view kCheckpointFile = "/checkpoint";
inline constexpr std::string_view kVerifierFile = "/verifier.vkey";
inline constexpr std::string_view kJournalFile = "/journal";
inline constexpr std::string_view kHeldFile = "/held";
inline constexpr std::string_view kLockFile = "/lock";

// What appending needs of a tree that is on disk.
struct Tip {
  merkle::Edge edge;
  std::string bundle;  // the entries of the bundle that is not full yet, as in its file
};

// The folder's checkpoint, signed by `key`. kLog where it is another's or damaged.
base::Result<note::Checkpoint> ReadCheckpoint(FileSystem& file_system, const std::string& folder,
                                              const note::VerifierKey& key);

// Reads the partial tiles of the checkpoint's size and the last bundle, and holds them against the
// signed root. kLog where they do not make it.
base::Result<Tip> ReadTip(FileSystem& file_system, const std::string& folder,
                          const note::Checkpoint& checkpoint, merkle::Hasher& hasher);

// The batch that the journal holds for a tree of `tree_size`: nothing where there is no journal,
// where it was torn before anyone was told, or where all of it is in the tree. kLog where it fits
// no history of this tree.
base::Result<std::optional<Batch>> ReadJournal(FileSystem& file_system, const std::string& folder,
                                               std::uint64_t tree_size);

// The bodies held for a tree of just this size; nothing where a commit came after them.
base::Result<std::optional<Batch>> ReadHeld(FileSystem& file_system, const std::string& folder,
                                            std::uint64_t tree_size);

}  // namespace unopened::audit
