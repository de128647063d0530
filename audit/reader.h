// LogReader: a log folder for reading, beside its recorder if need be: its entries in order, and
// proofs for a stranger. Needs no key and no lock. Verifies nothing by itself (audit/verifier.h
// does).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "audit/merkle/proof.h"
#include "audit/note/checkpoint.h"
#include "audit/store/file_system.h"

namespace unopened::audit {

// One entry with its index in the log; the text is borrowed and ends with the call. False: enough.
using EntryVisitor = std::function<bool(std::uint64_t index, std::string_view entry)>;
// The index of an entry whose body was removed (audit/prune.h), in its turn among the others.
using RemovedVisitor = std::function<void(std::uint64_t index)>;

// Memory: one bundle, whatever the log's size. Thread: one at a time.
class LogReader {
 public:
  // Reads the checkpoint, and stays with the tree it names. kInput where there is no log, kLog
  // where the checkpoint is none. `file_system` outlives the reader.
  static base::Result<LogReader> Open(FileSystem& file_system, const std::string& folder);

  const note::Checkpoint& checkpoint() const { return checkpoint_; }
  const std::string& signed_note() const { return signed_note_; }

  // Entries [from, to), at most up to the checkpoint's size, but those removed under a policy of
  // retention, whose indexes `removed` gets. kLog where one is missing otherwise, or cut.
  base::Result<base::Done> ReadEntries(std::uint64_t from, std::uint64_t to,
                                       const EntryVisitor& visit,
                                       const RemovedVisitor& removed = {}) const;

  // Proofs to the checkpoint's root (audit/merkle/proof.h checks them), or between two trees that
  // this one continues: `size` is at most the checkpoint's.
  base::Result<merkle::Proof> ProveInclusion(std::uint64_t index) const;
  base::Result<merkle::Proof> ProveConsistency(std::uint64_t old_size) const {
    return ProveConsistency(old_size, checkpoint_.size);
  }
  base::Result<merkle::Proof> ProveConsistency(std::uint64_t old_size, std::uint64_t size) const;

 private:
  LogReader(FileSystem& file_system, std::string folder)
      : file_system_(&file_system), folder_(std::move(folder)) {}
  merkle::NodeSource Nodes(merkle::Hasher& hasher) const;
  // The same for [from, to) of a bundle that was pruned. False: the visitor has enough.
  base::Result<bool> ReadPruned(const std::string& kept, std::uint64_t from, std::uint64_t to,
                                const EntryVisitor& visit, const RemovedVisitor& removed) const;

  FileSystem* file_system_;
  std::string folder_;
  std::string signed_note_;
  note::Checkpoint checkpoint_;
};

}  // namespace unopened::audit
